/** A domain's own settings (DESIGN §6), with ETag and If-Match, and the connection test. */
import { z } from 'zod';
import { Capabilities } from '../gradebook/capabilities.ts';
import { LmsId } from '../gradebook/local.ts';
import { connectionFields, settingFields, SettingsInput } from '../gradebook/settings.ts';
import type { TestReport } from '../passback/ports/sis.ts';
import type { SettingsView } from '../passback/ports/settings.ts';
import { invalid } from '../passback/refusal.ts';
import { ifMatch, readIfMatch } from './if-match.ts';
import { admins, type Answer, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, flag } from './views.ts';

const Effective = z.record(z.string(), z.strictObject({ value: z.unknown(), origin: z.string() }));

/** A GET's answer can be PUT back as it is, also that of ?effective=true. */
const PutSettings = SettingsInput.safeExtend({
  effective: Effective.optional().meta({ description: 'answered by GET; ignored by PUT' }),
})
  .transform(({ effective: _inherited, ...own }) => own)
  .meta({ id: 'SettingsBody' });

const isSet = z.boolean().meta({ description: 'a secret is stored; it is never shown' });
const { auth: _auth, extraHeaders: _headers, ...shownConnection } = connectionFields;
const [credentials, token] = connectionFields.auth.unwrap().options;
const SettingsAnswer = z
  .strictObject({
    ...shownConnection,
    auth: z
      .discriminatedUnion('method', [
        credentials.omit({ clientSecret: true }).extend({ clientSecretSet: isSet }),
        token.omit({ accessToken: true }).extend({ accessTokenSet: isSet }),
      ])
      .optional(),
    extraHeaders: z.record(z.string(), z.literal(true)).nullish(),
    ...Object.fromEntries(
      Object.entries(settingFields).map(([name, field]) => [name, field.nullable().optional()]),
    ),
    effective: Effective.optional().meta({
      description: 'with ?effective=true: what is in force, and set by which domain',
    }),
  })
  .meta({ id: 'SettingsAnswer' });

const TestStep = z.strictObject({
  name: z.string(),
  status: z.enum(['ok', 'failed', 'warning', 'skipped']),
  detail: z.string(),
  code: z.string().optional(),
  said: z
    .strictObject({
      status: z.int().optional(),
      codeMinor: z.string().optional(),
      description: z.string().optional(),
    })
    .optional(),
});
const TestReportView = z
  .strictObject({
    ok: z.boolean(),
    steps: z.array(TestStep),
    capabilities: Capabilities,
    suggestedBaseUrl: z.string().nullable().meta({
      description: 'where on the same server a gradebook answers, if it does not at the given address',
    }),
    leftBehind: z
      .array(
        z.strictObject({
          kind: z.enum(['lineItem', 'result']),
          sourcedId: z.string(),
          title: z.string(),
        }),
      )
      .meta({ description: 'what the test made in the SIS and could not remove' }),
  })
  .meta({ id: 'TestReport' });
const TestInput = z
  .strictObject({
    settings: SettingsInput.optional().meta({
      description: 'unsaved settings to test; left out: the saved ones',
    }),
    classId: LmsId.optional().meta({
      description: 'compare this class’s students and categories with the SIS',
    }),
    writeProbe: z
      .union([z.boolean(), z.strictObject({ classId: LmsId, studentId: LmsId.optional() })])
      .optional()
      .meta({
        description:
          'write an assignment into this class (true: into `classId`) to learn what the SIS does with it, and remove it again; `studentId`: a student for tests, whose scores in it are tried too',
      }),
  })
  .meta({ id: 'SettingsTest' });

const tag = 'Settings';
const etagged = { ETag: 'the revision, for If-Match' };

export const settingsRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/settings',
    operationId: 'getSettings',
    summary: 'The domain’s own settings; secrets only as “is set”',
    tag,
    roles: settingsReaders,
    query: z.strictObject({ effective: flag }),
    responses: { 200: { description: 'Here they are', schema: SettingsAnswer, headers: etagged } },
    handle: async (c) =>
      tagged(await c.store.settings.get(c.scope, c.params.domainId, c.query.effective ?? false)),
  }),
  route({
    method: 'put',
    path: '/v1/domains/{domainId}/settings',
    operationId: 'putSettings',
    summary: 'Replace the domain’s own settings; a secret that is left out is kept',
    tag,
    roles: admins,
    body: PutSettings,
    requestHeaders: ifMatch,
    audit: {
      action: 'settings.put',
      before: async (c) => (await c.store.settings.get(c.scope, c.params.domainId, false)).settings,
      detail: (c) => ({ secretsEntered: secretNames(c.body) }),
    },
    responses: { 200: { description: 'Replaced', schema: SettingsAnswer, headers: etagged } },
    handle: async (c) => {
      const revision = readIfMatch(c.header('if-match'));
      return tagged(await c.store.settings.put(c.scope, c.params.domainId, c.body, revision));
    },
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/settings/test',
    operationId: 'testSettings',
    summary: 'Try the SIS: address, TLS, token, scopes, categories, one class; on demand by writing too',
    tag,
    roles: admins,
    body: TestInput,
    bodyOptional: true,
    limit: 'costly',
    audit: {
      action: 'settings.test',
      detail: ({ body, prepared }) => ({
        saved: body.settings === undefined,
        wrote: (body.writeProbe ?? false) !== false,
        leftBehind: (prepared as TestReport).leftBehind.length,
      }),
    },
    responses: answers(TestReportView, 'What was tried, whether or not it worked'),
    prepare: async (c) => {
      const { settings, writeProbe = false } = c.body;
      const classId = c.body.classId ?? (typeof writeProbe === 'object' ? writeProbe.classId : undefined);
      if (writeProbe && classId === undefined)
        throw invalid('/classId', 'is needed: the class to write into');
      if (typeof writeProbe === 'object' && writeProbe.classId !== classId)
        throw invalid('/writeProbe/classId', 'is another class than /classId');
      const studentId = typeof writeProbe === 'object' ? writeProbe.studentId : undefined;
      const writes = writeProbe === false ? null : { studentId };
      return c.store.settings.test(c.scope, c.params.domainId, { settings, classId, writes });
    },
    handle: (c) => Promise.resolve(ok(c.prepared)),
  }),
];

/** Which secrets the body holds: entered again, whether or not they are the same as before. */
function secretNames({ auth, extraHeaders }: SettingsInput): string[] {
  const secrets = ['clientSecret', 'accessToken'].filter((name) => auth && name in auth);
  const entered = Object.entries(extraHeaders ?? {}).filter(([, value]) => typeof value === 'string');
  return [...secrets.map((name) => `auth.${name}`), ...entered.map(([name]) => `extraHeaders.${name}`)];
}

function tagged(view: SettingsView): Answer {
  const body = { ...view.settings, ...(view.effective ? { effective: view.effective } : {}) };
  return { status: 200, body, headers: { ETag: `"${view.revision}"` } };
}
