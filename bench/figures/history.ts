/** What the history of syncs takes, and how fast it goes when its time is over. */
import type { Figure } from './index.ts';
import { load, sisDistrict } from '../ground/district.ts';
import { sample } from '../ground/sample.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { retire } from '../../src/store/retention.ts';

const CLASSES = 100;
/** An entry per score that a sync sent: a class of 30 with 33 assignments, or a week of a busy one. */
const ENTRIES = 1_000;
const KEEP = { days: 400, auditDays: 730, snapshotDays: 90 };

export const history: Figure = async ({ ground, rounds, say }) => {
  const sis = await ground.sis(sisDistrict({ classes: 1, students: 1 }));
  const databaseUrl = await ground.database();
  const service = await ground.service(databaseUrl, { ROLE: 'api' });
  await load(service.api(), sis, { classes: 1, students: 1, lineItems: 1 });
  await service.stop();
  await sis.stop();
  const db = openDatabase({ connectionString: databaseUrl });
  await db.rows(
    `INSERT INTO class (tenant_id, domain_id, key, title)
     SELECT tenant_id, domain_id, 'x' || g, 'X' FROM class, generate_series(1, $1::int) g WHERE key = 'c0'`,
    [CLASSES],
  );
  const [space, cells, rate]: number[][] = [[], [], []];
  // as many young ones stay
  await fill(db, 10);
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1}`);
    const before = await spaceOf(db);
    await fill(db, 500);
    const after = await spaceOf(db);
    space!.push((after.entries - before.entries) / (CLASSES * ENTRIES));
    cells!.push((after.cells - before.cells) / (CLASSES * ENTRIES));
    const started = performance.now();
    const gone = await retire(db, KEEP);
    rate!.push(((gone.entries + gone.snapshots) * 1000) / (performance.now() - started));
    if (gone.syncs !== CLASSES || gone.entries !== CLASSES * ENTRIES || gone.snapshots !== gone.entries)
      throw new Error(`taken away: ${JSON.stringify(gone)}`);
    await db.rows('VACUUM FULL sync_entry');
    await db.rows('VACUUM FULL snapshot_cell');
  }
  const [left] = await db.rows<{ n: number }>('SELECT count(*)::int AS n FROM sync_entry');
  if (left?.n !== CLASSES * ENTRIES) throw new Error(`${left?.n} young entries are left`);
  await db.close();
  return {
    title: 'History',
    about: `${CLASSES} syncs of ${ENTRIES.toLocaleString('en')} scores each, past their time, with as many young ones beside them; PostgreSQL’s space with indexes. Taken away in transactions of at most 5,000 rows; a run of the retention takes at most a million and goes on the next time.`,
    columns: ['', 'median (min – max)'],
    rows: [
      ['history of a score that was sent', sample('B', space!)],
      ['what the SIS held before, kept for 90 days', sample('B', cells!)],
      ['rows taken away', sample('/s', rate!)],
    ],
  };
};

async function fill(db: Database, daysAgo: number): Promise<void> {
  await db.rows(
    `WITH y AS (INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, status, started_at, finished_at)
       SELECT gen_random_uuid(), tenant_id, domain_id, id, 'api', 'x', 'complete', t, t FROM class, LATERAL (SELECT now() - $1 * interval '1 day' AS t) o
        WHERE key LIKE 'x%' RETURNING id, class_id, started_at),
     s AS (INSERT INTO snapshot (id, class_id, at) SELECT id, class_id, started_at FROM y RETURNING id),
     c AS (INSERT INTO snapshot_cell (snapshot_id, line_item_key, student_key, version)
       SELECT s.id, 'l' || g / 30, 's' || g % 30, 1 FROM s, generate_series(1, $2::int) g)
     INSERT INTO sync_entry (sync_id, kind, line_item_key, student_key, action, version, at)
     SELECT y.id, 'result', 'l' || g / 30, 's' || g % 30, 'updated', 1, y.started_at FROM y, generate_series(1, $2::int) g`,
    [daysAgo, ENTRIES],
  );
}

async function spaceOf(db: Database): Promise<{ entries: number; cells: number }> {
  const [row] = await db.rows<{ entries: string; cells: string }>(
    `SELECT pg_total_relation_size('sync_entry') AS entries, pg_total_relation_size('snapshot_cell') AS cells`,
  );
  return { entries: Number(row!.entries), cells: Number(row!.cells) };
}
