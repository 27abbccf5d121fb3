import fc from 'fast-check';
import { OneRosterLineItem, OneRosterResult } from '../../src/gradebook/oneroster.ts';
import { lineItemBody, resultBody, SIS_CLIENT, startTestSis, type TestSis } from '../support/sis.ts';
import {
  clientCredentials,
  clientOf,
  closeAll,
  connection,
  json,
  never,
  type Served,
  serve,
  sisOf,
} from './fixtures.ts';

afterEach(closeAll);

describe('with the demo SIS', () => {
  let sis: TestSis;
  beforeEach(async () => (sis = await startTestSis()));
  afterEach(() => sis.stop());
  const signedIn = (of = sis) =>
    connection(of, { auth: clientCredentials({ clientSecret: SIS_CLIENT.secret, tokenUrl: of.tokenUrl }) });
  const lineItem = (id: string) => OneRosterLineItem.parse(lineItemBody(sis, id).lineItem);
  const result = (id: string) => OneRosterResult.parse(resultBody(sis, id, 'li/1', 'student-1').result);

  test('lineItems and results are written, read back and deleted, ids with odd characters too', async () => {
    sis.control.setRules({});
    const client = clientOf(signedIn());
    expect(await client.putLineItem('li/1', lineItem('li/1'))).toEqual({ kind: 'acknowledged' });
    expect(await client.putResult('r 1%?#ü', result('r 1%?#ü'))).toEqual({ kind: 'acknowledged' });
    expect(await client.readLineItems('class-1')).toMatchObject({
      kind: 'read',
      value: [{ sourcedId: 'li/1' }],
    });
    expect(await client.readResults('class-1', 'li/1')).toMatchObject({
      kind: 'read',
      value: [{ sourcedId: 'r 1%?#ü', score: 87.5 }],
    });
    expect(sis.violations).toEqual([]);
    expect(sis.control.tokenRequests).toHaveLength(1);
  });

  test('deleting needs a scope that is not asked for, unless it is configured', async () => {
    const scopes = ['gradebook.createput', 'gradebook.delete', 'gradebook.readonly'].map(
      (name) => `https://purl.imsglobal.org/spec/or/v1p2/scope/${name}`,
    );
    await clientOf(signedIn()).putLineItem('li-1', lineItem('li-1'));
    expect(await clientOf(signedIn()).deleteLineItem('li-1')).toMatchObject({
      kind: 'refused',
      said: { status: 403 },
    });
    const auth = clientCredentials({ clientSecret: SIS_CLIENT.secret, tokenUrl: sis.tokenUrl, scopes });
    const client = clientOf(connection(sis, { auth }));
    expect(await client.deleteLineItem('li-1')).toMatchObject({ kind: 'acknowledged' });
    expect(await client.deleteResult('never-there')).toMatchObject({ kind: 'acknowledged' });
  });

  test('a token that the SIS has forgotten is renewed once, and the request repeated', async () => {
    const client = clientOf(signedIn());
    await client.probe();
    sis.control.revokeTokens();
    const both = await Promise.all([
      client.putLineItem('a', lineItem('a')),
      client.putLineItem('b', lineItem('b')),
    ]);
    expect(both).toEqual([{ kind: 'acknowledged' }, { kind: 'acknowledged' }]);
    expect(sis.control.tokenRequests).toHaveLength(2);
  });

  test('a second 401 is the answer', async () => {
    sis.control.arm({ kind: 'status', status: 401, method: 'PUT' });
    const outcome = await clientOf(signedIn()).putLineItem('a', lineItem('a'));
    expect(outcome).toMatchObject({ kind: 'broken', code: 'AUTH_TOKEN_REFUSED' });
    expect(sis.control.writes()).toHaveLength(2);
    expect(sis.control.tokenRequests).toHaveLength(2);
  });

  test('a fixed token that is refused is not repeated', async () => {
    const outcome = await clientOf(connection(sis)).putLineItem('a', lineItem('a'));
    expect(outcome).toMatchObject({ kind: 'broken', code: 'AUTH_TOKEN_REFUSED' });
    expect(sis.control.writes()).toHaveLength(1);
  });

  test('a client of a later run uses the same token; a saved change of the connection does not', async () => {
    const provider = sisOf();
    for (const cacheKey of ['d:1', 'd:1', 'd:2']) {
      const client = provider.open({ ...signedIn(), cacheKey }, never);
      expect(await client.probe()).toEqual({ kind: 'read', value: null });
      client.close();
    }
    expect(sis.control.tokenRequests).toHaveLength(2);
  });

  test.each([
    ['a redirect', { kind: 'redirect' }, { kind: 'broken', code: 'CONN_REDIRECT' }],
    ['a web page', { kind: 'html' }, { kind: 'broken', code: 'CONN_NOT_ONEROSTER', ambiguous: true }],
    ['cut JSON', { kind: 'badjson' }, { kind: 'retry', code: 'SIS_NOT_JSON', ambiguous: true }],
    ['a reset', { kind: 'reset' }, { kind: 'retry', code: 'CONN_RESET', ambiguous: true }],
    [
      'a reset after storing',
      { kind: 'reset-after-store' },
      { kind: 'retry', code: 'CONN_RESET', ambiguous: true },
    ],
    ['no answer', { kind: 'hang' }, { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true }],
    ['a huge body', { kind: 'huge' }, { kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE', ambiguous: true }],
    ['a gzip bomb', { kind: 'gzipbomb' }, { kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE', ambiguous: true }],
    [
      'a huge header',
      { kind: 'hugeheader' },
      { kind: 'retry', code: 'SIS_ANSWER_TOO_LARGE', ambiguous: true },
    ],
    [
      '429 with Retry-After',
      { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
      { kind: 'retry', code: 'SIS_RATE_LIMIT', ambiguous: false, retryAfterMs: 2000 },
    ],
    ['500', { kind: 'status', status: 500 }, { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true }],
  ] as const)('%s is an outcome', async (_what, fault, outcome) => {
    const limits = fault.kind === 'hang' ? { totalMs: 1000 } : {};
    const client = clientOf(signedIn(), sisOf({ limits }));
    await client.probe();
    sis.control.arm({ ...fault, method: 'PUT' });
    expect(await client.putLineItem('a', lineItem('a'))).toMatchObject(outcome);
  });

  test('a refused secret is the connection, with the words of the SIS but not the secret', async () => {
    sis.control.rotateSecret(SIS_CLIENT.id, 'another secret');
    const outcome = await clientOf(signedIn()).putLineItem('a', lineItem('a'));
    expect(outcome).toMatchObject({ kind: 'broken', code: 'AUTH_INVALID_CLIENT' });
    expect(JSON.stringify(outcome)).not.toContain(SIS_CLIENT.secret);
    expect(sis.control.writes()).toHaveLength(0);
  });

  test('an abort ends what is in flight', async () => {
    const abort = new AbortController();
    const client = clientOf(signedIn(), sisOf(), abort.signal);
    await client.probe();
    sis.control.arm({ kind: 'hang' });
    setTimeout(() => abort.abort(), 20);
    expect(await client.probe()).toMatchObject({ kind: 'retry', code: 'INTERRUPTED' });
    expect(await client.probe()).toMatchObject({ kind: 'retry', code: 'INTERRUPTED' });
  });

  test('categories, the school and the students of a class are read', async () => {
    const client = clientOf(signedIn());
    expect(await client.readCategories('class-1')).toEqual({
      kind: 'read',
      value: [
        { sourcedId: 'category-homework', title: 'Homework' },
        { sourcedId: 'category-tests', title: 'Tests' },
      ],
    });
    expect(await client.readClassSchool('class-1')).toEqual({ kind: 'read', value: 'school-1' });
    expect(await client.readClassStudents('class-2')).toEqual({
      kind: 'read',
      value: ['student-1', 'student-2', 'student-3'].map((sourcedId) => ({ sourcedId })),
    });
    expect(await client.readClassSchool('no-such')).toMatchObject({
      kind: 'refused',
      code: 'SIS_UNKNOWN_OBJECT',
    });
  });

  test.each([
    [null, true],
    [null, false],
    [2, true],
    [2, false],
    [3, false],
    [6, false],
  ])('a page cap of %p, with X-Total-Count: %p, loses no student', async (pageCap, totalCount) => {
    sis.control.setRules({ pageCap, totalCount });
    const client = clientOf(signedIn());
    for (const [id, size] of [
      ['class-1', 6],
      ['class-2', 3],
      ['class-1', 6],
    ] as const) {
      const students = await client.readClassStudents(id);
      expect(students.kind === 'read' && students.value).toHaveLength(size);
    }
  });
});

/** A list of `total` objects, served as badly as is told. */
function pagesOf(
  total: number,
  behave: {
    cap?: number;
    ignoresOffset?: boolean;
    ignoresLimit?: boolean;
    pastEnd?: number;
    totalCount?: (offset: number, given: number) => number | undefined;
    link?: (offset: number, given: number) => string | undefined;
  },
): Promise<Served> {
  const all = Array.from({ length: total }, (_, i) => ({ sourcedId: `s-${i}` }));
  return serve((request, response) => {
    const query = new URL(request.url, 'http://x').searchParams;
    const offset = behave.ignoresOffset ? 0 : Number(query.get('offset') ?? 0);
    const limit = behave.ignoresLimit ? Infinity : Number(query.get('limit') ?? 100);
    if (behave.pastEnd && offset >= total && offset > 0) return json(response, behave.pastEnd, {});
    const users = all.slice(offset, offset + Math.min(limit, behave.cap ?? Infinity));
    const count = behave.totalCount?.(offset, users.length);
    const link = behave.link?.(offset, users.length);
    return json(
      response,
      200,
      { users },
      { ...(count === undefined ? {} : { 'x-total-count': String(count) }), ...(link ? { link } : {}) },
    );
  });
}

describe('paging', () => {
  const read = async (server: Served) => {
    const students = await clientOf(connection(server)).readClassStudents('c');
    return students.kind === 'read' ? students.value.length : students;
  };

  test.each([
    ['nothing special', 250, {}],
    ['an empty list', 0, {}],
    ['exactly one full page', 100, {}],
    ['a cap below the limit', 120, { cap: 50 }],
    ['a cap that the list fills exactly', 100, { cap: 50 }],
    ['a count that is that of the page', 120, { cap: 50, totalCount: (_o: number, n: number) => n }],
    ['a count of zero', 250, { totalCount: () => 0 }],
    ['a count far too high', 30, { totalCount: () => 10_000 }],
    ['a link that promises more for ever', 30, { link: () => '<http://x/?offset=100>; rel="next"' }],
    ['no paging at all, everything at once', 250, { ignoresLimit: true }],
    ['the same page again and again', 60, { ignoresOffset: true }],
    ['404 past the end', 200, { pastEnd: 404 }],
    ['400 past the end', 30, { pastEnd: 400 }],
  ])('%s', async (_what, total, behave) => {
    const server = await pagesOf(total, behave);
    expect(await read(server)).toBe(total);
    expect(server.requests.length).toBeLessThanOrEqual(
      Math.ceil(total / (behave as { cap?: number }).cap! || total / 100) + 2,
    );
  });

  test('whatever the cap and the sizes, nothing is lost, however many lists are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 120 }),
        fc.array(fc.nat(130), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (cap, totals, honest) => {
          let total = 0;
          const server = await serve((request, response) => {
            const query = new URL(request.url, 'http://x').searchParams;
            const offset = Number(query.get('offset'));
            const size = Math.max(0, Math.min(Number(query.get('limit')), cap, total - offset));
            const users = Array.from({ length: size }, (_, i) => ({ sourcedId: `${offset + i}` }));
            json(response, 200, { users }, honest ? { 'x-total-count': String(total) } : {});
          });
          const client = clientOf(connection(server));
          for (total of totals) {
            const students = await client.readClassStudents('c');
            expect(students.kind === 'read' && students.value.length).toBe(total);
          }
          await closeAll();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('once it is known that pages are not cut, a list is one request', async () => {
    const server = await pagesOf(30, { totalCount: () => 30 });
    const client = clientOf(connection(server));
    for (let i = 0; i < 3; i++) await client.readClassStudents('c');
    expect(server.requests).toHaveLength(4);
  });

  test('a page shorter than earlier ones is not the last when the SIS says that there is more', async () => {
    const lists = [60, 0, 20, 20, 0];
    const server = await serve((_q, r, n) => {
      const users = Array.from({ length: lists[n - 1] ?? 0 }, (_, i) => ({ sourcedId: `${n}-${i}` }));
      json(r, 200, { users }, n === 3 ? { link: '<http://x/?offset=20>; rel="next"' } : {});
    });
    const client = clientOf(connection(server));
    expect((await client.readClassStudents('c')).kind).toBe('read');
    const second = await client.readClassStudents('c');
    expect(second.kind === 'read' && second.value.length).toBe(40);
  });

  test('an error in the middle is no short list', async () => {
    const server = await serve((_q, r, n) =>
      n === 1
        ? json(r, 200, { users: Array.from({ length: 100 }, (_, i) => ({ sourcedId: `${i}` })) })
        : json(r, 500, {}),
    );
    expect(await read(server)).toMatchObject({ kind: 'retry', code: 'SIS_INTERNAL' });
  });

  test('an SIS that invents new students for ever is stopped', async () => {
    const server = await serve((q, r) => {
      const offset = new URL(q.url, 'http://x').searchParams.get('offset');
      json(r, 200, { users: [{ sourcedId: `s-${offset}` }] }, { 'x-total-count': '999999999' });
    });
    await read(server);
    expect(server.requests.length).toBeLessThanOrEqual(500);
  });

  test.each([{ people: [] }, 'ok', 17, null])(
    'JSON without the list (%p) is unreadable, not empty',
    async (body) => {
      const server = await serve((_q, r) => json(r, 200, body));
      expect(await read(server)).toMatchObject({ kind: 'retry', code: 'SIS_NOT_JSON' });
    },
  );

  test('what is deleted or has no id is left out; numbers are ids', async () => {
    const users = [
      { sourcedId: 7 },
      { sourcedId: 'gone', status: 'tobedeleted' },
      {},
      null,
      { sourcedId: '' },
    ];
    const server = await serve((_q, r) => json(r, 200, { users }));
    const students = await clientOf(connection(server)).readClassStudents('c');
    expect(students).toEqual({ kind: 'read', value: [{ sourcedId: '7' }] });
  });
});

describe('categories', () => {
  test.each([404, 405, 403])(
    '%i for the class: all categories are read, those of other classes left out',
    async (status) => {
      const server = await serve((q, r) =>
        q.url.includes('/classes/')
          ? json(r, status, {})
          : json(r, 200, {
              categories: [
                { sourcedId: 'a', title: 'A', weight: 3 },
                { sourcedId: 'b', title: 'B', metadata: { classId: 'other' } },
                { sourcedId: 'c', title: 'C', metadata: { classId: 'c-1' } },
                { sourcedId: 'd' },
              ],
            }),
      );
      expect(await clientOf(connection(server)).readCategories('c-1')).toEqual({
        kind: 'read',
        value: [
          { sourcedId: 'a', title: 'A' },
          { sourcedId: 'c', title: 'C' },
        ],
      });
    },
  );
  test('500 for the class is an answer of its own', async () => {
    const server = await serve((_q, r) => json(r, 500, {}));
    expect(await clientOf(connection(server)).readCategories('c')).toMatchObject({ kind: 'retry' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('the probe', () => {
  test('an SIS without a list of all categories is asked for lineItems', async () => {
    const server = await serve((q, r) =>
      q.url.includes('/categories') ? json(r, 404, {}) : json(r, 200, { lineItems: [] }),
    );
    expect(await clientOf(connection(server)).probe()).toEqual({ kind: 'read', value: null });
  });
  test('an SIS that only takes is well as long as it takes', async () => {
    const server = await serve((q, r) => (q.method === 'PUT' ? r.writeHead(201).end() : json(r, 405, {})));
    const client = clientOf(connection(server));
    expect(await client.probe()).toMatchObject({ kind: 'broken', code: 'CONN_URL' });
    await client.putResult('r', {});
    expect(await client.probe()).toMatchObject({ kind: 'read' });
    expect(await client.probe()).toMatchObject({ kind: 'broken', code: 'CONN_URL' });
  });
});

describe('what is sent', () => {
  test('extra headers go with gradebook and rostering, cannot change ours, and never to the token endpoint', async () => {
    const tokens = await serve((_q, r) => json(r, 200, { access_token: 'tok-1' }));
    const server = await serve((_q, r) =>
      json(r, 200, { categories: [], class: { school: { sourcedId: 's' } } }),
    );
    const auth = clientCredentials({ tokenUrl: `${tokens.origin}/token` });
    const extraHeaders = {
      'X-Vendor-Authorization': ' key:secret\n',
      Authorization: 'Bearer mine',
      Host: 'x',
      'X-Bad': 'a\nb',
    };
    const client = clientOf(connection(server, { auth, extraHeaders }));
    await client.probe();
    await client.readClassSchool('c');
    expect(server.requests).toHaveLength(2);
    for (const { headers } of server.requests) {
      expect(headers).toMatchObject({
        'x-vendor-authorization': 'key:secret',
        authorization: 'Bearer tok-1',
      });
      expect(headers['x-bad']).toBeUndefined();
      expect(`http://${headers.host}`).toBe(server.origin);
    }
    expect(tokens.requests[0]?.headers['x-vendor-authorization']).toBeUndefined();
  });

  test('no id leaves its place in the path', async () => {
    const server = await serve((_q, r) => json(r, 404, {}));
    const client = clientOf(connection(server));
    for (const id of ['..', '.', 'a/../../b', '%2e%2e', '?x', '#', 'ü', ' ', '\\..\\x'])
      await client.readLineItems(id);
    const shape = /^\/ims\/oneroster\/gradebook\/v1p2\/classes\/[^/?#]+\/lineItems\?limit=100&offset=0$/;
    expect(server.requests).toHaveLength(9);
    for (const { url } of server.requests) expect(url).toMatch(shape);
  });
});

test('what no database can hold is taken out of what the SIS says, and nothing else', async () => {
  const body =
    '{"categories":[{"sourcedId":"a","title":"x\\u0000y\\ud800z"},{"sourcedId":"b","title":"\\ud83d\\ude00 \\\\u0000"}]}';
  const server = await serve((_q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end(body));
  expect(await clientOf(connection(server)).readCategories('c')).toEqual({
    kind: 'read',
    value: [
      { sourcedId: 'a', title: 'x\uFFFDy\uFFFDz' },
      { sourcedId: 'b', title: '😀 \\u0000' },
    ],
  });
});

test('A27: __proto__ in an answer changes nothing', async () => {
  const body =
    '{"__proto__":{"polluted":true},"lineItems":[{"sourcedId":"a","__proto__":{"polluted":true}}]}';
  const server = await serve((_q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end(body));
  const items = await clientOf(connection(server)).readLineItems('c');
  expect(items).toEqual({ kind: 'read', value: [{ sourcedId: 'a' }] });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('tokens and header values that the SIS repeats are struck out of its words', async () => {
  const server = await serve((q, r) =>
    json(r, 422, {
      imsx_codeMajor: 'failure',
      imsx_severity: 'error',
      imsx_description: JSON.stringify(q.headers),
    }),
  );
  const client = clientOf(connection(server, { extraHeaders: { 'x-vendor': 'vendor-secret' } }));
  const outcome = JSON.stringify(await client.putResult('r', {}));
  expect(outcome).toContain('Bearer ***');
  expect(outcome).not.toMatch(/fixed-access-token|vendor-secret/);
});
