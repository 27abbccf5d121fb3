/** Ids of the SIS by CSV: told before, written as a whole, and acted on like any other link. */
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(3, 2) } });
  d = await district(service, 3);
  await addClass(d.lms, 'c2', 3);
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', 3);
  await sync(d.lms);
});
afterAll(() => service.stop());

interface Row {
  line: number;
  outcome: string;
  detail: string | null;
  changes: { classId: string; studentId: string | null; field: string; from: string | null; to: string }[];
  sharedIn: string[];
}
interface Report {
  dryRun: boolean;
  counts: Record<string, number>;
  rows: Row[];
  code: string;
  detail: string;
  errors: { pointer: string; detail: string }[];
}
const header = 'kind,classId,studentId,lineItemId,sourcedId,customId';
const post = (lines: string[], query = '', by: Caller = d.lms, domain = 'district') =>
  by<Report>('POST', `/domains/${domain}/idMappings${query}`, [header, ...lines].join('\r\n'));
const idOf = async (path: string) =>
  (await expectOk(d.lms<{ sourcedId: string | null; customId: string | null }>('GET', path))).sourcedId;

test('a dry run tells line by line what would be, and writes nothing', async () => {
  const before = await service.service.db.rows(`SELECT to_jsonb(s) AS s FROM student s ORDER BY id`);
  const report = await expectOk(
    post(
      [
        'class,c2,,,other-class,',
        'student,,s01,,new-1,"k,1"',
        'student,c1,s02,,sis-s02,',
        'student,c1,ghost,,x,',
        'student,c1,s01,,again,',
        'lineItem,c1,,quiz,x,',
        'student,c1,s03,,sis-s02,',
        '',
        'teacher,c1,,,x,',
      ],
      '?dryRun=true',
    ),
  );
  expect(report.dryRun).toBe(true);
  expect(report.rows.map((r) => [r.line, r.outcome])).toEqual([
    ...[
      [2, 'changed'],
      [3, 'changed'],
      [4, 'unchanged'],
      [5, 'unknown'],
    ],
    ...[
      [6, 'duplicate'],
      [7, 'invalid'],
      [8, 'changed'],
      [10, 'invalid'],
    ],
  ]);
  expect(report.counts).toEqual({ changed: 3, unchanged: 1, unknown: 1, duplicate: 1, invalid: 2 });
  expect(report.rows[1]!.changes).toEqual([
    { classId: 'c1', studentId: 's01', field: 'sourcedId', from: 'sis-s01', to: 'new-1' },
    { classId: 'c1', studentId: 's01', field: 'customId', from: null, to: 'k,1' },
    { classId: 'c2', studentId: 's01', field: 'sourcedId', from: 'sis-s01', to: 'new-1' },
    { classId: 'c2', studentId: 's01', field: 'customId', from: null, to: 'k,1' },
  ]);
  expect(report.rows[6]).toMatchObject({ sharedIn: ['c1'] });
  expect(await service.service.db.rows(`SELECT to_jsonb(s) AS s FROM student s ORDER BY id`)).toEqual(before);
});

test('of a list with a fault nothing is written, unless the rest is asked for', async () => {
  const lines = ['student,c1,s01,,new-1,', 'student,c1,ghost,,x,'];
  const refused = await post(lines);
  expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION']);
  expect(refused.body.errors).toEqual([{ pointer: 'line 3', detail: expect.stringMatching(/^unknown: /) }]);
  expect(await idOf('/classes/c1/students/s01')).toBe('sis-s01');
  const written = await expectOk(post(lines, '?partial=true'));
  expect(written.counts).toMatchObject({ changed: 1, unknown: 1 });
  expect(await idOf('/classes/c1/students/s01')).toBe('new-1');
  expect(await idOf('/classes/c2/students/s01')).toBe('sis-s01');
});

