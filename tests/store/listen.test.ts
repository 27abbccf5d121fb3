import pg from 'pg';
import { openDatabase } from '../../src/store/database.ts';
import { listen, type Listener } from '../../src/store/listen.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/service.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let through: string;
let listener: Listener | undefined;
let heard: (string | null)[];
let lost: string[];
let silent: number;
let other: pg.Client;

beforeEach(async () => {
  database = await testDatabase();
  const url = new URL(database.connectionString);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  through = url.href;
  [heard, lost, silent] = [[], [], 0];
  listener = await listen(through, {
    onLost: (error) => lost.push(error.message),
    onSilent: () => silent++,
    beatMs: 50,
  });
  listener.on('lane', (payload) => heard.push(payload));
  other = new pg.Client({ connectionString: database.connectionString });
  await other.connect();
});
afterEach(async () => {
  await listener?.close();
  await proxy.close();
  await other.end();
  await database.drop();
});

/** Hears what is told after now, however often it has to be told until the new connection listens. */
async function hears(word: string): Promise<void> {
  await until(async () => {
    await other.query(`SELECT pg_notify('lane', $1)`, [word]);
    return heard.includes(word);
  });
}

test('what is told is heard', async () => {
  await hears('7');
  expect(lost).toEqual([]);
});

test('a half-open connection, whose server has gone without a word, is noticed and made again', async () => {
  proxy.halfOpen();
  await until(() => silent === 1);
  expect(lost[0]).toBe('the database fell silent');
  await hears('8');
  // whoever listens was told that anything may have been missed
  expect(heard).toContain(null);
});

test('a connection that was cut is made again, and says nothing of others', async () => {
  proxy.reset();
  await hears('9');
  expect(silent).toBe(0);
});

test('a network that swallows everything is noticed, also while the connection is being made again', async () => {
  proxy.set({ blackhole: true });
  await until(() => silent === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  proxy.set({});
  await hears('10');
});

test('a slow network is not silent', async () => {
  proxy.set({ latencyMs: 20 });
  await hears('11');
  expect(silent).toBe(0);
});

test('cut ends the statements that wait, and the pool goes on with new connections', async () => {
  const idle: string[] = [];
  const db = openDatabase({ connectionString: through, onLost: (error) => idle.push(error.message) });
  await Promise.all([db.rows('SELECT 1'), db.rows('SELECT 1')]);
  proxy.set({ blackhole: true });
  const waiting = [db.rows('SELECT 1'), db.transaction((sql) => sql.rows('SELECT 1'))];
  const ended = Promise.allSettled(waiting);
  await new Promise((resolve) => setTimeout(resolve, 100));
  db.cut();
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  proxy.set({});
  expect(await db.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await db.close();
});

test('who cannot begin does not go on trying', async () => {
  const tried: string[] = [];
  const nobody = new URL(through);
  nobody.port = '1';
  await expect(listen(nobody.href, { onLost: (error) => tried.push(error.message) })).rejects.toThrow();
  const before = tried.length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(tried).toHaveLength(before);
});
