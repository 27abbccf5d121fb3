import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createEgress, type Egress, type EgressLimits } from '../../src/sis/egress.ts';
import { createNetworkGuard } from '../../src/sis/network-guard.ts';
import { closeAll, json, serve, serveRaw } from './fixtures.ts';

const guard = createNetworkGuard(['127.0.0.0/8']);
/** For tests that wait for the deadline; the others have the usual one, whatever the machine is doing beside. */
const soon: Partial<EgressLimits> = { connectMs: 300, totalMs: 1000 };
const hurry = () => (egress = createEgress({ guard, limits: soon }));
let egress: Egress;
beforeEach(() => (egress = createEgress({ guard })));
afterEach(async () => {
  egress.close();
  await closeAll();
});
const put = (url: string, signal?: AbortSignal) =>
  egress.exchange({ method: 'PUT', url: `${url}/x`, headers: {}, body: '{"score":1}', signal });

test('an answer comes back with status, headers in lower case and text', async () => {
  const { origin, requests } = await serve((_q, r) => json(r, 201, { a: 'é' }, { 'X-Total-Count': '1' }));
  const answer = await put(origin);
  expect(answer).toMatchObject({
    kind: 'response',
    status: 201,
    text: '{"a":"é"}',
    headers: { 'x-total-count': '1' },
  });
  expect(requests).toMatchObject([{ method: 'PUT', url: '/x', body: '{"score":1}' }]);
});

test.each([301, 302, 303, 307, 308])(
  'A25: a redirect (%i) is an answer; its target sees nothing',
  async (status) => {
    const sink = await serve((_q, r) => json(r, 200, {}));
    const { origin } = await serve((_q, r) => r.writeHead(status, { location: `${sink.origin}/take` }).end());
    expect(await put(origin)).toMatchObject({ kind: 'response', status });
    expect(sink.sockets()).toBe(0);
  },
);

test('connections are kept and used again', async () => {
  const server = await serve((_q, r) => json(r, 200, {}));
  for (let i = 0; i < 3; i++) await put(server.origin);
  expect(server.sockets()).toBe(1);
});

describe('a request that may not leave any more', () => {
  const asked = (...answers: boolean[]) =>
    (egress = createEgress({ guard, mayLeave: () => answers.shift() ?? false }));
  const interrupted = { kind: 'silence', sent: false, reason: 'aborted' };
  /** long enough for bytes that were written all the same to be read */
  const aMoment = () => new Promise((resolve) => setTimeout(resolve, 50));

  test('is not begun', async () => {
    const { origin, sockets } = await serve((_q, r) => json(r, 200, {}));
    asked(false);
    expect(await put(origin)).toMatchObject(interrupted);
    expect(sockets()).toBe(0);
  });
  test('is not written when its connection is there at last', async () => {
    const { origin, requests } = await serve((_q, r) => json(r, 200, {}));
    asked(true, false);
    expect(await put(origin)).toMatchObject(interrupted);
    await aMoment();
    expect(requests).toEqual([]);
  });
  test('is not written to a kept connection either', async () => {
    const { origin, requests, sockets } = await serve((_q, r) => json(r, 200, {}));
    asked(true, true, true, false);
    expect(await put(origin)).toMatchObject({ kind: 'response' });
    expect(await put(origin)).toMatchObject(interrupted);
    await aMoment();
    expect(requests).toHaveLength(1);
    expect(sockets()).toBe(1);
  });
});

describe('nothing can have been sent', () => {
  test('nobody listens', async () => {
    const { origin } = await serveRaw(() => undefined);
    await closeAll();
    expect(await put(origin)).toMatchObject({ kind: 'silence', sent: false, reason: 'refused' });
  });
  test('the name does not exist', async () => {
    expect(await put('https://no-such-host.invalid')).toMatchObject({ sent: false, reason: 'dns' });
  });
  test('the name server does not answer in time', async () => {
    const slow = createNetworkGuard([], () => undefined);
    egress = createEgress({ guard: slow, limits: soon });
    expect(await put('https://sis.example.org')).toMatchObject({ sent: false, reason: 'timeout' });
  });
  test('plain HTTP answers where TLS was expected', async () => {
    const { origin } = await serve((_q, r) => json(r, 200, {}));
    expect(await put(origin.replace('http:', 'https:'))).toMatchObject({ sent: false, reason: 'tls' });
  });
  test('the other side never completes the TLS handshake', async () => {
    const { origin } = await serveRaw(() => undefined);
    hurry();
    expect(await put(origin.replace('http:', 'https:'))).toMatchObject({ sent: false, reason: 'timeout' });
  });
  test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'data:text/plain,x', 'http://me:pw@127.0.0.1/'])(
    '%s is not requested',
    async (url) => {
      expect(await egress.exchange({ method: 'GET', url, headers: {} })).toMatchObject({
        sent: false,
        reason: 'blockedAddress',
      });
    },
  );
  test('the caller had given up before', async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    expect(await put(server.origin, AbortSignal.abort())).toMatchObject({ sent: false, reason: 'aborted' });
    expect(server.sockets()).toBe(0);
  });
});

