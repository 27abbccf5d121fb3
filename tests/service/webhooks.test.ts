/** Webhooks from a press to a receiver that verifies with the reference library of Standard Webhooks. */
import { Webhook } from 'standardwebhooks';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';
import { rotateSecrets } from '../../src/store/rotate.ts';
import { createSeal } from '../../src/store/seal.ts';
import { startService as startReplica } from '../../src/service.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

interface Made {
  webhookId: string;
  secret: string;
}
interface Delivery {
  deliveryId: string;
  eventId: string;
  type: string;
  state: string;
  attempts: { status: number | null; error: string | null }[];
  nextAttemptAt: string | null;
}

let service: TestService;
let receiver: Receiver;
let d: District;
beforeAll(async () => {
  receiver = await startReceiver();
  service = await startService({
    sis: { district: sisDistrict(3, 2) },
    service: { notices: { tickMs: 100 } },
  });
  d = await district(service, 3, { verifyAfterSeconds: 0 });
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
});

const webhook = (by: Caller, path: string, more: Record<string, unknown> = {}, domain = 'district') =>
  expectOk(by<Made>('POST', `/domains/${domain}/webhooks`, { url: receiver.url + path, ...more }));
const of = ({ webhookId }: Made, domain = 'district') => `/domains/${domain}/webhooks/${webhookId}`;
const deliveriesOf = async (made: Made) =>
  (await expectOk(d.admin<{ items: Delivery[] }>('GET', `${of(made)}/deliveries`))).items;
/** The newest delivery, once it is as wanted. */
const delivery = (made: Made, is: (one: Delivery) => boolean) =>
  until(async () => (await deliveriesOf(made)).find(is) ?? null);
const test_ = (made: Made) => expectOk(d.admin<Delivery>('POST', `${of(made)}/test`));
/** What waits for its time is due now, and handed to the workers. */
const hasten = async () => {
  await service.service.db.rows(
    `UPDATE webhook_delivery SET next_attempt_at = now() - interval '1 hour' WHERE state = 'pending'`,
  );
  await service.service.db.rows(
    `INSERT INTO outbox (kind, delivery_id) SELECT 'delivery', id FROM webhook_delivery WHERE state = 'pending'`,
  );
};

test('a finished sync is told to the district’s webhook, signed, with counts and without names or scores', async () => {
  const made = await webhook(d.admin, '/finished', { events: ['sync.finished'] });
  const deaf = await webhook(d.admin, '/deaf', { events: ['connection.broken'] });
  expect(made.secret).toMatch(/^whsec_/);
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', 3);
  const done = await sync(d.lms);
  const [event] = await until(() => {
    const events = receiver.verified(made.secret, '/finished');
    return events.length > 0 && events;
  });
  expect(event).toMatchObject({
    type: 'sync.finished',
    data: {
      ...{ syncId: done.id, classId: 'c1', domainId: 'school', tenantId: 'district' },
      ...{ trigger: 'api', status: 'complete', counts: { created: 4, failed: 0 } },
    },
  });
  const [told] = receiver.told.filter(({ path }) => path === '/finished');
  expect(told?.body).not.toMatch(/s0[1-3]|Given|Title|Algebra/);
  await delivery(made, (one) => one.state === 'delivered' && one.eventId === event?.id);
  expect(await deliveriesOf(deaf)).toEqual([]);
  // the secret was shown that once
  const shown = await expectOk(d.admin('GET', of(made)));
  expect(JSON.stringify(shown)).not.toContain('whsec_');
  expect(
    (await service.service.db.rows(`SELECT secret FROM webhook`)).every((row) =>
      JSON.stringify(row).includes('v1.t1.'),
    ),
  ).toBe(true);
  expect(service.logged()).not.toContain(made.secret.slice(6));
});

