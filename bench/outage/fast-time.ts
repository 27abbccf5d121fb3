/**
 * A clock that runs `factor` times as fast, for a lane and for its database alike: hours of waiting become minutes, and
 * nothing but the clock is different. Instants are real ones until `base`, and run ahead from there.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

export interface FastTime {
  factor: number;
  now(): Date;
  uptimeMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** a real instant (of a log line, of a request at the SIS) on this clock */
  at(realMs: number): number;
}

export function fastTime(factor: number): FastTime & { base: Date } {
  const base = new Date();
  const at = (realMs: number) => base.getTime() + (realMs - base.getTime()) * factor;
  return {
    factor,
    base,
    at,
    now: () => new Date(at(Date.now())),
    uptimeMs: () => performance.now() * factor,
    sleep: (ms, signal) => wait(ms / factor, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
}

/**
 * Lets the same clock stand before PostgreSQL's own, in the statements of whoever connects by the answer: `now()` is
 * looked up in the order of the search path, and pg_catalog comes last where it is named last. Tables are made before.
 */
export async function hastenDatabase(
  connectionString: string,
  { base, factor }: { base: Date; factor: number },
): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const from = `timestamptz '${base.toISOString()}'`;
    await client.query(`
      CREATE SCHEMA fast;
      CREATE FUNCTION fast.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
        AS $$ SELECT ${from} + (pg_catalog.now() - ${from}) * ${factor} $$;
      CREATE FUNCTION fast.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
        AS $$ SELECT ${from} + (pg_catalog.clock_timestamp() - ${from}) * ${factor} $$;`);
  } finally {
    await client.end();
  }
  const url = new URL(connectionString);
  url.searchParams.set('options', '-c search_path=public,fast,pg_catalog');
  return url.href;
}
