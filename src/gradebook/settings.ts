/**
 * The settings of a domain (DESIGN §6): one schema for what is accepted, one for what is in force.
 * The connection fields are one group and inherit as a whole; every other field inherits by itself.
 * Left out = inherit, null = cleared (the product's default holds, whatever stands above).
 */
import { z } from 'zod';
import { Instant } from './local.ts';

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
  oneRosterVersion: z.enum(['1.2']).optional(),
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
  profile: z.enum(['spec']),
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
  dueDateMissing: z.enum(['endOfGradingPeriod', 'block']),
  missingScore: z.enum(['zero', 'blank']),
  excused: z.enum(['exempt', 'block']),
  blank: z.enum(['clear', 'keep']),
  sendLate: z.boolean(),
  overMax: z.enum(['send', 'cap', 'block']),
  requirePublished: z.boolean(),
  requireWholeClass: z.boolean(),
  sendComments: z.boolean(),
  deletePropagation: z.enum(['none']),
  verifyAfterSeconds: z.int().min(0).max(86_400),
  maxConcurrentRequests: z.int().min(1).max(64),
  requestsPerSecond: z.number().min(0.01).max(10_000),
  quietHours: z.strictObject({
    from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  }),
};
export type SettingName = keyof typeof settingFields;
export const settingNames = Object.keys(settingFields) as SettingName[];

type Fields = { [K in SettingName]: z.infer<(typeof settingFields)[K]> };
type MayBeNone = 'sisName' | 'sendFrom' | 'titleLimit' | 'requestsPerSecond' | 'quietHours';
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
  adminsMaySync: true,
  embedOrigins: [],
  titleLimit: null,
  titleTooLong: 'shorten',
  dueDateMissing: 'endOfGradingPeriod',
  missingScore: 'zero',
  excused: 'exempt',
  blank: 'clear',
  sendLate: true,
  overMax: 'send',
  requirePublished: true,
  requireWholeClass: false,
  sendComments: false,
  deletePropagation: 'none',
  verifyAfterSeconds: 120,
  maxConcurrentRequests: 4,
  requestsPerSecond: null,
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
