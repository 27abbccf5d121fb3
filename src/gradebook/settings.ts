/**
 * The settings of a domain (DESIGN §6): one schema for what is accepted, one for what is in force.
 * The connection fields are one group and inherit as a whole; every other field inherits by itself.
 * Left out = inherit, null = cleared (the product's default holds, whatever stands above).
 */
import { z } from 'zod';
import { EmailAddress, Instant, SourcedId } from './local.ts';

/** The versions of OneRoster that we speak. */
export const OneRosterVersion = z.enum(['1.1', '1.2']);
export type OneRosterVersion = z.infer<typeof OneRosterVersion>;

const httpUrl = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((u) => !/^https?:\/\/[^/]*@/i.test(u), { message: 'must not contain a user name or password' });
const secret = z.string().min(1).max(4000);

const ClientCredentials = z.strictObject({
  method: z.literal('clientCredentials'),
  clientId: z.string().min(1).max(1000),
  clientSecret: secret.optional().meta({ writeOnly: true, description: 'left out: the stored one is kept' }),
  clientSecretSet: z.boolean().optional().meta({ description: 'answered by GET; ignored by PUT' }),
  tokenUrl: httpUrl.nullish(),
  scopes: z.array(z.string().min(1).max(300)).max(30).nullish(),
  clientAuthMethod: z.enum(['basic', 'basicRaw', 'body']).nullish(),
});
const AccessToken = z.strictObject({
  method: z.literal('accessToken'),
  accessToken: secret.optional().meta({ writeOnly: true, description: 'left out: the stored one is kept' }),
  accessTokenSet: z.boolean().optional().meta({ description: 'answered by GET; ignored by PUT' }),
});

/** These say how a request is carried, or who we are: no setting may change them. */
export const ourHeaders =
  /^(authorization|host|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept.*|proxy-.*|cookie)$/i;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/)
  .refine((name) => !ourHeaders.test(name), { message: 'is a header that this service sets itself' });
const header = z.union([z.string().min(1).max(4000), z.literal(true)]);
/** The group that says which SIS this is and how to sign in; whoever owns it owns the lane and the ids. */
export const connectionFields = {
  baseUrl: httpUrl
    .nullable()
    .optional()
    .meta({ description: 'gradebook root; any usual shape; null: no SIS here' }),
  rosteringUrl: httpUrl.nullish(),
  oneRosterVersion: OneRosterVersion.nullish().meta({
    description: 'left out: as the address says, else as the profile says',
  }),
  auth: z.discriminatedUnion('method', [ClientCredentials, AccessToken]).optional(),
  extraHeaders: z.record(headerName, header).nullish().meta({
    description: 'sent with every gradebook request; values are secrets: GET answers true, PUT true keeps',
  }),
  caCertificates: z
    .string()
    .max(200_000)
    .nullish()
    .meta({ description: 'PEM, trusted in addition for this SIS' }),
};
export const connectionFieldNames = Object.keys(connectionFields) as (keyof typeof connectionFields)[];

