import { lineItemBody, resultBody, startTestSis, type TestSis } from '../support/sis.ts';
import { specAvailable, validateBody, validateResponse } from '../support/spec-validator.ts';

let sis: TestSis;
beforeAll(async () => {
  sis = await startTestSis();
  await sis.call('PUT', '/lineItems/li%2F1', lineItemBody(sis, 'li/1', { description: 'In <b>ink</b>' }));
  await sis.call('PUT', '/results/r-1', resultBody(sis, 'r-1', 'li/1', 'student-1', { late: 'true' }));
  const category = {
    sourcedId: 'cat-x',
    status: 'active',
    dateLastModified: '2025-10-15T10:00:00.000Z',
    title: 'Labs',
  };
  await sis.call('PUT', '/categories/cat-x', { category });
});
afterAll(() => sis.stop());

const gradebook = [
  '/categories',
  '/categories/category-homework',
  '/lineItems',
  '/lineItems/li%2F1',
  '/results',
  '/results/r-1',
  '/scoreScales',
  '/classes/class-1/categories',
  '/classes/class-1/lineItems',
  '/classes/class-1/results',
  '/classes/class-1/scoreScales',
  '/classes/class-1/lineItems/li%2F1/results',
  '/classes/class-1/students/student-1/results',
];
const rostering = [
  '/orgs',
  '/orgs/school-1',
  '/schools',
  '/schools/school-1',
  '/schools/school-1/classes',
  '/schools/school-1/classes/class-1/students',
  '/academicSessions',
  '/academicSessions/term-1',
  '/terms',
  '/terms/term-1',
  '/terms/term-1/gradingPeriods',
  '/terms/term-1/classes',
  '/gradingPeriods',
  '/gradingPeriods/gp-1',
  '/classes',
  '/classes/class-1',
  '/classes/class-1/students',
  '/enrollments',
  '/enrollments/class-1.student-1',
  '/students',
  '/students/student-1',
  '/students/student-1/classes',
  '/users',
  '/users/student-1',
];

test.each([...gradebook.map((path) => ['gradebook', path]), ...rostering.map((path) => ['rostering', path])])(
  'the answer of %s GET %s is what the official file describes',
  async (service, path) => {
    const url = (service === 'gradebook' ? sis.gradebookUrl : sis.rosteringUrl) + path;
    const answer = await sis.call('GET', url);
    expect(answer.status).toBe(200);
    expect(validateResponse('GET', url, 200, answer.body)).toEqual([]);
    const [content] = Object.values(answer.body as Record<string, unknown>);
    if (Array.isArray(content) && path.includes('scoreScales') === false) {
      expect(content.length).toBeGreaterThan(0);
      expect(answer.headers.get('x-total-count')).toBe(String(content.length));
    }
  },
);

test('PUT answers 201 and DELETE 204, both without a body; a lineItem takes its results with it', async () => {
  const put = await sis.call('PUT', '/lineItems/li-2', lineItemBody(sis, 'li-2'));
  expect(put).toMatchObject({ status: 201, body: undefined });
  await sis.call('PUT', '/results/r-2', resultBody(sis, 'r-2', 'li-2', 'student-1'));
  const gone = await sis.call('DELETE', '/lineItems/li-2');
  expect(gone).toMatchObject({ status: 204, body: undefined });
  expect((await sis.call('GET', '/results/r-2')).status).toBe(404);
});

test.each([
  ['GET', '/classes/nobody/lineItems', 404],
  ['GET', '/classes/class-1/lineItems/nobody/results', 404],
  ['GET', '/lineItems?filter=points>3', 400],
  ['DELETE', '/categories/category-homework', 422],
  ['PUT', '/results/r-1', 422],
])('the refusal of %s %s has the official form', async (method, path, status) => {
  const answer = await sis.call(method, path, method === 'PUT' ? { result: {} } : undefined);
  expect(answer.status).toBe(status);
  expect(validateResponse(method, path, status, answer.body)).toEqual([]);
});

test('what was stored is read back as it was sent', async () => {
  const sent = lineItemBody(sis, 'li/1', { description: 'In <b>ink</b>' });
  expect((await sis.call('GET', '/lineItems/li%2F1')).body).toEqual(sent);
});

(specAvailable ? test : test.skip)('the check against the official file notices what is wrong', () => {
  expect(validateBody('PUT', '/lineItems/x', lineItemBody(sis, 'x'))).toEqual([]);
  expect(validateBody('PUT', '/lineItems/x', lineItemBody(sis, 'x', { points: 1 }))).not.toEqual([]);
  expect(validateBody('PUT', '/results/x', resultBody(sis, 'x', 'l', 's', { late: true }))).not.toEqual([]);
  expect(validateBody('PATCH', '/results/x', {})).not.toEqual([]);
  expect(validateResponse('PUT', '/results/x', 201, { result: {} })).not.toEqual([]);
  expect(validateResponse('GET', `${sis.rosteringUrl}/classes/c`, 200, { class: {} })).not.toEqual([]);
  expect(sis.violations).toContainEqual(expect.stringContaining('/results/{sourcedId} /result'));
});
