/**
 * What an SIS says in the body of an error, in every shape seen in the field: the bare StatusInfo of OneRoster 1.2,
 * the same wrapped in `imsx_StatusInfo`, the `statusInfoSet` of 1.1, OAuth's `error`, problem+json, and others.
 */

export interface StatusInfo {
  /** lower case: success, processing, failure, unsupported */
  codeMajor?: string;
  /** lower case: status, warning, error */
  severity?: string;
  /** as the SIS spells it */
  codeMinor?: string;
  description?: string;
  /** OAuth 2's error code (RFC 6749, RFC 6750) */
  oauthError?: string;
}

const LONGEST = 500;
type Fields = Record<string, unknown>;

/** Reads what is there; anything unknown gives an empty answer. */
export function readStatusInfo(body: unknown): StatusInfo {
  const outer = fields(body);
  if (!outer) return {};
  const info =
    fields(find(outer, 'imsx_statusinfo')) ??
    fields(first(find(outer, 'statusinfoset'))) ??
    fields(first(find(outer, 'errors'))) ??
    outer;
  const error = find(info, 'error');
  return withoutGaps({
    codeMajor: text(find(info, 'imsx_codemajor'))?.toLowerCase(),
    severity: text(find(info, 'imsx_severity'))?.toLowerCase(),
    codeMinor: codeMinorOf(find(info, 'imsx_codeminor')),
    oauthError: text(error)?.toLowerCase(),
    description:
      text(find(info, 'imsx_description')) ??
      text(find(info, 'error_description')) ??
      text(find(info, 'detail')) ??
      text(find(info, 'message')) ??
      text(find(fields(error) ?? {}, 'message')) ??
      text(find(info, 'title')) ??
      text(error),
  });
}

/** `invalid_data`, `Invalid Data` and `invaliddata` are the same code: SISs spell them all. */
export function sameCode(codeMinor: string | undefined, code: string): boolean {
  const plain = (s: string) => s.toLowerCase().replace(/[^a-z]/g, '');
  return codeMinor !== undefined && plain(codeMinor) === plain(code);
}

/** 1.1 and some 1.2 providers: a string. 1.2: `{imsx_codeMinorField: [{imsx_codeMinorFieldValue}]}`. */
function codeMinorOf(value: unknown): string | undefined {
  if (typeof value === 'string') return text(value);
  const field = fields(first(find(fields(value) ?? {}, 'imsx_codeminorfield')));
  return field && text(find(field, 'imsx_codeminorfieldvalue'));
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
  const line = value
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line === '' ? undefined : [...line.slice(0, 2 * LONGEST)].slice(0, LONGEST).join('').toWellFormed();
}
function withoutGaps(info: Record<string, string | undefined>): StatusInfo {
  return Object.fromEntries(Object.entries(info).filter(([, v]) => v !== undefined));
}
