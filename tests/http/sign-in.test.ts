import { failuresPerMinute } from '../../src/http/auth.ts';
import { bodies, edge } from './edge.ts';

const failOften = async (app: ReturnType<typeof edge>, times = failuresPerMinute) => {
  for (let i = 0; i < times; i++) await app.as(`guess-${i}`).get('/v1/domains');
};

test('after many failures from one address unknown credentials are not looked up for a while', async () => {
  const app = edge();
  await failOften(app);
  app.calls.splice(0);
  const answer = await app.as('guess-again').get('/v1/domains');
  expect(answer.body).toMatchObject({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(app.calls).toEqual([]);
});

test('a key that has worked is not slowed by guesses from its own address', async () => {
  const app = edge();
  await app.as('lms-key').get('/v1/domains');
  await failOften(app);
  expect((await app.as('lms-key').get('/v1/domains')).status).toBe(200);
  expect((await app.as('admin-key').get('/v1/domains')).status).toBe(429);
});

test('a token that has expired in an open page is no guess', async () => {
  const app = edge();
  await app.as('teacher-token').get('/v1/classes');
  app.credentials.delete('teacher-token');
  for (let i = 0; i < failuresPerMinute + 5; i++)
    expect((await app.as('teacher-token').get('/v1/classes')).status).toBe(401);
  expect((await app.as('lms-key').get('/v1/domains')).status).toBe(200);
});

test('addresses behind a trusted proxy are told apart; an untrusted header is not believed', async () => {
  const from = (app: ReturnType<typeof edge>, credential: string, ip: string) =>
    app.as(credential).get('/v1/domains').set('X-Forwarded-For', ip);
  const trusting = edge({ trustedProxies: ['loopback'] });
  for (let i = 0; i < failuresPerMinute; i++) await from(trusting, 'guess', '203.0.113.5');
  expect((await from(trusting, 'lms-key', '203.0.113.5')).status).toBe(429);
  expect((await from(trusting, 'lms-key', '203.0.113.6')).status).toBe(200);
  for (let i = 0; i < failuresPerMinute; i++) await from(trusting, 'guess', `2001:db8:1:2::${i}`);
  expect((await from(trusting, 'admin-key', '2001:db8:1:2:ffff::1')).status).toBe(429);

  const distrusting = edge();
  for (let i = 0; i < failuresPerMinute; i++) await from(distrusting, 'guess', `203.0.113.${i}`);
  expect((await from(distrusting, 'lms-key', '203.0.113.200')).status).toBe(429);
});

test('a one-time link is exchanged for a token without any credential, under the same limit', async () => {
  const app = edge();
  const good = await app.anonymous.post('/v1/sign-in').send({ code: 'one/time' });
  expect(good.status).toBe(200);
  expect(good.body).toMatchObject({ token: 't', role: 'teacher', classIds: ['c'], displayName: 'Ann' });
  for (let i = 0; i < failuresPerMinute; i++)
    expect((await app.anonymous.post('/v1/sign-in').send({ code: `x${i}` })).status).toBe(401);
  expect((await app.anonymous.post('/v1/sign-in').send({ code: 'one/time' })).status).toBe(429);
});

test('a token comes with a link that opens the person’s page, its code in the fragment', async () => {
  const { as } = edge({ publicUrl: 'https://grades.example/sync' });
  const teacher = await as('lms-key').post('/v1/tokens', bodies['createToken']);
  expect(teacher.status).toBe(201);
  expect(teacher.body.pageUrl).toBe('https://grades.example/sync/teacher#code=one%2Ftime&class=c');
  expect(teacher.body).not.toHaveProperty('linkCode');
  const admin = await as('admin-key').post('/v1/tokens', {
    subject: 'u',
    displayName: 'B',
    role: 'admin',
    domainId: 'd',
  });
  expect(admin.body.pageUrl).toBe('https://grades.example/sync/admin#code=one%2Ftime&domain=d');
});

test.each([
  [{ role: 'teacher', classIds: undefined }, '/classIds'],
  [{ role: 'teacher', classIds: [] }, '/classIds'],
  [{ expiresInSeconds: 3601 }, '/expiresInSeconds'],
  [{ role: 'root' }, '/role'],
])('a token cannot be asked for with %j', async (change, pointer) => {
  const answer = await edge()
    .as('lms-key')
    .post('/v1/tokens', { ...(bodies['createToken'] as object), ...change });
  expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer }] });
});
