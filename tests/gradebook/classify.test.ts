import { classify } from '../../src/gradebook/classify.ts';
import type { ErrorCode } from '../../src/gradebook/dictionary.ts';
import type { Asked } from '../../src/gradebook/outcome-table.ts';
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
    [
      '200 with an OAuth error',
      putResult,
      response(200, { error: 'invalid_token' }),
      'broken AUTH_TOKEN_REFUSED',
    ],
    ['200 with an error', putResult, response(200, { error: 'no such thing' }), 'refused SIS_REFUSED'],
    [
      '200 with a list of errors',
      putResult,
      response(200, { errors: [{ message: 'x' }] }),
      'refused SIS_REFUSED',
    ],
    ['200 with no errors', putResult, response(200, { errors: [], error: null }), 'acknowledged'],
    [
      '200 that says internal error',
      putResult,
      response(200, imsx('internal_server_error', '')),
      'retry SIS_INTERNAL ambiguous',
    ],
    ['303, which may come after storing', putResult, response(303), 'broken CONN_REDIRECT ambiguous'],
    ['301', putResult, response(301), 'broken CONN_REDIRECT ambiguous'],
    ['302 with a web page', putResult, html(302), 'broken CONN_REDIRECT ambiguous'],
    ['307', putResult, response(307), 'broken CONN_REDIRECT ambiguous'],
    ['400 with words', putResult, response(400, imsx('invaliddata', 'score')), 'refused SIS_REFUSED'],
    ['400 without a body', putResult, response(400), 'refused SIS_EMPTY_REASON'],
    ['401', putResult, response(401), 'broken AUTH_TOKEN_REFUSED'],
    [
      '403',
      putResult,
      response(403, imsx('forbidden', 'User Does Not Teach Section')),
      'refused MAP_TEACHER',
    ],
    [
      '401 that asks for a partner key',
      putResult,
      response(401, { message: 'x-vendor-authorization is missing' }),
      'broken AUTH_VENDOR_HEADER',
    ],
    ['400 invalid_token', putResult, response(400, { error: 'invalid_token' }), 'broken AUTH_TOKEN_REFUSED'],
    ['402', putResult, response(402), 'broken AUTH_LICENSE'],
    ['403 with a web page: a filter', putResult, html(403), 'refused SIS_FILTERED'],
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
    ['407', putResult, response(407), 'broken CONN_GATEWAY'],
    ['408', putResult, response(408), 'retry CONN_TIMEOUT ambiguous'],
    ['409', putResult, response(409, imsx('invaliddata', 'Student ID')), 'refused ENROLL_NOT_IN_CLASS'],
    [
      '409 locked',
      putLineItem,
      response(409, imsx('forbidden', 'Assignment is locked')),
      'refused ITEM_LOCKED',
    ],
    [
      '409 of a title that is there already',
      putLineItem,
      response(409, imsx('invaliddata', 'Assignment Already Exists')),
      'refused TITLE_DUPLICATE',
    ],
    ['412', putLineItem, response(412), 'refused SIS_CONFLICT_STALE'],
    ['413', putResult, response(413), 'refused SIS_ITEM_TOO_LARGE'],
    ['422', putResult, response(422, imsx('invaliddata', 'Invalid Due Date')), 'refused SIS_REFUSED'],
    [
      '422 of a due date',
      putLineItem,
      response(422, imsx('invaliddata', 'Invalid Due Date')),
      'refused DUE_OUTSIDE_PERIOD',
    ],
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
    ['503 server_busy', putResult, response(503, imsx('server_busy', '')), 'retry SIS_INTERNAL ambiguous'],
    ['502', putResult, html(502), 'retry SIS_INTERNAL ambiguous'],
    ['503', putResult, html(503), 'retry SIS_INTERNAL ambiguous'],
    ['504', putResult, response(504), 'retry SIS_INTERNAL ambiguous'],
    ['599', putResult, response(599), 'retry SIS_INTERNAL ambiguous'],
    ['DELETE of what is gone', deleteResult, response(404), 'acknowledged'],
    ['DELETE 204', deleteResult, response(204), 'acknowledged'],
    ['DELETE with a web page for 404', deleteResult, html(404), 'refused ITEM_DELETE_REFUSED'],
    ['DELETE not offered', deleteResult, response(405), 'refused ITEM_DELETE_REFUSED'],
    [
      'DELETE without the right to: grades go all the same',
      deleteResult,
      response(403, { error: 'insufficient_scope' }),
      'refused ITEM_DELETE_REFUSED',
    ],
    [
      'DELETE refused',
      deleteResult,
      response(422, imsx('deletefailure', 'in use')),
      'refused ITEM_DELETE_REFUSED',
    ],
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
    [
      'no right to read classes: grades go all the same',
      { method: 'GET', about: 'class' },
      response(403, { error: 'insufficient_scope' }),
      'refused AUTH_SCOPE_MISSING',
    ],
    ['405: the SIS has no such list', getCategories, response(405), 'refused SIS_EMPTY_REASON'],
    ['500', getCategories, response(500), 'retry SIS_INTERNAL'],
    ['probe 200', probe, response(200, { categories: [] }), 'acknowledged'],
    ['probe 403 with a web page', probe, html(403), 'broken CONN_GATEWAY'],
    ['probe 400 with a web page', probe, html(400), 'broken CONN_NOT_ONEROSTER'],
    ['probe 422', probe, response(422), 'refused SIS_EMPTY_REASON'],
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
    [silent('tls', true), putResult, 'retry CONN_RESET ambiguous'],
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

  test.each<[ErrorCode, boolean, string]>([
    ['AUTH_INVALID_CLIENT', false, 'broken AUTH_INVALID_CLIENT'],
    ['CONN_DNS', false, 'broken CONN_DNS'],
    ['AUTH_UNAVAILABLE', true, 'retry AUTH_UNAVAILABLE'],
    ['SIS_RATE_LIMIT', true, 'retry SIS_RATE_LIMIT'],
  ])(
    'without a token (%s) nothing was sent, and a Retry-After of the sign-in is heard',
    (code, later, expected) => {
      const description = 'answered 503';
      const outcome = classify(
        putResult,
        { kind: 'noToken', code, later, description, retryAfter: '30' },
        now,
      );
      expect(words(outcome)).toBe(expected);
      expect(outcome).toMatchObject({ said: { description }, retryAfterMs: 30_000 });
    },
  );
});