test('a problem is told once for its class and cause, however many scores it holds up, and again after it was gone', async () => {
  const made = await webhook(d.admin, '/problems', { events: ['problems.appeared'] });
  const roster = (sourcedId: (i: number) => string | null) =>
    expectOk(
      d.lms('PUT', '/classes/c1/students', {
        students: [1, 2, 3].map((i) => ({
          studentId: `s0${i}`,
          sourcedId: sourcedId(i),
          givenName: 'Given',
        })),
      }),
    );
  const events = () => receiver.verified(made.secret, '/problems');
  /** the outbox is gathered for some seconds: as if they were over */
  const gathered = () => service.service.db.rows(`UPDATE outbox SET at = at - interval '1 minute'`);
  await roster((i) => (i === 1 ? `sis-s0${i}` : null));
  await putScores(d.lms, 'quiz', 3, (i) => 10 + i);
  expect(await sync(d.lms)).toMatchObject({ status: 'completeWithProblems' });
  await until(async () => (await gathered(), events().length === 1));
  expect(events()[0]?.data).toEqual({
    ...{ tenantId: 'district', domainId: 'school', classId: 'c1' },
    problems: [{ code: 'MAP_STUDENT', count: 2, fixBy: expect.any(String) }],
  });
  // more of the same is no news
  await putScores(d.lms, 'quiz', 3, (i) => 20 + i);
  expect(await sync(d.lms)).toMatchObject({ status: 'completeWithProblems' });
  await until(
    async () => (await gathered(), (await service.service.db.rows('SELECT 1 FROM outbox')).length === 0),
  );
  expect(events()).toHaveLength(1);
  // mended, and broken again
  await roster((i) => `sis-s0${i}`);
  await sync(d.lms);
  await until(
    async () => (
      await gathered(),
      (await service.service.db.rows('SELECT 1 FROM class_problem')).length === 0
    ),
  );
  await roster((i) => (i === 1 ? `sis-s0${i}` : null));
  await putScores(d.lms, 'quiz', 3, (i) => 30 + i);
  await sync(d.lms);
  await until(async () => (await gathered(), events().length === 2));
  await roster((i) => `sis-s0${i}`);
  await sync(d.lms);
  await expectOk(d.admin('DELETE', of(made)));
});

test('a score that somebody has typed over in the SIS is told when it is read there', async () => {
  const made = await webhook(d.admin, '/conflict', { events: ['problems.appeared'] });
  service.sis.control.edit('results', resultIdOf('district', 'quiz', 's01'), { score: 5 });
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  const [event] = await until(async () => {
    await service.service.db.rows(`UPDATE outbox SET at = at - interval '1 minute'`);
    const events = receiver.verified(made.secret, '/conflict');
    return events.length > 0 && events;
  });
  expect(event?.data).toMatchObject({
    classId: 'c1',
    problems: [{ code: 'SCORE_CHANGED_IN_SIS', count: 1 }],
  });
  await expectOk(d.admin('DELETE', of(made)));
});

test('an exchanged secret signs together with the one before', async () => {
  const made = await webhook(d.admin, '/rotated');
  const { secret } = await expectOk(
    d.admin<{ secret: string; oldSecretUntil: string }>('POST', `${of(made)}/rotateSecret`),
  );
  expect(secret).not.toBe(made.secret);
  await test_(made);
  const [told] = await until(() => {
    const its = receiver.told.filter(({ path }) => path === '/rotated');
    return its.length > 0 && its;
  });
  expect(String(told?.headers['webhook-signature']).split(' ')).toHaveLength(2);
  for (const each of [secret, made.secret])
    expect(new Webhook(each).verify(told!.body, told!.headers as Record<string, string>)).toMatchObject({
      type: 'webhook.test',
    });
  // a day later
  await service.service.db.rows(`UPDATE webhook SET old_secret_until = now() WHERE id = $1`, [
    made.webhookId,
  ]);
  await test_(made);
  await until(() => receiver.told.filter(({ path }) => path === '/rotated').length === 2);
  const last = receiver.told.filter(({ path }) => path === '/rotated')[1];
  expect(() =>
    new Webhook(made.secret).verify(last!.body, last!.headers as Record<string, string>),
  ).toThrow();
  expect(receiver.verified(secret, '/rotated')).toHaveLength(2);
  await expectOk(d.admin('DELETE', of(made)));
});

