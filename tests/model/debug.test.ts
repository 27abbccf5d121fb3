import { readFileSync } from 'node:fs';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { listen, type Listener } from '../../src/store/listen.ts';
import { createSeal } from '../../src/store/seal.ts';
import { createStore } from '../../src/store/store.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { heal, checkAlways, rowsOf } from './checks.ts';
import { HandSis } from './hand-sis.ts';
import { perform, type Program } from './programs.ts';
import { RealWorld } from './real-world.ts';
test('debug', async () => {
  const database: TestDatabase = await testDatabase();
  const db: Database = openDatabase({ connectionString: database.connectionString });
  const listener: Listener = await listen(database.connectionString, { onLost: () => undefined });
  const seal = createSeal({ keys: [{ id: 't', key: Buffer.alloc(32, 7) }] });
  const store = createStore({ db, seal, listener, sis: new HandSis().openFor((act) => act()) });
  const [program, late] = JSON.parse(readFileSync('/tmp/program.json', 'utf8')) as [Program, 'lost'];
  const world = await RealWorld.begin(db, store);
  const log = (t: string) => process.stderr.write(t + '\n');
  const state = async () => {
    const lanes = await db.rows(
      `SELECT epoch, owner, lease_until > now() AS live, wake_at <= now() AS wake, cause, paused_until > now() AS paused FROM lane`,
    );
    log(
      '   ' +
        JSON.stringify(lanes) +
        ' A ' +
        world.workers[0].isRunning +
        world.workers[0].isStopped +
        ' B ' +
        world.workers[1].isRunning +
        world.workers[1].isStopped +
        ' waiting ' +
        JSON.stringify(
          world.sis.waiting.map((w) => [w.kind, (w.body as any).title ?? (w.body as any).score]),
        ) +
        ' adrift ' +
        world.sis.adrift.length,
    );
    for (const r of await rowsOf(world)) log('     ' + JSON.stringify(r));
  };
  try {
    for (const act of program) {
      await perform(world, act);
      log(JSON.stringify(act));
      await state();
      await checkAlways(world);
    }
    log('HEAL');
    const orig = world.timePasses.bind(world);
    world.timePasses = async (a) => {
      log('round');
      await state();
      await orig(a);
    };
    await heal(world, late);
  } finally {
    await state();
    const syncs = await db.rows('SELECT * FROM sync');
    log(JSON.stringify(syncs));
    log(JSON.stringify(await db.rows('SELECT * FROM sync_entry')));
    await listener.close();
    await db.close();
    await database.drop();
  }
}, 200000);
