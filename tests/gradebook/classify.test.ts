import fc from 'fast-check';
import { classify, type Asked } from '../../src/gradebook/classify.ts';
import { errorCodes } from '../../src/gradebook/dictionary.ts';
import { NotJson, reasonOf, type Outcome, type SisAnswer } from '../../src/gradebook/outcome.ts';

const now = new Date('2026-11-20T12:00:00Z');
const putResult: Asked = { method: 'PUT', about: 'result' };
const putLineItem: Asked = { method: 'PUT', about: 'lineItem' };
const getCategories: Asked = { method: 'GET', about: 'categories' };
const deleteResult: Asked = { method: 'DELETE', about: 'result' };
const probe: Asked = { method: 'GET', about: 'probe' };

function response(
  status: number,
  body?: unknown,
  more: { contentType?: string; retryAfter?: string } = {},
): SisAnswer {
  return {
    kind: 'response',
    status,
    contentType: body === undefined ? '' : 'application/json',
    body,
    ...more,
  };
}
function imsx(codeMinor: string, description: string) {
  return {
    imsx_codeMajor: 'failure',
    imsx_severity: 'error',
    imsx_description: description,
    imsx_CodeMinor: {
      imsx_codeMinorField: [
        { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: codeMinor },
      ],
    },
  };
}
const html = (status: number) => response(status, NotJson, { contentType: 'text/html' });

/** `retry SIS_INTERNAL ambiguous` and so on, so that the tables below read as tables. */
function words(outcome: Outcome): string {
  if (outcome.kind === 'acknowledged') return 'acknowledged';
  const ambiguous = 'ambiguous' in outcome && outcome.ambiguous ? ' ambiguous' : '';
  return `${outcome.kind} ${outcome.code}${ambiguous}`;
}

describe('an answer to a write', () => {
  test.each<[string, Asked, SisAnswer, string]>([
    ['200 without a body', putResult, response(200), 'acknowledged'],
    ['201 without a body', putResult, response(201), 'acknowledged'],
    [
      '201 without a body, called HTML',
      putResult,
      response(201, undefined, { contentType: 'text/html' }),
      'acknowledged',
    ],
    ['202', putResult, response(202), 'acknowledged'],
    ['204', putLineItem, response(204), 'acknowledged'],
    ['200 with JSON', putResult, response(200, {}), 'acknowledged'],
    ['200 with a web page', putResult, html(200), 'broken CONN_NOT_ONEROSTER ambiguous'],
    ['200 with cut JSON', putResult, response(200, NotJson), 'retry SIS_NOT_JSON ambiguous'],
    ['200 that says failure', putResult, response(200, imsx('invaliddata', 'no')), 'refused SIS_REFUSED'],
    ['200 that says busy', putResult, response(200, imsx('server_busy', '')), 'retry SIS_RATE_LIMIT'],
    [
      '200 with a warning beside it',
      putResult,
      response(200, { statusInfoSet: [{ imsx_codeMajor: 'failure', imsx_severity: 'warning' }] }),
      'acknowledged',
    ],
    ['301', putResult, response(301), 'broken CONN_REDIRECT'],
    ['302 with a web page', putResult, html(302), 'broken CONN_REDIRECT'],
    ['307', putResult, response(307), 'broken CONN_REDIRECT'],
    ['400 with words', putResult, response(400, imsx('invaliddata', 'score')), 'refused SIS_REFUSED'],
    ['400 without a body', putResult, response(400), 'refused SIS_EMPTY_REASON'],
    ['401', putResult, response(401), 'broken AUTH_TOKEN_REFUSED'],
    [
      '403',
      putResult,
      response(403, imsx('forbidden', 'User Does Not Teach Section')),
      'refused SIS_REFUSED',
    ],
    ['403 without a reason', putResult, response(403), 'refused SIS_EMPTY_REASON'],
    [
      '403 Forbidden Rate Limit',
      putResult,
      response(403, imsx('forbidden', 'Forbidden Rate Limit')),
      'retry SIS_RATE_LIMIT',
    ],
    ['403 with server_busy', putResult, response(403, imsx('server_busy', '')), 'retry SIS_RATE_LIMIT'],
    [
      '403 insufficient_scope',
      putResult,
      response(403, { error: 'insufficient_scope' }),
      'broken AUTH_SCOPE_MISSING',
    ],
    ['404 about a result', putResult, response(404), 'refused SIS_UNKNOWN_OBJECT'],
    [
      '404 of its student',
      putResult,
      response(404, imsx('unknownobject', "Unknown Object: student 'x'")),
      'refused ENROLL_NOT_IN_CLASS',
    ],
    [
      '404 of its lineItem',
      putResult,
      response(404, imsx('unknownobject', "Unknown Object: lineItem 'x'")),
      'refused ITEM_DELETED_IN_SIS',
    ],
    ['404 about a lineItem', putLineItem, response(404), 'refused SIS_UNKNOWN_OBJECT'],
    [
      '404 of its category',
      putLineItem,
      response(404, imsx('unknownobject', "Unknown Object: category 'x'")),
      'refused CAT_NOT_FOUND',
    ],
    ['404 with a web page', putResult, html(404), 'refused SIS_UNKNOWN_OBJECT'],
    ['405', putResult, response(405), 'broken CONN_URL'],
    ['408', putResult, response(408), 'retry CONN_TIMEOUT ambiguous'],
    ['409', putResult, response(409, imsx('invaliddata', 'Student ID')), 'refused SIS_REFUSED'],
    [
      '409 locked',
      putLineItem,
      response(409, imsx('forbidden', 'Assignment is locked')),
      'refused ITEM_LOCKED',
    ],
    ['412', putLineItem, response(412), 'refused SIS_CONFLICT_STALE'],
    ['413', putResult, response(413), 'refused SIS_EMPTY_REASON'],
    ['422', putResult, response(422, imsx('invaliddata', 'Invalid Due Date')), 'refused SIS_REFUSED'],
    [
      '422 not enrolled',
      putResult,
      response(422, imsx('invaliddata', 'student is not enrolled')),
      'refused ENROLL_NOT_IN_CLASS',
    ],
    ['423', putResult, response(423), 'refused ITEM_LOCKED'],
    ['425', putResult, response(425), 'retry SIS_INTERNAL'],
    ['429', putResult, response(429), 'retry SIS_RATE_LIMIT'],
    ['500', putResult, response(500, imsx('internal_server_error', 'x')), 'retry SIS_INTERNAL ambiguous'],
    ['501', putResult, response(501), 'broken CONN_URL'],
    ['502', putResult, html(502), 'retry SIS_INTERNAL ambiguous'],
    ['503', putResult, html(503), 'retry SIS_INTERNAL ambiguous'],
    ['504', putResult, response(504), 'retry SIS_INTERNAL ambiguous'],
    ['599', putResult, response(599), 'retry SIS_INTERNAL ambiguous'],
    ['DELETE of what is gone', deleteResult, response(404), 'acknowledged'],
    ['DELETE 204', deleteResult, response(204), 'acknowledged'],
    ['DELETE not offered', deleteResult, response(405), 'refused SIS_REFUSED'],
    ['DELETE refused', deleteResult, response(422, imsx('deletefailure', 'in use')), 'refused SIS_REFUSED'],
  ])('%s', (_, asked, answer, expected) => {
    expect(words(classify(asked, answer, now))).toBe(expected);
  });
});