/** The single fields with the product's defaults. */
export const settingFields = {
  passbackEnabled: z
    .boolean()
    .meta({ description: 'Allow grades to be sent to the SIS; off anywhere above wins' }),
  sisName: z.string().min(1).max(200),
  profile: z
    .enum(['spec', 'spec-1p1', 'powerschool', 'infinite-campus', 'genesis', 'skyward', 'aeries', 'blackbaud'])
    .meta({ description: 'which SIS this is: its defaults hold where no domain sets anything' }),
  autoSync: z.boolean().meta({ description: 'Send new grades automatically' }),
  gatherSeconds: z
    .number()
    .min(0)
    .max(3600)
    .meta({ description: 'quick edits within it become one request' }),
  sendFrom: Instant.meta({ description: 'lineItems due before it stay' }),
  useCustomIds: z
    .boolean()
    .meta({ description: 'customId of class and student stand for the SIS sourcedId' }),
  excludedDomainIds: z.array(z.string().min(1).max(255)).max(5000),
  conflictPolicy: z.enum(['ask', 'lmsWins', 'keepSis']),
  driftHealing: z.enum(['report', 'heal']).meta({
    description: 'what the SIS has lost of what it acknowledged: sent again by itself, or only told',
  }),
  adminsMaySync: z.boolean(),
  embedOrigins: z
    .array(
      z
        .string()
        .max(300)
        .regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/i, 'must be an origin such as https://lms.example.org'),
    )
    .max(100),
  titleLimit: z.int().min(10).max(1000),
  titleTooLong: z.enum(['shorten', 'block']),
  duplicateTitle: z
    .enum(['send', 'number', 'block'])
    .meta({ description: 'an assignment of the same title as an older one of the class' }),
  dueDateMissing: z.enum(['endOfGradingPeriod', 'block']),
  dueDateOutside: z.enum(['send', 'moveIntoPeriod', 'block']).meta({
    description:
      'dates outside of the grading periods of the class, on the local calendar; a closed period is never left',
  }),
  missingScore: z.enum(['zero', 'blank']),
  excused: z.enum(['exempt', 'block']),
  blank: z.enum(['clear', 'keep']),
  sendLate: z.boolean(),
  overMax: z.enum(['send', 'cap', 'block']),
  exemptScore: z
    .enum(['omit', 'zero'])
    .meta({ description: 'an excused score, where the SIS wants a number with it' }),
  withoutScore: z
    .enum(['send', 'skip', 'zero'])
    .meta({ description: 'a result that has a status but no score, where the SIS takes none without' }),
  submitted: z.enum(['send', 'skip']).meta({ description: 'work that is submitted and not graded' }),
  notSubmitted: z.enum(['send', 'skip']).meta({ description: 'work that is not submitted' }),
  partiallyGraded: z.enum(['send', 'skip']).meta({ description: 'a score that is not final' }),
  wholePoints: z
    .enum(['send', 'round', 'block'])
    .meta({ description: 'points of an assignment that are no whole number' }),
  gradingPeriod: z
    .enum(['whenNamed', 'fromDueDate'])
    .meta({ description: 'sent only where the LMS names one, or found by the due date' }),
  dueDateForm: z
    .enum(['instant', 'localMidnight', 'noonUtc'])
    .meta({ description: 'how due and assign dates are written, for SISs that keep the day of UTC' }),
  scoreDateForm: z.enum(['date', 'dateTime']),
  scoreDateBeforeAssigned: z
    .enum(['send', 'assignDate'])
    .meta({ description: 'a score that is dated before its assignment' }),
  references: z
    .enum(['full', 'idAndType', 'idOnly'])
    .meta({ description: 'how completely classes, students and categories are referred to' }),
  lineItemMetadata: z
    .record(z.string().regex(/^[\w.:-]{1,100}$/), z.string().max(500))
    .refine((metadata) => Object.keys(metadata).length <= 20, { message: 'must not hold more than 20' })
    .meta({ description: 'put into the metadata of every assignment: what one SIS wants to be told there' }),
  requirePublished: z.boolean(),
  requireWholeClass: z.boolean(),
  sendComments: z.boolean(),
  deletePropagation: z.enum(['none', 'tobedeleted', 'delete']).meta({
    description: 'what is deleted here: stays in the SIS, is said there to be deleted, or is deleted there',
  }),
  confirmFirstSync: z.boolean().meta({
    description: 'the first sync of a class waits until somebody confirms it, and automatic work until then',
  }),
  confirmAbove: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: 'a sync that would send more than so many waits until somebody confirms it' }),
  verifyAfterSeconds: z.int().min(0).max(86_400),
  maxConcurrentRequests: z.int().min(1).max(64),
  requestsPerSecond: z.number().min(0.01).max(10_000),
  noticeEmails: z.array(EmailAddress).max(20).meta({
    description:
      'who is told by mail, where the operator has set up mail: a broken connection, credentials about to expire, and once a day the problems that need somebody',
  }),
  rosterPull: z
    .strictObject({
      create: z.boolean().default(false).meta({
        description:
          'classes and students that only the SIS has are made here, with the SIS’s ids as theirs; and what the LMS calls by such an id is the same',
      }),
      schoolSourcedIds: z.array(SourcedId).min(1).max(500).optional().meta({
        description: 'classes of these schools only are made; left out: of every school',
      }),
    })
    .meta({ description: 'classes and rosters may be read from the SIS; null: they are the LMS’s to push' }),
  quietHours: z.strictObject({
    from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  }),
};
export type SettingName = keyof typeof settingFields;
export const settingNames = Object.keys(settingFields) as SettingName[];

