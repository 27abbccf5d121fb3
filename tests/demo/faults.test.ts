import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import type { FaultSpec } from '../../src/demo/sis/faults.ts';
import { lineItemBody, resultBody, SIS_CLIENT, startTestSis, type TestSis } from '../support/sis.ts';

let sis: TestSis;
beforeEach(async () => {
  sis = await startTestSis();
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'));
});
afterEach(() => sis.stop());

const put = (score = 80) =>
  sis.call('PUT', '/results/r-1', resultBody(sis, 'r-1', 'li-1', 'student-1', { score }));
const stored = () => sis.control.get('results', 'r-1')?.score;
const arm = (fault: FaultSpec) => sis.control.arm({ method: 'PUT', count: 1, ...fault });

/** Sends a PUT and looks at the raw answer, or at the error that came instead. */
function rawPut(
  timeoutMs = 300,
): Promise<{ status?: number; bytes: Buffer; error?: string; encoding?: string }> {
  return sis.token().then(
    (token) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const call = request(`${sis.gradebookUrl}/results/r-1`, { method: 'PUT', headers, agent: false });
        let status: number | undefined;
        let encoding: string | undefined;
        const finish = (error?: string) =>
          resolve({
            bytes: Buffer.concat(chunks),
            ...(status === undefined ? {} : { status }),
            ...(error === undefined ? {} : { error }),
            ...(encoding === undefined ? {} : { encoding }),
          });
        call.setTimeout(timeoutMs, () => call.destroy(new Error('timeout')));
        call.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
        call.on('response', (response) => {
          status = response.statusCode;
          encoding = response.headers['content-encoding'];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => finish());
          response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
        });
        call.end(JSON.stringify(resultBody(sis, 'r-1', 'li-1', 'student-1', { score: 80 })));
      }),
  );
}

test('hold: answers when it is disarmed, and holds no more than it was told', async () => {
  const id = arm({ kind: 'hold' });
  const held = put(90);
  await sis.control.waitFor((c) => c.count({ fault: 'hold' }) === 1);
  expect((await put(91)).status).toBe(201);
  expect(stored()).toBe(91);
  sis.control.disarm(id);
  expect((await held).status).toBe(201);
  expect(stored()).toBe(90);
});

test('status: answers with any status, headers and body, and stores nothing', async () => {
  arm({ kind: 'status', status: 429, headers: { 'retry-after': '2' } });
  const answer = await put();
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(JSON.stringify(answer.body)).toContain('server_busy');
  expect(stored()).toBeUndefined();
  expect((await put()).status).toBe(201);
});

test('status with store: the write happened although the answer says 503', async () => {
  arm({ kind: 'status', status: 503, store: true });
  expect((await put()).status).toBe(503);
  expect(stored()).toBe(80);
});

test('delay: answers later; a caller that gave up has changed nothing', async () => {
  arm({ kind: 'delay', ms: 60 });
  const begun = Date.now();
  expect((await put()).status).toBe(201);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(55);
  sis.control.remove('results', 'r-1');
  arm({ kind: 'delay', ms: 200 });
  expect((await rawPut(50)).error).toBe('timeout');
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(stored()).toBeUndefined();
});

test('late: stored after the caller gave up, over what was written meanwhile, and counted as stale', async () => {
  arm({ kind: 'late', ms: 150 });
  expect((await rawPut(50)).error).toBe('timeout');
  expect(stored()).toBeUndefined();
  const newer = resultBody(sis, 'r-1', 'li-1', 'student-1', {
    score: 95,
    dateLastModified: '2025-10-22T08:00:00Z',
  });
  await sis.call('PUT', '/results/r-1', newer);
  expect(stored()).toBe(95);
  await sis.control.waitFor(() => stored() === 80);
  expect(sis.control.staleWrites.count).toBe(1);
});

test('late with a status: answers at once, stores later', async () => {
  arm({ kind: 'late', ms: 50, status: 504 });
  expect((await put()).status).toBe(504);
  expect(stored()).toBeUndefined();
  await sis.control.waitFor(() => stored() === 80);
});

test('hang: no answer, nothing stored, and stopping does not wait for it', async () => {
  arm({ kind: 'hang' });
  expect((await rawPut(50)).error).toBe('timeout');
  expect(stored()).toBeUndefined();
});

test('reset cuts before storing, reset-after-store after it', async () => {
  arm({ kind: 'reset' });
  expect((await rawPut()).error).toBe('ECONNRESET');
  expect(stored()).toBeUndefined();
  arm({ kind: 'reset-after-store' });
  expect((await rawPut()).error).toBe('ECONNRESET');
  expect(stored()).toBe(80);
});

test('accept-drop: says 201 or 204 and changes nothing', async () => {
  await put(70);
  sis.control.arm({ kind: 'accept-drop' });
  expect((await put(80)).status).toBe(201);
  expect((await sis.call('DELETE', '/results/r-1')).status).toBe(204);
  expect(stored()).toBe(70);
});

