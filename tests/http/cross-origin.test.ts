/** Pages of other sites: who may ask, who may read the answer, and for whom nothing is done. */
import type request from 'supertest';
import { edge } from './edge.ts';

const lms = 'https://lms.example';
const other = 'https://portal.example';
const evil = 'https://evil.example';
const preflight = {
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'authorization',
};

/** Two domains list a site each; every token of these tests belongs to the first. */
function embedding() {
  const built = edge();
  built.answers['embedding.origins'] = [lms, other];
  built.answers['embedding.originsOf'] = (id: string) => (id === 'internal-d' ? [lms] : []);
  return built;
}
const leave = (answer: request.Response) => answer.headers['access-control-allow-origin'];

test('a browser that asks beforehand gets leave for sites that some domain lists, without cookies', async () => {
  const { anonymous, asked } = embedding();
  const ask = (origin: string) =>
    anonymous.options('/v1/classes/c/syncs').set({ Origin: origin, ...preflight });
  const answer = await ask(lms);
  expect([answer.status, leave(answer), answer.text]).toEqual([204, lms, '']);
  expect(answer.headers['access-control-allow-headers']).toMatch(/Authorization.*Idempotency-Key/);
  expect(answer.headers['access-control-allow-methods']).toContain('POST');
  expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  expect(answer.headers['vary']).toMatch(/Origin/);
  expect(leave(await ask(other))).toBe(other);
  for (const origin of [evil, 'null', `${lms}.evil.example`, 'http://lms.example', `${lms}:8443`]) {
    const refused = await ask(origin);
    expect([origin, refused.status, leave(refused)]).toEqual([origin, 405, undefined]);
  }
  expect(asked()).toEqual([]);
});

test('a listed site reads the answers to a token of a domain that lists it, with the headers that matter', async () => {
  const { as } = embedding();
  const answer = await as('teacher-token').post('/v1/classes/c/syncs').set('Origin', lms);
  expect([answer.status, leave(answer)]).toEqual([202, lms]);
  for (const name of ['ETag', 'Location', 'Retry-After', 'X-Request-Id'])
    expect(answer.headers['access-control-expose-headers']).toContain(name);
  expect(answer.headers['vary']).toMatch(/Origin/);
});

test.each([other, evil, 'null'])(
  'a person’s token in a page of %s is refused before anything is done, and the refusal is kept',
  async (origin) => {
    const { as, asked, calls } = embedding();
    for (const send of [
      () => as('teacher-token').post('/v1/classes/c/syncs'),
      () => as('teacher-token').get('/v1/classes/c'),
      () => as('admin-token').post('/v1/domains/d/pause'),
    ]) {
      const answer = await send().set('Origin', origin);
      expect(answer.body).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
      expect(leave(answer)).toBeUndefined();
    }
    expect(asked()).toEqual([]);
    expect(calls.find(({ name }) => name === 'audit.add')?.args[0]).toMatchObject({
      ...{ action: 'access.denied', detail: { code: 'ORIGIN_NOT_ALLOWED' } },
    });
  },
);

