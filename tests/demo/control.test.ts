import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineItemBody, pullLever, resultBody, startTestSis, type TestSis } from '../support/sis.ts';

let sis: TestSis;
beforeEach(async () => {
  sis = await startTestSis({ controlApi: true });
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'));
});
afterEach(() => sis.stop());

const putResult = (student: string, changed = {}) =>
  sis.call('PUT', `/results/r-${student}`, resultBody(sis, `r-${student}`, 'li-1', student, changed));

test('the log has every request with its body, kind and status, and counts go by kind', async () => {
  await putResult('student-1');
  await sis.call('GET', '/classes/class-1/lineItems/li-1/results?limit=5');
  expect(sis.control.counts()).toEqual({
    'POST token': 1,
    'PUT lineItem': 1,
    'PUT result': 1,
    'GET results': 1,
  });
  expect(sis.control.requests.at(-2)).toMatchObject({
    method: 'PUT',
    kind: 'result',
    sourcedId: 'r-student-1',
    status: 201,
    body: { result: { score: 87.5 } },
  });
  expect(sis.control.requests.at(-1)).toMatchObject({ query: 'limit=5', status: 200 });
  expect(sis.control.writes()).toHaveLength(2);
  sis.control.resetCounts();
  expect([sis.control.counts(), sis.control.requests]).toEqual([{}, []]);
});

test('a locked assignment answers 409 to itself and to its results until it is unlocked', async () => {
  sis.control.lock('li-1');
  expect((await putResult('student-1')).status).toBe(409);
  expect((await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'))).status).toBe(409);
  expect((await sis.call('DELETE', '/lineItems/li-1')).status).toBe(409);
  sis.control.unlock('li-1');
  expect((await putResult('student-1')).status).toBe(201);
});

test('objects change and vanish behind the back of the caller', async () => {
  await putResult('student-1');
  sis.control.edit('results', 'r-student-1', { score: 12 });
  expect((await sis.call('GET', '/results/r-student-1')).body).toMatchObject({ result: { score: 12 } });
  expect(sis.control.edit('results', 'nobody', { score: 1 })).toBe(false);
  sis.control.remove('lineItems', 'li-1');
  expect(sis.control.contents()).toMatchObject({ lineItems: [], results: [] });
  expect((await putResult('student-1')).status).toBe(404);
});

test('another process pulls the same levers over HTTP', async () => {
  await pullLever(sis.url, 'arm', { kind: 'status', status: 503, request: 'result', count: 1 });
  expect((await putResult('student-1')).status).toBe(503);
  expect((await putResult('student-1')).status).toBe(201);
  expect(await pullLever(sis.url, 'count', { kind: 'result' })).toBe(2);
  expect(await pullLever(sis.url, 'resultOf', 'li-1', 'student-1')).toMatchObject({ score: 87.5 });
  const seen = await fetch(`${sis.url}/control/contents`);
  expect(await seen.json()).toMatchObject({ value: { lineItems: [{ sourcedId: 'li-1' }] } });
  await expect(pullLever(sis.url, 'arm', { kind: 'nonsense' })).rejects.toThrow('arm');
  await expect(pullLever(sis.url, 'constructor')).rejects.toThrow('unknown lever');
});

test('without the option there is no control over HTTP', async () => {
  const closed = await startTestSis();
  expect((await fetch(`${closed.url}/control/contents`)).status).toBe(404);
  await closed.stop();
});

test('the page shows scores, flags and blanks as a table, escaped, and asks nobody else', async () => {
  const title = '<img src=x onerror=alert(1)> & more';
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1', { title }));
  await putResult('student-1', { score: 0, missing: 'true' });
  await putResult('student-2', { late: 'true' });
  await putResult('student-3', { scoreStatus: 'exempt', score: undefined });
  const response = await fetch(sis.url);
  const page = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; more');
  expect(page).not.toContain('<img');
  const row = (student: string) =>
    (page.split(`data-student="${student}"`)[1] ?? '').split('</tr>')[0]?.replace(/<[^>]+>/g, ' ') ?? '';
  expect(row('student-1')).toMatch(/Byron, Ada\s+0 \/ 100\s+missing/);
  expect(row('student-2')).toMatch(/87.5 \/ 100\s+late/);
  expect(row('student-3')).toMatch(/–\s+exempt/);
  expect(row('student-4')).toMatch(/–\s*$/);
  expect(page).not.toMatch(/(src|href)="?https?:/);
  expect(page).toContain('http-equiv="refresh"');
  expect(await (await fetch(`${sis.url}/?refresh=0`)).text()).not.toContain('http-equiv="refresh"');
});

test('the gradebook survives a restart, locks and dropped students included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-sis-'));
  const stateFile = join(folder, 'state.json');
  const first = await startTestSis({ stateFile });
  await first.call('PUT', '/lineItems/li-1', lineItemBody(first, 'li-1'));
  await first.call('PUT', '/results/r-1', resultBody(first, 'r-1', 'li-1', 'student-1'));
  await first.call('PUT', '/results/r-2', resultBody(first, 'r-2', 'li-1', 'student-2'));
  await first.call('DELETE', '/results/r-2');
  first.control.lock('li-1');
  const before = first.control.contents();
  await first.stop();
  const second = await startTestSis({ stateFile, district: { schools: [], students: [], classes: [] } });
  expect(second.control.contents()).toEqual(before);
  expect((await second.call('GET', '/classes/class-1/lineItems/li-1/results')).body).toMatchObject({
    results: [{ sourcedId: 'r-1' }],
  });
  await second.stop();
  rmSync(folder, { recursive: true });
});

test('what is waited for but does not come is an error', async () => {
  await expect(sis.control.waitFor(() => false, 20)).rejects.toThrow('not within 20 ms');
});
