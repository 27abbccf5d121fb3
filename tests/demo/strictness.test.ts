import { lineItemBody, resultBody, startTestSis, type SisAnswer, type TestSis } from '../support/sis.ts';

let sis: TestSis;
beforeAll(async () => {
  sis = await startTestSis({ checkBodies: false });
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'));
});
afterAll(() => sis.stop());

function codeMinor(answer: SisAnswer): string {
  const body = answer.body as {
    imsx_CodeMinor: { imsx_codeMinorField: { imsx_codeMinorFieldValue: string }[] };
  };
  return body.imsx_CodeMinor.imsx_codeMinorField[0]?.imsx_codeMinorFieldValue ?? '';
}

const ref = (type: string, sourcedId: string) => ({
  href: `https://sis.example.org/${sourcedId}`,
  sourcedId,
  type,
});

test.each<[string, Record<string, unknown>]>([
  ['an unknown key', { points: 3 }],
  ['null instead of an absent field', { description: null }],
  ['no title', { title: undefined }],
  ['a blank title', { title: '  ' }],
  ['a title of two lines', { title: 'Essay\n1' }],
  ['no school', { school: undefined }],
  ['no category', { category: undefined }],
  ['an inactive status', { status: 'inactive' }],
  ['a modification date that is not in UTC', { dateLastModified: '2025-10-15T10:00:00+02:00' }],
  ['a due date without a time', { dueDate: '2025-10-20' }],
  ['a due date without a zone', { dueDate: '2025-10-20T23:59:00' }],
  ['an assign date without seconds', { assignDate: '2025-10-10T00:00Z' }],
  ['a day that does not exist', { dueDate: '2025-02-30T00:00:00.000Z' }],
  ['a reference without href', { class: { sourcedId: 'class-1', type: 'class' } }],
  [
    'a reference with a relative href',
    { class: { href: '/classes/c', sourcedId: 'class-1', type: 'class' } },
  ],
  ['a reference of the wrong type', { class: ref('course', 'class-1') }],
  ['a reference with an extra key', { class: { ...ref('class', 'class-1'), title: 'Algebra' } }],
  ['a maximum as text', { resultValueMax: '100' }],
  ['a minimum above the maximum', { resultValueMin: 101 }],
  ['a due date before the assign date', { dueDate: '2025-10-01T00:00:00.000Z' }],
  ['a category of another class', { category: ref('category', 'category-essays') }],
  ['a term as grading period', { gradingPeriod: ref('academicSession', 'term-1') }],
  ['another id than the path', { sourcedId: 'li-other' }],
])('a lineItem with %s is refused as invalid data', async (_what, changed) => {
  const answer = await sis.call('PUT', '/lineItems/li-bad', lineItemBody(sis, 'li-bad', changed));
  expect(answer.status).toBe(422);
  expect(codeMinor(answer)).toBe('invaliddata');
  expect(sis.control.get('lineItems', 'li-bad')).toBeUndefined();
});

test.each<[string, Record<string, unknown>]>([
  ['a score as text', { score: '87.5' }],
  ['a null score', { score: null }],
  ['a real boolean for late', { late: true }],
  ['a status in camel case', { scoreStatus: 'fullyGraded' }],
  ['a status that is a flag', { scoreStatus: 'missing' }],
  ['no status', { scoreStatus: undefined }],
  ['a score date with a time', { scoreDate: '2025-10-21T08:00:00Z' }],
  ['no score date', { scoreDate: undefined }],
  ['a null comment', { comment: null }],
  ['a student reference of type student', { student: ref('student', 'student-1') }],
  ['an unknown key', { revision: 1 }],
  ['a class that is not the class of the lineItem', { class: ref('class', 'class-2') }],
])('a result with %s is refused as invalid data', async (_what, changed) => {
  const body = resultBody(sis, 'r-bad', 'li-1', 'student-1', changed);
  const answer = await sis.call('PUT', '/results/r-bad', body);
  expect(answer.status).toBe(422);
  expect(codeMinor(answer)).toBe('invaliddata');
  expect(sis.control.get('results', 'r-bad')).toBeUndefined();
});

