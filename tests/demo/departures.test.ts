/** The demo SIS can be as real SISs are: each departure refuses, or alters, what the specification would let pass. */
import type { Rules } from '../../src/demo/sis/rules.ts';
import { lineItemBody, resultBody, startTestSis, type TestSis, type TestSisOptions } from '../support/sis.ts';

let sis: TestSis;
const start = async (rules: Partial<Rules> = {}, options: TestSisOptions = {}) => {
  sis = await startTestSis({ checkBodies: false, ...options });
  sis.control.setRules(rules);
};
afterEach(() => sis.stop());

const put = (path: string, body: object) => sis.call('PUT', path, body);
const said = ({ status, body }: { status: number; body: unknown }) =>
  [status, (body as { imsx_description?: string } | undefined)?.imsx_description ?? ''].join(' ').trim();
const item = (changed: Record<string, unknown> = {}, id = 'li') =>
  put(`/lineItems/${id}`, lineItemBody(sis, id, changed));
const result = (changed: Record<string, unknown> = {}, id = 'r') =>
  put(`/results/${id}`, resultBody(sis, id, 'li', 'student-1', changed));

describe('OneRoster 1.1', () => {
  const period = { sourcedId: 'gp-1', type: 'academicSession', href: 'https://sis.example/gp-1' };
  const old = { school: undefined, gradingPeriod: period };
  const info = ({ body }: { body: unknown }) =>
    (body as { statusInfoSet: { imsx_codeMinor?: string; imsx_description?: string }[] }).statusInfoSet[0];

  test('has its own shape of a lineItem and a result', async () => {
    await start({}, { oneRosterVersion: '1.1' });
    expect((await item(old)).status).toBe(201);
    expect((await result()).status).toBe(201);
    expect(info(await item({ ...old, gradingPeriod: undefined }))).toMatchObject({
      imsx_codeMinor: 'invalid data',
      imsx_description: 'lineItem.gradingPeriod: is required',
    });
    for (const [field, body] of [
      ['school', item({ gradingPeriod: period })],
      ['resultValueMax', item({ ...old, resultValueMax: undefined })],
      ['score', result({ score: undefined })],
      ['late', result({ late: 'true' })],
    ] as const) {
      const answer = await body;
      expect(answer.status).toBe(422);
      expect(info(answer)?.imsx_description).toContain(field);
    }
  });

  test('has one root for grades and classes, rights of its own, and no POST of many', async () => {
    await start({}, { oneRosterVersion: '1.1' });
    expect(sis.gradebookUrl).toMatch(/\/ims\/oneroster\/v1p1$/);
    expect((await sis.call('GET', '/classes/class-1')).body).toHaveProperty('class.school');
    expect((await sis.call('GET', '/nothing')).status).toBe(404);
    expect((await sis.call('POST', '/lineItems/li/results', { results: [] })).status).toBe(405);
    const rights = 'https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.readonly';
    expect(await sis.token(rights)).toBeUndefined();
    expect(await sis.token(rights.replace('v1p2', 'v1p1'))).toEqual(expect.any(String));
  });
});

test('references must be as complete as it wants them', async () => {
  const category = { sourcedId: 'category-homework', type: 'category' };
  await start();
  expect(said(await item({ category }))).toMatch(/^422 lineItem\.category\.href/);
  sis.control.setRules({ references: 'idAndType' });
  expect(said(await item({ category }))).toBe('201');
  expect(said(await item({ category: { sourcedId: category.sourcedId } }))).toMatch(/category\.type/);
  sis.control.setRules({ references: 'idOnly' });
  expect(said(await item({ category: { sourcedId: category.sourcedId } }))).toBe('201');
});

test('a header can be wanted besides the token', async () => {
  await start({ requiredHeader: { name: 'x-vendor', value: 'v' } });
  expect((await sis.call('GET', '/categories')).status).toBe(401);
  expect((await sis.call('GET', '/categories', undefined, { 'x-vendor': 'v' })).status).toBe(200);
});

test.each([403, 429] as const)('more at once than it bears is answered with %p', async (status) => {
  await start({ atOnce: { most: 2, status } });
  await sis.call('GET', '/categories');
  sis.control.setLatency(50);
  const answers = await Promise.all([1, 2, 3, 4].map(() => sis.call('GET', '/categories')));
  expect(answers.filter((answer) => answer.status === 200).length).toBeGreaterThanOrEqual(2);
  expect(answers.map((answer) => answer.status)).toContain(status);
  expect(sis.control.mostAtOnce).toBeGreaterThan(2);
  sis.control.setLatency(0);
  expect((await sis.call('GET', '/categories')).status).toBe(200);
});

test('a refusal need not say why', async () => {
  await start({ reasons: 'none' });
  const { status, body } = await item({ title: '' });
  expect([status, body]).toEqual([422, { imsx_codeMajor: 'failure', imsx_severity: 'error' }]);
});

test('lists by class and deleting need not be offered', async () => {
  await start({ classCategories: false, deletes: false });
  await item();
  expect((await sis.call('GET', '/classes/class-1/categories')).status).toBe(404);
  expect((await sis.call('GET', '/categories')).status).toBe(200);
  expect((await sis.call('DELETE', '/lineItems/li')).status).toBe(403);
});

test('points, titles and dates can be refused', async () => {
  await start({ wholePoints: true, uniqueTitles: true, scoreDateAfterAssigned: true });
  expect(said(await item({ resultValueMax: 12.5 }))).toMatch(/^422 .*whole number/);
  await item();
  expect(said(await item({}, 'li-2'))).toBe('409 Assignment Already Exists');
  expect((await item({ title: 'Another' }, 'li-2')).status).toBe(201);
  expect(said(await result({ scoreDate: '2025-10-09' }))).toBe('422 scoreDate is before assignDate');
  expect((await result({ scoreDate: '2025-10-10' })).status).toBe(201);
  sis.control.setRules({ scoreDateForm: 'dateTime' });
  expect(said(await result({ scoreDate: '2025-10-10' }))).toBe('422 result.scoreDate: must be a dateTime');
});

test('what is stored can differ from what was sent', async () => {
  await start({ exemptAsZero: true, statuses: 'gradedOrExempt', titleLimit: 10, titleTooLong: 'cut' });
  await item({ title: 'A title of some length' });
  expect(sis.control.get('lineItems', 'li')?.title).toBe('A title of');
  await result({ scoreStatus: 'exempt', score: undefined });
  expect(sis.control.get('results', 'r')).toMatchObject({ scoreStatus: 'exempt', score: 0 });
  await result({ scoreStatus: 'partially graded', score: 5 });
  expect(sis.control.get('results', 'r')).toMatchObject({ scoreStatus: 'fully graded', score: 5 });
});

test('a score that was typed by hand is its own', async () => {
  await start();
  await item();
  await result({ score: 50 });
  sis.control.lock('r');
  expect(said(await result({ score: 60 }))).toBe('409 A grade was entered manually');
  expect(sis.control.get('results', 'r')?.score).toBe(50);
  sis.control.unlock('r');
  expect((await result({ score: 60 })).status).toBe(201);
});