test('coerce: stores something else than was sent', async () => {
  arm({ kind: 'coerce', decimals: 0, change: { comment: 'rounded', late: null } });
  await sis.call(
    'PUT',
    '/results/r-1',
    resultBody(sis, 'r-1', 'li-1', 'student-1', { score: 80.4, late: 'true' }),
  );
  expect(sis.control.get('results', 'r-1')).toMatchObject({ score: 80, comment: 'rounded' });
  expect(sis.control.get('results', 'r-1')).not.toHaveProperty('late');
  arm({ kind: 'coerce', titleLimit: 5 });
  await sis.call('PUT', '/lineItems/li-1', lineItemBody(sis, 'li-1'));
  expect(sis.control.get('lineItems', 'li-1')?.title).toBe('Essay');
});

test('redirect, html, badjson: answers that are no answers, nothing stored', async () => {
  arm({ kind: 'redirect', location: 'https://login.example.org/' });
  const redirected = await put();
  expect([redirected.status, redirected.headers.get('location')]).toEqual([
    302,
    'https://login.example.org/',
  ]);
  arm({ kind: 'html' });
  const html = await rawPut();
  expect([html.status, html.bytes.toString().startsWith('<!doctype html>')]).toEqual([200, true]);
  arm({ kind: 'badjson' });
  const bad = await rawPut();
  expect(() => void JSON.parse(bad.bytes.toString())).toThrow(SyntaxError);
  expect(stored()).toBeUndefined();
});

test('truncate: the real answer breaks off in the middle', async () => {
  arm({ kind: 'truncate' });
  expect((await rawPut()).error).toBe('ECONNRESET');
  expect(stored()).toBe(80);
  sis.control.arm({ kind: 'truncate', method: 'GET' });
  await expect(sis.call('GET', '/lineItems')).rejects.toThrow();
});

test('drip: the answer comes byte by byte, so that only a total deadline ends it', async () => {
  arm({ kind: 'drip', ms: 20 });
  const token = await sis.token();
  const call = fetch(`${sis.gradebookUrl}/lineItems`, { headers: { authorization: `Bearer ${token}` } });
  expect((await call).status).toBe(200);
  const dripped = await Promise.race([
    rawPut(5000),
    new Promise((resolve) => setTimeout(resolve, 400, 'still')),
  ]);
  expect(dripped).toBe('still');
});

test('huge, gzipbomb, hugeheader: more than a careful client takes', async () => {
  arm({ kind: 'huge', bytes: 3_000_000 });
  expect((await rawPut(3000)).bytes.length).toBeGreaterThan(3_000_000);
  arm({ kind: 'gzipbomb', bytes: 5_000_000 });
  const bomb = await rawPut(3000);
  expect(bomb.encoding).toBe('gzip');
  expect(bomb.bytes.length).toBeLessThan(10_000);
  expect(gunzipSync(bomb.bytes).length).toBe(5_000_000);
  arm({ kind: 'hugeheader' });
  expect((await rawPut()).error).toBe('HPE_HEADER_OVERFLOW');
});

test('token-refused strikes the token endpoint alone', async () => {
  sis.control.arm({ kind: 'token-refused', error: 'invalid_scope', status: 400, count: 1 });
  expect((await put()).status).toBe(201);
  const form = {
    grant_type: 'client_credentials',
    client_id: SIS_CLIENT.id,
    client_secret: SIS_CLIENT.secret,
  };
  const ask = () => fetch(sis.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
  const refused = await ask();
  expect([refused.status, await refused.json()]).toEqual([400, { error: 'invalid_scope' }]);
  expect((await ask()).status).toBe(200);
  sis.control.arm({ kind: 'status', status: 500, request: 'token', count: 1 });
  expect((await ask()).status).toBe(500);
});

test('a fault strikes only what it names, as often as it says, after what it lets pass', async () => {
  sis.control.arm({ kind: 'status', path: '/results/', sourcedId: 'r-1', skip: 1, count: 2 });
  expect((await sis.call('GET', '/lineItems/li-1')).status).toBe(200);
  const statuses = [(await put()).status, (await put()).status, (await put()).status, (await put()).status];
  expect(statuses).toEqual([201, 500, 500, 201]);
  expect(sis.control.count({ fault: 'status' })).toBe(2);
  expect(() => sis.control.arm({ kind: 'status', stauts: 500 } as never)).toThrow('stauts');
});

test('a probability is kept on the whole and is the same for the same seed', async () => {
  const run = async () => {
    const other = await startTestSis({ randomSeed: 7 });
    other.control.arm({ kind: 'status', probability: 0.3 });
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++) statuses.push((await other.call('GET', '/lineItems')).status);
    await other.stop();
    return statuses;
  };
  const first = await run();
  const struck = first.filter((status) => status === 500).length;
  expect(struck).toBeGreaterThan(8);
  expect(struck).toBeLessThan(30);
  expect(await run()).toEqual(first);
});