test.each<[string, string, () => unknown]>([
  ['class', '/lineItems/x', () => lineItemBody(sis, 'x', { class: ref('class', 'class-9') })],
  ['school', '/lineItems/x', () => lineItemBody(sis, 'x', { school: ref('org', 'school-9') })],
  ['category', '/lineItems/x', () => lineItemBody(sis, 'x', { category: ref('category', 'category-9') })],
  [
    'grading period',
    '/lineItems/x',
    () => lineItemBody(sis, 'x', { gradingPeriod: ref('academicSession', 'gp-9') }),
  ],
  ['lineItem', '/results/x', () => resultBody(sis, 'x', 'li-9', 'student-1')],
  ['student', '/results/x', () => resultBody(sis, 'x', 'li-1', 'student-9')],
])('a reference to an unknown %s is an unknown object', async (_what, path, body) => {
  const answer = await sis.call('PUT', path, body());
  expect(answer.status).toBe(404);
  expect(codeMinor(answer)).toBe('unknownobject');
});

test('a student who left the class gets no result, with the status that the SIS is set to', async () => {
  sis.control.dropStudent('class-1', 'student-6');
  const put = () => sis.call('PUT', '/results/r-6', resultBody(sis, 'r-6', 'li-1', 'student-6'));
  expect((await put()).status).toBe(422);
  sis.control.setRules({ studentNotInClass: 404 });
  expect((await put()).status).toBe(404);
});

test('a student has one result per lineItem: a second sourcedId is refused until the first is gone', async () => {
  const put = (id: string, changed = {}) =>
    sis.call('PUT', `/results/${id}`, resultBody(sis, id, 'li-1', 'student-2', changed));
  expect((await put('r-2')).status).toBe(201);
  expect((await put('r-2', { score: 300 })).status).toBe(201);
  expect((await put('r-2-again')).status).toBe(422);
  expect((await put('r-2', { status: 'tobedeleted' })).status).toBe(201);
  expect((await put('r-2-again')).status).toBe(201);
  expect(sis.control.resultOf('li-1', 'student-2')?.sourcedId).toBe('r-2-again');
});

test('rules make the SIS stricter: score range, title length, due date inside the grading period', async () => {
  sis.control.setRules({ scoreInRange: true, titleLimit: 10, dueDateInGradingPeriod: true });
  const result = resultBody(sis, 'r-3', 'li-1', 'student-3', { score: 101 });
  expect((await sis.call('PUT', '/results/r-3', result)).status).toBe(422);
  const long = lineItemBody(sis, 'li-2', { title: 'Eleven long' });
  expect((await sis.call('PUT', '/lineItems/li-2', long)).status).toBe(422);
  const early = lineItemBody(sis, 'li-2', { gradingPeriod: ref('academicSession', 'gp-2') });
  expect((await sis.call('PUT', '/lineItems/li-2', early)).status).toBe(422);
});

test.each([
  ['POST', '/lineItems', undefined, 405],
  ['POST', '/lineItems/li-1/results', { results: [] }, 405],
  ['PATCH', '/results/r-1', { result: {} }, 405],
  ['GET', '/lineItems/li-1/results', undefined, 405],
  ['GET', '/gradebooks', undefined, 404],
  ['GET', '/lineItems/nobody', undefined, 404],
  ['DELETE', '/lineItems/nobody', undefined, 404],
  ['PUT', '/lineItems/li-1', '{"lineItem":', 400],
])('%s %s is refused with an imsx body', async (method, path, body, status) => {
  const answer = await sis.call(method, path, body);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ imsx_codeMajor: 'failure', imsx_severity: 'error' });
});

test.each(['remembers', 'forgets'] as const)(
  'ids can be the SIS’s own, told in the answer: it %s whose',
  async (allocatesIds) => {
    sis.control.setRules({ allocatesIds });
    const put = async (id: string) => {
      const { status, body } = await sis.call('PUT', `/lineItems/${id}`, lineItemBody(sis, id));
      return { status, id: (body as { lineItem: { sourcedId: string } } | undefined)?.lineItem.sourcedId };
    };
    const first = await put('li-9');
    expect(first).toMatchObject({ status: 201, id: expect.stringMatching(/^own-/) });
    expect(sis.control.get('lineItems', 'li-9')).toBeUndefined();
    // under its own id it is the same one in either case
    expect(await put(first.id!)).toEqual({ status: 201, id: undefined });
    const again = await put('li-9');
    expect(again.id === first.id).toBe(allocatesIds === 'remembers');
  },
);

test('a PUT that is not declared as JSON is refused', async () => {
  const answer = await sis.call('PUT', '/lineItems/li-1', '{}', { 'content-type': 'text/plain' });
  expect(answer.status).toBe(415);
});
