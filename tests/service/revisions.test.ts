/** An LMS that delivers its edits late, twice and in any order, over many connections at once: the newest one stands. */
import {
  district,
  expectOk,
  putLineItem,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 25;
const LINE_ITEMS = 4;
const REVISIONS = 5;
const CLIENTS = 8;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N) } });
  d = await district(service, N, { autoSync: true, gatherSeconds: 0 });
  for (let l = 0; l < LINE_ITEMS; l++) await putLineItem(d.lms, `l${l}`);
});
afterAll(() => service.stop());

interface Edit {
  lineItemId: string;
  studentId: string;
  revision: number;
  score: number;
}
/** The same disorder each time. */
function shuffled<T>(items: T[]): T[] {
  let state = 17;
  const keys = items.map((item) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return { item, key: state };
  });
  return keys.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

test('A03: versions shuffled and duplicated over 8 clients: the greatest revision wins, here and in the SIS', async () => {
  const edits = Array.from({ length: LINE_ITEMS }, (_, l) =>
    students(N).flatMap((studentId, s) =>
      // revisions with gaps, and a score that tells which one it was
      Array.from({ length: REVISIONS }, (_, v): Edit => ({
        lineItemId: `l${l}`,
        studentId,
        revision: 10 * v + (s % 7),
        score: v + 0.5,
      })),
    ),
  ).flat();
  const delivered = shuffled([...edits, ...edits.filter((_, i) => i % 2 === 0)]);
  const each = Math.ceil(delivered.length / CLIENTS);
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const mine = delivered.slice(client * each, (client + 1) * each);
      // half of the clients one by one, the others in batches in which a cell may stand several times
      for (let i = 0; i < mine.length; i += client % 2 === 0 ? 1 : 50) {
        if (client % 2 === 0) {
          const { lineItemId, studentId, ...body } = mine[i]!;
          await expectOk(d.lms('PUT', `/classes/c1/lineItems/${lineItemId}/results/${studentId}`, body));
        } else {
          const results = mine.slice(i, i + 50);
          const { accepted } = await expectOk(
            d.lms<{ accepted: number }>('POST', '/classes/c1/results/batch', { results }),
          );
          expect(accepted).toBe(results.length);
        }
      }
    }),
  );
  await sync(d.lms);
  const right = () => {
    const { results } = service.sis.control.contents();
    return results.length === N * LINE_ITEMS && results.every(({ score }) => score === REVISIONS - 0.5);
  };
  await until(right, 40_000);
  const { items } = await expectOk(
    d.lms<{ items: { desired: { score: number; revision: number } }[] }>(
      'GET',
      '/classes/c1/results?lineItemId=l0&limit=200',
    ),
  );
  expect(items.map(({ desired }) => desired.score)).toEqual(Array.from({ length: N }, () => REVISIONS - 0.5));
  expect(service.sis.control.staleWrites.count).toBe(0);
}, 120_000);
