/** What a hostile or broken SIS can answer, from the wire to the outcome. */
import { execFile } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { OneRosterLineItem, OneRosterResult } from '../../src/gradebook/oneroster.ts';
import type { Outcome } from '../../src/gradebook/outcome.ts';
import {
  clientCredentials,
  clientOf,
  closeAll,
  connection,
  json,
  serve,
  serveRaw,
  sisOf,
} from './fixtures.ts';

afterEach(closeAll);
const lineItem = { sourcedId: 'l', title: 'Quiz' } as OneRosterLineItem;
const result = { sourcedId: 'r', score: 87.5 } as OneRosterResult;

describe.each([301, 302, 303, 307, 308])('A25: a redirect (%i)', (status) => {
  const away = (location: string) => (_q: unknown, r: ServerResponse) =>
    r.writeHead(status, { location, refresh: `0;url=${location}`, link: `<${location}>; rel="next"` }).end();

  test('of the SIS is never followed: neither the score nor a header reaches its target', async () => {
    const sink = await serve((_q, r) => json(r, 200, {}));
    const sis = await serve(away(`${sink.origin}/take`));
    const client = clientOf(connection(sis, { extraHeaders: { 'x-vendor': 'vendor-secret' } }));
    const outcomes = [
      await client.putLineItem('l', lineItem),
      await client.putResult('r', result),
      await client.deleteResult('r'),
      await client.readCategories('c'),
      await client.readLineItems('c'),
      await client.readResults('c', 'l'),
      await client.readClassSchool('c'),
      await client.probe(),
    ];
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'broken', code: 'CONN_REDIRECT' });
    expect([sink.sockets(), sink.requests.length]).toEqual([0, 0]);
    expect(sis.requests.length).toBeGreaterThanOrEqual(outcomes.length);
  });

  test('of the token endpoint is never followed: the secret does not reach its target', async () => {
    const sink = await serve((_q, r) => json(r, 200, { access_token: 't' }));
    const sis = await serve(away(`${sink.origin}/token`));
    for (const tokenUrl of [`${sis.origin}/token`, null]) {
      const client = clientOf(connection(sis, { auth: clientCredentials({ tokenUrl }) }));
      const code = tokenUrl ? 'CONN_REDIRECT' : 'AUTH_TOKEN_ENDPOINT';
      expect(await client.putResult('r', result)).toMatchObject({ kind: 'broken', code });
    }
    expect([sink.sockets(), sink.requests.length]).toEqual([0, 0]);
    expect(sis.requests.every(({ url }) => !url.includes('results'))).toBe(true);
  });

  test('to another path of the same SIS is not followed either', async () => {
    const sis = await serve((q, r) => (q.url.startsWith('/new') ? json(r, 200, {}) : away('/new')(q, r)));
    expect(await clientOf(connection(sis)).putResult('r', result)).toMatchObject({ code: 'CONN_REDIRECT' });
    expect(sis.requests).toHaveLength(1);
  });
});

/** Everything at once is read, then nothing more or what `then` does. */
const answering =
  (text: string, then: (socket: Socket) => unknown = () => undefined) =>
  (socket: Socket) =>
    socket.once('data', () => {
      socket.write(text);
      then(socket);
    });
const everyMs = (ms: number, text: string) => (socket: Socket) => {
  const timer = setInterval(() => socket.write(text), ms);
  socket.on('close', () => clearInterval(timer));
};
/** As fast as it is taken, for ever. */
const endlessly = (text: string) => (socket: Socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
};
const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
const withBody =
  (body: string | Buffer, headers: object = {}) =>
  (_q: unknown, r: ServerResponse) =>
    r.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

