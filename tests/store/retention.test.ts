/** History ends after its time: in small steps, by one replica at a time, and never under a sync that goes on. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import { retire } from '../../src/store/retention.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ connectionString: database.connectionString, poolSize: 4 });
  await db.rows(
    `INSERT INTO domain (id, tenant_id, key, name, path) VALUES (1, 1, 'd', 'D', '{1}');
     INSERT INTO class (id, tenant_id, domain_id, key, title) VALUES (1, 1, 1, 'c', 'C')`,
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(() =>
  db.transaction(async (sql) => {
    await sql.rows(`DELETE FROM sync`);
    await sql.rows(`SELECT set_config('passback.retention', 'on', true)`);
    await sql.rows(`DELETE FROM audit`);
  }),
);

/** A sync of so many days ago, with entries. */
async function past(days: number, status: string, entries: number): Promise<string> {
  const [row] = await db.rows<{ id: string }>(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, status, started_at)
     VALUES (gen_random_uuid(), 1, 1, 1, 'api', 'x', $2, now() - $1 * interval '1 day') RETURNING id`,
    [days, status],
  );
  await db.rows(
    `INSERT INTO sync_entry (sync_id, kind, line_item_key, student_key, action, version)
     SELECT $1, 'result', 'l', 's' || g, 'created', 1 FROM generate_series(1, $2::int) g`,
    [row!.id, entries],
  );
  return row!.id;
}
const recorded = (days: number) =>
  db.rows(
    `INSERT INTO audit (actor, actor_kind, action, at) VALUES ('x', 'key', 'settings.put', now() - $1 * interval '1 day')`,
    [days],
  );
const count = async (table: string) =>
  (await db.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]!.n;
const keep = { days: 400, auditDays: 730, snapshotDays: 90 };
const nothing = {
  ...{ syncs: 0, entries: 0, audit: 0, snapshots: 0, deletions: 0, rosters: 0, deliveries: 0, runs: 0 },
};

test('A41: takes syncs with their entries and the trail after their days, and leaves what is younger', async () => {
  await past(401, 'complete', 3);
  await past(1_000, 'cancelled', 0);
  const young = await past(399, 'failed', 2);
  for (const days of [731, 5_000, 729, 0]) await recorded(days);
  expect(await retire(db, keep)).toEqual({ ...nothing, syncs: 2, entries: 3, audit: 2 });
  expect(await db.rows('SELECT id FROM sync')).toEqual([{ id: young }]);
  expect([await count('sync_entry'), await count('audit')]).toEqual([2, 2]);
  expect(await retire(db, keep)).toEqual(nothing);
});

test('takes runs of schedules after their days, but none that goes on', async () => {
  await db.rows(
    `INSERT INTO schedule (id, tenant_id, domain_id, type, cron, time_zone, posted_by) VALUES ('01890000-0000-7000-8000-000000000000', 1, 1, 'gradePassback', '0 3 * * *', 'UTC', 'x')`,
  );
  await db.rows(
    `INSERT INTO schedule_run (id, schedule_id, due_at, started_by, started_at, finished_at)
     SELECT gen_random_uuid(), '01890000-0000-7000-8000-000000000000', now(), 'x', now() - g * interval '1 day', CASE WHEN g < 1000 THEN now() END
       FROM unnest(ARRAY[399, 401, 402, 1000]) g`,
  );
  expect(await retire(db, keep)).toEqual({ ...nothing, runs: 2 });
  expect(await count('schedule_run')).toBe(2);
  await db.rows('DELETE FROM schedule');
});

test('never takes a sync that is processing, however old', async () => {
  await past(3_000, 'processing', 4);
  expect(await retire(db, { days: 30, auditDays: 365, snapshotDays: 30 })).toEqual(nothing);
  expect([await count('sync'), await count('sync_entry')]).toEqual([1, 4]);
});

test('takes a sync of very many entries in several steps, and the sync last', async () => {
  await past(500, 'complete', 12_000);
  await past(500, 'complete', 1);
  expect(await retire(db, keep)).toEqual({ ...nothing, syncs: 2, entries: 12_001 });
  expect([await count('sync'), await count('sync_entry')]).toEqual([0, 0]);
});

test('A41: takes what the SIS held before a sync after its own days, and what was deleted, in several steps', async () => {
  const snapshot = async (days: number, cells: number) => {
    const id = await past(days, 'complete', 1);
    await db.rows(`INSERT INTO snapshot (id, class_id, at) VALUES ($1, 1, now() - $2 * interval '1 day')`, [
      id,
      days,
    ]);
    await db.rows(
      `INSERT INTO snapshot_cell (snapshot_id, line_item_key, student_key, version) SELECT $1, 'l', 's' || g, 1 FROM generate_series(1, $2::int) g`,
      [id, cells],
    );
    return id;
  };
  await snapshot(91, 6_000);
  await snapshot(401, 2);
  const young = await snapshot(89, 3);
  const deletion = (state: string, days: number) =>
    db.rows(
      `INSERT INTO deletion (class_id, kind, line_item_key, title, sourced_id, state, created_at, done_at)
       VALUES (1, 'lineItem', 'l', 'L', 'x', $1, now() - $2 * interval '1 day', CASE WHEN $1 = 'done' THEN now() - $2 * interval '1 day' END)`,
      [state, days],
    );
  await deletion('done', 401);
  await deletion('done', 399);
  await deletion('toDoByHand', 401);
  const after = { ...nothing, syncs: 1, entries: 1, snapshots: 6_002, deletions: 1 };
  expect(await retire(db, keep)).toEqual(after);
  expect(await db.rows('SELECT id FROM snapshot')).toEqual([{ id: young }]);
  expect([await count('snapshot_cell'), await count('sync'), await count('deletion')]).toEqual([3, 2, 2]);
  await db.rows('DELETE FROM deletion');
});

test('is one replica’s at a time: another that comes meanwhile goes without having done anything', async () => {
  await past(500, 'complete', 1);
  await db.transaction(async (sql) => {
    await sql.rows(`SELECT pg_advisory_xact_lock(7273, 0)`);
    expect(await retire(db, keep)).toEqual(nothing);
  });
  const both = await Promise.all([retire(db, keep), retire(db, keep)]);
  expect(both.map((r) => r.syncs).sort()).toEqual([0, 1]);
});

test('A40: only what is too old can be taken from the trail, and only by the retention', async () => {
  await recorded(1);
  await retire(db, { days: 30, auditDays: 365, snapshotDays: 30 });
  expect(await count('audit')).toBe(1);
  // the permission ends with the transaction of the retention, on every connection of the pool
  for (let i = 0; i < 8; i++) await expect(db.rows('DELETE FROM audit')).rejects.toThrow('append-only');
  await expect(
    db.transaction(async (sql) => {
      await sql.rows(`SELECT set_config('passback.retention', 'on', true)`);
      await sql.rows(`UPDATE audit SET actor = 'y'`);
    }),
  ).rejects.toThrow('append-only');
});

test('takes what webhooks were told after a month, and leaves the webhooks', async () => {
  await db.rows(
    `INSERT INTO webhook (id, tenant_id, domain_id, url, secret) VALUES ('00000000-0000-7000-8000-000000000001', 1, 1, 'https://lms.example', 'x');
     INSERT INTO webhook_delivery (id, webhook_id, event_id, type, body, created_at)
     SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', gen_random_uuid(), 'sync.finished', '{}', now() - g * interval '1 day'
       FROM unnest('{1, 29, 31, 400}'::int[]) g`,
  );
  expect(await retire(db, keep)).toEqual({ ...nothing, deliveries: 2 });
  expect([await count('webhook'), await count('webhook_delivery')]).toEqual([1, 2]);
});
