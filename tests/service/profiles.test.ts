/** Which SIS it is: a profile's defaults in force, the version that follows from it, and what a change of it does. */
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

interface View extends Record<string, unknown> {
  effective: Record<string, { value: unknown; origin: string }>;
}
const N = 3;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 5_000, totalMs: 20_000 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N);
});
afterAll(() => service.stop());
beforeEach(() => service.sis.control.resetCounts());

const put = (more: Record<string, unknown> = {}, domain = 'district') =>
  d.admin<{ code: string; errors: { pointer: string; detail: string }[] }>(
    'PUT',
    `/domains/${domain}/settings`,
    { passbackEnabled: true, ...connectionSettings(service.sis), ...more },
  );
const view = (domain = 'district') =>
  expectOk(d.admin<View>('GET', `/domains/${domain}/settings?effective=true`));
/** The host alone names no version. */
const neutral = () => ({ baseUrl: service.sis.url });
const rows = async () => {
  const { items } = await expectOk(
    d.lms<{ items: { state: string; acknowledged: object | null }[] }>(
      'GET',
      '/classes/c1/results?limit=200',
    ),
  );
  return items;
};

test('a profile’s values are in force, and say that they are the profile’s; a domain’s own are stronger', async () => {
  await expectOk(put({ profile: 'infinite-campus', titleLimit: 50 }));
  const { effective } = await view('school');
  expect(effective).toMatchObject({
    profile: { value: 'infinite-campus', origin: 'district' },
    titleLimit: { value: 50, origin: 'district' },
    maxConcurrentRequests: { value: 1, origin: 'profile' },
    missingScore: { value: 'zero', origin: 'default' },
  });
});

test('the version is the profile’s where neither the address nor anybody says another', async () => {
  const version = async (more: Record<string, unknown>) => {
    await expectOk(put(more));
    const { effective, oneRosterVersion } = await view();
    return [effective['oneRosterVersion']?.value, oneRosterVersion];
  };
  expect(await version(neutral())).toEqual(['1.2', undefined]);
  expect(await version({ ...neutral(), profile: 'aeries' })).toEqual(['1.1', undefined]);
  expect(await version({ profile: 'aeries' })).toEqual(['1.2', undefined]);
  expect(await version({ baseUrl: `${service.sis.url}/ims/oneroster/v1p1` })).toEqual(['1.1', undefined]);
  expect(await version({ ...neutral(), profile: 'aeries', oneRosterVersion: '1.2' })).toEqual(['1.2', '1.2']);
});

test('an address and a version that disagree are refused, naming both', async () => {
  const { status, body } = await put({ oneRosterVersion: '1.1' });
  expect(status).toBe(400);
  expect(body.errors).toEqual([
    { pointer: '/baseUrl', detail: expect.stringMatching(/OneRoster 1\.1 ends in \/v1p1.*oneRosterVersion/) },
  ]);
});

test('what a GET answers can be put back and changes nothing', async () => {
  await expectOk(put({ ...neutral(), profile: 'skyward' }));
  const before = await d.admin<View>('GET', '/domains/district/settings');
  const after = await d.admin('PUT', '/domains/district/settings', before.body);
  expect([after.status, after.headers.get('etag')]).toEqual([200, before.headers.get('etag')]);
});

test('a profile above gives its version to a connection below that names none', async () => {
  await expectOk(d.admin('PUT', '/domains/district/settings', { passbackEnabled: true, profile: 'aeries' }));
  await expectOk(put(neutral(), 'school'));
  expect((await view('school')).effective['oneRosterVersion']?.value).toBe('1.1');
  await expectOk(d.admin('PUT', '/domains/district/settings', { passbackEnabled: true }));
  expect((await view('school')).effective['oneRosterVersion']?.value).toBe('1.2');
  await expectOk(d.admin('PUT', '/domains/school/settings', {}));
});

test('another profile that asks for the same sends nothing again', async () => {
  await expectOk(put(neutral()));
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', N);
  await sync(d.lms);
  service.sis.control.resetCounts();
  await expectOk(put({ ...neutral(), profile: 'genesis' }));
  const again = await sync(d.lms);
  expect(again.counts).toMatchObject({ created: 0, updated: 0, unchanged: N + 1 });
  expect(service.sis.control.requests).toEqual([]);
});

