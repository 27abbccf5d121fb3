/** Walks the whole table: every status × every kind of body × everything that is asked. */
import fc from 'fast-check';
import { caseOf, classify } from '../../src/gradebook/classify.ts';
import { dictionary, errorCodes } from '../../src/gradebook/dictionary.ts';
import { answers, silences, type Asked } from '../../src/gradebook/outcome-table.ts';
import { NotJson, type Outcome, type SilenceReason, type SisAnswer } from '../../src/gradebook/outcome.ts';
import { refusals } from '../../src/gradebook/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const statuses = Array.from({ length: 500 }, (_, i) => 100 + i);
const asked: Asked[] = [
  ...(['PUT', 'DELETE'] as const).flatMap((method) =>
    (['lineItem', 'result'] as const).map((about) => ({ method, about })),
  ),
  ...(['categories', 'class', 'students', 'lineItems', 'results', 'probe'] as const).map((about) => ({
    method: 'GET' as const,
    about,
  })),
];

/** Spellings of 1.2 (the enumeration of the official file), of 1.1, and what SISs make of them. */
const codeMinors: Record<string, string[]> = {
  fullsuccess: ['fullsuccess', 'full success', 'full_success'],
  invalid_filter_field: ['invalid_filter_field', 'Invalid Filter Field'],
  invalid_selection_field: ['invalid_selection_field', 'invalid selection field'],
  invalid_sort_field: ['invalid_sort_field'],
  invaliddata: ['invaliddata', 'invalid data', 'invalid_data', 'InvalidData'],
  unauthorisedrequest: ['unauthorisedrequest', 'unauthorized', 'unauthorizedrequest', 'Unauthorised Request'],
  internal_server_error: ['internal_server_error', 'Internal Server Error', 'server_error'],
  server_busy: ['server_busy', 'Server Busy', 'serverbusy'],
  deletefailure: ['deletefailure', 'delete failure'],
  unknownobject: ['unknownobject', 'unknown object', 'unknown_object'],
  forbidden: ['forbidden', 'Forbidden'],
  another: ['quite_another'],
};
const major = { imsx_codeMajor: 'failure', imsx_severity: 'error' };
/** One code in every wrapping. */
const wrapped = (code: string, words?: string): unknown[] => {
  const description = words === undefined ? {} : { imsx_description: words };
  const field = { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: code };
  const bare = { ...major, ...description, imsx_CodeMinor: { imsx_codeMinorField: [field] } };
  const flat = { ...major, ...description, imsx_codeMinor: code };
  return [bare, flat, { imsx_StatusInfo: bare }, { statusInfoSet: [flat] }, { statusInfoSet: bare }];
};
const bodies: [name: string, contentType: string, body: unknown][] = [
  ['nothing', '', undefined],
  ['nothing, called HTML', 'text/html', undefined],
  ['a web page', 'text/html', NotJson],
  ['XHTML', 'application/xhtml+xml', NotJson],
  ['cut JSON', 'application/json', NotJson],
  ['text', 'text/plain', NotJson],
  ['an empty object', 'application/json', {}],
  ['a list', 'application/json', { categories: [] }],
  ['null', 'application/json', null],
  ['a word', 'application/json', 'ok'],
  ['failure without a reason', 'application/json', major],
  ['an OAuth error', 'application/json', { error: 'insufficient_scope' }],
  ['a dead token', 'application/json', { error: 'invalid_token' }],
  ...Object.keys(codeMinors).map((code): [string, string, unknown] => [
    code,
    'application/json',
    wrapped(code, 'why')[0],
  ]),
];
const answer = (status: number, body: unknown, contentType = 'application/json'): SisAnswer => ({
  kind: 'response',
  status,
  contentType,
  body,
  retryAfter: '60',
});

