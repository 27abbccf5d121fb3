/** Random programs against the real store: whatever happens, the SIS ends equal to the LMS (docs/adr/0017). */
import fc from 'fast-check';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { listen, type Listener } from '../../src/store/listen.ts';
import { createSeal } from '../../src/store/seal.ts';
import { createStore } from '../../src/store/store.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { checkAlways, heal } from './checks.ts';
import { HandSis } from './hand-sis.ts';
import { perform, programs, type Program } from './programs.ts';
import { RealWorld } from './real-world.ts';

/** The same programs each time, so that one that fails is the change's doing; a longer run: MODEL_RUNS=1000 MODEL_SEED=… */
const runs = Number(process.env.MODEL_RUNS ?? 30);
const seed = Number(process.env.MODEL_SEED ?? 387_804_435);

let database: TestDatabase;
let db: Database;
let listener: Listener;
let store: ReturnType<typeof createStore>;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ connectionString: database.connectionString });
  listener = await listen(database.connectionString, { onLost: () => undefined });
  const seal = createSeal({ keys: [{ id: 't', key: Buffer.alloc(32, 7) }] });
  store = createStore({
    db,
    seal,
    listener,
    sis: new HandSis().openFor((act) => act()),
  });
});
afterAll(async () => {
  await listener.close();
  await db.close();
  await database.drop();
});

async function run(program: Program, lateOnes: 'applied' | 'lost' = 'applied'): Promise<void> {
  const world = await RealWorld.begin(db, store);
  for (const act of program) {
    await perform(world, act);
    await checkAlways(world);
  }
  await heal(world, lateOnes);
}

describe('what went wrong once:', () => {
  test.each<[string, Program]>([
    [
      'an acknowledgement ended a doubt that had come up during its request',
      [
        ['auto', true],
        ['score', 'a', 's1', 1],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['pause', 0],
        ['score', 'a', 's1', 2],
        ['takeOver', 1],
        ['pause', 1],
        ['answerAll', 'stored', 'newest'],
        ['wake', 0, false],
        ['wake', 1, false],
      ],
    ],
    [
      'a lane that knew that it was lost waited for requests that it had not made',
      [
        ['auto', true],
        ['score', 'a', 's1', 1],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['score', 'a', 's2', 2],
        ['pause', 0],
        ['wake', 0, true],
        ['answer', 0, 'stored'],
      ],
    ],
    [
      'an assignment was sent again in doubt, and the SIS had lost it with its score meanwhile',
      [
        ['score', 'b', 's1', 0],
        ['auto', true],
        ['score', 'a', 's1', 0],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['pause', 0],
        ['score', 'a', 's1', 0],
        ['takeOver', 1],
        ['answerAll', 'stored', 'newest'],
        ['wake', 0, true],
        ['sisDeletes', 1],
        ['claim', 0],
      ],
    ],
    [
      'a score that was written late, after its assignment was deleted and put here again, was taken for somebody’s',
      [
        ['auto', true],
        ['score', 'a', 's1', 0],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['pause', 0],
        ['score', 'a', 's1', 1],
        ['takeOver', 1],
        ['answerAll', 'stored', 'newest'],
        ['wake', 0, false],
        ['removeLineItem', 'a'],
        ['score', 'a', 's1', 1],
        ['pressStudent', 's1'],
      ],
    ],
    [
      'a score that was written late, after its assignment was deleted in the SIS and made again, was taken for somebody’s',
      [
        ['score', 'a', 's1', 0],
        ['auto', true],
        ['score', 'b', 's1', 0],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['pause', 0],
        ['score', 'b', 's1', 0],
        ['takeOver', 1],
        ['answerAll', 'stored', 'newest'],
        ['wake', 0, false],
        ['sisDeletes', 0],
        ['auto', true],
        ['score', 'a', 's1', 0],
        ['claim', 0],
        ['answer', 0, 'stored'],
        ['pause', 0],
        ['score', 'a', 's1', 1],
        ['takeOver', 1],
        ['answerAll', 'stored', 'newest'],
        ['wake', 0, false],
        ['answer', 0, 'stored'],
      ],
    ],
  ])('%s', (_, program) => run(program));
});

test('whatever happens, the SIS ends equal to the LMS, and every sync ends and tells all', async () => {
  let acts = 0;
  const property = fc.asyncProperty(
    programs,
    fc.constantFrom('applied', 'lost'),
    async (program, lateOnes) => {
      acts += program.length;
      await run(program, lateOnes);
    },
  );
  const began = performance.now();
  try {
    await fc.assert(property, { numRuns: runs, seed, endOnFailure: process.env.MODEL_SHRINK === '0' });
  } finally {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`${runs} programs, ${acts} acts, ${seconds} s, MODEL_SEED=${seed}\n`);
  }
}, 3_600_000);
