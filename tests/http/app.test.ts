import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { startServer } from '../../src/http/server.ts';
import { edge } from './edge.ts';

const result = '/v1/classes/Maria-Canary/lineItems/l/results/s';

describe('the log', () => {
  test('has one line per request with the route’s template, and never an id or a credential', async () => {
    const { as, lines } = edge();
    await as('lms-key').put(`${result}?`, { comment: 'CANARY', score: 3 }).set('X-Request-Id', 'r-1');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      message: 'request',
      method: 'PUT',
      route: 'PUT /v1/classes/{classId}/lineItems/{lineItemId}/results/{studentId}',
      status: 202,
      requestId: 'r-1',
      keyId: 'id-of-lms',
    });
    expect(lines[0]).not.toMatch(/Canary|lms-key/i);
  });

  test('takes only plain request ids', async () => {
    const { as } = edge();
    for (const id of ['a b', 'x'.repeat(101), '{"a":1}']) {
      const answer = await as('lms-key').get('/v1/domains').set('X-Request-Id', id);
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('what is not the caller’s fault', () => {
  test('is a 500 that says nothing, with the whole story in the log', async () => {
    const { as, answers, lines } = edge();
    answers['classes.get'] = () => {
      throw new TypeError('cannot read "Maria-Canary"');
    };
    const answer = await as('lms-key').get('/v1/classes/c').set('X-Request-Id', 'r-2');
    expect(answer.body).toEqual({
      type: '/docs/errors#INTERNAL',
      title: 'Something went wrong in this service',
      status: 500,
      code: 'INTERNAL',
      requestId: 'r-2',
    });
    const line = JSON.parse(lines.find((l) => l.includes('request failed'))!);
    expect(line).toMatchObject({ level: 'error', requestId: 'r-2', route: 'GET /v1/classes/{classId}' });
    expect(line.error).toMatch(/^TypeError/);
    expect(line.stack).toContain('app.test.ts');
    expect(lines.join('')).not.toContain('Canary');
  });

  test.each([
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('admin shutdown'), { code: '57P01' }),
    Object.assign(new Error('Can’t reach database server'), { code: 'P1001' }),
    new Error('outer', { cause: Object.assign(new Error('x'), { code: '08006' }) }),
    new Error('Connection terminated unexpectedly'),
    // pg's own, which bears no code: a connection that died without a word
    new Error('Query read timeout'),
  ])('is a 503 with Retry-After when our database is away (%s)', async (failure) => {
    const { as, answers } = edge();
    answers['classes.get'] = () => {
      throw failure;
    };
    const answer = await as('lms-key').get('/v1/classes/c');
    expect(answer.body).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('5');
  });

  test.each(['P2003', '23503'])(
    'is a 404 when what was looked up is deleted before we write (%s)',
    async (code) => {
      const { as, answers, lines } = edge();
      answers['classes.get'] = () => {
        throw Object.assign(new Error('violates foreign key constraint "Canary"'), { code });
      };
      const answer = await as('lms-key').get('/v1/classes/c');
      expect(answer.body).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      expect(lines.join('') + answer.text).not.toMatch(/Canary|"level":"error"/);
    },
  );

  test('also when it is away while we ask who is calling', async () => {
    const { as, answers } = edge();
    answers['access.authenticate'] = () => {
      throw Object.assign(new Error('x'), { code: 'ECONNRESET' });
    };
    expect((await as('lms-key').get('/v1/classes/c')).status).toBe(503);
  });
});

describe('operations', () => {
  test('alive is alive whatever the database does; ready is ready only with it', async () => {
    const { anonymous, answers } = edge();
    expect((await anonymous.get('/readyz')).body).toEqual({ status: 'ready' });
    for (const broken of [() => false, () => Promise.reject(new Error('x')), () => new Promise(() => {})]) {
      answers['ready'] = broken;
      expect((await anonymous.get('/readyz')).status).toBe(503);
    }
    expect((await anonymous.get('/livez')).body).toEqual({ status: 'alive' });
    expect((await anonymous.post('/livez')).status).toBe(405);
  });
});

describe('the pages', () => {
  test('A35: are served to anybody under a policy that allows only our own scripts and no frame', async () => {
    const { anonymous } = edge();
    const page = await anonymous.get('/teacher');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Sync grades')]);
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(page.headers['x-powered-by']).toBeUndefined();
    expect((await anonymous.get('/admin')).text).toContain('SIS settings');
  });

  test('A35: no page of somebody else’s can call the API for its visitor: there is no cookie and no leave for other origins', async () => {
    const { as, anonymous } = edge();
    for (const answer of [
      await as('lms-key').get('/v1/classes/c').set('Origin', 'https://evil.example'),
      await anonymous.options('/v1/classes/c').set('Origin', 'https://evil.example'),
      await anonymous.get('/teacher').set('Origin', 'https://evil.example'),
    ]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await anonymous.options('/v1/classes/c')).status).toBe(405);
  });

  test('keep their hashed assets for ever, and show no directory and nothing outside', async () => {
    const { anonymous } = edge();
    const asset = await anonymous.get('/assets/teacher-ABC123.js');
    expect([asset.status, asset.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    for (const path of [
      '/assets',
      '/assets/',
      '/assets/..%2fteacher.html',
      '/assets/%2e%2e/admin.html',
      '/assets/x.js',
      '/teacher.html',
    ])
      expect([path, (await anonymous.get(path)).status]).toEqual([path, 404]);
  });

  test('ask for HTTPS for good only where it is there', async () => {
    const secure = await edge({ publicUrl: 'https://a.example' }).anonymous.get('/teacher');
    const plain = await edge({ publicUrl: 'http://localhost:3000' }).anonymous.get('/teacher');
    expect(secure.headers['strict-transport-security']).toContain('max-age');
    expect(plain.headers['strict-transport-security']).toBeUndefined();
  });
});

describe('the server', () => {
  test('lets the request in flight end when it stops, and takes no other', async () => {
    const app = express();
    app.get('/slow', async (_req, res) => {
      await sleep(200);
      res.send('done');
    });
    const server = await startServer(app, { port: 0, host: '127.0.0.1' });
    const base = `http://127.0.0.1:${server.port}`;
    const inFlight = fetch(`${base}/slow`).then((r) => r.text());
    await sleep(50);
    const closed = server.close(5_000);
    await expect(fetch(`${base}/slow`)).rejects.toThrow();
    expect(await inFlight).toBe('done');
    await closed;
  });

  test('stops at once though a browser has opened connections ahead, on which nothing is asked', async () => {
    const server = await startServer(() => {}, { port: 0, host: '127.0.0.1' });
    const ahead = connect(server.port, '127.0.0.1');
    const cut = new Promise((resolve) => ahead.once('close', resolve));
    await new Promise((resolve) => ahead.once('connect', resolve));
    const waited = await Promise.race([server.close(60_000), sleep(10_000, 'for the grace', { ref: false })]);
    expect(waited).toBeUndefined();
    await cut;
  });

  test('cuts what does not end within the grace', async () => {
    const server = await startServer((_req, _res) => {}, { port: 0, host: '127.0.0.1' });
    const inFlight = fetch(`http://127.0.0.1:${server.port}/`).then(
      () => 'answered',
      () => 'cut',
    );
    await sleep(50);
    await server.close(100);
    expect(await inFlight).toBe('cut');
  });

  test('says so when the port is taken', async () => {
    const first = await startServer(() => {}, { port: 0, host: '127.0.0.1' });
    await expect(startServer(() => {}, { port: first.port, host: '127.0.0.1' })).rejects.toThrow(
      /EADDRINUSE/,
    );
    await first.close(0);
  });

  test('refuses a body that grows beyond its limit without a declared length', async () => {
    const { app } = edge();
    const server = await startServer(app, { port: 0, host: '127.0.0.1' });
    const socket = connect(server.port, '127.0.0.1');
    const head = `PUT ${result} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer lms-key\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    socket.write(head);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let i = 0; i < 20; i++) socket.write(chunk);
    const first = await new Promise<string>((resolve) => socket.once('data', (d) => resolve(d.toString())));
    expect(first).toMatch(/^HTTP\/1\.1 413/);
    socket.destroy();
    await server.close(1_000);
  });
});