/** What must hold whatever comes: the class is never worse than the answer allows. */
function holds(a: Asked, status: number, contentType: string, body: unknown, outcome: Outcome): string[] {
  const wrong: string[] = [];
  const never = (what: string, happened: boolean) => happened && wrong.push(what);
  const { kind } = outcome;
  const ok = status >= 200 && status < 300;
  const gone = a.method === 'DELETE' && (status === 404 || status === 410);
  never('acknowledged without a 2xx', kind === 'acknowledged' && !ok && !gone);
  never('acknowledged what is no JSON', kind === 'acknowledged' && body === NotJson);
  never('a read that was empty is read', kind === 'acknowledged' && a.method === 'GET' && body === undefined);
  never('a redirect is followed or forgiven', status >= 300 && status < 400 && kind !== 'broken');
  never(
    'refused what was no refusal',
    kind === 'refused' && (status < 200 || (status >= 300 && status < 400)),
  );
  never('refused by a server in trouble', kind === 'refused' && status >= 500 && a.method === 'PUT');
  never(
    'refused although nobody may write',
    kind === 'refused' && [401, 402, 405, 407, 501].includes(status) && a.method === 'PUT',
  );
  const ambiguous = 'ambiguous' in outcome && outcome.ambiguous === true;
  never('a read that may have written', ambiguous && a.method === 'GET');
  never(
    'a write that may have been stored and is not told so',
    a.method !== 'GET' && !ambiguous && kind !== 'broken' && kind !== 'refused' && status >= 500,
  );
  never(
    'a write with an answer that cannot be read and is not told so',
    a.method !== 'GET' && !ambiguous && ok && body === NotJson,
  );
  never('a refused row that waits', kind === 'refused' && 'retryAfterMs' in outcome);
  never('a Retry-After unheard', (kind === 'retry' || kind === 'broken') && outcome.retryAfterMs !== 60_000);
  never('a code without words', kind !== 'acknowledged' && !errorCodes.includes(outcome.code));
  return wrong.map(
    (what) => `${what}: ${a.method} ${a.about} ${status} ${contentType} ${JSON.stringify(body)}`,
  );
}

test('every status × body × request: the class is never worse than the answer allows', () => {
  const wrong: string[] = [];
  let walked = 0;
  for (const a of asked)
    for (const status of statuses)
      for (const [, contentType, body] of bodies) {
        const given = answer(status, body, contentType);
        wrong.push(...holds(a, status, contentType, body, classify(a, given, now)));
        walked++;
      }
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(walked).toBe(asked.length * statuses.length * bodies.length);
});

test('no row of the table is idle', () => {
  const used = new Set<number>();
  const put: Asked = { method: 'PUT', about: 'result' };
  for (const a of [put, ...asked])
    for (const status of [200, 300, 401, 402, 403, 404, 405, 407, 408, 422, 425, 429, 500, 501])
      for (const [, contentType, body] of [...bodies, ['words', '', { message: 'vendor key' }] as const]) {
        const given = { kind: 'response' as const, status, contentType, body };
        used.add(answers.findIndex((row) => row.fits(caseOf(a, given))));
      }
  expect(answers.filter((_, i) => !used.has(i)).map((row) => row.answer)).toEqual([]);
});

test('a code minor means the same in every spelling and wrapping, in 1.2 and 1.1', () => {
  for (const a of asked)
    for (const status of [200, 400, 401, 403, 404, 409, 422, 429, 500, 503])
      for (const spellings of Object.values(codeMinors)) {
        const kinds = spellings
          .flatMap((code) => wrapped(code, 'why'))
          .map((body) => classify(a, answer(status, body), now))
          .map((outcome) =>
            outcome.kind === 'acknowledged' ? outcome.kind : `${outcome.kind} ${outcome.code}`,
          );
        expect([a, status, ...new Set(kinds)]).toHaveLength(3);
      }
});

test.each<[code: string, at200: string, at403: string, at422: string, at500: string]>([
  ['fullsuccess', 'refused', 'refused', 'refused', 'retry'],
  ['invalid_filter_field', 'refused', 'refused', 'refused', 'retry'],
  ['invalid_selection_field', 'refused', 'refused', 'refused', 'retry'],
  ['invaliddata', 'refused', 'refused', 'refused', 'retry'],
  ['unauthorisedrequest', 'broken', 'refused', 'refused', 'retry'],
  ['internal_server_error', 'retry', 'retry', 'retry', 'retry'],
  ['server_busy', 'retry', 'retry', 'retry', 'retry'],
  ['deletefailure', 'refused', 'refused', 'refused', 'retry'],
  ['unknownobject', 'refused', 'refused', 'refused', 'retry'],
  ['forbidden', 'refused', 'refused', 'refused', 'retry'],
])('failure with %s: 200 %s, 403 %s, 422 %s, 500 %s', (code, ...expected) => {
  const put: Asked = { method: 'PUT', about: 'result' };
  for (const spelling of codeMinors[code] ?? [])
    for (const body of wrapped(spelling, 'why'))
      expect([200, 403, 422, 500].map((status) => classify(put, answer(status, body), now).kind)).toEqual(
        expected,
      );
});