const zeros = Buffer.alloc(300_000_000);
const [gzip, brotli, deflate] = [
  gzipSync(zeros),
  brotliCompressSync(zeros, { params: { 1: 1 } }),
  deflateSync(zeros),
];
const bytes: Record<string, (socket: Socket) => unknown> = {
  'a body without end': answering(`${head}transfer-encoding: chunked\r\n\r\n`, endlessly(chunk)),
  'a body that says 1 GB': answering(
    `${head}content-length: 1000000000\r\n\r\n`,
    endlessly('x'.repeat(65_536)),
  ),
  'a body that drips': answering(`${head}content-length: 9000\r\n\r\n`, everyMs(50, ' ')),
  'headers that drip': answering('HTTP/1.1 200 OK\r\n', everyMs(50, 'x')),
  'a header of 100 kB': answering(`${head}x-big: ${'x'.repeat(100_000)}\r\n\r\n{}`),
  'ten thousand headers': answering(`${head}${'x-y: z\r\n'.repeat(10_000)}\r\n{}`),
  'preliminary answers without end': answering(
    '',
    everyMs(1, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  ),
  'trailers without end': answering(
    `${head}transfer-encoding: chunked\r\n\r\n0\r\n`,
    endlessly(`x-y: ${'z'.repeat(1000)}\r\n`),
  ),
  'a hang': () => undefined,
  'a hang after the head': answering(`${head}content-length: 9\r\n\r\n`),
  'JSON cut by the end of the connection': answering(`${head}content-length: 99\r\n\r\n{"a"`, (s) => s.end()),
  'two lengths': answering(`${head}content-length: 2\r\ncontent-length: 20\r\n\r\n{}`),
};
const answers: Record<string, (q: unknown, r: ServerResponse) => unknown> = {
  'a gzip bomb': withBody(gzip, { 'content-encoding': 'gzip' }),
  'a brotli bomb': withBody(brotli, { 'content-encoding': 'br' }),
  'a deflate bomb': withBody(deflate, { 'content-encoding': 'deflate' }),
  'gzip in gzip': withBody(gzipSync(gzip), { 'content-encoding': 'gzip, gzip' }),
  'a web page': withBody('<!doctype html><h1>Maintenance</h1>', { 'content-type': 'text/html' }),
  'a web page called JSON': withBody('<!doctype html><h1>Sign in</h1>'),
  'bad JSON': withBody('{"result":{"sourcedId":"r"},}'),
  'cut JSON': withBody('{"result":{"sourcedId":'),
  'two texts': withBody('{}{}'),
  'brackets without end': withBody('['.repeat(4_000_000)),
  NaN: withBody('{"score":NaN}'),
};

test('A27: no answer is taken for success, each ends in time, and the memory of the client stays', async () => {
  const totalMs = 1500;
  const good = await serve((_q, r) => json(r, 200, {}));
  const urls: Record<string, string> = {};
  for (const [name, act] of Object.entries(bytes)) urls[name] = (await serveRaw(act)).gradebookUrl;
  for (const [name, act] of Object.entries(answers)) urls[name] = (await serve(act)).gradebookUrl;
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'hostile-caller.ts'),
    JSON.stringify({ urls, good: good.gradebookUrl, totalMs }),
  ]);
  const told = JSON.parse(stdout) as {
    answers: Record<string, { outcome: Outcome; list: string; ms: number; mb: number }>;
    after: { outcome: Outcome };
    grownMb: number;
  };
  expect(Object.keys(told.answers)).toEqual(Object.keys(urls));
  for (const [name, { outcome, list, ms, mb }] of Object.entries(told.answers)) {
    expect([name, outcome.kind]).not.toEqual([name, 'acknowledged']);
    expect([name, list]).not.toEqual([name, 'read']);
    // a write that was answered in this way may have been stored
    expect([name, 'ambiguous' in outcome && outcome.ambiguous]).toEqual([name, true]);
    // two calls; far more than they take, far less than a drip
    expect([name, ms < 2 * totalMs + 10_000]).toEqual([name, true]);
    expect([name, mb < 50]).toEqual([name, true]);
  }
  // all of them, one after the other
  expect(told.grownMb).toBeLessThan(150);
  expect(told.after.outcome).toEqual({ kind: 'acknowledged' });
}, 120_000);

test('A27: what is nested deeper than anything in OneRoster is not read; brackets in texts are texts', async () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const put = async (text: string) => {
    const sis = await serve(withBody(text));
    return (await clientOf(connection(sis)).putResult('r', result)).kind;
  };
  expect(await put(nested(100))).toBe('acknowledged');
  expect(await put(nested(101))).toBe('retry');
  expect(await put(`{"a":"\\"${'['.repeat(500)}","b":"\\\\","c":${nested(99)}}`)).toBe('acknowledged');
});

describe('A27: JSON that means two things', () => {
  const put = async (text: string) => {
    const sis = await serve((_q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end(text));
    return clientOf(connection(sis)).putResult('r', result);
  };
  test('of two members with one name the last counts', async () => {
    const failure = '"imsx_codeMajor":"failure","imsx_severity":"error"';
    expect(await put(`{"imsx_codeMajor":"success",${failure}}`)).toMatchObject({ kind: 'refused' });
    expect(await put('{"result":{"sourcedId":"x","sourcedId":"y"}}')).toMatchObject({
      allocatedSourcedId: 'y',
    });
  });
  test('__proto__ and constructor allocate nothing and change nothing', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype'])
      expect(await put(`{"${name}":{"sourcedId":"evil","imsx_codeMajor":"failure"}}`)).toEqual({
        kind: 'acknowledged',
      });
    expect(({} as { sourcedId?: string }).sourcedId).toBeUndefined();
  });
});

test('A27: one SIS that hangs holds up no other', async () => {
  const hanging = await serveRaw(() => undefined);
  const good = await serve((_q, r) => json(r, 200, {}));
  const sis = sisOf();
  const leave = new AbortController();
  const stuck = Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      clientOf(connection(hanging), sis, leave.signal).putResult(`r${i}`, result),
    ),
  );
  const client = clientOf(connection(good), sis);
  for (let i = 0; i < 50; i++) expect(await client.putResult('r', result)).toEqual({ kind: 'acknowledged' });
  leave.abort();
  // they were still waiting: given up by us, not timed out
  for (const outcome of await stuck) expect(outcome).toMatchObject({ kind: 'retry', code: 'INTERRUPTED' });
});