test('an id that the SIS allocated is handed on, wherever it stands', () => {
  const allocated = { kind: 'acknowledged', allocatedSourcedId: 'sis-7' };
  const pair = { suppliedSourcedId: 'ours', allocatedSourcedId: 'sis-7' };
  for (const body of [{ result: { sourcedId: 'sis-7' } }, { sourcedId: 'sis-7' }, { sourcedIdPairs: [pair] }])
    expect(classify(putResult, response(200, body), now)).toEqual(allocated);
  expect(classify(putLineItem, response(201, { lineItem: { sourcedId: 'sis-7' } }), now)).toEqual(allocated);
  for (const sourcedId of ['', 7, null, 'x'.repeat(256), '\ud800', 'a\0b'])
    expect(classify(putResult, response(200, { result: { sourcedId } }), now)).toEqual({
      kind: 'acknowledged',
    });
});

test('the id of another object in an answer is not taken for the one that was sent', () => {
  const body = { lineItem: { sourcedId: 'line-item' }, result: { lineItem: { sourcedId: 'line-item' } } };
  expect(classify(putResult, response(200, body), now)).toEqual({ kind: 'acknowledged' });
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
    code: 'SCORE_SCALE_CONFLICT',
    said: { status: 422, codeMinor: 'invaliddata', description: 'PutResult: LineItemHasGradingScale' },
  });
  expect(outcome.kind === 'refused' && reasonOf(outcome)).toEqual({
    code: 'SCORE_SCALE_CONFLICT',
    params: { status: 422, codeMinor: 'invaliddata', description: 'PutResult: LineItemHasGradingScale' },
  });
});
