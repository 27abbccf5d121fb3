/** What runs all day long must not read whole tables: a hundred thousand scores, and what PostgreSQL says it scanned. */
import { createAccess, hashOf } from '../../src/store/access.ts';
import { createAudit } from '../../src/store/audit.ts';
import { createExplanations } from '../../src/store/explanation.ts';
import { hot, openDatabase, within, type Database } from '../../src/store/database.ts';
import { createOnce } from '../../src/store/idempotency.ts';
import { createIngest } from '../../src/store/ingest.ts';
import { createLanes } from '../../src/store/lanes.ts';
import { createSeal } from '../../src/store/seal.ts';
import { retire } from '../../src/store/retention.ts';
import { sweep } from '../../src/store/sweep.ts';
import { listSyncs } from '../../src/store/sync-history.ts';
import type { Settlement } from '../../src/passback/ports/lanes.ts';
import type { Principal } from '../../src/passback/ports/callers.ts';
import type { SyncFilter } from '../../src/passback/ports/syncs.ts';
import { district, expectOk, putLineItem, sisDistrict, type District } from '../support/district.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
/** one connection, so that its statistics are complete when it is asked */
let db: Database;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(2) }, env: { ROLE: 'api' } });
  d = await district(service, 2);
  await putLineItem(d.lms, 'a');
  db = openDatabase({ connectionString: service.connectionString, poolSize: 1 });
  await db.rows(
    `INSERT INTO student (class_id, key, sourced_id) SELECT c.id, 'x' || g, 'x' || g FROM class c, generate_series(1, 1000) g`,
  );
  await db.rows(
    `INSERT INTO line_item (class_id, domain_id, key, title, category_key, clean_n, release_n, acked_version, due_date, result_value_max)
     SELECT c.id, c.domain_id, 'x' || g, 'X', 'hw', 1, 1, 1, now(), 10 FROM class c, generate_series(1, 100) g`,
  );
  // 99,000 at rest, 1,000 due in a sync
  await db.rows(
    `WITH y AS (INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by)
       SELECT gen_random_uuid(), tenant_id, domain_id, id, 'api', 'x' FROM class RETURNING id)
     INSERT INTO result (line_item_id, student_id, domain_id, score, clean_n, release_n, acked_version, sync_id, priority)
     SELECT l.id, s.id, l.domain_id, 5, CASE WHEN due THEN 0 ELSE 1 END, 1, CASE WHEN due THEN 0 ELSE 1 END, CASE WHEN due THEN y.id END, 2
       FROM y, (SELECT *, key = 'x7' AS due FROM line_item WHERE key <> 'a') l, student s WHERE s.key LIKE 'x%'`,
  );
  await db.rows('ANALYZE');
  // what the service's own connections have counted so far is told now, not in the middle of a measurement
  await db.rows(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}, 60_000);
afterAll(async () => {
  await db.close();
  await service.stop();
});

/** Sequential scans of the two large tables while `work` ran, and the rows that they and the indexes gave. */
async function scanned(work: () => Promise<unknown>, tables = ['result', 'sync_entry']) {
  const seen = async () => {
    await db.rows('SELECT pg_stat_force_next_flush()');
    const rows = await db.rows<{ scans: string; read: string }>(
      `SELECT sum(seq_scan) AS scans, sum(seq_tup_read + idx_tup_fetch) AS read FROM pg_stat_user_tables WHERE relname = ANY($1)`,
      [tables],
    );
    return { scans: Number(rows[0]?.scans), read: Number(rows[0]?.read) };
  };
  const before = await seen();
  await work();
  const after = await seen();
  return { scans: after.scans - before.scans, read: after.read - before.read };
}

const modes = ['force_custom_plan', 'force_generic_plan'];

test('a scan of the whole table would be seen', async () => {
  const { scans, read } = await scanned(() => db.rows('SELECT count(*) FROM result WHERE score > 5'));
  expect(scans).toBeGreaterThan(0);
  expect(read).toBeGreaterThanOrEqual(99_000);
});

