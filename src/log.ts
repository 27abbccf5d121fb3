/**
 * The log: one JSON object per line. Fields are plain values, named by whoever writes the line (never a body,
 * a header or an object passed through); what looks like a secret all the same is blanked on the way out.
 */
import type { Writable } from 'node:stream';
import winston from 'winston';

export type LogFields = Record<string, string | number | boolean | null>;
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const blank = '[redacted]';
const secretName =
  /secret|passw(or)?d|pwd|passphrase|authori[sz]ation|token|api[-_]?key|cookie|credential|private[-_]?key|bearer|signature|link[-_]?code|assertion/i;
/** Facts about a secret that are none: `tokenExpiresAt`, `secretKeyId`, `tokenRequests`. */
const harmlessEnd = /(Id|At|Ms|Seconds|Count|Requests|Status|Set)$/;

/** Shapes of secrets inside of texts, and what stays of them. */
const secretShapes: [RegExp, string][] = [
  [/\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]{3,}/gi, `$1 ${blank}`],
  // keys and tokens of our own
  [/\bor[a-z]_[A-Za-z0-9_-]{8,}/g, blank],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, blank],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, blank],
  // user and password of a URL or connection string; the password may itself hold an @
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/'"`]*@/gi, `$1${blank}@`],
  // name=value and "name": "value" of forms, queries, JSON and libpq strings
  [
    /((?:["']?)(?:[\w-]*(?:secret|passw(?:or)?d|pwd|token|api[-_]?key|authorization|assertion|credential)[\w-]*)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'}\])]+)/gi,
    `$1${blank}`,
  ],
  [/([?&#]code=)[^\s&#"']+/gi, `$1${blank}`],
];

/** Some part of every shape above: most texts hold none, and a line per request must stay cheap. */
const hint = /bearer|basic|digest|or[a-z]_|eyJ|-----|:\/\/|secret|pass|pwd|token|key|auth|assert|cred|code=/i;

/** Blanks what looks like a secret inside of a text. */
export function redactText(text: string): string {
  if (!hint.test(text)) return text;
  return secretShapes.reduce((t, [shape, rest]) => t.replace(shape, rest), text);
}

/** A copy without secrets, of whatever it is: nothing that slips into a line may carry one. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  // Also ends cycles.
  if (depth > 6) return '[too deep]';
  if (value instanceof Date) return value;
  if (Buffer.isBuffer(value) || ArrayBuffer.isView(value)) return '[bytes]';
  if (Array.isArray(value)) return value.map((v) => redact(v, depth + 1));
  const entries: [string, unknown][] =
    value instanceof Error ? Object.entries(errorFields(value)) : Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, v]) => [name, isSecretName(name) ? blank : redact(v, depth + 1)]),
  );
}

function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmlessEnd.test(name);
}

/**
 * What may be told of an error: its name, code, first line and frames, and those of its causes.
 * Quoted parts go: parsers and databases quote what they choke on, which may be a student's name or a score.
 */
export function errorFields(error: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  let at: unknown = error;
  for (const prefix of ['', 'cause.', 'cause.cause.']) {
    if (at == null) break;
    if (!(at instanceof Error)) {
      fields[`${prefix}error`] = `a thrown ${typeof at}`;
      break;
    }
    fields[`${prefix}error`] = `${at.name}: ${unquoted(at.message)}`;
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string' || typeof code === 'number')
      fields[`${prefix}code`] = redactText(String(code));
    fields[`${prefix}stack`] = frames(at);
    at = at.cause;
  }
  return fields;
}

function unquoted(message: string): string {
  const line =
    redactText(message)
      .split('\n')
      .find((l) => l.trim() !== '') ?? '';
  // From the first quote to the last: what is quoted may hold quotes itself. An apostrophe inside a word is none.
  return line.replace(/(?:["`]|(?<!\w)')(?:.*["'`]|.*$)/, '"…"').slice(0, 300);
}

function frames(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((l) => /^\s+at /.test(l));
  return redactText(lines.slice(0, 12).join('\n'));
}

/** JSON escapes CR and LF by itself; these separators would still break lines in some viewers. */
const lineSafe = (json: string) =>
  json.replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Makes the log of the process. Lines go to `stream`, by default stdout.
 * `secrets`: values known to be secret (of the configuration), blanked wherever they turn up, however encoded.
 */
export function createLog(options: { level: string; stream?: Writable; secrets?: string[] }): Log {
  const known = (options.secrets ?? []).filter((s) => s.length >= 8).flatMap(spellings);
  const line = winston.format((info) => {
    const { level, message, ...fields } = info;
    const at = new Date().toISOString();
    return Object.assign(info, redact(fields), { level, message: redact(message), at });
  });
  const json = winston.format.printf((info) => {
    const text = JSON.stringify(info);
    return lineSafe(known.reduce((t, secret) => t.replaceAll(secret, blank), text));
  });
  const transport = options.stream
    ? new winston.transports.Stream({ stream: options.stream })
    : new winston.transports.Console();
  const logger = winston.createLogger({
    level: options.level,
    format: winston.format.combine(line(), json),
    transports: [transport],
  });
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      // winston would build the line and then drop it
      if (!logger.isLevelEnabled(level)) return;
      // Level and text last: a field of that name must not replace them.
      logger.log({ ...fields, level, message });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const all = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  return [
    ...all,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}
