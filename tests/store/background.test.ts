/** pg-boss as we use it, on a real database: transactions, replicas, failures, a stop. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import { startBackground, type Background, type BackgroundOptions } from '../../src/store/background.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/service.ts';

let database: TestDatabase;
let db: Database;
const started: Background[] = [];
beforeAll(async () => {
  database = await emptyDatabase();
  db = openDatabase({ connectionString: database.connectionString });
});
afterAll(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await db.close();
  await database.drop();
});

async function begin(options: Partial<BackgroundOptions> = {}): Promise<Background> {
  const one = await startBackground(db, { onError: () => undefined, tickMs: 50, ...options });
  started.push(one);
  return one;
}
const tasks = (...ids: string[]) => ids.map((deliveryId) => ({ task: { deliveryId } }));
const add = (on: Background, ...ids: string[]) =>
  db.transaction((sql) => on.add(sql, 'webhook', tasks(...ids)));

test('replicas that start at once on an empty database all start', async () => {
  await expect(Promise.all([begin(), begin(), begin()])).resolves.toHaveLength(3);
});

test('a task of a transaction that was undone is never done, the others each once, by one of two', async () => {
  const done: string[] = [];
  const workers = [await begin(), await begin()];
  for (const one of workers) one.work('webhook', async ({ deliveryId }) => void done.push(deliveryId));
  await expect(
    db.transaction(async (sql) => {
      await workers[0]!.add(sql, 'webhook', tasks('undone'));
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  const ids = Array.from({ length: 60 }, (_, i) => `d${i}`);
  await add(workers[0]!, ...ids);
  await until(() => done.length === 60);
  await until(async () => (await left()) === 0);
  expect([...done].sort()).toEqual([...ids].sort());
  await Promise.all(workers.map((one) => one.stop()));
});

const left = async () =>
  (await db.rows(`SELECT 1 FROM pgboss.job WHERE name IN ('webhook', 'mail') AND state < 'completed'`))
    .length;

test('what fails is kept for another try, and says nothing of its payload', async () => {
  const errors: (string | null)[] = [];
  const one = await begin({ onError: (_error, task) => errors.push(task) });
  one.work('mail', async () => {
    throw new Error('the server said no to ann@example.org');
  });
  await db.transaction((sql) =>
    one.add(sql, 'mail', [{ task: { to: 'ann@example.org', subject: 's', text: 't', html: 'h' } }]),
  );
  one.nudge();
  const [row] = await until(async () => {
    const rows = await db.rows<{ output: unknown; later: boolean }>(
      `SELECT output, start_after > now() + interval '5 seconds' AS later FROM pgboss.job WHERE name = 'mail' AND state = 'retry'`,
    );
    return rows.length > 0 && rows;
  });
  expect(row).toMatchObject({ later: true });
  expect(JSON.stringify(row?.output)).not.toContain('example.org');
  expect(errors).toEqual(['mail']);
});

test('a stop waits for what is under way, and gives back what takes longer', async () => {
  const one = await begin({ graceMs: 100 });
  const seen: string[] = [];
  one.work('webhook', async ({ deliveryId }, signal) => {
    seen.push(deliveryId);
    await new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped'))));
  });
  await add(one, 'slow');
  await until(() => seen.length === 1);
  await one.stop();
  const [row] = await db.rows<{ state: string }>(
    `SELECT state FROM pgboss.job WHERE data->>'deliveryId' = 'slow'`,
  );
  expect(row?.state).toBe('retry');
});

test('a district whose endpoint takes its time has a quarter of the slots, and the others’ deliveries go on', async () => {
  const one = await begin();
  const under: string[] = [];
  const open: (() => void)[] = [];
  one.work('webhook', async ({ deliveryId }) => {
    if (!deliveryId.startsWith('slow')) return void under.push(deliveryId);
    await new Promise<void>((done) => {
      under.push(deliveryId);
      open.push(done);
    });
  });
  const of = (group: string, n: number) =>
    Array.from({ length: n }, (_, i) => ({ task: { deliveryId: `${group}${i}` }, group }));
  await db.transaction((sql) => one.add(sql, 'webhook', of('slow', 40)));
  one.nudge();
  await until(() => under.length === 4);
  await db.transaction((sql) => one.add(sql, 'webhook', of('quick', 3)));
  one.nudge();
  await until(() => under.filter((id) => id.startsWith('quick')).length === 3);
  expect(under.filter((id) => id.startsWith('slow'))).toHaveLength(4);
  // each that ends makes room for another of its own
  while (under.length < 43) {
    open.splice(0).forEach((done) => done());
    await new Promise((done) => setTimeout(done, 10));
  }
  open.splice(0).forEach((done) => done());
  const waiting = `SELECT 1 FROM pgboss.job WHERE group_id IS NOT NULL AND state <> 'completed'`;
  await until(async () => (await db.rows(waiting)).length === 0);
});
