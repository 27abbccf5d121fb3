/**
 * The outcome table: what an SIS's answer, or its silence, means for what we asked.
 *
 *   acknowledged  the SIS says that it has it (a read-back may still prove otherwise)
 *   retry         the same again later; `ambiguous` if a write may have been applied
 *   refused       this one item, for this version; the others go on
 *   broken        the connection as a whole: the lane stops, nothing is refused, nobody's tries are counted
 *
 * A 403 or 404 about one item is that item's. Whether the whole connection is meant, only a probe can tell: the
 * caller sends one, and its answer is judged here with `about: 'probe'`.
 */
import type { ErrorCode } from './dictionary.ts';
import { NotJson, type Outcome, type SilenceReason, type SisAnswer, type SisSaid } from './outcome.ts';
import { retryAfterMs } from './retry-after.ts';
import { readStatusInfo, sameCode, type StatusInfo } from './status-info.ts';

export interface Asked {
  method: 'GET' | 'PUT' | 'DELETE';
  about: 'lineItem' | 'result' | 'categories' | 'class' | 'students' | 'lineItems' | 'results' | 'probe';
}
type Response = Extract<SisAnswer, { kind: 'response' }>;

/** What a row of the table looks at. */
interface Case {
  asked: Asked;
  status: number;
  info: StatusInfo;
  /** code minor and description, for wordings that only ever choose between harmless answers */
  words: string;
  body: unknown;
  html: boolean;
  /** failure in the body of a 2xx (seen in the field); a warning beside data is none */
  saysFailure: boolean;
}
type Row = [when: (c: Case) => boolean, then: Verdict | ((c: Case) => Verdict)];
type Failure =
  | { kind: 'retry'; code: ErrorCode; ambiguous?: true }
  | { kind: 'refused'; code: ErrorCode }
  | { kind: 'broken'; code: ErrorCode; ambiguous?: true };
type Verdict = { kind: 'acknowledged' } | Failure;

const is =
  (...statuses: number[]) =>
  (c: Case) =>
    statuses.includes(c.status);
const ok = (c: Case) => c.status >= 200 && c.status < 300;
const reading = (c: Case) => c.asked.method === 'GET';
const probing = (c: Case) => c.asked.about === 'probe';
const deleting = (c: Case) => c.asked.method === 'DELETE';
const busy = (c: Case) =>
  sameCode(c.info.codeMinor, 'server_busy') ||
  /rate.?limit|too many requests|throttl|quota exceeded/i.test(c.words);
const refusable = (c: Case) => c.status >= 400 && c.status < 500;

/** The first row that fits decides. */
const table: Row[] = [
  // 2xx: only an empty or JSON body is a success. A web page is a maintenance page or the wrong program.
  [
    (c) => ok(c) && c.body === NotJson && c.html,
    { kind: 'broken', code: 'CONN_NOT_ONEROSTER', ambiguous: true },
  ],
  [(c) => ok(c) && c.body === NotJson, { kind: 'retry', code: 'SIS_NOT_JSON', ambiguous: true }],
  [(c) => ok(c) && c.saysFailure && busy(c), { kind: 'retry', code: 'SIS_RATE_LIMIT' }],
  [(c) => ok(c) && c.saysFailure, refusal],
  [(c) => ok(c) && reading(c) && c.body === undefined, { kind: 'retry', code: 'SIS_NOT_JSON' }],
  [ok, { kind: 'acknowledged' }],

  // Never followed: it would carry grades and the token to an address that nobody entered.
  [(c) => c.status >= 300 && c.status < 400, { kind: 'broken', code: 'CONN_REDIRECT' }],

  // The client has already tried once more with a new token.
  [is(401), { kind: 'broken', code: 'AUTH_TOKEN_REFUSED' }],
  [(c) => c.info.oauthError === 'insufficient_scope', { kind: 'broken', code: 'AUTH_SCOPE_MISSING' }],

  // Later, by itself. 408 comes from a proxy that may have passed the request on.
  [is(429), { kind: 'retry', code: 'SIS_RATE_LIMIT' }],
  [(c) => refusable(c) && busy(c), { kind: 'retry', code: 'SIS_RATE_LIMIT' }],
  [is(408), { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true }],
  [is(425), { kind: 'retry', code: 'SIS_INTERNAL' }],

  // The place itself is wrong: nothing we PUT there will ever be taken. A missing list or DELETE is only that.
  [(c) => is(405, 501)(c) && (probing(c) || c.asked.method === 'PUT'), { kind: 'broken', code: 'CONN_URL' }],
  [is(405, 501), { kind: 'refused', code: 'SIS_REFUSED' }],
  [(c) => probing(c) && is(404, 410)(c), { kind: 'broken', code: 'CONN_URL' }],
  [(c) => probing(c) && is(402)(c), { kind: 'broken', code: 'AUTH_LICENSE' }],
  [(c) => probing(c) && is(403)(c), { kind: 'broken', code: 'AUTH_SCOPE_MISSING' }],

  // What is already gone is deleted.
  [(c) => deleting(c) && is(404, 410)(c), { kind: 'acknowledged' }],

  // About this one item.
  [refusable, refusal],

  // 5xx (and what no standard knows): it may have been stored before the SIS failed.
  [() => true, { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true }],
];

