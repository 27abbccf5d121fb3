/** What is announced stands on tables of its own; grades do not. */
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { createLog } from '../src/log.ts';
import { startNotices } from '../src/notices.ts';
import { openDatabase } from '../src/store/database.ts';
import { createSeal } from '../src/store/seal.ts';
import { emptyDatabase } from './support/database.ts';

test('a database role that may make no schema keeps nobody from starting: it is said what to do', async () => {
  const database = await emptyDatabase();
  const owner = openDatabase({ connectionString: database.connectionString });
  const name = `limited_${randomUUID().slice(0, 8)}`;
  await owner.rows(`CREATE ROLE ${name} LOGIN PASSWORD 'limited'`);
  const url = new URL(database.connectionString);
  url.username = name;
  url.password = 'limited';
  const limited = openDatabase({ connectionString: url.href });
  let logged = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const parts = {
    seal: createSeal({ keys: [{ id: 'k1', key: Buffer.alloc(32, 1) }] }),
    listener: { on: () => () => undefined, close: async () => undefined },
    log: createLog({ level: 'info', stream }),
    ...{ allowedNetworks: [], publicUrl: 'https://passback.example.org', mail: null },
  };
  try {
    const stop = await startNotices({ db: limited, ...parts });
    await stop();
    expect(logged).toContain('GRANT CREATE ON DATABASE');
    expect(await owner.rows(`SELECT 1 FROM pg_namespace WHERE nspname = 'pgboss'`)).toEqual([]);
  } finally {
    await limited.close();
    await owner.rows(`DROP ROLE ${name}`);
    await owner.close();
    await database.drop();
  }
});
