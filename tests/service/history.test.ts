/** What syncs did, looked up afterwards: by whom, when, about what; why not; as a file. */
import { parse } from 'csv-parse/sync';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
let teacher: Caller;
const N = 4;
/** in the order in which they ran */
const syncs: Record<'algebra' | 'teachers' | 'chemistry' | 'failing', SyncBody> = {} as never;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N, 2) } });
  d = await district(service, N);
  await expectOk(d.admin('PUT', '/domains/annex', { name: 'Annex', parentId: 'district' }));
  await addClass(d.lms, 'c2', N, { title: '100% Chemistry', domainId: 'annex' });
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      ...{ subject: 't1', displayName: 'Ann O’Hara', role: 'teacher', domainId: 'school' },
      ...{ classIds: ['c1'], expiresInSeconds: 3600 },
    }),
  );
  teacher = service.as(token);
  await putLineItem(d.lms, 'quiz', { title: '=Quiz 4.1' });
  await putScores(d.lms, 'quiz', N);
  syncs.algebra = await sync(d.lms);
  await putLineItem(d.lms, 'lab', { title: 'Lab_Report' });
  await putScores(d.lms, 'lab', 1);
  syncs.teachers = await sync(teacher);
  await putLineItem(d.lms, 'quiz', { title: 'Titration' }, 'c2');
  await putScores(d.lms, 'quiz', N, undefined, 'c2');
  syncs.chemistry = await sync(d.lms, '/classes/c2/syncs');
  // a student whom the SIS does not know, one that is held back, and scores of an assignment that cannot go
  await expectOk(d.lms('PUT', '/classes/c1/students/stranger', {}));
  await putLineItem(d.lms, 'essay');
  await putLineItem(d.lms, 'lost', { title: 'Lost', categoryId: 'nobody-knows-it' });
  const put = (lineItem: string, student: string, body: unknown) =>
    expectOk(d.lms('PUT', `/classes/c1/lineItems/${lineItem}/results/${student}`, body));
  await put('essay', 's01', { score: 1 });
  await put('essay', 's02', { score: 2, posted: false });
  await put('essay', 's03', { score: 3, status: 'incomplete' });
  await put('essay', 'stranger', { score: 4 });
  await put('quiz', 'stranger', { score: 4 });
  await put('lost', 's01', { score: 5 });
  syncs.failing = await sync(d.lms);
}, 60_000);
afterAll(() => service.stop());

const nameOf = (id: string) => Object.entries(syncs).find(([, one]) => one.id === id)?.[0] ?? id;
async function found(query: string, by: Caller = d.admin): Promise<string[]> {
  const { items } = await expectOk(by<{ items: { id: string }[] }>('GET', `/syncs?${query}`));
  return items.map(({ id }) => nameOf(id));
}
const all = ['failing', 'chemistry', 'teachers', 'algebra'];

test.each([
  ['', all],
  ['domainId=district', all],
  ['domainId=school', ['failing', 'teachers', 'algebra']],
  ['domainId=annex', ['chemistry']],
  ['classId=c2', ['chemistry']],
  ['classId=c2&domainId=school', []],
  ['status=completeWithProblems', ['failing']],
  ['trigger=manual', ['teachers']],
  ['trigger=schedule', []],
  [`startedBy=${encodeURIComponent('Ann O’Hara')}`, ['teachers']],
  ['startedBy=Ann', []],
  // whoever, whatever the case
  ['text=o%E2%80%99hara', ['teachers']],
  ['text=chem', ['chemistry']],
  // letters like others
  ['text=100%25', ['chemistry']],
  ['text=10%25C', []],
  ['text=b_R', ['teachers']],
  ['text=b_port', []],
  ['text=titration', ['chemistry']],
  ['text=quiz', ['failing', 'algebra']],
  ['text=%5C', []],
  ['classId=c1&lineItemId=lab', ['teachers']],
  ['classId=c1&studentId=stranger', ['failing']],
  ['classId=c1&lineItemId=quiz&studentId=s01', ['algebra']],
  ['classId=c1&lineItemId=lab&trigger=api', []],
] as const)('the history by %s', async (query, names) => {
  expect(await found(query)).toEqual(names);
});