test('what is not taken is tried again later with the same id and text, and can be asked for once more', async () => {
  const made = await webhook(d.admin, '/again');
  receiver.answers.push({ status: 503, headers: { 'retry-after': '1800' } });
  const { deliveryId } = await test_(made);
  const waiting = await delivery(made, (one) => one.attempts.length === 1);
  expect(waiting).toMatchObject({ deliveryId, state: 'pending', attempts: [{ status: 503, error: null }] });
  // as the receiver asked, not the first wait of ours
  expect(Date.parse(waiting.nextAttemptAt!) - Date.now()).toBeGreaterThan(25 * 60_000);
  await hasten();
  expect(await delivery(made, (one) => one.state === 'delivered')).toMatchObject({
    attempts: [{ status: 503 }, { status: 204 }],
  });
  expect(await d.admin('POST', `${of(made)}/deliveries/${deliveryId}/redeliver`)).toMatchObject({
    status: 202,
  });
  await until(() => receiver.told.filter(({ path }) => path === '/again').length === 3);
  const events = receiver.verified(made.secret, '/again');
  expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  expect(new Set(receiver.told.filter(({ path }) => path === '/again').map(({ body }) => body)).size).toBe(1);
  await expectOk(d.admin('DELETE', of(made)));
});

test('an address that answers 410 is switched off, and told nothing more until somebody switches it on', async () => {
  const made = await webhook(d.admin, '/gone');
  receiver.answers.push({ status: 410 });
  await test_(made);
  await delivery(made, (one) => one.state === 'failed');
  expect(await expectOk(d.admin('GET', of(made)))).toMatchObject({ enabled: false, disabledBecause: 'gone' });
  expect(await d.admin('POST', `${of(made)}/test`)).toMatchObject({
    status: 409,
    body: { code: 'WEBHOOK_DISABLED' },
  });
  const { items } = await expectOk(
    d.admin<{ items: { action: string }[] }>('GET', '/domains/district/audit'),
  );
  expect(items.map(({ action }) => action)).toContain('webhook.disable');
  expect(
    await expectOk(d.admin('PUT', of(made), { url: `${receiver.url}/gone`, enabled: true })),
  ).toMatchObject({ enabled: true, disabledBecause: null });
  await test_(made);
  await delivery(made, (one) => one.state === 'delivered');
  await expectOk(d.admin('DELETE', of(made)));
});

test('an address that has taken nothing for five days is switched off', async () => {
  const made = await webhook(d.admin, '/failing');
  await service.service.db.rows(
    `UPDATE webhook SET failing_since = now() - interval '6 days' WHERE id = $1`,
    [made.webhookId],
  );
  receiver.answers.push({ status: 500 });
  await test_(made);
  await delivery(made, (one) => one.state === 'failed');
  expect(await expectOk(d.admin('GET', of(made)))).toMatchObject({ disabledBecause: 'failing' });
  await expectOk(d.admin('DELETE', of(made)));
});