describe('an answer to a read', () => {
  test.each<[string, Asked, SisAnswer, string]>([
    ['200 with JSON', getCategories, response(200, { categories: [] }), 'acknowledged'],
    ['200 with nothing', getCategories, response(200), 'retry SIS_NOT_JSON'],
    ['200 with a web page', getCategories, html(200), 'broken CONN_NOT_ONEROSTER'],
    ['404: the SIS has no such list', getCategories, response(404), 'refused SIS_UNKNOWN_OBJECT'],
    ['405: the SIS has no such list', getCategories, response(405), 'refused SIS_REFUSED'],
    ['500', getCategories, response(500), 'retry SIS_INTERNAL'],
    ['probe 200', probe, response(200, { categories: [] }), 'acknowledged'],
    ['probe 401', probe, response(401), 'broken AUTH_TOKEN_REFUSED'],
    ['probe 402', probe, response(402), 'broken AUTH_LICENSE'],
    ['probe 403', probe, response(403), 'broken AUTH_SCOPE_MISSING'],
    ['probe 404', probe, response(404), 'broken CONN_URL'],
    ['probe 404 with a web page', probe, html(404), 'broken CONN_URL'],
    ['probe 405', probe, response(405), 'broken CONN_URL'],
    ['probe 429', probe, response(429), 'retry SIS_RATE_LIMIT'],
    ['probe 503', probe, html(503), 'retry SIS_INTERNAL'],
  ])('%s', (_, asked, answer, expected) => {
    expect(words(classify(asked, answer, now))).toBe(expected);
  });
});