test('a lane’s round, a score, the sweep and the history read by their indexes', async () => {
  const lanes = createLanes(db, createSeal({ keys: [{ id: 't1', key: Buffer.alloc(32, 7) }] }));
  await db.rows('UPDATE lane SET wake_at = now()');
  const [fence] = await lanes.claim('me', 1, []);
  if (!fence) throw new Error('no lane');

  // planned for its parameters, and as PostgreSQL may come to plan a hot statement: for any
  for (const mode of modes) {
    await db.rows(`SET plan_cache_mode = ${mode}`);
    let settlements: Settlement[] = [];
    const took = await scanned(async () => {
      const [work] = await lanes.take(fence, 50);
      settlements = (work?.results ?? []).map((r) => ({
        kind: 'result',
        id: r.id,
        classId: work!.cls.id,
        n: r.dirtyN,
        version: r.version,
        how: 'acknowledged',
        created: true,
        hash: 'h',
        acked: {},
        sourcedId: `s-${r.id}`,
      }));
    });
    expect(settlements).toHaveLength(50);
    expect(took.scans).toBe(0);
    expect(took.read).toBeLessThan(500);

    const settled = await scanned(() => lanes.settle(fence, settlements));
    expect(settled.scans).toBe(0);
    expect(settled.read).toBeLessThan(500);
  }

  // those that share a request with the few that are the most urgent
  let shared = 0;
  const together = await scanned(async () => {
    const [work] = await lanes.take(fence, 8, 100);
    shared = work?.results.length ?? 0;
  });
  expect(shared).toBeGreaterThanOrEqual(100);
  expect(shared).toBeLessThanOrEqual(108);
  expect(together.scans).toBe(0);
  expect(together.read).toBeLessThan(1_500);

  // what was just settled is due to be read back: one lineItem of a thousand scores
  await db.rows(
    `UPDATE result SET last_sent_at = now() - interval '1 hour', sourced_id = 's-' || id, acked = '{"score":5}', acked_hash = 'h' WHERE line_item_id = (SELECT id FROM line_item WHERE key = 'x3')`,
  );
  await db.rows(
    `UPDATE line_item SET verify_at = CASE WHEN key = 'x3' THEN now() ELSE now() + interval '1 day' END, last_sent_at = now() - interval '1 hour', sourced_id = key, acked = '{}', acked_hash = 'h'`,
  );
  const found = await scanned(() => lanes.readingDue(fence));
  expect(found.scans).toBe(0);
  expect(found.read).toBeLessThan(1_500);
  const due = await lanes.readingDue(fence);
  const kept = await scanned(() =>
    lanes.keepReading(fence, {
      classId: due!.cls.id,
      lineItemId: due!.lineItems[0]!.id,
      at: due!.at,
      lineItem: { sourcedId: 'x3' },
      results: [],
      partial: false,
      againInMs: 86_400_000,
    }),
  );
  expect(kept.scans).toBe(0);
  expect(kept.read).toBeLessThan(6_000);

  const released = await scanned(() => lanes.release(fence, 0));
  expect(released.scans).toBe(0);
  expect(released.read).toBeLessThan(200);

  const { tenant_id: tenantId } = (await db.rows<{ tenant_id: string }>('SELECT tenant_id FROM class'))[0]!;
  const ingest = createIngest(db);
  const score = (value: number) =>
    ingest.one({
      scope: { tenantId, domainId: null, classKeys: null },
      classKey: 'c1',
      row: { lineItemId: 'x3', studentId: 'x9', score: value, late: false, posted: true },
    });
  const batch = (value: number) =>
    ingest.many(
      { tenantId, domainId: null, classKeys: null },
      'c1',
      Array.from({ length: 100 }, (_, i) => ({
        ...{
          lineItemId: `x${50 + (i % 10)}`,
          studentId: `x${i + 1}`,
          score: value,
          late: false,
          posted: true,
        },
      })),
    );
  for (const mode of modes) {
    await db.rows(`SET plan_cache_mode = ${mode}`);
    const written = await scanned(() => score(mode.length));
    expect(written.scans).toBe(0);
    expect(written.read).toBeLessThan(50);
    // changed, and then the same again
    for (const most of [400, 400]) {
      const together = await scanned(() => batch(mode.length));
      expect(together.scans).toBe(0);
      expect(together.read).toBeLessThan(most);
    }
  }
  await db.rows('RESET plan_cache_mode');

  const swept = await scanned(() => sweep(db));
  expect(swept.scans).toBe(0);
  expect(swept.read).toBeLessThan(200);

  const { items } = await expectOk(d.lms<{ items: { id: string; pending: number }[] }>('GET', '/syncs'));
  expect(items).toMatchObject([{ pending: 900 }]);
});