test('a setting of the profile that changes what is sent, sends it', async () => {
  await putLineItem(d.lms, 'long', { title: 'A title that is somewhat longer than thirty characters' });
  await sync(d.lms);
  service.sis.control.resetCounts();
  await expectOk(put({ ...neutral(), profile: 'infinite-campus' }));
  await sync(d.lms);
  expect(service.sis.control.counts()).toMatchObject({ 'PUT lineItem': 1 });
  expect(service.sis.control.contents().lineItems.map(({ title }) => title)).toContain(
    'A title that is somewhat long…',
  );
});

test('an SIS that bears less than its profile says is slowed down for, not given up', async () => {
  const { control } = service.sis;
  await expectOk(put({ ...neutral(), profile: 'powerschool' }));
  await putLineItem(d.lms, 'busy');
  await putScores(d.lms, 'busy', N);
  control.setRules({ atOnce: { most: 1, status: 403 } });
  control.setLatency(50);
  const done = await sync(d.lms);
  control.setRules({ atOnce: null });
  control.setLatency(0);
  expect(control.count({ status: 403 })).toBeGreaterThan(0);
  expect(done).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  expect(control.contents().results.filter(({ score }) => score !== undefined)).toHaveLength(2 * N);
});

test('another version is the same SIS: nothing that it acknowledged is forgotten, and the way back is free', async () => {
  const before = await rows();
  expect(before.every(({ acknowledged }) => acknowledged !== null)).toBe(true);
  await expectOk(put({ ...neutral(), profile: 'spec-1p1' }));
  expect((await rows()).map(({ acknowledged }) => acknowledged)).toEqual(
    before.map(({ acknowledged }) => acknowledged),
  );
  // this SIS does not speak 1.1: nothing is refused for that, the connection is said to be wrong, and waits long
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: 12 }));
  const started = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
  const cause = await until(async () => {
    const { body } = await d.admin<{ cause: { code: string } | null }>('GET', '/domains/district/connection');
    return body.cause?.code ?? null;
  });
  expect(cause).toBe('CONN_URL');
  await service.service.db.rows(`UPDATE lane SET paused_until = now() + interval '5 minutes'`);
  await expectOk(put(neutral()));
  await until(async () => {
    const { body } = await d.lms<{ status: string }>('GET', `/syncs/${started.id}`);
    return body.status === 'complete';
  });
  expect(service.sis.control.contents().results).toContainEqual(expect.objectContaining({ score: 12 }));
  expect(service.sis.control.contents().lineItems).toHaveLength(3);
});

test('a version that is chosen by itself makes every row look again at what it would send', async () => {
  const { db } = service.service;
  const dirty = async () => (await db.rows<{ n: number }>(`SELECT sum(dirty_n)::int AS n FROM result`))[0]?.n;
  await expectOk(put(neutral()));
  const before = await dirty();
  await expectOk(put({ ...neutral(), oneRosterVersion: '1.1' }));
  expect(await dirty()).toBe((before ?? 0) + (await rows()).length);
  const { entries } = await expectOk(
    d.lms<{ entries: { kind: string; body: object | null }[] }>('GET', '/classes/c1/plan?mode=all'),
  );
  const bodies = entries.flatMap(({ kind, body }) => (body && kind === 'lineItem' ? [body] : []));
  expect(bodies.length).toBeGreaterThan(0);
  for (const body of bodies) expect(body).not.toHaveProperty('school');
  await expectOk(put(neutral()));
});

test('settings that an older release did not know move no row', async () => {
  const { db } = service.service;
  const dirty = () => db.rows(`SELECT sum(dirty_n)::int AS n FROM result`);
  const before = await dirty();
  await db.rows(`UPDATE domain SET effective = effective - 'references' - 'wholePoints' - 'dueDateForm'`);
  await sync(d.lms);
  await expectOk(put({ ...neutral(), sisName: 'Lakeside SIS' }));
  expect(await dirty()).toEqual(before);
});

test('unsaved settings are tested as their profile speaks', async () => {
  const settings = { ...connectionSettings(service.sis), ...neutral(), profile: 'aeries' };
  const { steps } = await expectOk(
    d.admin<{ steps: { name: string; detail: string }[] }>('POST', '/domains/district/settings/test', {
      settings,
    }),
  );
  expect(steps[0]?.detail).toContain(`${service.sis.url}/ims/oneroster/v1p1`);
});
