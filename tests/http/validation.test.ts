import { edge } from './edge.ts';

const result = '/v1/classes/c/lineItems/l/results/s';
const json = (app: ReturnType<typeof edge>, path: string, text: string | Buffer, type = 'application/json') =>
  app.anonymous
    .put(path)
    .set('Authorization', 'Bearer lms-key')
    .set('Content-Type', type)
    .send(text as string);

test('a problem has the members of RFC 9457, a stable code and the request’s id', async () => {
  const { as } = edge();
  const answer = await as('lms-key').put(result, { scor: 5, late: 'yes' }).set('X-Request-Id', 'abc-1');
  expect(answer.status).toBe(400);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers['x-request-id']).toBe('abc-1');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.body).toEqual({
    type: '/docs/errors#VALIDATION',
    title: 'The request is not valid',
    status: 400,
    detail: 'The request body is not valid.',
    code: 'VALIDATION',
    errors: [
      { pointer: '/late', detail: expect.stringContaining('boolean') },
      { pointer: '/scor', detail: 'is not known here' },
    ],
    requestId: 'abc-1',
  });
});

test('pointers are RFC 6901, also into arrays, maps and names with slashes and tildes', async () => {
  const { as } = edge();
  const roster = await as('lms-key').put('/v1/classes/c/students', {
    students: [{ studentId: 's' }, { studentId: '..' }],
  });
  expect(roster.body.errors[0].pointer).toBe('/students/1/studentId');
  const unknown = await as('lms-key').put(result, { 'a/b~c': 1 });
  expect(unknown.body.errors[0].pointer).toBe('/a~1b~0c');
  const auth = await as('admin-key').put('/v1/domains/d/settings', {
    baseUrl: 'https://sis.example',
    auth: { method: 'clientCredentials', clientId: 5 },
  });
  expect(auth.body.errors[0].pointer).toBe('/auth/clientId');
});

test.each([
  ['broken JSON', '{"score": 1', 400],
  ['a number that JSON does not know', '{"score": NaN}', 400],
  ['a number too large for a double', '{"score": 1e400}', 400],
  ['no object', '[1]', 400],
  ['null', 'null', 400],
  ['NUL in a text', '{"comment": "a\\u0000b"}', 400],
  ['a lone surrogate', '{"comment": "\\ud800"}', 400],
  ['__proto__', '{"__proto__": {"score": 1}}', 400],
  ['constructor', '{"constructor": {"prototype": {"x": 1}}}', 400],
  ['a text of 70 kB', `{"comment": "${'x'.repeat(70_000)}"}`, 400],
  ['a million brackets', '['.repeat(400_000) + ']'.repeat(400_000), 400],
  ['more than a megabyte', `{"comment": "${'x'.repeat(1_100_000)}"}`, 413],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
])('refuses %s without asking the store', async (_name, text, status) => {
  const app = edge();
  const answer = await json(app, result, text);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status, code: status === 413 ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION' });
  expect(app.asked()).toEqual([]);
});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'application/xml',
])('refuses the content type %s', async (type) => {
  const answer = await json(edge(), result, '{"score": 1}', type);
  expect(answer.body).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
});

test('refuses a compressed body, and a missing one where one is needed', async () => {
  const { anonymous, as } = edge();
  const gzip = await anonymous
    .put(result)
    .set({ Authorization: 'Bearer lms-key', 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
    .send('{"score":1}');
  expect(gzip.status).toBe(415);
  expect((await as('lms-key').put(result)).body).toMatchObject({
    code: 'VALIDATION',
    errors: [{ pointer: '' }],
  });
});

test('an error about a body never repeats the body', async () => {
  const app = edge();
  const answer = await json(app, result, '{"comment": "CANARY-Maria", }');
  expect(JSON.stringify(answer.body) + app.lines.join('')).not.toContain('CANARY');
});

test.each([
  ['/v1/domains?limit=0', '?limit'],
  ['/v1/domains?limit=201', '?limit'],
  ['/v1/domains?limit=1e1', '?limit'],
  ['/v1/domains?colour=red', '?colour'],
  ['/v1/domains?limit=1&limit=2', '?limit'],
  ['/v1/domains?__proto__=1', '?__proto__'],
  ['/v1/syncs?status=done', '?status'],
  ['/v1/syncs?since=yesterday', '?since'],
  ['/v1/classes/c/results?state=fine', '?state'],
  ['/v1/classes/c/plan?readSis=1', '?readSis'],
  ['/v1/classes?domainId=..', '?domainId'],
])('names the parameter that is wrong in %s', async (path, pointer) => {
  const { as, asked } = edge();
  const answer = await as('admin-key').get(path);
  expect(answer.body).toMatchObject({ status: 400, code: 'VALIDATION', errors: [{ pointer }] });
  expect(asked()).toEqual([]);
});

test('reads limit, cursor and an instant whose + was not escaped', async () => {
  const { as, asked } = edge();
  await as('admin-key').get('/v1/syncs?classId=c&since=2026-03-01T00:00:00+01:00&limit=7&cursor=abc');
  expect(asked()[0]!.args.slice(1)).toEqual([
    { classId: 'c', since: '2026-03-01T00:00:00+01:00', domainId: undefined, status: undefined },
    { cursor: 'abc', limit: 7 },
  ]);
});

test.each([
  '/v1/classes/%ff',
  '/v1/classes/a%00b',
  '/v1/classes/%2e%2e%00',
  `/v1/classes/${'x'.repeat(256)}`,
  '/v1/classes/%zz',
  '/v1/domains?x=%ff',
])('refuses the path %s', async (path) => {
  const answer = await edge().as('admin-key').get(path);
  expect(answer.body).toMatchObject({ status: 400, code: 'VALIDATION' });
});

test('ids may hold slashes, spaces, dots and any script', async () => {
  const { as, asked } = edge();
  for (const id of ['a/b', 'Ü 日本 🎓', 'c:1?x#y%', '...', 'A', '__proto__', 'constructor'])
    await as('lms-key').get(`/v1/classes/${encodeURIComponent(id)}`);
  expect(asked().map((c) => c.args[1])).toEqual([
    'a/b',
    'Ü 日本 🎓',
    'c:1?x#y%',
    '...',
    'A',
    '__proto__',
    'constructor',
  ]);
});

test('unknown paths are 404, also those that differ by case or a slash at the end', async () => {
  const { as } = edge();
  for (const path of [
    '/v1/nothing',
    '/v1/Domains',
    '/v1/domains/',
    '/v2/domains',
    '/',
    '/metrics',
    '/assets/',
  ]) {
    const answer = await as('root-key').get(path);
    expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'NOT_FOUND']);
  }
});
