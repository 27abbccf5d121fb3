/** A short run of bench/torture: kills, pauses and every fault at once; the long one is a command of its own. */
import { openGround, type Ground } from '../../bench/ground/ground.ts';
import { torture } from '../../bench/torture/torture.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround(process.env.TEST_DATABASE_URL ?? null);
});
afterAll(() => ground.close());

test('A01: scores graded and graded again while replicas are killed and the SIS fails: it ends equal, nothing twice', async () => {
  const { differences, defects, faults, kills } = await torture(ground, {
    size: { classes: 4, students: 15, lineItems: 10 },
    tenants: 2,
    kills: 6,
    everyMs: [300, 1_500],
    pauseEvery: 4,
    pauseMs: [500, 3_000],
    few: 1,
    refuseToken: false,
    seed: Number(process.env.TORTURE_SEED ?? 1),
    quietMs: 180_000,
    hasten: true,
    tell: () => undefined,
  });
  expect({ differences, defects }).toEqual({ differences: [], defects: [] });
  expect(kills).toBe(6);
  expect(Object.values(faults).reduce((a, b) => a + b, 0)).toBeGreaterThan(20);
}, 600_000);
