/** Many results in one request, where the demo SIS is told to take them. */
import { SCOPES } from '../../src/demo/sis/oauth.ts';
import { lineItemBody, resultBody, startTestSis, type TestSis } from '../support/sis.ts';
import { validateBody, validateResponse } from '../support/spec-validator.ts';

let sis: TestSis;
beforeEach(async () => {
  sis = await startTestSis();
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'));
});
afterEach(() => sis.stop());

const many = (...students: string[]) => ({
  results: students.map(
    (student) => (resultBody(sis, `r-${student}`, 'li-1', student) as { result: object }).result,
  ),
});
const post = (body: unknown, path = '/lineItems/li-1/results', headers = {}) =>
  sis.call('POST', path, body, headers);
const held = () => sis.control.contents().results.map((r) => [r.student.sourcedId, r.sourcedId]);

test('is not offered unless it is told to', async () => {
  expect(await post(many('student-1'))).toMatchObject({ status: 405 });
  expect(held()).toEqual([]);
});

test('stores all of them and tells their ids, as the official file describes', async () => {
  sis.control.setRules({ bulkPost: 'array' });
  const body = many('student-1', 'student-2');
  expect(validateBody('POST', `${sis.gradebookUrl}/lineItems/li-1/results`, body)).toEqual([]);
  const answer = await post(body);
  expect(answer.status).toBe(201);
  expect(validateResponse('POST', `${sis.gradebookUrl}/lineItems/li-1/results`, 201, answer.body)).toEqual(
    [],
  );
  expect(answer.body).toEqual({
    sourcedIdPairs: ['student-1', 'student-2'].map((student) => ({
      suppliedSourcedId: `r-${student}`,
      allocatedSourcedId: `r-${student}`,
    })),
  });
  expect(held()).toEqual([
    ['student-1', 'r-student-1'],
    ['student-2', 'r-student-2'],
  ]);
});

test('tells ids of its own where it gives them, and a single pair without a list where it is told to', async () => {
  sis.control.setRules({ bulkPost: 'object', allocatesIds: 'forgets' });
  const { body } = await post(many('student-1', 'student-2'));
  const [[, first] = []] = held();
  expect(body).toEqual({
    sourcedIdPairs: { suppliedSourcedId: 'r-student-1', allocatedSourcedId: first },
  });
  expect(first).toMatch(/^own-/);
});

test.each([
  ['one student is not of the class', () => many('student-1', 'nobody'), undefined],
  ['a student comes twice', () => many('student-1', 'student-1'), undefined],
  ['they are of another lineItem', () => many('student-1'), '/lineItems/li-2/results'],
  ['there are none', () => ({ results: [] }), undefined],
])('takes none of them when %s', async (_why, body, path) => {
  sis.control.setRules({ bulkPost: 'array' });
  expect((await post(body(), path)).status).toBeGreaterThanOrEqual(400);
  expect(held()).toEqual([]);
});

test('needs a right of its own', async () => {
  sis.control.setRules({ bulkPost: 'array' });
  const token = await sis.token(`${SCOPES.put} ${SCOPES.read}`);
  const answer = await post(many('student-1'), undefined, { authorization: `Bearer ${token}` });
  expect(answer.status).toBe(403);
});