describe('it may have been applied', () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
  const cases: [string, (socket: Socket) => unknown, string][] = [
    [
      'the connection is reset when the request is read',
      (s) => s.once('data', () => s.resetAndDestroy()),
      'reset',
    ],
    ['the connection is closed without an answer', (s) => s.once('data', () => s.end()), 'reset'],
    [
      'the answer is cut',
      (s) => s.once('data', () => s.end(`${head}content-length: 99\r\n\r\n{"a"`)),
      'reset',
    ],
    [
      'a chunked answer is cut',
      (s) => s.once('data', () => s.end(`${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`)),
      'reset',
    ],
    ['it is no HTTP', (s) => s.once('data', () => s.end('SSH-2.0-OpenSSH_9.2\r\n')), 'reset'],
    ['no answer comes', () => undefined, 'timeout'],
    [
      'the answer drips',
      (s) => {
        let drip: NodeJS.Timeout;
        s.once('data', () => {
          s.write(`${head}content-length: 5000\r\n\r\n`);
          drip = setInterval(() => s.write(' '), 20);
        });
        s.on('close', () => clearInterval(drip));
      },
      'timeout',
    ],
    [
      'the headers are huge',
      (s) => s.once('data', () => s.end(`${head}x-big: ${'x'.repeat(100_000)}\r\n\r\n`)),
      'tooLarge',
    ],
    [
      'the body is huge',
      (s) => {
        s.once('data', () => {
          s.write(`${head}transfer-encoding: chunked\r\n\r\n`);
          const more = () => {
            while (!s.destroyed && s.write(`10000\r\n${'x'.repeat(65_536)}\r\n`));
          };
          s.on('drain', more);
          more();
        });
      },
      'tooLarge',
    ],
  ];
  test.each(cases)('A27: %s', async (_what, act, reason) => {
    const { origin } = await serveRaw(act);
    if (reason === 'timeout') hurry();
    const started = Date.now();
    expect(await put(origin)).toMatchObject({ kind: 'silence', sent: true, reason });
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('the caller gives up while it waits', async () => {
    const { origin } = await serveRaw(() => undefined);
    expect(await put(origin, AbortSignal.timeout(300))).toMatchObject({ sent: true, reason: 'aborted' });
  });
  test('the egress is closed while it waits', async () => {
    const { origin } = await serveRaw(() => undefined);
    setTimeout(() => egress.close(), 300);
    expect(await put(origin)).toMatchObject({ sent: true, reason: 'aborted' });
  });
  test('a kept connection dies under the next request: it is not sent twice', async () => {
    let answered = 0;
    const server = await serveRaw((s) => {
      s.on('data', () => {
        if (answered++ === 0) s.write(`${head}content-length: 2\r\n\r\n{}`);
        else s.resetAndDestroy();
      });
    });
    expect(await put(server.origin)).toMatchObject({ kind: 'response' });
    expect(await put(server.origin)).toMatchObject({ kind: 'silence', sent: true, reason: 'reset' });
    expect(server.sockets()).toBe(1);
  });
});

describe('compression', () => {
  test('a gzip body is decoded', async () => {
    const { origin } = await serve((_q, r) =>
      r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}')),
    );
    expect(await put(origin)).toMatchObject({ text: '{}' });
  });
  test('A27: 300 kB that decode to 300 MB are cut off without being held in memory', async () => {
    const tenMegabytes = gzipSync(Buffer.alloc(10_000_000));
    const bomb = Buffer.concat(Array.from({ length: 30 }, () => tenMegabytes));
    const { origin } = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const before = process.memoryUsage().rss;
    expect(await put(origin)).toMatchObject({ kind: 'silence', sent: true, reason: 'tooLarge' });
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(50);
  });
  test('what decodes to nothing is cut off by its size on the wire', async () => {
    const empty = gzipSync('');
    const nothing = Buffer.concat(Array.from({ length: 60_000 }, () => empty));
    const { origin } = await serve((_q, r) => {
      r.writeHead(200, { 'content-encoding': 'gzip' });
      const more = () => {
        while (!r.destroyed && r.write(nothing));
      };
      r.on('drain', more);
      more();
    });
    egress = createEgress({ guard, limits: { maxBodyBytes: 2_000_000 } });
    expect(await put(origin)).toMatchObject({ sent: true, reason: 'tooLarge' });
  });
  test('broken gzip in an answer that came whole leaves its status', async () => {
    const broken = 'this is no gzip';
    const { origin } = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(broken));
    expect(await put(origin)).toMatchObject({ kind: 'response', status: 200, text: null });
  });
  test.each([10, 15, 25, 40])(
    'gzip that ends after %i bytes is no answer that says nothing',
    async (bytes) => {
      const cut = gzipSync(JSON.stringify({ lineItem: { sourcedId: 'cut-in-the-middle' } })).subarray(
        0,
        bytes,
      );
      const { origin } = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(cut));
      expect(await put(origin)).toMatchObject({ kind: 'response', status: 200, text: null });
    },
  );
  test('an empty body is empty, whatever its compression is said to be', async () => {
    const { origin } = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end());
    expect(await put(origin)).toMatchObject({ kind: 'response', text: '' });
  });
  test('a compression that nobody knows leaves the status', async () => {
    const { origin } = await serve((_q, r) =>
      r.writeHead(200, { 'content-encoding': 'constructor' }).end('{}'),
    );
    expect(await put(origin)).toMatchObject({ kind: 'response', status: 200, text: null });
  });
});

test('fifty requests at once leave no warning behind', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.name);
  process.on('warning', onWarning);
  const { origin } = await serve((_q, r) => setTimeout(() => json(r, 200, {}), 20));
  const { signal } = new AbortController();
  const answers = await Promise.all(Array.from({ length: 50 }, () => put(origin, signal)));
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect(answers.every((answer) => answer.kind === 'response')).toBe(true);
  expect(warnings).toEqual([]);
});
