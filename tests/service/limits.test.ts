/** Callers that ask too much, too slowly or in a form that nobody should send: they get their answer, the others theirs. */
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { mostHeaders } from '../../src/http/head.ts';
import { slownessLimits } from '../../src/http/server.ts';
import { district, expectOk, putLineItem, sisDistrict, syncEnd, type District } from '../support/district.ts';
import { startService, type Answer, type Caller, type TestService } from '../support/service.ts';

const budgets = { READ: 40, WRITE: 60, BULK: 5, COSTLY: 12 };
let service: TestService;
let d: District;
let other: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(2) } });
  d = await district(service, 2);
  other = await district(service, 2, {}, 'elsewhere');
  for (const { lms } of [d, other]) await putLineItem(lms, 'quiz');
});
afterAll(() => service.stop());

const result = '/classes/c1/lineItems/quiz/results/s01';
const score = (by: Caller) => by<{ code: string }>('PUT', result, { score: 3 });
const read = (by: Caller) => by<{ code: string }>('GET', '/classes/c1');
const press = (by: Caller) => by<{ code: string; id: string }>('POST', '/classes/c1/syncs', {});
const batch = (by: Caller) => by<{ code: string }>('POST', '/classes/c1/results/batch', { results: [{}] });
const askers = { READ: read, WRITE: score, BULK: batch, COSTLY: press };
const person = async (subject: string, by = d.lms) =>
  service.as(
    (
      await expectOk(
        by<{ token: string }>('POST', '/tokens', {
          ...{ subject, displayName: subject, role: 'teacher', domainId: 'school', classIds: ['c1'] },
        }),
      )
    ).token,
  );

test('A28: a press that is repeated fifty times at once is one sync', async () => {
  const teacher = await person('hasty');
  const answers = await Promise.all(Array.from({ length: 50 }, () => press(teacher)));
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([202, 200]));
  // one ends, and the next press begins another: never two at once, and nothing is sent twice
  for (const id of new Set(answers.map((a) => a.body.id))) await syncEnd(d.lms, id);
  expect(service.sis.control.counts()['PUT lineItem']).toBe(1);
});

describe('A28: with budgets', () => {
  beforeAll(() =>
    service.restart(
      Object.fromEntries(Object.entries(budgets).map(([kind, n]) => [`RATE_LIMIT_${kind}`, String(n)])),
    ),
  );
  afterAll(() =>
    service.restart(Object.fromEntries(Object.keys(budgets).map((kind) => [`RATE_LIMIT_${kind}`, '0']))),
  );

  test.each(Object.entries(askers))(
    '%s: whoever asks beyond his own is told when to come again; another person, key or tenant is not touched',
    async (kind, ask) => {
      const budget = budgets[kind as keyof typeof budgets];
      const { key } = await expectOk(
        d.admin<{ key: string }>('POST', '/domains/school/keys', { role: 'lms', name: kind }),
      );
      const greedy = service.as(key);
      const answers: Answer<{ code?: string }>[] = [];
      for (let i = 0; i < budget + 10; i++) answers.push(await ask(greedy));
      const refused = answers.filter((a) => a.status === 429);
      expect(refused).toHaveLength(10);
      expect(answers.findIndex((a) => a.status === 429)).toBe(budget);
      for (const { body, headers } of refused) {
        expect(body.code).toBe('TOO_MANY_REQUESTS');
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
      }
      const headers = (i: number) =>
        ['ratelimit-policy', 'ratelimit'].map((name) => answers[i]!.headers.get(name));
      const name = kind.toLowerCase();
      expect(headers(0)[0]).toBe(`"${name}";q=${budget};w=60`);
      expect(headers(0)[1]).toMatch(new RegExp(`^"${name}";r=${budget - 1};t=\\d+$`));
      expect(headers(budget)[1]).toMatch(new RegExp(`^"${name}";r=0;t=\\d+$`));
      // the other budgets of the same key are full, and so is everybody else's
      if (kind !== 'READ') expect((await read(greedy)).status).toBe(200);
      if (kind !== 'WRITE') expect((await score(greedy)).status).toBe(202);
      expect((await ask(other.lms)).status).toBeLessThan(300);
    },
  );

  test('two persons of one LMS key have a budget each', async () => {
    const { key } = await expectOk(
      d.admin<{ key: string }>('POST', '/domains/school/keys', { role: 'lms', name: 'of persons' }),
    );
    const [one, two] = [await person('one', service.as(key)), await person('two', service.as(key))];
    for (let i = 0; i < budgets.COSTLY; i++) expect((await press(one)).status).toBeLessThan(300);
    expect((await press(one)).status).toBe(429);
    expect((await press(two)).status).toBeLessThan(300);
    // another token of the same person is the same person
    expect((await press(await person('one', service.as(key)))).status).toBe(429);
  });
});

