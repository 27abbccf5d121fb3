/**
 * The outcome table: what an SIS's answer, or its silence, means for what we asked. docs/outcomes.md is made from it.
 *
 *   acknowledged  the SIS says that it has it (a read-back may still prove otherwise)
 *   retry         the same again later; `ambiguous` if a write may have been applied
 *   refused       this one item, for this version; the others go on. Why, is guessed in refusals.ts
 *   broken        the connection as a whole: the lane stops, nothing is refused, nobody's tries are counted
 *
 * A 403 or 404 about one item is that item's. Whether the whole connection is meant, only a probe can tell: the
 * caller sends one, and its answer is judged here with `about: 'probe'`.
 */
import type { ErrorCode } from './dictionary.ts';
import { NotJson, type SilenceReason } from './outcome.ts';
import { isCode, type StatusInfo } from './status-info.ts';

export interface Asked {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  about: 'lineItem' | 'result' | 'categories' | 'class' | 'students' | 'lineItems' | 'results' | 'probe';
}

/** What a row of the table looks at. */
export interface Case {
  asked: Asked;
  status: number;
  info: StatusInfo;
  /** code minor and description: wordings only ever choose between harmless answers */
  words: string;
  body: unknown;
  html: boolean;
  /** failure in the body of a 2xx (seen in the field); a warning beside data is none */
  saysFailure: boolean;
}
export type Failure =
  | { kind: 'retry'; code: ErrorCode; ambiguous?: true }
  | { kind: 'refused'; code: ErrorCode }
  | { kind: 'broken'; code: ErrorCode; ambiguous?: true };
export type Verdict = { kind: 'acknowledged' } | Failure;

export interface AnswerRow {
  /** in words, for people who read the table */
  answer: string;
  fits: (c: Case) => boolean;
  /** 'refused': for the reason that refusals.ts finds */
  means: Verdict | 'refused';
}

const ok = (c: Case) => c.status >= 200 && c.status < 300;
const refusing = (c: Case) => c.status >= 400 && c.status < 500;
const is = (c: Case, ...statuses: number[]) => statuses.includes(c.status);
const probing = (c: Case) => c.asked.about === 'probe';
/** What may not be deleted stays for somebody's hands; without that right, too, grades go all the same. */
const deleting = (c: Case) => c.asked.method === 'DELETE';
const reading = (c: Case) => c.asked.method === 'GET';
const writing = (c: Case) => c.asked.method === 'PUT';
/** A right or licence for class lists is nice to have; without it grades go all the same. */
const roster = (c: Case) => c.asked.about === 'class' || c.asked.about === 'students';
/** Sending many in one request is nice to have too: each can go by itself. */
const posting = (c: Case) => c.asked.method === 'POST';
const webPage = (c: Case) => c.body === NotJson && c.html;
const busy = (c: Case) =>
  isCode(c.info.codeMinor, 'server_busy') ||
  /rate.?limit|too many requests|throttl|quota exceeded/i.test(c.words);
const failing = (c: Case) => isCode(c.info.codeMinor, 'internal_server_error');
const badToken = (c: Case) => c.info.oauthError === 'invalid_token';

