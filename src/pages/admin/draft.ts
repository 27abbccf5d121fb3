/** The form's values, and the way between them and a domain's own settings. Pure. */
import type { Auth, Effective, Settings } from '../answers.ts';
import type { FieldError } from '../api.ts';

export interface Draft {
  sisName: string;
  baseUrl: string;
  method: Auth['method'];
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  scopes: string;
  accessToken: string;
  passbackEnabled: boolean;
  autoSync: boolean;
  gatherSeconds: string;
  useCustomIds: boolean;
  excludedDomainIds: string[];
  /** the settings of more-settings.ts that were changed: undefined = inherit again */
  more: Record<string, unknown>;
}
export type Field = keyof Draft;

const connectionFields: ReadonlySet<Field> = new Set([
  'baseUrl',
  'method',
  'clientId',
  'clientSecret',
  'tokenUrl',
  'scopes',
  'accessToken',
]);

/** What the form shows at first: what is in force, own or inherited. Secrets are never shown. */
export function draftOf(own: Settings, effective: Effective): Draft {
  const inForce = <T>(name: string, otherwise: T): T =>
    (own[name] ?? effective[name]?.value ?? otherwise) as T;
  const auth = own.baseUrl ? own.auth : undefined;
  const credentials = auth?.method === 'clientCredentials' ? auth : undefined;
  return {
    sisName: inForce('sisName', ''),
    baseUrl: own.baseUrl ?? '',
    method: auth?.method ?? 'clientCredentials',
    clientId: credentials?.clientId ?? '',
    clientSecret: '',
    tokenUrl: credentials?.tokenUrl ?? '',
    scopes: credentials?.scopes?.join('\n') ?? '',
    accessToken: '',
    passbackEnabled: inForce('passbackEnabled', false),
    autoSync: inForce('autoSync', false),
    gatherSeconds: String(inForce('gatherSeconds', 10)),
    useCustomIds: inForce('useCustomIds', false),
    // Only the own list is edited here: what a domain above excludes stays excluded.
    excludedDomainIds: own.excludedDomainIds ?? [],
    more: {},
  };
}

/** The body of PUT: the own settings with the touched fields in place; an untouched field goes on inheriting. */
export function settingsOf(own: Settings, draft: Draft, touched: ReadonlySet<Field>): Settings {
  const settings: Settings = { ...own };
  if ([...touched].some((field) => connectionFields.has(field))) setConnection(settings, draft);
  if (touched.has('sisName')) settings.sisName = draft.sisName.trim() || null;
  if (touched.has('passbackEnabled')) settings.passbackEnabled = draft.passbackEnabled;
  if (touched.has('autoSync')) settings.autoSync = draft.autoSync;
  if (touched.has('gatherSeconds')) settings.gatherSeconds = numberOrText(draft.gatherSeconds);
  if (touched.has('useCustomIds')) settings.useCustomIds = draft.useCustomIds;
  if (touched.has('excludedDomainIds')) settings.excludedDomainIds = draft.excludedDomainIds;
  for (const [name, value] of Object.entries(draft.more)) {
    if (value === undefined) delete settings[name];
    else settings[name] = value;
  }
  return settings;
}

/** What is no number goes as it was typed: the service then names the field, and nothing else is stored. */
function numberOrText(typed: string): number | null {
  const text = typed.trim();
  return text === '' ? null : Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text);
}

function setConnection(settings: Settings, draft: Draft): void {
  if (draft.baseUrl.trim() === '') {
    // The connection is one group: without an address of its own the domain inherits the one above as a whole.
    for (const name of [
      'baseUrl',
      'rosteringUrl',
      'oneRosterVersion',
      'auth',
      'extraHeaders',
      'caCertificates',
    ]) {
      delete settings[name];
    }
    return;
  }
  const before = settings.auth?.method === draft.method ? settings.auth : undefined;
  settings.baseUrl = draft.baseUrl.trim();
  if (draft.method === 'accessToken') {
    settings.auth = {
      method: 'accessToken',
      ...(draft.accessToken ? { accessToken: draft.accessToken } : {}),
    };
    return;
  }
  const scopes = draft.scopes.split(/[\s,]+/).filter(Boolean);
  settings.auth = {
    ...(before?.method === 'clientCredentials' && before.clientAuthMethod
      ? { clientAuthMethod: before.clientAuthMethod }
      : {}),
    method: 'clientCredentials',
    clientId: draft.clientId.trim(),
    ...(draft.clientSecret ? { clientSecret: draft.clientSecret } : {}),
    tokenUrl: draft.tokenUrl.trim() || null,
    scopes: scopes.length > 0 ? scopes : null,
  };
}

/** The API's complaints at the fields that they are about; what no field shows is left for the top of the form. */
export function placeErrors(
  errors: FieldError[],
  draft: Draft,
  more: ReadonlySet<string>,
): { at: Partial<Record<string, string>>; rest: FieldError[] } {
  const at: Partial<Record<string, string>> = {};
  const rest: FieldError[] = [];
  for (const error of errors) {
    const names = error.pointer
      .split('/')
      .filter((part) => part !== '' && part !== 'settings' && part !== 'auth');
    const name = names[0] ?? (draft.method === 'accessToken' ? 'accessToken' : 'clientSecret');
    if (name in draft || more.has(name)) at[name] ??= error.detail;
    else rest.push(error);
  }
  return { at, rest };
}