describe('A33: what is put in', () => {
  const raw = (body: string | Buffer, headers: Record<string, string> = {}, path = result, method = 'PUT') =>
    fetch(`${service.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${d.lmsKey}`, 'content-type': 'application/json', ...headers },
      body: body as string,
    });
  const rows = async () =>
    service.service.db.rows('SELECT score, status, comment, version FROM result ORDER BY id');
  const cases: [string, string | Buffer, number, Record<string, string>?][] = [
    ['NaN', '{"score": NaN}', 400],
    ['Infinity', '{"score": Infinity}', 400],
    ['-Infinity', '{"score": -Infinity}', 400],
    ['1e400', '{"score": 1e400}', 400],
    ['-1e400', '{"score": -1e400}', 400],
    ['a score as text', '{"score": "7"}', 400],
    ['NUL', '{"score": 1, "comment": "a\\u0000"}', 400],
    ['NUL as it is', '{"score": 1, "comment": "a\u0000"}', 400],
    ['a lone surrogate', '{"score": 1, "comment": "\\udc00 x"}', 400],
    ['70 kB of text', `{"score": 1, "comment": "${'x'.repeat(70_000)}"}`, 400],
    ['an unknown field', '{"score": 1, "scores": 2}', 400],
    ['__proto__', '{"score": 1, "__proto__": {"late": true}}', 400],
    ['deep nesting', `{"score": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400],
    ['deep objects', `${'{"score":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 400],
    ['a list', '[{"score": 1}]', 400],
    ['half a body', '{"score": 1', 400],
    ['two bodies', '{"score": 1}{"score": 2}', 400],
    ['UTF-16', Buffer.from('{"score": 1}', 'utf16le'), 400],
    ['too much', `{"score": 1, "comment": "${'x'.repeat(1_100_000)}"}`, 413],
    ['gzip', gzipSync('{"score": 1}'), 415, { 'content-encoding': 'gzip' }],
    ['a form', 'score=1', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', '{"score": 1}', 415, { 'content-type': 'text/plain' }],
  ];

  test.each(cases)(
    '%s is refused, with a problem that tells why, and nothing is saved',
    async (_n, body, status, ...[headers]) => {
      const before = await rows();
      const answer = await raw(body, headers);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
      ]);
      expect(await answer.json()).toMatchObject({
        status,
        code: expect.any(String),
        detail: expect.any(String),
      });
      expect(await rows()).toEqual(before);
    },
  );

  test('of a batch, every bad row by its index, and the good ones saved', async () => {
    const cell = '"lineItemId": "quiz", "studentId"';
    const bad = [
      `{${cell}: "s01", "score": 1e400}`,
      `{${cell}: "s01", "score": "NaN"}`,
      `{${cell}: "s01", "comment": "a\\u0000"}`,
      `{${cell}: "s01", "comment": "\\ud800"}`,
      `{${cell}: "s01", "comment": "${'x'.repeat(70_000)}"}`,
      `{${cell}: "a\\u0000b", "score": 1}`,
      `{${cell}: "s01", "score": 1, "more": 1}`,
      '[]',
      'null',
      `{${cell}: "ghost", "score": 1}`,
    ];
    const body = `{"results": [${[`{${cell}: "s02", "score": 41}`, ...bad].join(',')}]}`;
    const answer = await raw(body, {}, '/classes/c1/results/batch', 'POST');
    expect(answer.status).toBe(200);
    const { accepted, rejected } = (await answer.json()) as {
      accepted: number;
      rejected: { index: number }[];
    };
    expect([accepted, rejected.map((r) => r.index)]).toEqual([1, bad.map((_row, i) => i + 1)]);
    expect(await d.lms('GET', '/classes/c1/lineItems/quiz/results/s02')).toMatchObject({
      body: { desired: { score: 41 } },
    });
    const ten = Array.from({ length: 10_001 }, () => `{${cell}: "s01", "score": 1}`).join(',');
    expect((await raw(`{"results": [${ten}]}`, {}, '/classes/c1/results/batch', 'POST')).status).toBe(400);
    expect(
      (await raw('{"__proto__": {}, "results": []}', {}, '/classes/c1/results/batch', 'POST')).status,
    ).toBe(400);
  });

  test('was no defect of ours', () => {
    expect(service.logged()).not.toMatch(/"level":"error"/);
  });
});