test('the history by time, in pages, and of a teacher’s classes alone', async () => {
  const { items } = await expectOk(d.admin<{ items: { startedAt: string }[] }>('GET', '/syncs'));
  const at = items.map(({ startedAt }) => startedAt);
  expect(await found(`since=${at[1]}`)).toEqual(['failing', 'chemistry']);
  expect(await found(`until=${at[1]}`)).toEqual(['teachers', 'algebra']);
  expect(await found(`since=${at[2]}&until=${at[0]}&text=algebra`)).toEqual(['teachers']);

  const paged: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: { id: string }[]; nextCursor: string | null } = await expectOk(
      d.admin('GET', `/syncs?limit=1${cursor && `&cursor=${cursor}`}`),
    );
    paged.push(...page.items.map(({ id }) => nameOf(id)));
    cursor = page.nextCursor;
  }
  expect(paged).toEqual(all);

  expect(await found('', teacher)).toEqual(['failing', 'teachers', 'algebra']);
  expect(await found('text=titration', teacher)).toEqual([]);
  expect((await teacher('GET', '/syncs?classId=c2')).status).toBe(404);
});

test('ids of lineItems and students want their class, and other wishes their form', async () => {
  expect(await d.admin('GET', '/syncs?lineItemId=quiz')).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION', errors: [{ pointer: '?classId' }] },
  });
  for (const query of ['trigger=me', 'since=yesterday', 'text=', 'text=%00', 'who=Ann'])
    expect([query, (await d.admin('GET', `/syncs?${query}`)).status]).toEqual([query, 400]);
});

test('a sync tells how many came out how, and why, by cause', async () => {
  interface Cause {
    severity: string;
    action: string;
    reason: { code: string; message: string; fix: string };
    retry: string;
    count: number;
    lineItems: number;
    results: number;
    examples: string[];
  }
  const { id } = syncs.failing;
  const one = await expectOk(
    d.admin<{ summary: Record<string, number>; affected: Record<string, number>; causes: Cause[] }>(
      'GET',
      `/syncs/${id}`,
    ),
  );
  expect(one).toMatchObject({ classTitle: 'Algebra', status: 'completeWithProblems' });
  const { extracted, filtered, unchanged, sent, failed, conflicts, pending } = one.summary as Record<
    string,
    number
  > &
    Record<'extracted' | 'filtered' | 'unchanged' | 'sent' | 'failed' | 'conflicts' | 'pending', number>;
  expect({ filtered, sent, conflicts, pending }).toEqual({ filtered: 2, sent: 2, conflicts: 0, pending: 0 });
  expect(extracted).toBe(filtered + unchanged + sent + failed + conflicts);

  const byCode = Object.fromEntries(one.causes.map((cause) => [cause.reason.code, cause]));
  expect(byCode['MAP_STUDENT']).toMatchObject({
    ...{ severity: 'error', action: 'failed', retry: 'manual', count: 2, lineItems: 2, results: 2 },
    examples: ['=Quiz 4.1', 'Title of essay'],
  });
  expect(byCode['SKIP_HELD_BACK']).toMatchObject({ severity: 'choice', action: 'skipped', count: 1 });
  expect(byCode['SKIP_INCOMPLETE']).toMatchObject({ severity: 'choice', count: 1 });
  expect(one.causes.map(({ severity }) => severity).sort()).toEqual(
    [...one.causes.map(({ severity }) => severity)].sort((a, b) => (a < b ? -1 : 1)),
  );
  expect(one.causes[0]?.severity).toBe('error');
  expect(one.causes.filter(({ severity }) => severity === 'error').reduce((n, c) => n + c.count, 0)).toBe(
    failed,
  );
  expect(one.affected).toMatchObject({ students: 4 });

  // a number that is shown is the number of lines behind it
  for (const { reason, action, count } of one.causes) {
    const { items } = await expectOk(
      d.admin<{ items: unknown[] }>('GET', `/syncs/${id}/entries?code=${reason.code}&action=${action}`),
    );
    expect([reason.code, items.length]).toEqual([reason.code, count]);
  }
});

