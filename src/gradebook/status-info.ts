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
type Fields = Record<string, unknown>;

/** Reads what is there; anything unknown gives an empty answer. */
export function readStatusInfo(body: unknown): StatusInfo {
  const outer = fields(body);
  if (!outer) return {};
  const errors = first(find(outer, 'errors'));
  const info =
    fields(find(outer, 'imsx_statusinfo')) ??
    fields(first(find(outer, 'statusinfoset'))) ??
    (saysSomething(errors) ? fields(errors) : undefined) ??
    outer;
  const error = find(info, 'error');
  return withoutGaps({
    codeMajor: text(find(info, 'imsx_codemajor'))?.toLowerCase(),
    severity: text(find(info, 'imsx_severity'))?.toLowerCase(),
    codeMinor: codeMinorOf(find(info, 'imsx_codeminor')),
    oauthError: text(error)?.toLowerCase(),
    description: described(info) ?? described(outer) ?? text(errors),
    complains: [error, errors].some(saysSomething) ? true : undefined,
  });
}

function described(info: Fields): string | undefined {
  const error = find(info, 'error');
  return (
    text(find(info, 'imsx_description')) ??
    text(find(info, 'error_description')) ??
    text(find(info, 'detail')) ??
    text(find(info, 'message')) ??
    text(find(fields(error) ?? {}, 'message')) ??
    text(find(info, 'title')) ??
    text(error)
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
  const list = field ? find(field, 'imsx_codeminorfield') : value;
  const codes = (Array.isArray(list) ? (list as unknown[]) : [list])
    .map((one) => text(find(fields(one) ?? {}, 'imsx_codeminorfieldvalue') ?? one))
    .filter((code) => code !== undefined);
  return codes.find((code) => !isCode(code, 'fullsuccess')) ?? codes[0];
}

function saysSomething(value: unknown): boolean {
  return text(value) !== undefined || Object.keys(fields(value) ?? {}).length > 0;
}
function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}
function find(of: Fields, lowerCaseName: string): unknown {
  return Object.entries(of).find(([name]) => name.toLowerCase() === lowerCaseName)?.[1];
}
/** Words for people and the database: one line, no NUL, no half characters, not a whole page. */
function text(value: unknown): string | undefined {
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
