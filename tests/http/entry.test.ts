/** The doors that stand open to nobody in particular, whatever comes to them. */
import request from 'supertest';
import { knocksPerMinute } from '../../src/http/entrance.ts';
import { edge } from './edge.ts';

const begin =
  '/lti/login?iss=https://lms.example&login_hint=1&target_link_uri=https://passback.example/lti/launch';

test.each([begin, '/sign-in?domain=d', '/sign-in/callback/p?state=x&code=y', '/lti/jwks'])(
  'without a secure address %s lets nobody in, and says what to set',
  async (path) => {
    const { app, asked } = edge({ publicUrl: 'http://passback.example' });
    const answer = await request(app).get(path);
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('PUBLIC_URL')]);
    expect(asked()).toEqual([]);
  },
);

test.each<[string, string, string]>([
  ['a field twice', 'application/x-www-form-urlencoded', 'state=a&state=b'],
  ['JSON', 'application/json', '{"state":"a"}'],
  ['more than anybody signs', 'application/x-www-form-urlencoded', `id_token=${'x'.repeat(1_100_000)}`],
])('a launch with %s is the sender’s fault, in words', async (_what, type, body) => {
  const { app, asked } = edge();
  const answer = await request(app).post('/lti/launch').set('Content-Type', type).send(body);
  expect([answer.status, answer.type]).toEqual([400, 'text/html']);
  expect(answer.text).not.toContain('xxxx');
  expect(asked()).toEqual([]);
});

test('what others say is shown, and never obeyed', async () => {
  const { app, answers } = edge();
  answers['ltiPlatforms.clients'] = [];
  const evil = encodeURIComponent('<script>window.owned=1</script>');
  const answer = await request(app).get(begin.replace('iss=https://lms.example', `iss=${evil}`));
  expect(answer.status).toBe(404);
  expect(answer.text).not.toContain('<script');
  expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
});

test('an address that knocks too often waits, whichever of the doors it takes', async () => {
  const { app } = edge();
  const server = app.listen(0);
  try {
    for (let i = 0; i < knocksPerMinute; i += 50)
      await Promise.all([...Array(50).keys()].map(() => request(server).get('/sign-in')));
    const answer = await request(server).get(begin);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await request(server).post('/v1/session/tokens').set('X-Passback-Page', '1')).status).toBe(429);
  } finally {
    server.close();
  }
});