test('the entries of a sync by what they are, about what, and why', async () => {
  const entries = async (query: string) =>
    (
      await expectOk(
        d.admin<{ items: { lineItemId: string; title: string; studentId: string | null; action: string }[] }>(
          'GET',
          `/syncs/${syncs.failing.id}/entries?${query}`,
        ),
      )
    ).items;
  expect(await entries('action=created&kind=result')).toMatchObject([
    { lineItemId: 'essay', title: 'Title of essay', studentId: 's01' },
  ]);
  expect(await entries('kind=lineItem&action=created')).toMatchObject([
    { lineItemId: 'essay', studentId: null },
  ]);
  expect((await entries('lineItemId=lost')).every(({ title }) => title === 'Lost')).toBe(true);
  expect(await entries('code=MAP_STUDENT&lineItemId=quiz')).toMatchObject([{ studentId: 'stranger' }]);
  expect((await d.admin('GET', `/syncs/${syncs.failing.id}/entries?action=sent`)).status).toBe(400);
});

describe('as a file', () => {
  const file = async (path: string, by: Caller = d.admin) => {
    const answer = await by<string>('GET', path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const text = Buffer.from(answer.body, 'latin1').toString('utf8');
    const rows = parse<Record<string, string>>(text, { bom: true, columns: true });
    return { rows, headers: answer.headers };
  };

  test('the history is what the list shows, by the same filters', async () => {
    const { rows, headers } = await file('/syncs.csv?domainId=school');
    expect(headers.get('content-disposition')).toBe('attachment; filename="syncs.csv"');
    expect(headers.get('lines-left-out')).toBe('false');
    expect(rows.map((row) => nameOf(row['syncId'] ?? ''))).toEqual(['failing', 'teachers', 'algebra']);
    expect(rows[1]).toMatchObject({
      ...{ classId: 'c1', classTitle: 'Algebra', domainId: 'school', trigger: 'manual', status: 'complete' },
      ...{ startedBy: 'Ann O’Hara', created: '2', failed: '0', dryRun: 'no' },
    });
    expect((await file('/syncs.csv', teacher)).rows).toHaveLength(3);
    expect((await d.admin('GET', '/syncs.csv?lineItemId=quiz')).status).toBe(400);
  });

  test('entries carry the title, harmless for a spreadsheet, and what to do', async () => {
    const { rows, headers } = await file(`/syncs/${syncs.failing.id}/entries.csv?code=MAP_STUDENT`);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="sync-${syncs.failing.id}.csv"`);
    expect(rows.map((row) => row['title']).sort()).toEqual(["'=Quiz 4.1", 'Title of essay']);
    expect(rows[0]).toMatchObject({
      kind: 'result',
      studentId: 'stranger',
      action: 'failed',
      code: 'MAP_STUDENT',
    });
    expect(rows[0]?.['fix']).not.toBe('');
    expect((await service.as('nobody')('GET', `/syncs/${syncs.failing.id}/entries.csv`)).status).toBe(401);
  });

  test('one that is cut says so', async () => {
    await service.service.db.rows(
      `INSERT INTO sync_entry (sync_id, kind, line_item_key, action, version)
       SELECT $1, 'lineItem', 'quiz', 'skipped', g FROM generate_series(1, 10000) g`,
      [syncs.chemistry.id],
    );
    const { rows, headers } = await file(`/syncs/${syncs.chemistry.id}/entries.csv`);
    expect(headers.get('lines-left-out')).toBe('true');
    expect(rows).toHaveLength(10_001);
    expect(rows.at(-1)?.['at']).toMatch(/^There is more: these are 10000 lines/);
  });
});