/** The first row that fits decides. */
export const answers: AnswerRow[] = [
  // 2xx: only an empty or JSON body is a success.
  {
    answer: '2xx with a web page: maintenance, or another program',
    fits: (c) => ok(c) && webPage(c),
    means: { kind: 'broken', code: 'CONN_NOT_ONEROSTER', ambiguous: true },
  },
  {
    answer: '2xx with cut JSON or other text',
    fits: (c) => ok(c) && c.body === NotJson,
    means: { kind: 'retry', code: 'SIS_NOT_JSON', ambiguous: true },
  },
  {
    answer: '2xx whose body says failure: busy (`server_busy`, a rate limit)',
    fits: (c) => ok(c) && c.saysFailure && busy(c),
    means: { kind: 'retry', code: 'SIS_RATE_LIMIT' },
  },
  {
    answer: '2xx whose body says failure: `unauthorisedrequest`, `invalid_token`',
    fits: (c) => ok(c) && c.saysFailure && (isCode(c.info.codeMinor, 'unauthorisedrequest') || badToken(c)),
    means: { kind: 'broken', code: 'AUTH_TOKEN_REFUSED' },
  },
  {
    answer: '2xx whose body says failure: `internal_server_error`',
    fits: (c) => ok(c) && c.saysFailure && failing(c),
    means: { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true },
  },
  {
    answer: '2xx whose body says failure, for any other reason or none',
    fits: (c) => ok(c) && c.saysFailure,
    means: 'refused',
  },
  {
    answer: '2xx without a body, to a read',
    fits: (c) => ok(c) && reading(c) && c.body === undefined,
    means: { kind: 'retry', code: 'SIS_NOT_JSON' },
  },
  { answer: '2xx with JSON or, to a write, without a body', fits: ok, means: { kind: 'acknowledged' } },

  // Never followed: it would carry grades and the token to an address that nobody entered. 303 may come after storing.
  {
    answer: '3xx, a redirect',
    fits: (c) => c.status >= 300 && c.status < 400,
    means: { kind: 'broken', code: 'CONN_REDIRECT', ambiguous: true },
  },

  // Who we are. The client has already tried once more with a new token.
  {
    answer: '401, asking for the key of a vendor or partner',
    fits: (c) => is(c, 401) && /vendor|partner/i.test(c.words),
    means: { kind: 'broken', code: 'AUTH_VENDOR_HEADER' },
  },
  {
    answer: '401, or any 4xx with `invalid_token`',
    fits: (c) => is(c, 401) || (refusing(c) && badToken(c)),
    means: { kind: 'broken', code: 'AUTH_TOKEN_REFUSED' },
  },
  {
    answer: '`insufficient_scope`, not about classes and students, nor to a POST or DELETE',
    fits: (c) =>
      refusing(c) && c.info.oauthError === 'insufficient_scope' && !(roster(c) || posting(c) || deleting(c)),
    means: { kind: 'broken', code: 'AUTH_SCOPE_MISSING' },
  },
  {
    answer: '402, not about classes and students',
    fits: (c) => is(c, 402) && !roster(c),
    means: { kind: 'broken', code: 'AUTH_LICENSE' },
  },
  {
    answer: '407, 421, 431, 511: something between us and the SIS',
    fits: (c) => is(c, 407, 421, 431, 511),
    means: { kind: 'broken', code: 'CONN_GATEWAY' },
  },

  // Later, by itself. 408 comes from a proxy that may have passed the request on.
  {
    answer: '429, or any 4xx that says busy (`server_busy`, 403 "Forbidden Rate Limit")',
    fits: (c) => is(c, 429) || (refusing(c) && busy(c)),
    means: { kind: 'retry', code: 'SIS_RATE_LIMIT' },
  },
  { answer: '408', fits: (c) => is(c, 408), means: { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true } },
  { answer: '425', fits: (c) => is(c, 425), means: { kind: 'retry', code: 'SIS_INTERNAL' } },
  {
    answer: '4xx with `internal_server_error`',
    fits: (c) => refusing(c) && failing(c),
    means: { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true },
  },

  // The place itself is wrong: nothing we PUT there will ever be taken. A missing list or DELETE is only that.
  {
    answer: '405, 415, 426, 428, 501, 505 to a PUT or a probe',
    fits: (c) => is(c, 405, 415, 426, 428, 501, 505) && (writing(c) || probing(c)),
    means: { kind: 'broken', code: 'CONN_URL' },
  },
  { answer: '501, 505 to anything else', fits: (c) => is(c, 501, 505), means: 'refused' },
  {
    answer: '404, 410 to a probe',
    fits: (c) => probing(c) && is(c, 404, 410),
    means: { kind: 'broken', code: 'CONN_URL' },
  },
  {
    answer: '403 with a web page, to a probe: a firewall',
    fits: (c) => probing(c) && is(c, 403) && webPage(c),
    means: { kind: 'broken', code: 'CONN_GATEWAY' },
  },
  {
    answer: '403 to a probe',
    fits: (c) => probing(c) && is(c, 403),
    means: { kind: 'broken', code: 'AUTH_SCOPE_MISSING' },
  },
  {
    answer: 'any other 4xx with a web page, to a probe',
    fits: (c) => probing(c) && refusing(c) && webPage(c),
    means: { kind: 'broken', code: 'CONN_NOT_ONEROSTER' },
  },

  // About this one item.
  {
    answer: '404, 410 to a DELETE, but not as a web page: what is gone already is deleted',
    fits: (c) => deleting(c) && is(c, 404, 410) && c.body !== NotJson,
    means: { kind: 'acknowledged' },
  },
  { answer: 'any other 4xx', fits: refusing, means: 'refused' },

  // It may have been stored before the SIS failed.
  {
    answer: '5xx, with whatever body, and what no standard knows',
    fits: () => true,
    means: { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true },
  },
];

export interface SilenceRow {
  silence: string;
  /** nothing can have reached the SIS */
  unsent: Failure;
  /** it may have been applied */
  sent: Failure;
}
const again: Failure = { kind: 'retry', code: 'CONN_RESET', ambiguous: true };

/** Nothing came back. A write that may have been applied is always ambiguous. */
export const silences: Record<SilenceReason, SilenceRow> = {
  dns: {
    silence: 'the name of the server cannot be resolved',
    unsent: { kind: 'broken', code: 'CONN_DNS' },
    sent: again,
  },
  refused: {
    silence: 'the server takes no connection, or cannot be reached',
    unsent: { kind: 'broken', code: 'CONN_REFUSED' },
    sent: again,
  },
  tls: {
    silence: 'TLS: a certificate that is expired, self-signed, of another host; TLS below 1.2',
    unsent: { kind: 'broken', code: 'CONN_TLS' },
    // the server had proved who it is: a fault on the way, not of its certificate
    sent: again,
  },
  blockedAddress: {
    silence: 'the address is one that we may not connect to',
    unsent: { kind: 'broken', code: 'CONN_BLOCKED_ADDRESS' },
    sent: { kind: 'broken', code: 'CONN_BLOCKED_ADDRESS', ambiguous: true },
  },
  timeout: {
    silence: 'no connection or no whole answer in time (also one that drips in)',
    // Not even a connection: nobody is there. After sending, this one request may just be slow.
    unsent: { kind: 'broken', code: 'CONN_TIMEOUT' },
    sent: { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true },
  },
  reset: { silence: 'the connection broke off', unsent: { kind: 'retry', code: 'CONN_RESET' }, sent: again },
  tooLarge: {
    silence: 'an answer beyond every measure: body, headers, or compressed',
    unsent: { kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE' },
    sent: { kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE', ambiguous: true },
  },
  aborted: {
    silence: 'given up by us, to stop or because another replica has taken over',
    unsent: { kind: 'retry', code: 'INTERRUPTED' },
    sent: { kind: 'retry', code: 'INTERRUPTED', ambiguous: true },
  },
};

/**
 * No token, so nothing was sent and nothing can be: never the item's fault. A sign-in that only asks to come later
 * passes by itself; for anything else somebody has to do something.
 */
export function withoutToken({ code, later }: { code: ErrorCode; later: boolean }): Failure {
  return { kind: later ? 'retry' : 'broken', code };
}