/** Silence: nothing came back. `sent` decides whether a write may have been applied. */
const silences: Record<SilenceReason, (sent: boolean) => Failure> = {
  dns: () => ({ kind: 'broken', code: 'CONN_DNS' }),
  refused: () => ({ kind: 'broken', code: 'CONN_REFUSED' }),
  tls: () => ({ kind: 'broken', code: 'CONN_TLS' }),
  blockedAddress: () => ({ kind: 'broken', code: 'CONN_BLOCKED_ADDRESS' }),
  // Not even a connection in time: nobody is there. After sending, this one request may just be slow.
  timeout: (sent) =>
    sent
      ? { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true }
      : { kind: 'broken', code: 'CONN_TIMEOUT' },
  reset: () => ({ kind: 'retry', code: 'CONN_RESET', ambiguous: true }),
  tooLarge: () => ({ kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE', ambiguous: true }),
  aborted: () => ({ kind: 'retry', code: 'INTERRUPTED', ambiguous: true }),
};

/** What the answer means; `now` for a Retry-After that is a date. */
export function classify(asked: Asked, answer: SisAnswer, now: Date): Outcome {
  switch (answer.kind) {
    case 'noToken':
      // Nothing was sent, and nothing can be: whatever the cause, it is the connection's, not the item's.
      return finish(
        asked,
        { kind: 'broken', code: answer.code },
        false,
        said({ description: answer.description }),
        {
          ...delay(answer.retryAfter, now),
        },
      );
    case 'silence':
      return finish(asked, silences[answer.reason](answer.sent), answer.sent, {}, {});
    case 'response': {
      const c = caseOf(asked, answer);
      const then = table.find(([when]) => when(c))?.[1] ?? refusal(c);
      const verdict = typeof then === 'function' ? then(c) : then;
      if (verdict.kind === 'acknowledged') return acknowledged(answer.body);
      const words = said({ ...c.info, status: c.status });
      return finish(asked, verdict, true, words, delay(answer.retryAfter, now));
    }
  }
}

function caseOf(asked: Asked, { status, contentType, body }: Response): Case {
  const info = readStatusInfo(body);
  const failed = info.codeMajor === 'failure' || info.codeMajor === 'unsupported';
  return {
    asked,
    status,
    info,
    words: `${info.codeMinor ?? ''} ${info.oauthError ?? ''} ${info.description ?? ''}`,
    body,
    html: contentType.includes('html'),
    saysFailure: failed && info.severity !== 'warning' && info.severity !== 'status',
  };
}

/** Refused either way: status and wording choose only which explanation people read. */
function refusal({ asked, status, info, words }: Case): Failure {
  const unknown = status === 404 || status === 410 || sameCode(info.codeMinor, 'unknownobject');
  const hints: [boolean, ErrorCode][] = [
    [status === 423 || /\block(ed)?\b|grading window|period is closed/i.test(words), 'ITEM_LOCKED'],
    [status === 412, 'SIS_CONFLICT_STALE'],
    [
      /not enrol|not in (this|the) class|does not belong to (this|the) class/i.test(words) &&
        /student|user/i.test(words),
      'ENROLL_NOT_IN_CLASS',
    ],
    [asked.about === 'result' && unknown && /student|user|enrol/i.test(words), 'ENROLL_NOT_IN_CLASS'],
    [asked.about === 'result' && unknown && /line ?item|assignment/i.test(words), 'ITEM_DELETED_IN_SIS'],
    [
      asked.about === 'lineItem' &&
        /categor/i.test(words) &&
        (unknown || /not found|does not|invalid/i.test(words)),
      'CAT_NOT_FOUND',
    ],
    [unknown, 'SIS_UNKNOWN_OBJECT'],
    [info.description === undefined, 'SIS_EMPTY_REASON'],
  ];
  return { kind: 'refused', code: hints.find(([fits]) => fits)?.[1] ?? 'SIS_REFUSED' };
}

function acknowledged(body: unknown): Outcome {
  const entity = (at: unknown, key: string): unknown =>
    typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  const id = entity(entity(body, 'lineItem') ?? entity(body, 'result') ?? body, 'sourcedId');
  const usable =
    typeof id === 'string' && id !== '' && id.length <= 255 && id.isWellFormed() && !id.includes('\0');
  return usable ? { kind: 'acknowledged', allocatedSourcedId: id } : { kind: 'acknowledged' };
}

function finish(
  asked: Asked,
  verdict: Failure,
  sent: boolean,
  words: SisSaid,
  wait: { retryAfterMs?: number },
): Outcome {
  const { kind, code } = verdict;
  // A read changes nothing, and what was not sent was not stored.
  const ambiguous = sent && asked.method !== 'GET' && 'ambiguous' in verdict;
  switch (kind) {
    case 'refused':
      return { kind, code, said: words };
    case 'retry':
      return { kind, code, ambiguous, said: words, ...wait };
    case 'broken':
      return { kind, code, said: words, ...(ambiguous && { ambiguous }), ...wait };
  }
}

function delay(retryAfter: string | undefined, now: Date): { retryAfterMs?: number } {
  const ms = retryAfterMs(retryAfter, now);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function said(from: { status?: number } & StatusInfo): SisSaid {
  return {
    ...(from.status !== undefined && { status: from.status }),
    ...(from.codeMinor !== undefined && { codeMinor: from.codeMinor }),
    ...(from.description !== undefined && { description: from.description }),
  };
}