test('a redirect is not followed', async () => {
  const made = await webhook(d.admin, '/moved');
  receiver.answers.push({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
  await test_(made);
  expect(await delivery(made, (one) => one.attempts.length === 1)).toMatchObject({
    state: 'pending',
    attempts: [{ status: 302 }],
  });
  expect(receiver.told.filter(({ path }) => path === '/elsewhere')).toEqual([]);
  await expectOk(d.admin('DELETE', of(made)));
});

test('an address in a network that may not be reached is refused, when it is entered and when it is told', async () => {
  const { status, body } = await d.admin<{ errors?: { pointer: string }[] }>(
    'POST',
    '/domains/district/webhooks',
    {
      url: 'https://169.254.169.254/latest',
    },
  );
  expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/url']);
  // what was allowed once is not for ever: the guard stands where the connection is made
  const made = await webhook(d.admin, '/blocked');
  const { SIS_ALLOWED_NETWORKS: before = '' } = service.env;
  await service.restart({ SIS_ALLOWED_NETWORKS: '10.99.0.0/16' });
  await test_(made);
  expect(await delivery(made, (one) => one.attempts.length === 1)).toMatchObject({
    attempts: [{ status: null, error: 'blockedAddress' }],
  });
  expect(receiver.told.filter(({ path }) => path === '/blocked')).toEqual([]);
  await expectOk(d.admin('DELETE', of(made)));
  await service.restart({ SIS_ALLOWED_NETWORKS: before });
});

test('a broken connection is told once, and once that it works again', async () => {
  const made = await webhook(d.admin, '/connection', {
    events: ['connection.broken', 'connection.recovered'],
  });
  const events = () => receiver.verified(made.secret, '/connection');
  const settings = await expectOk(
    d.admin<{ auth: Record<string, unknown> }>('GET', '/domains/district/settings'),
  );
  const wrong = { ...settings, auth: { ...service.sis.auth, clientSecret: 'wrong' } };
  await expectOk(d.admin('PUT', '/domains/district/settings', wrong));
  await putScores(d.lms, 'quiz', 3, (i) => 70 + i);
  const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
  await until(() => events().length === 1);
  expect(events()[0]).toMatchObject({
    type: 'connection.broken',
    data: { domainId: 'district', tenantId: 'district', code: 'AUTH_INVALID_CLIENT' },
  });
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, auth: service.sis.auth }));
  await until(
    async () => (await d.lms<{ status: string }>('GET', `/syncs/${id}`)).body.status !== 'processing',
  );
  await until(() => events().length === 2);
  expect(events()[1]).toMatchObject({ type: 'connection.recovered', data: { code: 'AUTH_INVALID_CLIENT' } });
  await expectOk(d.admin('DELETE', of(made)));
});

test('what cannot be announced keeps nothing else from it, and comes again later', async () => {
  const made = await webhook(d.admin, '/poison', { events: ['sync.finished'] });
  const { db } = service.service;
  await putScores(d.lms, 'quiz', 3, (i) => 60 + i);
  const first = await sync(d.lms);
  await until(() => receiver.verified(made.secret, '/poison').length === 1);
  // as a later release may have written them, or a defect of ours
  await db.rows(`UPDATE sync SET counts = 'null' WHERE id = $1`, [first.id]);
  await db.rows(`INSERT INTO outbox (kind, sync_id) VALUES ('sync', $1)`, [first.id]);
  const [lane] = await db.rows<{ id: string }>(
    `UPDATE lane SET cause = 'OF_A_LATER_RELEASE', cause_since = now() RETURNING connection_id AS id`,
  );
  await putScores(d.lms, 'quiz', 3, (i) => 50 + i);
  const second = await sync(d.lms);
  const told = await until(() => {
    const events = receiver.verified(made.secret, '/poison');
    return events.length === 2 && events;
  });
  expect(told[1]).toMatchObject({ data: { syncId: second.id } });
  const [kept] = await until(async () => {
    const rows = await db.rows<{ sync_id: string; tries: number; later: boolean }>(
      `SELECT sync_id, tries, at > now() + interval '30 seconds' AS later FROM outbox WHERE tries > 0`,
    );
    return rows.length > 0 && rows;
  });
  expect(kept).toEqual({ sync_id: first.id, tries: 1, later: true });
  expect(service.logged()).toContain('could not be announced');
  await db.rows(`DELETE FROM outbox WHERE tries > 0`);
  await db.rows(`UPDATE sync SET counts = (SELECT counts FROM sync WHERE id = $2) WHERE id = $1`, [
    first.id,
    second.id,
  ]);
  await db.rows(`UPDATE lane SET cause = NULL, cause_since = NULL WHERE connection_id = $1`, [lane?.id]);
  await expectOk(d.admin('DELETE', of(made)));
});