test('what was sent under another id goes again under the new one, as after a PUT', async () => {
  const cell = () =>
    expectOk(
      d.lms<{ state: string; reason: { code: string } | null }>(
        'GET',
        '/classes/c1/lineItems/quiz/results/s02',
      ),
    );
  await expectOk(post(['student,c1,s02,,sis-s03,', 'student,c1,s03,,sis-s02,']));
  expect(await cell()).toMatchObject({ state: 'unsent' });
  await sync(d.lms);
  const sent = service.sis.control
    .contents()
    .results.map((r) => [(r['student'] as { sourcedId: string }).sourcedId, r['score']]);
  expect(sent).toEqual(
    expect.arrayContaining([
      ['sis-s03', 61],
      ['sis-s02', 62],
    ]),
  );
  // two of the same: neither is sent, and the teacher is told
  await expectOk(post(['student,c1,s02,,sis-s02,']));
  expect(await cell()).toMatchObject({ state: 'needsAttention', reason: { code: 'MAP_STUDENT_TWICE' } });
  await expectOk(post(['student,,s02,,sis-s02,', 'student,,s03,,sis-s03,', 'student,,s01,,sis-s01,']));
});

test('a class that is linked anew forgets what was read of the former one', async () => {
  await expectOk(d.lms('GET', '/classes/c1/sisCategories'));
  await expectOk(post(['class,c1,,,sis-class-2,']));
  expect(await idOf('/classes/c1')).toBe('sis-class-2');
  const [row] = await service.service.db.rows<{ read: boolean }>(
    `SELECT sis_categories IS NOT NULL AS read FROM class WHERE key = 'c1'`,
  );
  expect(row!.read).toBe(false);
  await expectOk(post(['class,c1,,,sis-class-1,']));
});

test('an admin may, a teacher not; nobody beyond his own domain', async () => {
  await expectOk(d.admin('PUT', '/domains/annex', { name: 'Annex', parentId: 'district' }));
  expect((await post(['class,c1,,,x,'], '?dryRun=true', d.admin)).body.counts).toMatchObject({ changed: 1 });
  const outside = await expectOk(post(['class,c1,,,x,', 'student,,s01,,x,'], '?dryRun=true', d.lms, 'annex'));
  expect(outside.rows.map((r) => r.outcome)).toEqual(['unknown', 'unknown']);
  const { items } = await expectOk(
    d.admin<{ items: { detail: object }[] }>(
      'GET',
      '/domains/district/audit?action=idMappings.put&limit=200',
    ),
  );
  expect(items.at(-1)!.detail).toEqual({
    ...{ dryRun: true, partial: false, changed: 3, unchanged: 1, unknown: 1, duplicate: 1, invalid: 2 },
  });
  expect(JSON.stringify(items)).not.toMatch(/sis-|new-1|s0\d/);
});

test('a file that is none is refused whole, with the line', async () => {
  const send = (text: string, headers?: Record<string, string>) =>
    d.lms<Report>('POST', '/domains/district/idMappings?dryRun=true', text, headers);
  for (const text of [
    'class,c1,,,x',
    'kind,classId,name\nclass,c1,x',
    'kind,kind\nclass,class',
    'classId,sourcedId\nc1,x',
    `${header}\nclass,"c1,,,x`,
    '\uFEFF',
  ])
    expect([text, (await send(text)).status]).toEqual([text, 400]);
  expect((await send(`${header}\n`, { 'content-type': 'application/json' })).status).toBe(415);
  expect((await d.lms('POST', '/domains/district/idMappings', { a: 1 })).status).toBe(415);
  expect((await send(`${header}\n${'class,c1,,,x,\n'.repeat(50_001)}`)).status).toBe(413);
  expect((await send(`${header}\n${'x'.repeat(5 * 1024 * 1024)}`)).status).toBe(413);
  // columns in any order, those that are not used left out, a byte order mark from a spreadsheet
  const report = await expectOk(send('\uFEFFsourcedId,kind,classId\nsis-class-1,class,c1\n'));
  expect(report.rows).toMatchObject([{ line: 2, outcome: 'unchanged' }]);
});
