/**
 * What an SIS says in the body of an error, in every shape seen in the field: the bare StatusInfo of OneRoster 1.2,
 * the same wrapped in `imsx_StatusInfo`, the `statusInfoSet` of 1.1, OAuth's `error`, problem+json, and others.
 */

export interface StatusInfo {
  /** lower case: success, processing, failure, unsupported */
  codeMajor?: string;
  /** lower case: status, warning, error */
  severity?: string;
  /** as the SIS spells it; of several (one for each system on the way) the first that is no success */
  codeMinor?: string;
  description?: string;
  /** OAuth 2's error code (RFC 6749, RFC 6750) */
  oauthError?: string;
  /** there is an `error`, or `errors` */
  complains?: true;
}

const LONGEST = 500;
/** by names in small letters: SISs write them all */
type Fields = ReadonlyMap<string, unknown>;

/** Reads what is there; anything unknown gives an empty answer. */
export function readStatusInfo(body: unknown): StatusInfo {
  const outer = fields(body);
  if (!outer) return {};
  const errors = first(outer.get('errors'));
  const info =
    fields(outer.get('imsx_statusinfo')) ??
    fields(first(outer.get('statusinfoset'))) ??
    (saysSomething(errors) ? fields(errors) : undefined) ??
    outer;
  const error = info.get('error');
  return withoutGaps({
    codeMajor: oneLine(info.get('imsx_codemajor'))?.toLowerCase(),
    severity: oneLine(info.get('imsx_severity'))?.toLowerCase(),
    codeMinor: codeMinorOf(info.get('imsx_codeminor')),
    oauthError: oneLine(error)?.toLowerCase(),
    description: described(info) ?? described(outer) ?? oneLine(errors),
    complains: [error, errors].some(saysSomething) ? true : undefined,
  });
}

function described(info: Fields): string | undefined {
  const error = info.get('error');
  return (
    oneLine(info.get('imsx_description')) ??
    oneLine(info.get('error_description')) ??
    oneLine(info.get('detail')) ??
    oneLine(info.get('message')) ??
    oneLine(fields(error)?.get('message')) ??
    oneLine(info.get('title')) ??
    oneLine(error)
  );
}

/**
 * The codes of OneRoster, under which 1.2 (`invaliddata`, `unauthorisedrequest`), 1.1 (`invalid data`, `unauthorized`)
 * and what SISs make of both (`Invalid_Data`) are the same.
 */
export type CodeMinor = keyof typeof spellings;
const spellings = {
  fullsuccess: /^(full)?success$/,
  invalid_filter_field: /^(invalid|unknown)filter(field)?$/,
  invalid_selection_field: /^invalidselectionfield$/,
  invalid_sort_field: /^invalidsortfield$/,
  invaliddata: /^invaliddata$/,
  unauthorisedrequest: /^unauthori[sz]ed(request)?$/,
  internal_server_error: /^(internal)?servererror$/,
  server_busy: /^serverbusy$/,
  deletefailure: /^deletefailure$/,
  unknownobject: /^unknownobject$/,
  forbidden: /^forbidden$/,
};

export function isCode(codeMinor: string | undefined, code: CodeMinor): boolean {
  return codeMinor !== undefined && spellings[code].test(codeMinor.toLowerCase().replace(/[^a-z]/g, ''));
}

/** 1.1 and some 1.2 providers: a string. 1.2: `{imsx_codeMinorField: [{imsx_codeMinorFieldValue}]}`. */
function codeMinorOf(value: unknown): string | undefined {
  const field = fields(value);
  const list = field ? field.get('imsx_codeminorfield') : value;
  const codes = (Array.isArray(list) ? (list as unknown[]) : [list])
    .map((one) => oneLine(fields(one)?.get('imsx_codeminorfieldvalue') ?? one))
    .filter((code) => code !== undefined);
  return codes.find((code) => !isCode(code, 'fullsuccess')) ?? codes[0];
}

function saysSomething(value: unknown): boolean {
  return oneLine(value) !== undefined || (fields(value)?.size ?? 0) > 0;
}
/** Of names that differ in capitals only, the first counts. */
function fields(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found = new Map<string, unknown>();
  for (const [name, of] of Object.entries(value)) {
    const small = name.toLowerCase();
    if (!found.has(small)) found.set(small, of);
  }
  return found;
}
function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}
/** Words for people and the database: one line, no NUL, no half characters, not a whole page. */
export function oneLine(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // cut first: a whole page must not be searched through
  const line = value
    .slice(0, 8 * LONGEST)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line === '' ? undefined : [...line.slice(0, 2 * LONGEST)].slice(0, LONGEST).join('').toWellFormed();
}
function withoutGaps(info: { [K in keyof StatusInfo]-?: StatusInfo[K] | undefined }): StatusInfo {
  return Object.fromEntries(Object.entries(info).filter(([, v]) => v !== undefined));
}
