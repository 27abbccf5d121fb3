/**
 * The one door to PostgreSQL: Prisma for objects, multi-row SQL for the bulk and the races, over one pool.
 */
import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

/** Of a transaction: what is asked without waiting is done in the order in which it was asked (Promise.all). */
export interface Sql {
  rows<T>(text: string | Hot, params?: unknown[]): Promise<T[]>;
}
/** A statement that each request or each round of a lane asks: parsed and planned once on a connection, not each time. */
export interface Hot {
  name: string;
  text: string;
  /** ms: an answer that takes longer is none, and the pool lets go of the connection */
  query_timeout?: number;
}
/**
 * For texts that do not change. Not for one whose best plan depends on how many rows a parameter holds: PostgreSQL goes
 * over to one plan for all after a few executions.
 */
export function hot(text: string): Hot {
  const known = hotStatements.get(text);
  if (known) return known;
  const made = { name: createHash('sha256').update(text).digest('base64url').slice(0, 22), text };
  hotStatements.set(text, made);
  return made;
}
/**
 * A list of a hot statement whose length PostgreSQL shall not look at. It believes of a list that it does not see that it
 * has ten elements, finds the one plan for all dear beside those for lists of two or three, and would plan each time
 * anew. (Cast, for after ANY a bare subquery would mean its rows.)
 */
export const listSql = (parameter: string, type = 'bigint') => `(SELECT ${parameter}::${type}[])::${type}[]`;
/** A few dozen texts, for none holds a value. */
const hotStatements = new Map<string, Hot>();
/** Those that were asked in this process so far: for who looks at their plans. */
export const hotTexts = (): string[] => [...hotStatements.keys()];

export interface Database extends Sql {
  prisma: PrismaClient;
  pool: pg.Pool;
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Ends every connection at once, and the statements that wait on one: to a database that fell silent nothing else
   * does, for a statement that legitimately takes minutes looks the same. The pool makes new ones.
   */
  cut(): void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  connectionString: string;
  /** connections of this process */
  poolSize?: number;
  /** an idle connection was lost (a restart of the database): the pool makes a new one by itself */
  onLost?(error: Error): void;
}

/** As often as a pool of the usual size has connections, for each may have the same old plan. */
const MOST_AGAIN = 12;

export function openDatabase(options: DatabaseOptions): Database {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
    max: options.poolSize ?? 12,
    // what needs no answer to go on (BEGIN) does not wait for one
    pipeline: true,
    connectionTimeoutMillis: 10_000,
    // int8 ids stay text, numeric stays exact text: neither fits a JavaScript number
    application_name: 'oneroster-passback',
  });
  // without a listener a lost idle connection ends the process
  pool.on('error', (error) => options.onLost?.(error));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    async rows<T>(text: string | Hot, params?: unknown[]): Promise<T[]> {
      for (let again = 0; ; again++) {
        try {
          return await rows<T>(pool, text, params);
        } catch (error) {
          // by itself it is a transaction; the pool lets go of a connection that failed, and every other one may have the same
          // old plan
          if (again >= MOST_AGAIN || !UNDONE.has(sqlState(error) ?? '')) throw error;
        }
      }
    },
    async transaction(work) {
      for (let again = 0; ; again++) {
        try {
          return await once(pool, work);
        } catch (error) {
          // two transactions met in opposite order: PostgreSQL undid ours wholly, so it can simply be done again
          if (again >= MOST_AGAIN || !UNDONE.has(sqlState(error) ?? '')) throw error;
        }
      }
    },
    cut() {
      for (const socket of sockets)
        socket.destroy(new Error('Connection terminated: the database fell silent'));
    },
    async close() {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

/**
 * The database as one transaction sees it: what begins a transaction of its own joins this one instead, and is undone
 * and done again with it. Prisma's calls would go past it on another connection, so there are none.
 */
export function within(db: Database, sql: Sql): Database {
  return {
    ...db,
    get prisma(): PrismaClient {
      throw new Error('Prisma is not part of a transaction: use rows');
    },
    rows: (text, params) => sql.rows(text, params),
    transaction: (work) => work(sql),
  };
}

const IN_FAILED_TRANSACTION = '25P02';
const STALE_PLAN = '0A000';
/**
 * "cached plan must not change result type": a release that began meanwhile has changed the type of a column. The code
 * also means that PostgreSQL cannot do something at all, which is no better the second time, but the words are its own
 * language's: a few tries more are the price.
 */
const isStale = (error: unknown) => sqlState(error) === STALE_PLAN;
/** or deadlock_detected, serialization_failure: the whole transaction is, and may simply be done again */
export const UNDONE = new Set(['40P01', '40001', STALE_PLAN]);

async function once<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // the pool's listener is off while a client is checked out; a loss then shows in the query itself
  const ignore = () => undefined;
  client.on('error', ignore);
  let broken = false;
  let first: unknown;
  const asked: Sql['rows'] = async (text, params) => {
    try {
      return await rows(client, text, params);
    } catch (error) {
      // of several that were sent at once, those behind the one that failed can only say that there was one
      if (sqlState(error) !== IN_FAILED_TRANSACTION) first = error;
      throw first ?? error;
    }
  };
  try {
    // not waited for: the first statement goes right behind it
    const begun = client.query('BEGIN');
    begun.catch(ignore);
    const result = await work({ rows: asked });
    await begun;
    const { command } = await client.query('COMMIT');
    // what a failed statement left behind, whose error somebody swallowed, is undone by COMMIT, and says so only here
    if (command !== 'COMMIT') throw Object.assign(new Error('the transaction was undone'), { code: '40001' });
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      // this connection has the old plan for good
      () => isStale(error),
      () => true,
    );
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

async function rows<T>(
  on: pg.Pool | pg.PoolClient,
  text: string | Hot,
  params: unknown[] = [],
): Promise<T[]> {
  const statement = typeof text === 'string' ? { text } : text;
  const answer = await on.query({ ...statement, values: params });
  return answer.rows as T[];
}

/** A PostgreSQL error's SQLSTATE, wherever Prisma or pg put it. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