test('a broken connection that breaks for another reason is told again, an hour later', async () => {
  const made = await webhook(d.admin, '/another', { events: ['connection.broken', 'connection.recovered'] });
  const codes = () =>
    receiver
      .verified(made.secret, '/another')
      .map(({ type, data }) => [type, (data as { code: string }).code]);
  const { db } = service.service;
  const breaks = (cause: string) =>
    db.rows(
      `UPDATE lane SET cause = $1, cause_since = now() - interval '10 minutes', paused_until = now() + interval '1 hour'`,
      [cause],
    );
  await breaks('CONN_TIMEOUT');
  await until(() => codes().length === 1);
  await breaks('AUTH_INVALID_CLIENT');
  await db.rows(`UPDATE connection_told SET told_at = told_at - interval '50 minutes'`);
  // what is asked for now is announced together with what is to be told of connections
  await test_(made);
  await until(() => receiver.verified(made.secret, '/another').length === 2);
  expect(codes()[1]?.[0]).toBe('webhook.test');
  await db.rows(`UPDATE connection_told SET told_at = told_at - interval '10 minutes'`);
  await until(() => codes().length === 3);
  expect(codes()[2]).toEqual(['connection.broken', 'AUTH_INVALID_CLIENT']);
  await db.rows(
    `UPDATE lane SET cause = NULL, cause_since = NULL, paused_until = NULL, last_success_at = now()`,
  );
  await until(() => codes().length === 4);
  await expectOk(d.admin('DELETE', of(made)));
});

test('an access token that says when it ends is told before', async () => {
  await expectOk(d.admin('PUT', '/domains/annex', { name: 'Annex', parentId: 'district' }));
  const made = await webhook(d.admin, '/expiring', { events: ['credentials.expiring'] }, 'annex');
  const exp = Math.floor(Date.now() / 1000) + 5 * 86_400;
  const jwt = ['{}', JSON.stringify({ exp }), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  await expectOk(
    d.admin('PUT', '/domains/annex/settings', {
      baseUrl: service.sis.gradebookUrl,
      auth: { method: 'accessToken', accessToken: jwt },
    }),
  );
  await service.restart();
  await until(() => receiver.verified(made.secret, '/expiring').length === 1);
  expect(receiver.verified(made.secret, '/expiring')[0]).toMatchObject({
    type: 'credentials.expiring',
    data: { domainId: 'annex', credential: 'accessToken', expiresAt: new Date(exp * 1000).toISOString() },
  });
  // and not with every look
  await service.restart();
  await until(async () =>
    (await expectOk(d.admin<{ items: Delivery[] }>('GET', `${of(made, 'annex')}/deliveries`))).items.every(
      (one) => one.state === 'delivered',
    ),
  );
  expect(receiver.verified(made.secret, '/expiring')).toHaveLength(1);
});

test('its secret goes on signing under another key of the service, which then may be the only one', async () => {
  const made = await webhook(d.admin, '/sealed');
  const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
  const [old, fresh] = [key('t1', 7), key('t9', 9)];
  expect(await rotateSecrets(service.service.db, createSeal({ keys: [fresh, old] }))).toMatchObject({
    unreadable: [],
  });
  await service.restart({ SECRET_KEYS: `t9:${fresh.key.toString('base64')}` });
  await test_(made);
  await delivery(made, (one) => one.state === 'delivered');
  expect(receiver.verified(made.secret, '/sealed')).toHaveLength(1);
  await expectOk(d.admin('DELETE', of(made)));
});

test('two replicas tell each event once', async () => {
  const made = await webhook(d.admin, '/replicas', { events: ['sync.finished'] });
  const replica = await startReplica(readConfig(service.env), createLog({ level: 'error' }), {
    notices: { tickMs: 50 },
  });
  try {
    const finished = [];
    for (let i = 0; i < 5; i++) finished.push((await sync(d.lms)).id);
    await until(() => receiver.told.filter(({ path }) => path === '/replicas').length >= 5);
    await until(async () => (await deliveriesOf(made)).every((one) => one.state === 'delivered'));
    const told = receiver.verified(made.secret, '/replicas').map(({ data }) => data['syncId']);
    expect([...told].sort()).toEqual([...finished].sort());
  } finally {
    await replica.stop();
  }
});
