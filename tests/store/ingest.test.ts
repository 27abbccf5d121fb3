/** Scores in, by hand: what is told of each row, and writers who meet. */
import { openDatabase, type Database, type Sql } from '../../src/store/database.ts';
import { Arrival } from '../../src/store/arrival.ts';
import { writeBatch } from '../../src/store/ingest-batch.ts';
import { createIngest, type Ingest } from '../../src/store/ingest.ts';
import type { ResultRow } from '../../src/passback/ports/gradebook.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/service.ts';

const N = 40;
const scope = { tenantId: '1', domainId: null, classKeys: null };
let postgres: TestDatabase;
let db: Database;
let ingest: Ingest;
/** Without statistics: PostgreSQL believes of these tables what it believes of any new one. */
beforeAll(async () => {
  postgres = await testDatabase();
  db = openDatabase({ connectionString: postgres.connectionString });
  ingest = createIngest(db);
  await db.rows(
    `INSERT INTO domain (id, tenant_id, key, name, path, effective) VALUES (1, 1, 'd', 'D', '{1}', '{}')`,
  );
  await db.rows(`INSERT INTO class (id, tenant_id, domain_id, key, title) VALUES (1, 1, 1, 'c', 'C')`);
  await db.rows(`INSERT INTO student (class_id, key) SELECT 1, 's' || g FROM generate_series(1, ${N}) g`);
  await db.rows(
    `INSERT INTO line_item (class_id, domain_id, key, title, category_key, due_date, result_value_max)
     SELECT 1, 1, 'l' || g, 'L', 'hw', now(), 100 FROM generate_series(1, ${N}) g`,
  );
});
beforeEach(() => db.rows('DELETE FROM result'));
afterAll(async () => {
  await db.close();
  await postgres.drop();
});

const row = (lineItemId: string, studentId: string, score: number, revision?: number): ResultRow => ({
  ...{ lineItemId, studentId, score, late: false, posted: true },
  ...(revision !== undefined && { revision }),
});
const all = (score: number) =>
  Array.from({ length: N * N }, (_, i) => row(`l${(i % N) + 1}`, `s${Math.floor(i / N) + 1}`, score));
const many = (rows: ResultRow[]) => ingest.many(scope, 'c', rows);
const one = (of: ResultRow) => ingest.one({ scope, classKey: 'c', row: of });
const stands = async (lineItemId: string, studentId: string) =>
  (
    await db.rows<{ score: string; version: number; revision: string | null }>(
      `SELECT r.score, r.version, r.revision FROM result r JOIN line_item l ON l.id = r.line_item_id JOIN student s ON s.id = r.student_id
        WHERE l.key = $1 AND s.key = $2`,
      [lineItemId, studentId],
    )
  )[0];

test('a batch tells of each row what became of it: new, changed, the same, older, unknown', async () => {
  await many([row('l1', 's1', 1), row('l1', 's2', 2, 5), row('l1', 's3', 3)]);
  const kept = await many([
    row('l1', 's4', 4),
    row('l1', 's3', 30),
    row('l9', 'nobody', 1),
    row('l1', 's1', 1),
    row('l1', 's2', 20, 4),
    row('nothing', 's1', 1),
  ]);
  expect(kept).toMatchObject([
    { missing: null, version: 1, dirty: true, older: false },
    { missing: null, version: 2, dirty: true, older: false },
    { missing: 'student' },
    { missing: null, version: 1, dirty: true, older: false },
    { missing: null, version: 1, dirty: true, older: true },
    { missing: 'lineItem' },
  ]);
  expect(await stands('l1', 's4')).toMatchObject({ score: '4', version: 1 });
  expect(await stands('l1', 's3')).toMatchObject({ score: '30', version: 2 });
  expect(await stands('l1', 's2')).toMatchObject({ score: '2', revision: '5' });
  expect(await ingest.many(scope, 'elsewhere', [row('l1', 's1', 1)])).toEqual([{ missing: 'class' }]);
});

test('what was known of a score before it was sent is the same for a batch and by itself', async () => {
  const lost = row('l2', 's2', 700);
  const [inBatch] = await many([lost]);
  await db.rows('DELETE FROM result');
  const alone = await one(lost);
  expect(inBatch).toEqual(alone);
  expect(alone).toMatchObject({
    findings: expect.arrayContaining([expect.objectContaining({ code: expect.any(String) })]),
  });
});

