/** The form's values, and the way between them and a domain's own settings. Pure. */
import type { Auth, Effective, Settings } from '../answers.ts';
import type { FieldError } from '../api.ts';
import { merged, same } from './merge.ts';

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
/** What was typed, and into which fields. */
export interface Typed {
  draft: Draft;
  touched: ReadonlySet<Field>;
}

export const connectionFields: ReadonlySet<Field> = new Set([
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

/**
 * What was typed into `base`, on top of what is stored now: what was not touched follows what is stored; of lists and of
 * pairs every entry that was put in or taken out.
 */
export function onTop({ draft, touched }: Typed, base: Settings, own: Settings, effective: Effective): Draft {
  const fresh = draftOf(own, effective);
  const kept = Object.fromEntries([...touched].map((field) => [field, draft[field]])) as Partial<Draft>;
  if (kept.excludedDomainIds)
    kept.excludedDomainIds = merged(
      base.excludedDomainIds ?? [],
      kept.excludedDomainIds,
      own.excludedDomainIds ?? [],
    ) as string[];
  const scopesThen = draftOf(base, {}).scopes;
  // as they were typed, unless somebody else has changed them
  if (kept.scopes !== undefined && fresh.scopes !== scopesThen)
    kept.scopes = (
      merged(scopesOf(scopesThen), scopesOf(kept.scopes), scopesOf(fresh.scopes)) as string[]
    ).join('\n');
  if (kept.more)
    kept.more = Object.fromEntries(
      Object.entries(kept.more).map(([name, mine]) => [name, merged(base[name], mine, own[name])]),
    );
  return { ...fresh, ...kept };
}

/** What was typed since `sent` went off to be stored, and is not stored with it. */
export function since(sent: Typed, now: Typed): Typed {
  const more = Object.fromEntries(
    Object.entries(now.draft.more).filter(
      ([name, value]) => !(name in sent.draft.more) || !same(sent.draft.more[name], value),
    ),
  );
  const touched = [...now.touched].filter((field) =>
    field === 'more' ? Object.keys(more).length > 0 : !same(sent.draft[field], now.draft[field]),
  );
  return { draft: { ...now.draft, more }, touched: new Set(touched) };
}

/** What both have changed to something else: of these only one can stay. */
export function clashes({ draft, touched }: Typed, base: Settings, own: Settings): string[] {
  const [before, theirs] = [draftOf(base, {}), draftOf(own, {})];
  const single = (value: unknown) => typeof value !== 'object' || value === null;
  const both = (was: unknown, mine: unknown, is: unknown) =>
    single(mine) && !same(was, is) && !same(mine, is);
  return [
    ...[...touched].filter((field) => field !== 'scopes' && both(before[field], draft[field], theirs[field])),
    ...Object.entries(draft.more)
      .filter(([name, mine]) => both(base[name], mine, own[name]))
      .map(([name]) => name),
  ];
}

/**
 * Secrets belong to the address that they were entered for: what was typed, without those that would go to another one
 * now that `own` is stored.
 */
export function withoutMisplaced(
  { draft, touched }: Typed,
  own: Settings,
): { typed: Typed; dropped: string[] } {
  const theirs = draftOf(own, {});
  const moved = (['baseUrl', 'tokenUrl', 'method'] as const).some(
    (field) => !touched.has(field) && draft[field] !== theirs[field],
  );
  if (!moved) return { typed: { draft, touched }, dropped: [] };
  const secrets: string[] = (['clientSecret', 'accessToken'] as const).filter((field) => draft[field] !== '');
  const { extraHeaders, ...others } = draft.more;
  const valued = Object.values(extraHeaders ?? {}).some((value) => typeof value === 'string');
  const more = valued ? others : draft.more;
  const still = [...touched].filter((field) =>
    field === 'more' ? Object.keys(more).length > 0 : !secrets.includes(field),
  );
  return {
    typed: { draft: { ...draft, clientSecret: '', accessToken: '', more }, touched: new Set(still) },
    dropped: valued ? [...secrets, 'extraHeaders'] : secrets,
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

const scopesOf = (typed: string): string[] => typed.split(/[\s,]+/).filter(Boolean);

/** Of a connection that has no address yet. */
const wasEntered = (draft: Draft): boolean =>
  (['clientId', 'clientSecret', 'tokenUrl', 'scopes', 'accessToken'] as const).some(
    (field) => draft[field].trim() !== '',
  );

function setConnection(settings: Settings, draft: Draft): void {
  // without an address nothing of it could be kept: the service is asked all the same, and names the field
  if (draft.baseUrl.trim() === '' && (settings.baseUrl != null || !wasEntered(draft))) {
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
  const scopes = scopesOf(draft.scopes);
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
