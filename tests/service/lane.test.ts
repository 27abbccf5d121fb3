/** A lane's run while some of its requests take long. */
import { connectionSettings, district, expectOk, putLineItem, sisDistrict } from '../support/district.ts';
import type { District } from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(4) },
    service: {
      sisLimits: { connectMs: 5_000, totalMs: 60_000 },
      // whatever is found is found because somebody told of it
      lanes: { tickMs: 3_600_000 },
    },
  });
  d = await district(service, 4, { autoSync: true, gatherSeconds: 0, ...connectionSettings(service.sis) });
  await putLineItem(d.lms, 'quiz');
});
afterAll(() => service.stop());

const control = () => service.sis.control;
const put = (student: string, score: number) =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/quiz/results/${student}`, { score }));
/** Puts a score whose request the SIS does not answer; returns what lets it. */
async function held(student: string, score: number): Promise<() => void> {
  const before = control().count({ fault: 'hold' });
  const fault = control().arm({ kind: 'hold', request: 'result', method: 'PUT', count: 1 });
  await put(student, score);
  await until(() => control().count({ fault: 'hold' }) > before);
  return () => control().disarm(fault);
}
const sent = () =>
  control().requests.flatMap(({ body }) => {
    const { result } = (body ?? {}) as { result?: { student: { sourcedId: string }; score: number } };
    return result ? [`${result.student.sourcedId} ${result.score}`] : [];
  });

test('an edit that comes while its score is under way goes when that is answered, though another request hangs', async () => {
  const hanging = await held('s04', 40);
  const answer = await held('s01', 50);
  await put('s01', 51);
  expect(sent()).not.toContain('sis-s01 51');
  answer();
  await until(() => sent().includes('sis-s01 51'));
  hanging();
});