test('scores that are kept are not answered with an error because no connection was free to ask what is known of them', async () => {
  let busy = 1;
  const crowded: Database = {
    ...db,
    // what is asked outside of the transaction
    async rows(text, params) {
      if (busy-- > 0) throw new Error('timeout exceeded when trying to connect');
      return db.rows(text, params);
    },
  };
  const lost = row('l2', 's2', 700);
  const [kept] = await createIngest(crowded).many(scope, 'c', [lost]);
  expect(busy).toBeLessThan(1);
  await db.rows('DELETE FROM result');
  expect(kept).toEqual((await many([lost]))[0]);
});

/** Somebody has come to a lock that another one holds. */
const somebodyWaits = () =>
  until(async () => {
    const waiting = await db.rows(
      `SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()`,
    );
    return waiting.length > 0;
  });

/** The transaction of a batch in which `meanwhile` happens once, after its `nth` statement was answered. */
const interrupted = (nth: number, meanwhile: () => Promise<unknown>, rows: ResultRow[]) =>
  db.transaction((sql) => {
    let answered = 0;
    const slow: Sql = {
      async rows(text, params) {
        const answer = await sql.rows(text, params);
        answered++;
        if (answered === nth) await meanwhile();
        return answer as never;
      },
    };
    return writeBatch(slow, scope, 'c', rows, new Arrival(db, rows));
  });

// what the rows speak of is looked up by four statements; then a savepoint, and three for each step: what differs, what is the same
test.each([8, 11])(
  'a score that comes from elsewhere in the middle of a batch, and is older, does not win (after statement %i)',
  async (nth) => {
    const written = await interrupted(nth, () => one(row('l3', 's3', 1, 1)), [row('l3', 's3', 2, 2)]);
    expect(written).toMatchObject([{ version: 2 }]);
    expect(await stands('l3', 's3')).toEqual({ score: '2', version: 2, revision: '2' });
  },
);

test('the same score from elsewhere in the middle of a batch is told as it stands', async () => {
  const written = await interrupted(11, () => one(row('l3', 's3', 2)), [row('l3', 's3', 2)]);
  expect(written).toMatchObject([{ version: 1 }]);
  expect(await stands('l3', 's3')).toMatchObject({ score: '2', version: 1 });
});

test('the same score without its revision changes nothing', async () => {
  await many([row('l1', 's1', 5, 3)]);
  const before = await db.rows('SELECT xmin, ctid FROM result');
  expect(await many([row('l1', 's1', 5)])).toMatchObject([{ version: 1, older: false }]);
  expect(await db.rows('SELECT xmin, ctid FROM result')).toEqual(before);
});

test('who takes a batch back before it is answered is not overtaken by it', async () => {
  await many([row('l1', 's1', 5)]);
  let second: Promise<unknown> | undefined;
  await interrupted(
    7,
    async () => {
      second = many([row('l1', 's1', 5)]);
      await somebodyWaits();
    },
    [row('l1', 's1', 7)],
  );
  await second;
  expect(await stands('l1', 's1')).toMatchObject({ score: '5', version: 3 });
});

const deadlocks = async () => {
  const [row] = await db.rows<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.deadlocks);
};

test('a batch of which some are new does not wait in a circle with single scores for the same cells', async () => {
  await many([row('l1', 's2', 1)]);
  let singles: Promise<unknown> | undefined;
  await interrupted(
    7,
    async () => {
      singles = Promise.all([one(row('l1', 's1', 3)), one(row('l1', 's2', 3))]);
      await Promise.race([singles, somebodyWaits()]);
    },
    [row('l1', 's1', 2), row('l1', 's2', 2)],
  );
  await singles;
  expect(await deadlocks()).toBe(0);
  expect(await stands('l1', 's1')).toMatchObject({ score: '2' });
  expect(await stands('l1', 's2')).toMatchObject({ score: '2' });
});

test('batches in any order and single scores never wait for each other in a circle, however new the table', async () => {
  // every second one is there already
  await many(all(0).filter((_, i) => i % 2 === 0));
  await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const rows = all(i + 1);
      if (i % 3 === 2) await Promise.all(rows.slice(0, 200).reverse().map(one));
      else await many(i % 3 === 0 ? rows : rows.reverse());
    }),
  );
  expect(await deadlocks()).toBe(0);
});