/** A socket, what came back on it, and its end. */
function raw(text: string | string[]) {
  const socket: Socket = connect(service.service.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(answer)));
  for (const part of [text].flat()) socket.write(part);
  return { socket, closed };
}
const get = (headers: string[], path = '/v1/classes/c1') =>
  raw(
    [
      `GET ${path} HTTP/1.1`,
      `Authorization: Bearer ${d.lmsKey}`,
      'Connection: close',
      ...headers,
      '',
      '',
    ].join('\r\n'),
  ).closed;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('A23: the Host header', () => {
  test.each([
    'passback.example',
    'PASSBACK.Example',
    'passback.example.',
    'passback.example:8443',
    '127.0.0.1:3000',
    '[::1]:3000',
    'evil-passback.example',
    '',
  ])('%j changes nothing of the answer, nor does one that a stranger forwards', async (host) => {
    const expected = await get(['Host: localhost']);
    const body = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n'));
    const answer = await get([
      ...[`Host: ${host}`, 'X-Forwarded-Host: evil.example', 'Forwarded: host=evil.example'],
      'X-Forwarded-Proto: gopher',
    ]);
    expect([statusOf(answer), body(answer)]).toEqual([200, body(expected)]);
    expect(answer).not.toMatch(/evil/);
    const links = raw(
      [
        `POST /v1/tokens HTTP/1.1`,
        ...[`Host: ${host}`, 'X-Forwarded-Host: evil.example', `Authorization: Bearer ${d.lmsKey}`],
        ...['Connection: close', 'Content-Type: application/json', 'Transfer-Encoding: chunked', ''],
        chunk({ subject: 'u', displayName: 'U', role: 'teacher', domainId: 'school', classIds: ['c1'] }),
      ].join('\r\n'),
    );
    expect(/"pageUrl":"([^"#]+)/.exec(await links.closed)?.[1]).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/teacher$/,
    );
  });

  test.each([
    'a, b',
    'a b',
    'a@evil',
    'a/b',
    'a?b',
    'a#b',
    'http://a',
    'a:b',
    'a:123456',
    'ä',
    '[::1',
    '%61',
  ])('%j is none', async (host) => {
    expect(statusOf(await get([`Host: ${host}`]))).toBe(400);
  });

  test('twice, or not at all, is refused', async () => {
    expect(statusOf(await get(['Host: a', 'Host: b']))).toBe(400);
    expect(statusOf(await get([]))).toBe(400);
  });
});
const chunk = (body: object) => {
  const text = JSON.stringify(body);
  return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
};

test('too many or too long headers are refused, never left out', async () => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => `X-H${i}: 1`);
  expect(statusOf(await get(['Host: a', ...many(mostHeaders - 3)]))).toBe(200);
  for (const n of [mostHeaders - 2, 300, 1_500])
    expect(statusOf(await get(['Host: a', ...many(n)]))).toBe(431);
  expect(statusOf(await get(['Host: a', `X-Long: ${'x'.repeat(20_000)}`]))).toBe(431);
});

test('A36: hundreds of half-open connections, slow headers and slow bodies: others are served, and each is closed', async () => {
  const { headersTimeout, requestTimeout, connectionsCheckingInterval } = slownessLimits;
  expect(headersTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(15_000);
  expect(requestTimeout).toBe(30_000);
  const from = performance.now();
  const auth = `Authorization: Bearer ${d.lmsKey}`;
  const kinds = [
    () => raw(''),
    () => raw('GET /livez HTTP/1.1\r\nHost: a\r\nX-A: '),
    () =>
      raw(
        `PUT /v1${result} HTTP/1.1\r\nHost: a\r\n${auth}\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"sco`,
      ),
    () =>
      raw(
        `POST /v1/classes/c1/results/batch HTTP/1.1\r\nHost: a\r\n${auth}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ),
  ];
  const ended: number[] = [];
  const slow = Array.from({ length: 400 }, (_, i) => {
    const one = kinds[i % kinds.length]!();
    // a byte now and then, as such callers do
    const drip = setInterval(() => one.socket.write(i % 4 === 3 ? '1\r\n \r\n' : ' '), 1_500);
    if (i % 4 === 0) clearInterval(drip);
    return one.closed.then(() => {
      clearInterval(drip);
      ended.push(performance.now() - from);
    });
  });
  const all = Promise.all(slow).then(() => true);
  const waits: number[] = [];
  let done = false;
  void all.then(() => (done = true));
  while (!done) {
    const asked = performance.now();
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    expect((await score(d.lms)).status).toBe(202);
    waits.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  waits.sort((a, b) => a - b);
  const figures = { sockets: ended.length, lastClosedMs: Math.max(...ended), asked: waits.length };
  const p99 = waits[Math.floor(waits.length * 0.99)];
  process.stdout.write(`A36 ${JSON.stringify({ ...figures, p50: waits[waits.length >> 1], p99 })}\n`);
  expect(ended).toHaveLength(400);
}, 60_000);
