/** The connection test over the whole stack: what it finds, what is kept of it, and what that changes. */
import {
  expectOk,
  district,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

interface Report {
  ok: boolean;
  steps: { name: string; status: string; detail: string; code?: string }[];
  capabilities: Record<string, unknown>;
  suggestedBaseUrl: string | null;
  leftBehind: unknown[];
}
const N = 30;
let service: TestService;
let d: District;
beforeEach(async () => {
  service = await startService({ sis: { district: sisDistrict(N) } });
  d = await district(service, N, { verifyAfterSeconds: 3600 });
});
afterEach(() => service.stop());

const control = () => service.sis.control;
const test_ = (body: unknown = {}, by = d.admin) =>
  expectOk(by<Report>('POST', '/domains/district/settings/test', body));
const probe = { writeProbe: { classId: 'c1', studentId: 's30' } };
const kept = async () =>
  (await expectOk(d.admin<{ capabilities: Record<string, unknown> }>('GET', '/domains/school/connection')))
    .capabilities;
const limitInForce = async () => {
  const { effective } = await expectOk(
    d.admin<{ effective: Record<string, { value: unknown; origin: string }> }>(
      'GET',
      '/domains/school/settings?effective=true',
    ),
  );
  return { limit: effective['titleLimit'], capabilities: effective['capabilities'] };
};

test('what it proves of the saved connection is kept, shown, and used: bulk, and 5 requests beside the token for a cold class', async () => {
  control().setRules({ bulkPost: 'array' });
  expect(await kept()).toMatchObject({ testedAt: null, bulkResults: null });
  const report = await test_(probe);
  expect(report.steps.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(report.capabilities).toMatchObject({ bulkResults: 'array', deleteLineItem: true });
  expect(control().contents().lineItems).toEqual([]);
  expect(await kept()).toEqual(report.capabilities);
  expect((await limitInForce()).capabilities).toEqual({ value: report.capabilities, origin: 'district' });

  await service.restart();
  control().resetCounts();
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expect(control().requests.filter(({ kind }) => kind !== 'token').length).toBeLessThanOrEqual(5);
  expect(control().count({ method: 'POST', kind: 'results' })).toBe(1);
});

test('a title limit that was found is in force where no domain says one, and what was sent too long goes again', async () => {
  control().setRules({ titleLimit: 40, titleTooLong: 'cut' });
  await putLineItem(d.lms, 'a', { title: 'A title that is rather longer than forty characters' });
  expect(await sync(d.lms)).toMatchObject({ counts: { created: 1 } });
  await test_(probe);
  expect((await limitInForce()).limit).toEqual({ value: 40, origin: 'connectionTest' });
  expect(await sync(d.lms)).toMatchObject({ counts: { updated: 1 } });
  expect(control().contents().lineItems[0]?.title).toMatch(/^.{39}…$/);
  const { body: own } = await d.admin('GET', '/domains/school/settings');
  await expectOk(d.admin('PUT', '/domains/school/settings', { ...own, titleLimit: 30 }));
  expect((await limitInForce()).limit).toEqual({ value: 30, origin: 'school' });
});

test('a later test without writing takes nothing back; another SIS begins without any of it', async () => {
  control().setRules({ bulkPost: 'array' });
  await test_(probe);
  await test_({ classId: 'c1' });
  expect(await kept()).toMatchObject({ bulkResults: 'array', keepsIds: true });
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  await expectOk(
    d.admin('PUT', '/domains/district/settings', {
      ...settings,
      baseUrl: `${service.sis.url}/another/ims/oneroster/gradebook/v1p2`,
      auth: service.sis.auth,
    }),
  );
  expect(await kept()).toMatchObject({ bulkResults: null, testedAt: null });
});

test('unsaved settings are tried by writing too, and nothing of it is kept', async () => {
  const settings = { baseUrl: service.sis.gradebookUrl, auth: service.sis.auth };
  const report = await test_({ ...probe, settings });
  expect(report.capabilities).toMatchObject({ keepsIds: true, deleteLineItem: true });
  expect(control().contents().lineItems).toEqual([]);
  expect(await kept()).toMatchObject({ testedAt: null });
});

test('unsaved settings of another profile are tried as that one writes', async () => {
  const settings = { baseUrl: service.sis.gradebookUrl, auth: service.sis.auth, profile: 'powerschool' };
  await test_({ ...probe, settings });
  const written = control()
    .writes()
    .flatMap(({ body }) => (body as { lineItem?: object } | undefined)?.lineItem ?? []);
  expect(written.length).toBeGreaterThan(0);
  for (const item of written) expect(item).toMatchObject({ metadata: { scoreType: 'POINTS' } });
});

test('what was found of a connection that was changed meanwhile is not kept', async () => {
  control().arm({ kind: 'delay', ms: 700, request: 'class', count: 1 });
  const testing = test_({ classId: 'c1' });
  await control().waitFor((c) => c.count({ kind: 'class' }) > 0);
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  const { clientSecret: _kept, ...auth } = service.sis.auth;
  await expectOk(
    d.admin('PUT', '/domains/district/settings', {
      ...settings,
      auth: { ...auth, clientAuthMethod: 'basic' },
    }),
  );
  expect((await testing).ok).toBe(true);
  expect(await kept()).toMatchObject({ testedAt: null, clientAuthMethod: null });
});

test('who may not change the connection may try it, but changes nothing for others', async () => {
  const { key } = await expectOk(
    d.admin<{ key: string }>('POST', '/domains/school/keys', { role: 'admin', name: 'school' }),
  );
  control().setRules({ titleLimit: 40 });
  const school = service.as(key);
  const report = await expectOk(school<Report>('POST', '/domains/school/settings/test', probe));
  expect(report.capabilities).toMatchObject({ titleLimit: 40 });
  expect((await limitInForce()).limit).toMatchObject({ value: null });
});

test('needs a class, and of students only one of it', async () => {
  for (const [body, pointer] of [
    [{ writeProbe: true }, '/classId'],
    [{ classId: 'c1', writeProbe: { classId: 'c2' } }, '/writeProbe/classId'],
    [{ writeProbe: { classId: 'c1', studentId: 'nobody' } }, '/writeProbe/studentId'],
  ] as const)
    expect(await d.admin<{ errors: unknown }>('POST', '/domains/district/settings/test', body)).toMatchObject(
      {
        status: 400,
        body: { errors: [{ pointer }] },
      },
    );
  expect(control().writes()).toEqual([]);
});

test('every test stands in the audit trail, without what was entered', async () => {
  await test_(probe);
  const { items } = await expectOk(
    d.admin<{ items: { action: string; detail: unknown }[] }>('GET', '/domains/district/audit'),
  );
  expect(items.find(({ action }) => action === 'settings.test')?.detail).toEqual({
    saved: true,
    wrote: true,
    leftBehind: 0,
  });
});

test('the lane asks for the right to send many only where it is used', async () => {
  await putLineItem(d.lms, 'a');
  await sync(d.lms);
  const scopes = () =>
    new URLSearchParams(String(control().tokenRequests.at(-1)?.body)).get('scope')?.split(' ') ?? [];
  expect(scopes().some((scope) => /createpost|delete/.test(scope))).toBe(false);
  control().setRules({ bulkPost: 'array' });
  await test_(probe);
  await putScores(d.lms, 'a', N);
  control().resetCounts();
  await sync(d.lms);
  await until(() => control().tokenRequests.length > 0);
  expect(scopes().some((scope) => scope.endsWith('createpost'))).toBe(true);
  expect(scopes().some((scope) => scope.endsWith('delete'))).toBe(false);
});
