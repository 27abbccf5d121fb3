/** A class as a OneRoster CSV package: what is in it is what the SIS has, or should have. */
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { readPackage } from '../support/one-roster-csv.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

const N = 4;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N) } });
  d = await district(service, N);
  await putLineItem(d.lms, 'quiz', { title: '=1+1, "the" quiz', resultValueMax: 100.5 });
  await putLineItem(d.lms, 'essay', { categoryId: 'tests' });
  await putScores(d.lms, 'quiz', N, (i) => 60.25 + i);
  await putScores(d.lms, 'essay', N, (i) => 70 + i);
});
afterAll(() => service.stop());

interface Report {
  counts: Record<'categories' | 'lineItems' | 'results', number>;
  leftOut: { kind: string; lineItemId: string; studentId: string | null; reason: { code: string } }[];
}
async function download(query = '', by: Caller = d.lms) {
  const { status, headers, body } = await by<string>('GET', `/classes/c1/export.zip${query}`);
  expect(status).toBe(200);
  const bytes = Buffer.from(body, 'latin1');
  const read = await readPackage(bytes);
  expect(read.violations).toEqual([]);
  return { ...read, headers, bytes };
}
const report = (query = '') => expectOk(d.lms<Report>('GET', `/classes/c1/export${query}`));

test('before anything was read from the SIS nothing is guessed, and the report says so', async () => {
  const { names, headers } = await download();
  expect(names).toEqual(['manifest.csv']);
  expect(headers.get('x-left-out')).toBe(String(2 + 2 * N));
  const { counts, leftOut } = await report();
  expect(counts).toEqual({ categories: 0, lineItems: 0, results: 0 });
  expect(new Set(leftOut.map((l) => l.reason.code))).toEqual(new Set(['SIS_NOT_READ']));
});

test('the whole package is what the SIS holds after a sync; of that, nothing is a remainder', async () => {
  expect((await sync(d.lms)).status).toBe('complete');
  const { files, headers, names } = await download();
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('content-disposition')).toBe('attachment; filename="oneroster.zip"');
  expect(headers.get('x-left-out')).toBe('0');
  expect(names).toEqual(['manifest.csv', 'categories.csv', 'lineItems.csv', 'results.csv']);
  const sis = service.sis.control.contents();
  const ref = (value: unknown) => (value as { sourcedId: string }).sourcedId;
  const bySourcedId = (a: string[], b: string[]) => (a[0]! < b[0]! ? -1 : 1);
  expect(
    files
      .get('lineItems')!
      .map((l) => [l['sourcedId']!, l['title']!, l['dueDate']!])
      .sort(bySourcedId),
  ).toEqual(
    sis.lineItems.map((l) => [String(l['sourcedId']), String(l['title']), '2026-11-20']).sort(bySourcedId),
  );
  expect(
    files
      .get('results')!
      .map((r) => [
        r['sourcedId']!,
        r['lineItemSourcedId']!,
        r['studentSourcedId']!,
        r['score']!,
        r['scoreStatus']!,
      ])
      .sort(bySourcedId),
  ).toEqual(
    sis.results
      .map((r) => [
        ...[String(r['sourcedId']), ref(r['lineItem']), ref(r['student'])],
        ...[String(r['score']), String(r['scoreStatus'])],
      ])
      .sort(bySourcedId),
  );
  expect(files.get('categories')!.map((c) => c['title'])).toEqual(['Homework', 'Tests']);
  expect((await download('?only=failed')).names).toEqual(['manifest.csv']);
});

test('the same gradebook gives the same bytes, whoever asks and however often the SIS was read since', async () => {
  const { bytes } = await download();
  await expectOk(d.lms('GET', '/classes/c1/sisCategories'));
  await service.restart();
  expect((await download('', d.admin)).bytes.equals(bytes)).toBe(true);
});

test('the remainder is what the SIS does not have as it is here', async () => {
  service.sis.control.arm({ kind: 'status', status: 422, request: 'result', method: 'PUT', count: 1 });
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: 99 }));
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s02', { score: 98 }));
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s03', { status: 'incomplete' }));
  await expectOk(d.lms('PUT', '/classes/c1/students/s04', { sourcedId: null }));
  const { files, headers } = await download('?only=failed');
  expect(files.get('results')!.map((r) => [r['studentSourcedId'], r['score']])).toEqual([
    ['sis-s01', '99'],
    ['sis-s02', '98'],
  ]);
  expect([...files.keys()]).toEqual(['manifest', 'results']);
  const { counts, leftOut } = await report('?only=failed');
  expect(counts).toEqual({ categories: 0, lineItems: 0, results: 2 });
  expect(leftOut.map((l) => [l.kind, l.lineItemId, l.studentId, l.reason.code])).toEqual([
    ['result', 'essay', 's04', 'MAP_STUDENT'],
    ['result', 'quiz', 's03', 'SKIP_INCOMPLETE'],
    ['result', 'quiz', 's04', 'MAP_STUDENT'],
  ]);
  expect(headers.get('x-left-out')).toBe('3');
  // one is refused by the SIS, and stays a remainder
  await sync(d.lms);
  expect((await download('?only=failed')).files.get('results')).toHaveLength(1);
});

test('a download is in the audit trail, without what was in it', async () => {
  const { items } = await expectOk(
    d.admin<{ items: object[] }>('GET', '/domains/district/audit?action=class.export&limit=1'),
  );
  expect(items).toMatchObject([
    { action: 'class.export', subject: { classId: 'c1' }, detail: { only: 'failed' }, actor: 'lms' },
  ]);
});

test('what is asked for is said exactly', async () => {
  for (const query of ['?only=all', '?only=', '?readSis=true'])
    expect([query, (await d.lms('GET', `/classes/c1/export.zip${query}`)).status]).toEqual([query, 400]);
});