describe('why an item was refused', () => {
  test('words choose the explanation and never the class', () => {
    const words = refusals.flatMap(({ like = [] }) => like);
    const moved = new Set<string>();
    for (const a of asked.filter(({ about }) =>
      ['result', 'lineItem', 'categories', 'probe'].includes(about),
    ))
      for (const status of [100, 200, 302, 500, 503, ...statuses.filter((s) => s >= 400 && s < 500)]) {
        const plain = classify(a, answer(status, { detail: 'why' }), now);
        for (const detail of words)
          if (classify(a, answer(status, { detail }), now).kind !== plain.kind)
            moved.add(`${a.method} ${status} ${detail}`);
      }
    expect([...moved].slice(0, 5)).toEqual([]);
  });

  test.each(refusals.flatMap(({ code, like = [] }) => like.map((words) => [words, code] as const)))(
    '"%s" is %s',
    (words, code) => {
      const about = ['lineItem', 'result'] as const;
      const found = about
        .flatMap((what) => [404, 409, 412, 422].map((status) => ({ what, status })))
        .map(({ what, status }) =>
          classify({ method: 'PUT', about: what }, answer(status, { imsx_description: words }), now),
        )
        .map((outcome) => outcome.kind === 'refused' && outcome.code);
      expect(found).toContain(code);
    },
  );

  test('every guess is one that somebody can act on, or an honest "no reason"', () => {
    for (const { code } of refusals) expect([code, dictionary[code].retry]).not.toEqual([code, 'never']);
  });
});

test('silence: a write that may have left is ambiguous, one that cannot have left is not, a read never is', () => {
  for (const reason of Object.keys(silences) as SilenceReason[])
    for (const sent of [true, false])
      for (const a of asked) {
        const outcome = classify(a, { kind: 'silence', sent, reason }, now);
        expect(['retry', 'broken']).toContain(outcome.kind);
        expect('ambiguous' in outcome && outcome.ambiguous === true).toBe(sent && a.method !== 'GET');
      }
});

test('whatever comes back, the outcome is one of the four, the invariants hold, and nothing is thrown', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('failure', 'error', 'warning', 'invalid_token', ...Object.values(codeMinors).flat()),
  );
  const leaf = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }));
  const info = fc.record(
    {
      imsx_codeMajor: leaf,
      imsx_severity: leaf,
      imsx_CodeMinor: fc.oneof(
        leaf,
        leaf.map((v) => ({ imsx_codeMinorField: v })),
      ),
      imsx_description: leaf,
      error: leaf,
      errors: leaf,
      title: leaf,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.constantFrom(undefined, NotJson),
    fc.jsonValue(),
    info,
    info.map((v) => ({ imsx_StatusInfo: v })),
    info.map((v) => ({ statusInfoSet: [v] })),
    leaf.map((v) => ({ lineItem: v, result: { sourcedId: v }, sourcedIdPairs: v })),
    leaf.map((v) => JSON.parse(`{"__proto__":${JSON.stringify(v) ?? 'null'}}`) as unknown),
  );
  const type = fc.constantFrom('', 'text/html', 'application/json', 'text/html; charset=x', '\0');
  fc.assert(
    fc.property(
      fc.constantFrom(...asked),
      fc.integer({ min: -1, max: 999 }),
      body,
      type,
      (a, status, b, t) => {
        const outcome = classify(a, answer(status, b, t), now);
        expect(['acknowledged', 'retry', 'refused', 'broken']).toContain(outcome.kind);
        expect(holds(a, status, t, b, outcome)).toEqual([]);
      },
    ),
    { numRuns: 3000 },
  );
});
