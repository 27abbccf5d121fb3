import { edge } from './edge.ts';

const path = '/v1/domains/d/settings';

test('settings are answered with their revision as ETag, and can be put back as they came', async () => {
  const { as, answers, asked } = edge();
  const effective = { autoSync: { value: true, origin: 'd' } };
  answers['settings.get'] = {
    settings: {
      baseUrl: 'https://sis.example',
      auth: { method: 'clientCredentials', clientId: 'id', clientSecretSet: true },
      extraHeaders: { 'X-Key': true },
      autoSync: null,
    },
    revision: 7,
    effective,
  };
  const read = await as('lms-key').get(`${path}?effective=true`);
  expect(read.headers['etag']).toBe('"7"');
  expect(read.body.effective).toEqual(effective);
  const written = await as('admin-key').put(path, read.body).set('If-Match', read.headers['etag']!);
  expect(written.status).toBe(200);
  const { effective: _not, ...own } = read.body;
  expect(asked().at(-1)!.args.slice(1)).toEqual(['d', own, 7]);
});

test.each([
  ['"7"', 7],
  ['*', null],
  [undefined, null],
  ['W/"7"', -1],
  ['"of-another-server"', -1],
])('If-Match %s asks the store for revision %s', async (tag, revision) => {
  const { as, asked } = edge();
  const request = as('admin-key').put(path, {});
  await (tag === undefined ? request : request.set('If-Match', tag));
  expect(asked().find((c) => c.name === 'settings.put')!.args[3]).toBe(revision);
});

test.each(['7', '"7', '"7", "8"', ''])('refuses If-Match %j', async (tag) => {
  const { as, asked } = edge();
  const answer = await as('admin-key').put(path, {}).set('If-Match', tag);
  expect(answer.body).toMatchObject({ status: 400, code: 'VALIDATION' });
  expect(asked().map((c) => c.name)).not.toContain('settings.put');
});

test('a stale revision becomes 412 without an ETag', async () => {
  const { as, answers } = edge();
  const { Refusal } = await import('../../src/passback/refusal.ts');
  answers['settings.put'] = () => {
    throw new Refusal('STALE', 'These settings were changed meanwhile.');
  };
  const answer = await as('admin-key').put(path, {}).set('If-Match', '"6"');
  expect(answer.body).toMatchObject({ status: 412, code: 'STALE' });
  expect(answer.headers['etag']).toBeUndefined();
});

test('an answer that would show a secret is noticed by the check of answers', async () => {
  const { as, answers } = edge();
  const auth = { method: 'accessToken', accessToken: 'CANARY', accessTokenSet: true };
  answers['settings.get'] = { settings: { baseUrl: 'https://sis.example', auth }, revision: 1 };
  const answer = await as('admin-key').get(path);
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('CANARY');
});

test('settings are tested saved or unsaved, with or without a class, and by writing', async () => {
  const { as, asked } = edge();
  expect((await as('admin-key').post(`${path}/test`)).status).toBe(200);
  const settings = { baseUrl: 'https://sis.example', auth: { method: 'accessToken', accessToken: 'a' } };
  await as('admin-key').post(`${path}/test`, { settings, classId: 'c' });
  expect(asked().map((c) => c.args[2])).toEqual([
    { settings: undefined, classId: undefined, writes: null },
    { settings, classId: 'c', writes: null },
  ]);
  await as('admin-key').post(`${path}/test`, { classId: 'c', writeProbe: true });
  await as('admin-key').post(`${path}/test`, { writeProbe: { classId: 'c', studentId: 's' } });
  expect(
    asked()
      .slice(-2)
      .map((c) => c.args[2]),
  ).toMatchObject([
    { classId: 'c', writes: {} },
    { classId: 'c', writes: { studentId: 's' } },
  ]);
  const probe = await as('admin-key').post(`${path}/test`, { writeProbe: true });
  expect(probe.body).toMatchObject({ status: 400, errors: [{ pointer: '/classId' }] });
});

test('a NUL in a setting is refused before a database sees it', async () => {
  const { as, asked } = edge();
  expect((await as('admin-key').put(path, { sisName: 'a\u0000' })).status).toBe(400);
  expect(
    (await as('admin-key').put('/v1/domains/d/categoryMapping', { map: { 'a\u0000': 'x' } })).status,
  ).toBe(400);
  expect(asked()).toEqual([]);
});