test('the retention, the trail’s pages and a repeated request read by their indexes, however much is kept', async () => {
  await db.rows(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, status, started_at)
     SELECT gen_random_uuid(), c.tenant_id, c.domain_id, c.id, 'api', 'x', 'complete', now() - g * interval '1 hour'
       FROM class c, generate_series(1, 20000) g`,
  );
  await db.rows(
    `INSERT INTO audit (tenant_id, actor, actor_kind, action, at)
     SELECT c.tenant_id, 'x', 'key', 'settings.put', now() - g * interval '1 hour' FROM class c, generate_series(1, 20000) g`,
  );
  await db.rows(
    `INSERT INTO idempotency_key (principal, key, body_hash, status, created_at)
     SELECT 'x', g::text, 'x', 200, now() - g * interval '1 second' FROM generate_series(1, 20000) g`,
  );
  // this connection's foreign key checks were planned for a table of one row
  await db.rows('ANALYZE sync');
  await db.rows(
    `INSERT INTO sync_entry (sync_id, kind, line_item_key, action, version) SELECT id, 'lineItem', 'x', 'created', 1 FROM sync`,
  );
  await db.rows('ANALYZE sync, sync_entry, audit, idempotency_key');
  const tables = ['sync', 'sync_entry', 'audit', 'idempotency_key'];

  const nothing = await scanned(
    () => retire(db, { days: 1_000, auditDays: 1_000, snapshotDays: 1_000 }),
    tables,
  );
  expect(nothing.scans).toBe(0);
  expect(nothing.read).toBeLessThan(50);
  let retired = { syncs: 0, entries: 0, audit: 0 };
  const some = await scanned(
    async () => (retired = await retire(db, { days: 832, auditDays: 832, snapshotDays: 832 })),
    tables,
  );
  expect(retired.syncs).toBeGreaterThan(10);
  expect(retired).toMatchObject({ entries: retired.syncs, audit: retired.syncs });
  expect(some.scans).toBe(0);
  expect(some.read).toBeLessThan(1_000);

  const { tenant_id: tenantId } = (await db.rows<{ tenant_id: string }>('SELECT tenant_id FROM class'))[0]!;
  const scope = { tenantId, domainId: null, classKeys: null };
  const page = await scanned(
    () => createAudit(db).list(scope, 'district', { action: 'settings.put' }, { cursor: null, limit: 50 }),
    tables,
  );
  const by: Principal = {
    ...{ kind: 'key', role: 'lms', keyId: 'x', tenantId, domainId: null, classKeys: null },
    ...{ name: 'x', subject: null },
  };
  const repeat = await scanned(
    () => db.transaction((sql) => createOnce(within(db, sql)).claim(by, '7', 'x')),
    tables,
  );
  const swept = await scanned(() => sweep(db), tables);
  expect([page.scans, repeat.scans, swept.scans]).toEqual([0, 0, 0]);
  expect(page.read).toBeLessThan(500);
}, 60_000);

test('an explanation reads a class’s last syncs and no more of its history', async () => {
  const { tenant_id: tenantId } = (await db.rows<{ tenant_id: string }>('SELECT tenant_id FROM class'))[0]!;
  const scope = { tenantId, domainId: null, classKeys: null };
  const explained = await scanned(
    () => createExplanations(db).of(scope, 'c1', 'x3', 'x9'),
    ['sync', 'sync_entry', 'result'],
  );
  expect(explained.scans).toBe(0);
  expect(explained.read).toBeLessThan(500);
});

test('a page of the history reads a page of syncs, whoever asks for it and however long it is', async () => {
  const { tenant_id: tenantId } = (await db.rows<{ tenant_id: string }>('SELECT tenant_id FROM class'))[0]!;
  // another tenant, of whom no sync may be walked through
  await db.rows(
    `INSERT INTO domain (tenant_id, key, name, path, effective, settings) SELECT 0, 'small', 'Small', '{}', '{}', '{}' RETURNING id`,
  );
  await db.rows(`UPDATE domain SET tenant_id = id, path = ARRAY[id] WHERE key = 'small'`);
  const small = (await db.rows<{ id: string }>(`SELECT id FROM domain WHERE key = 'small'`))[0]!.id;
  const ask = (of: string, filter: SyncFilter, classKeys: string[] | null = null) =>
    scanned(
      () => listSyncs(db, { tenantId: of, domainId: null, classKeys }, filter, { cursor: null, limit: 50 }),
      // of a hundred lineItems the service beside us may read all at any time
      ['sync', 'sync_entry', 'result'],
    );
  for (const read of [
    await ask(tenantId, {}),
    await ask(tenantId, { classId: 'c1' }),
    await ask(tenantId, { domainId: 'school', trigger: 'api' }),
    await ask(tenantId, { classId: 'c1', lineItemId: 'x' }),
    await ask(tenantId, { since: '2020-01-01T00:00:00Z' }, ['c1']),
    await ask(small, {}),
    await ask(small, { status: 'failed' }),
  ]) {
    expect(read.scans).toBe(0);
    expect(read.read).toBeLessThan(2_500);
  }
});

test('a release that changes the type of a column under a hot statement costs nobody an answer', async () => {
  await db.rows('CREATE TABLE changing (id int)');
  await db.rows('INSERT INTO changing VALUES (1)');
  const asked = hot('SELECT id FROM changing');
  const alone = () => db.rows(asked);
  const within = () => db.transaction((sql) => sql.rows(asked));
  // every connection of the pool has its plan
  const everyone = () => Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? alone : within)()));
  for (const answer of await everyone()) expect(answer).toEqual([{ id: 1 }]);
  await db.rows('ALTER TABLE changing ALTER COLUMN id TYPE text');
  expect(await alone()).toEqual([{ id: '1' }]);
  for (const answer of await everyone()) expect(answer).toEqual([{ id: '1' }]);
});

test('keys that are looked up together are each answered for itself', async () => {
  for (const name of ['a', 'b', 'c'])
    await db.rows(
      `INSERT INTO api_key (id, hash, role, name, tenant_id, domain_id, created_by)
       SELECT gen_random_uuid(), $1, 'lms', $2, tenant_id, id, 'x' FROM domain LIMIT 1`,
      [hashOf(name), name],
    );
  const access = createAccess(db);
  const found = await Promise.all(
    ['b', 'nobody', 'c', 'a', 'b'].map((key) => access.authenticate(hashOf(key))),
  );
  expect(found.map((principal) => principal?.name ?? null)).toEqual(['b', null, 'c', 'a', 'b']);
});