describe('silence', () => {
  const silent = (
    reason: 'dns' | 'refused' | 'tls' | 'blockedAddress' | 'timeout' | 'reset' | 'tooLarge' | 'aborted',
    sent: boolean,
  ): SisAnswer => ({
    kind: 'silence',
    sent,
    reason,
  });
  test.each<[SisAnswer, Asked, string]>([
    [silent('dns', false), putResult, 'broken CONN_DNS'],
    [silent('refused', false), putResult, 'broken CONN_REFUSED'],
    [silent('tls', false), putResult, 'broken CONN_TLS'],
    [silent('blockedAddress', false), putResult, 'broken CONN_BLOCKED_ADDRESS'],
    [silent('timeout', false), putResult, 'broken CONN_TIMEOUT'],
    [silent('timeout', true), putResult, 'retry CONN_TIMEOUT ambiguous'],
    [silent('timeout', true), getCategories, 'retry CONN_TIMEOUT'],
    [silent('reset', true), putResult, 'retry CONN_RESET ambiguous'],
    [silent('reset', false), putResult, 'retry CONN_RESET'],
    [silent('tooLarge', true), putResult, 'retry SIS_ANSWER_TOO_LARGE ambiguous'],
    [silent('aborted', true), putResult, 'retry INTERRUPTED ambiguous'],
    [silent('aborted', false), putResult, 'retry INTERRUPTED'],
  ])('%j', (answer, asked, expected) => {
    expect(words(classify(asked, answer, now))).toBe(expected);
  });

  test('without a token nothing was sent: the connection is broken, whoever is at fault', () => {
    const answer = (transient: boolean): SisAnswer => ({
      kind: 'noToken',
      code: 'AUTH_TOKEN_ENDPOINT',
      transient,
      description: 'answered 503',
      retryAfter: '30',
    });
    for (const transient of [true, false])
      expect(classify(putResult, answer(transient), now)).toEqual({
        kind: 'broken',
        code: 'AUTH_TOKEN_ENDPOINT',
        said: { description: 'answered 503' },
        retryAfterMs: 30_000,
      });
  });
});

test('an id that the SIS allocated is handed on, wherever it stands', () => {
  for (const body of [
    { result: { sourcedId: 'sis-7' } },
    { lineItem: { sourcedId: 'sis-7' } },
    { sourcedId: 'sis-7' },
  ])
    expect(classify(putResult, response(200, body), now)).toEqual({
      kind: 'acknowledged',
      allocatedSourcedId: 'sis-7',
    });
  for (const sourcedId of ['', 7, null, 'x'.repeat(256), '\ud800', 'a\0b'])
    expect(classify(putResult, response(200, { result: { sourcedId } }), now)).toEqual({
      kind: 'acknowledged',
    });
});

test('Retry-After is handed on where something is tried again, and never to a refusal', () => {
  expect(classify(putResult, response(429, undefined, { retryAfter: '7' }), now)).toMatchObject({
    retryAfterMs: 7000,
  });
  expect(
    classify(putResult, response(503, undefined, { retryAfter: 'Fri, 20 Nov 2026 12:01:00 GMT' }), now),
  ).toMatchObject({
    retryAfterMs: 60_000,
  });
  expect(classify(putResult, response(422, undefined, { retryAfter: '7' }), now)).not.toHaveProperty(
    'retryAfterMs',
  );
  expect(classify(putResult, response(429, undefined, { retryAfter: '-7' }), now)).not.toHaveProperty(
    'retryAfterMs',
  );
});

test("the SIS's words are kept, and become the facts of the reason", () => {
  const outcome = classify(
    putResult,
    response(422, imsx('invaliddata', 'PutResult: LineItemHasGradingScale')),
    now,
  );
  expect(outcome).toEqual({
    kind: 'refused',
    code: 'SIS_REFUSED',
    said: { status: 422, codeMinor: 'invaliddata', description: 'PutResult: LineItemHasGradingScale' },
  });
  expect(outcome.kind === 'refused' && reasonOf(outcome)).toEqual({
    code: 'SIS_REFUSED',
    params: { status: 422, codeMinor: 'invaliddata', description: 'PutResult: LineItemHasGradingScale' },
  });
});

test('whatever comes back, the outcome is one of the four and nothing is thrown', () => {
  const asked = fc.record({
    method: fc.constantFrom('GET' as const, 'PUT' as const, 'DELETE' as const),
    about: fc.constantFrom('lineItem' as const, 'result' as const, 'categories' as const, 'probe' as const),
  });
  const body = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(undefined, NotJson),
    fc.jsonValue().map((v) => ({
      imsx_codeMajor: v,
      imsx_CodeMinor: v,
      imsx_description: v,
      statusInfoSet: v,
      error: v,
    })),
    fc.jsonValue().map((v) => ({ lineItem: v, result: { sourcedId: v } })),
  );
  fc.assert(
    fc.property(
      asked,
      fc.integer({ min: 0, max: 999 }),
      body,
      fc.string(),
      fc.string(),
      (a, status, b, type, after) => {
        const outcome = classify(
          a,
          { kind: 'response', status, contentType: type, body: b, retryAfter: after },
          now,
        );
        if (outcome.kind === 'acknowledged') {
          expect(b).not.toBe(NotJson);
          expect((status >= 200 && status < 300) || a.method === 'DELETE').toBe(true);
        } else expect(errorCodes).toContain(outcome.code);
        if (status >= 500 && a.method === 'PUT' && status !== 501)
          expect(outcome).toMatchObject({ kind: 'retry', ambiguous: true });
        if ('retryAfterMs' in outcome) expect(outcome.retryAfterMs).toBeLessThanOrEqual(3_600_000);
      },
    ),
  );
});