type Fields = { [K in SettingName]: z.infer<(typeof settingFields)[K]> };
type MayBeNone =
  'sisName' | 'sendFrom' | 'titleLimit' | 'requestsPerSecond' | 'quietHours' | 'confirmAbove' | 'rosterPull';
/** Every setting in force for one domain; null only where "none" is a meaning. */
export type EffectiveSettings = { [K in SettingName]: K extends MayBeNone ? Fields[K] | null : Fields[K] };

export const defaultSettings: EffectiveSettings = {
  passbackEnabled: false,
  sisName: null,
  profile: 'spec',
  autoSync: false,
  gatherSeconds: 10,
  sendFrom: null,
  useCustomIds: false,
  excludedDomainIds: [],
  conflictPolicy: 'ask',
  driftHealing: 'heal',
  adminsMaySync: true,
  embedOrigins: [],
  titleLimit: null,
  titleTooLong: 'shorten',
  duplicateTitle: 'send',
  dueDateMissing: 'endOfGradingPeriod',
  dueDateOutside: 'send',
  missingScore: 'zero',
  excused: 'exempt',
  blank: 'clear',
  sendLate: true,
  overMax: 'send',
  exemptScore: 'omit',
  withoutScore: 'send',
  submitted: 'send',
  notSubmitted: 'send',
  partiallyGraded: 'send',
  wholePoints: 'send',
  gradingPeriod: 'whenNamed',
  dueDateForm: 'instant',
  scoreDateForm: 'date',
  scoreDateBeforeAssigned: 'send',
  references: 'full',
  lineItemMetadata: {},
  requirePublished: true,
  requireWholeClass: false,
  sendComments: false,
  deletePropagation: 'none',
  confirmFirstSync: false,
  confirmAbove: null,
  verifyAfterSeconds: 120,
  maxConcurrentRequests: 4,
  requestsPerSecond: null,
  noticeEmails: [],
  rosterPull: null,
  quietHours: null,
};

const nullableSettings = Object.fromEntries(
  Object.entries(settingFields).map(([name, schema]) => [name, schema.nullable().optional()]),
) as { [K in SettingName]: z.ZodOptional<z.ZodNullable<(typeof settingFields)[K]>> };

/** The body of PUT …/settings, and (with `…Set` instead of secrets) the answer of GET. */
export const SettingsInput = z
  .strictObject({ ...connectionFields, ...nullableSettings })
  .superRefine((s, ctx) => {
    const problem = (field: string, message: string) =>
      ctx.addIssue({ code: 'custom', path: [field], message, input: s });
    if (s.baseUrl && !s.auth) problem('auth', 'is needed with baseUrl: key and secret, or an access token');
    for (const field of [
      'rosteringUrl',
      'oneRosterVersion',
      'auth',
      'extraHeaders',
      'caCertificates',
    ] as const)
      if (!s.baseUrl && s[field] != null)
        problem(field, 'belongs to a connection: give baseUrl too (the connection inherits as a whole)');
  })
  .meta({ id: 'Settings' });
export type SettingsInput = z.infer<typeof SettingsInput>;
/** The single fields as a domain stores them: left out = inherit, null = cleared. */
export type OwnSettings = Partial<{ [K in SettingName]: Fields[K] | null }>;
