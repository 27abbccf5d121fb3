/** A district of 20,000 students: pages, one at a time, and never all of it in memory. */
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import { district, expectOk, type District } from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const STUDENTS = 20_000;
const CLASSES = 40;
const PAGE = 500;
const id = (i: number) => `u-${String(i).padStart(5, '0')}`;
const large: DistrictSeed = {
  schools: [{ sourcedId: 'lake', title: 'Lakeside' }],
  students: Array.from({ length: STUDENTS }, (_, i) => ({
    ...{ sourcedId: id(i), givenName: 'Given', familyName: `Family ${i}`, identifier: String(i) },
  })),
  classes: Array.from({ length: CLASSES }, (_, c) => ({
    ...{ sourcedId: `k-${c}`, title: `Class ${c}`, schoolSourcedId: 'lake' },
    studentSourcedIds: Array.from({ length: STUDENTS / CLASSES }, (_, i) => id((c * STUDENTS) / CLASSES + i)),
  })),
};

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: large }, service: { lanes: { tickMs: 100 } } });
  d = await district(service, 0, { rosterPull: { create: true } });
});
afterAll(() => service.stop());

interface Pull {
  id: string;
  status: string;
  counts: { read: Record<string, number>; classes: object; students: object };
}
/** Looked at now and then: each look costs the pull some time. */
async function ended(id: string, watch: () => void = () => undefined): Promise<Pull> {
  let lookedAt = 0;
  return until(async () => {
    watch();
    if (performance.now() - lookedAt < 300) return null;
    lookedAt = performance.now();
    const pull = await expectOk(d.admin<Pull>('GET', `/rosterPulls/${id}`));
    return pull.status !== 'processing' && pull;
  }, 120_000);
}

test('all of them are read in pages, one request at a time, and made here', async () => {
  const { control } = service.sis;
  control.resetCounts();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  const { id: pullId } = await expectOk(d.admin<Pull>('POST', '/domains/school/rosterPulls'));
  const done = await ended(pullId, () => {
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  });
  expect(done.counts).toMatchObject({
    read: { users: STUDENTS, enrollments: STUDENTS, classes: CLASSES },
    ...{ classes: { created: CLASSES }, students: { created: STUDENTS, unmatched: 0 } },
  });
  const of = (kind: string) => control.requests.filter((r) => r.kind === kind);
  for (const kind of ['students', 'enrollments']) {
    // one more finds out that there is no more
    expect(of(kind)).toHaveLength(STUDENTS / PAGE + 1);
    expect(of(kind).every((r) => r.query.startsWith(`limit=${PAGE}&`))).toBe(true);
  }
  expect(control.mostAtOnce).toBe(1);
  // the SIS in this process takes most of it, for it makes all objects anew for each page
  expect(most).toBeLessThan(400 * 1024 * 1024);

  // nothing has changed: that costs a handful of requests
  await service.service.db.rows(`UPDATE roster_pull SET begun_at = begun_at + interval '1 hour'`);
  control.resetCounts();
  const again = await expectOk(d.admin<Pull>('POST', '/domains/school/rosterPulls'));
  const { counts } = await ended(again.id);
  expect(counts).toMatchObject({
    read: { users: 0, enrollments: 0 },
    students: { linked: STUDENTS, filled: 0, created: 0 },
  });
  expect(of('students')).toHaveLength(1);
}, 180_000);