test('our own pages and servers are nobody else’s site', async () => {
  const { as, calls } = embedding();
  const own: Record<string, string>[] = [
    {},
    { Origin: 'https://passback.example' },
    { Origin: 'https://grades.example', Host: 'grades.example' },
    { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
  ];
  for (const headers of own) {
    const answer = await as('teacher-token').get('/v1/classes/c').set(headers);
    expect([headers, answer.status, leave(answer)]).toEqual([headers, 200, undefined]);
  }
  expect(calls.filter(({ name }) => name.startsWith('embedding.'))).toEqual([]);
});

test('behind a proxy that is trusted, its name for us is ours', async () => {
  const told = { Origin: 'https://grades.example', 'X-Forwarded-Host': 'grades.example' };
  const status = async (trustedProxies: string[]) =>
    (await edge({ trustedProxies }).as('teacher-token').get('/v1/classes/c').set(told)).status;
  expect([await status(['127.0.0.0/8', '::ffff:127.0.0.0/104']), await status([])]).toEqual([200, 403]);
});

test('a key is a server’s: it does what it may, and no page gets to read it', async () => {
  const { as } = embedding();
  for (const origin of [lms, evil]) {
    const answer = await as('lms-key').get('/v1/classes/c').set('Origin', origin);
    expect([answer.status, leave(answer)]).toEqual([200, undefined]);
  }
});

test('a page may read that its token has ended, so that it can ask for another; how people sign in it may not', async () => {
  const { as, anonymous } = embedding();
  const ended = await as('nobody').get('/v1/classes/c').set('Origin', lms);
  expect([ended.status, leave(ended)]).toEqual([401, lms]);
  const stranger = await as('nobody').get('/v1/classes/c').set('Origin', evil);
  expect([stranger.status, leave(stranger)]).toEqual([401, undefined]);
  const signIn = await anonymous.post('/v1/sign-in').set('Origin', lms).send({ code: 'one/time' });
  expect(leave(signIn)).toBeUndefined();
});

test('the lists are asked for once for many requests, and again when the database did not answer', async () => {
  const { as, answers, calls } = embedding();
  const ask = () => as('teacher-token').get('/v1/classes/c').set('Origin', lms);
  answers['embedding.origins'] = () =>
    Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
  expect((await ask()).status).toBe(503);
  answers['embedding.origins'] = [lms];
  expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([200, 200, 200]);
  const count = (name: string) => calls.filter((call) => call.name === name).length;
  expect([count('embedding.origins'), count('embedding.originsOf')]).toEqual([2, 1]);
});

describe('what stands in pages of other sites', () => {
  const policy = (answer: request.Response) =>
    /frame-ancestors ([^;]*)/.exec(answer.headers['content-security-policy'] ?? '')?.[1];

  test('the script may be loaded by every site: its name for a while, a release of it for ever', async () => {
    const { anonymous } = embedding();
    const script = await anonymous.get('/embed/v1/sync-grades.js').set('Origin', evil);
    expect(script.headers).toMatchObject({
      ...{ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' },
      ...{ 'cache-control': 'public, max-age=300', 'x-content-type-options': 'nosniff' },
    });
    expect(script.type).toBe('text/javascript');
    const pinned = await anonymous.get('/embed/v1/sync-grades-ABCD1234.js');
    expect(pinned.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await anonymous.get('/embed/v1/')).status).toBe(404);
    expect((await anonymous.get('/embed/v1/..%2f..%2fadmin.html')).status).not.toBe(200);
  });

  test('a frame names the site that shows it, or the browser does, and leads to the teacher’s page', async () => {
    const { anonymous } = embedding();
    const named = await anonymous.get(`/embed/classes/a%2Fb?origin=${lms}&lang=es`);
    expect([named.status, named.headers['location']]).toEqual([
      ...[302, `../../teacher?class=a%2Fb&embed=${encodeURIComponent(lms)}&lang=es`],
    ]);
    const told = await anonymous.get('/embed/classes/c').set('Referer', `${lms}/course/7?x=1`);
    expect(told.headers['location']).toBe(`../../teacher?class=c&embed=${encodeURIComponent(lms)}`);
    const nobody = await anonymous.get('/embed/classes/c?origin=javascript:alert(1)');
    expect(nobody.headers['location']).toBe('../../teacher?class=c');
  });

  test('the teacher’s page may be framed by the one listed site that it is opened for, the admin’s by none', async () => {
    const { anonymous } = embedding();
    const at = (path: string, origin: string) => anonymous.get(`${path}?embed=${encodeURIComponent(origin)}`);
    const listed = await at('/teacher', lms);
    expect([policy(listed), listed.headers['x-frame-options']]).toEqual([lms, undefined]);
    // nor does an LMS's own address let anybody else in
    const { anonymous: launched, answers } = embedding();
    const id = '0198f0c5-0000-7000-8000-000000000000';
    answers['ltiPlatforms.frames'] = ['https://*', 'https://x;sandbox', 'https://canvas.example:8443'];
    expect(policy(await launched.get(`/teacher?lti=${id}`))).toBe('https://canvas.example:8443');
    answers['ltiPlatforms.frames'] = ['https://*'];
    expect(policy(await launched.get(`/teacher?lti=${id}`))).toBe("'none'");
    for (const [path, origin] of [
      ['/teacher', evil],
      ['/teacher', "'self'; script-src *"],
      ['/teacher', '*'],
      ['/admin', lms],
    ] as const) {
      const answer = await at(path, origin);
      expect([policy(answer), answer.headers['x-frame-options']]).toEqual(["'none'", 'DENY']);
    }
  });
});
