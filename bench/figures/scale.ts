/** How time, memory and space grow with what is kept: 10³ … 10⁶ results in one district. */
import pg from 'pg';
import type { Figure } from './index.ts';
import { end, grade, load, sisDistrict } from '../ground/district.ts';
import type { Ground } from '../ground/ground.ts';
import { sample } from '../ground/sample.ts';

const PER_CLASS = { students: 100, lineItems: 100 };
/** results → classes; the first is a tenth of a class. */
export const scale = growth('Growth', [1_000, 10_000, 100_000]);
/** By itself, for it takes half an hour. */
export const million = growth('A million', [1_000_000]);

function growth(title: string, sizes: number[]): Figure {
  return async ({ ground, say }) => ({ title, ...(await grown(sizes, ground, say)) });
}

async function grown(sizes: number[], ground: Ground, say: (what: string) => void) {
  const rows = [];
  // once each: what counts is the growth from line to line
  for (const results of sizes) {
    say(`${results.toLocaleString('en')} results`);
    const classes = Math.ceil(results / 10_000);
    const size = { classes, students: 100, lineItems: Math.min(100, results / 100) };
    const sis = await ground.sis(sisDistrict(size));
    const databaseUrl = await ground.database();
    const service = await ground.service(databaseUrl);
    const api = service.api();
    await load(api, sis, size, { maxConcurrentRequests: 16 });
    const taken = performance.now();
    for (let c = 0; c < classes; c++) await grade(api, c, size, c);
    const ingestMs = performance.now() - taken;
    const cpu = service.cpuMs();
    const read = await rowsRead(databaseUrl);
    const sent = performance.now();
    const ids: string[] = [];
    for (let c = 0; c < classes; c++)
      ids.push((await api.post<{ id: string }>(`/classes/c${c}/syncs`, {})).data.id);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, service.rss())), 500);
    for (const id of ids) await end(api, id);
    clearInterval(watch);
    const syncMs = performance.now() - sent;
    const space = await spaceOf(databaseUrl);
    const readBySync = (await rowsRead(databaseUrl)) - read;
    rows.push([
      results.toLocaleString('en'),
      sample('ms', [(ingestMs * 1000) / results]),
      sample('ms', [(syncMs * 1000) / results]),
      sample('ms', [(service.cpuMs() - cpu) / results]),
      sample('MiB', [Math.max(peak, service.rss()) / 2 ** 20]),
      sample('', [readBySync / results]),
      sample('B', [space.table / results]),
      sample('B', [space.indexes / results]),
      sample('B', [space.history / results]),
    ]);
    await service.stop();
    await sis.stop();
  }
  return {
    about: `One district, classes of ${PER_CLASS.students} students × ${PER_CLASS.lineItems} lineItems, everything taken in and then synced once at 16 at once and no SIS latency; one process. Rows read: what PostgreSQL fetched from tables by scans and indexes while it was sent. Space is that of PostgreSQL.`,
    columns: [
      'results',
      'taken in, per 1,000',
      'sent, per 1,000',
      'our CPU per result',
      'peak resident memory',
      'rows read per result',
      'table per result',
      'indexes per result',
      'history per result',
    ],
    rounds: 1,
    rows,
  };
}

/** Each connection tells its counts when it rests, at the latest after a minute: those of the service rest for a second. */
async function rowsRead(databaseUrl: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  const [row] = await ask<{ n: string }>(
    databaseUrl,
    'SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS n FROM pg_stat_user_tables',
  );
  return Number(row!.n);
}

async function spaceOf(databaseUrl: string): Promise<{ table: number; indexes: number; history: number }> {
  const [row] = await ask<Record<'table' | 'indexes' | 'history', string>>(
    databaseUrl,
    `SELECT pg_relation_size('result') AS "table", pg_indexes_size('result') AS indexes,
            pg_total_relation_size('sync') + pg_total_relation_size('sync_entry') AS history`,
  );
  return { table: Number(row!.table), indexes: Number(row!.indexes), history: Number(row!.history) };
}

async function ask<T extends pg.QueryResultRow>(databaseUrl: string, statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}
