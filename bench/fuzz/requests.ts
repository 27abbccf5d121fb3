/** Requests to every operation: right ones, wrong ones, and ones that no client library would send. */
import fc, { type Arbitrary } from 'fast-check';
import type { Api, Operation } from './api.ts';
import { fitting, jsonText, type Known, spoiled } from './bodies.ts';
import { brokenBodies, hostileTexts } from './values.ts';
import type { Sent } from './wire.ts';

/** Somebody who calls, and what he knows. */
export interface Actor {
  name: string;
  role: 'root' | 'admin' | 'lms' | 'teacher' | 'nobody';
  tenant: string;
  authorization: () => string | null;
  known: Known;
  /** ids of the other tenant */
  others: Known;
}
export interface Planned extends Sent {
  operation: Operation | null;
  actor: Actor;
  /** the tenant that a root key named, or the actor's own; null: several may be meant */
  tenant: string | null;
  /** what stands in the path, as the service should read it; null where it was disfigured */
  params: Record<string, string> | null;
  contentType: string | null;
}

export function requests(api: Api, actors: readonly Actor[]): Arbitrary<Planned> {
  const each = api.operations.map((operation) => {
    const may = actors.filter((a) => operation.roles.length === 0 || operation.roles.includes(a.role));
    return fc
      .oneof(
        { arbitrary: fc.constantFrom(...may), weight: 5 },
        { arbitrary: fc.constantFrom(...actors), weight: 1 },
      )
      .chain((actor) => requestOf(api, operation, actor));
  });
  return fc.oneof(
    { arbitrary: fc.oneof(...each), weight: 30 },
    { arbitrary: fc.constantFrom(...actors).chain(elsewhere), weight: 1 },
  );
}

function requestOf(api: Api, operation: Operation, actor: Actor): Arbitrary<Planned> {
  return fc
    .record({
      path: pathOf(operation, actor),
      query: queryOf(api, operation, actor),
      headers: headersOf(operation),
      body: bodyOf(api, operation, actor),
      authorization: authorizationOf(actor),
      method: rarely(
        fc.constantFrom('HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'put', 'PROPFIND'),
        operation.method,
        60,
      ),
      from: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
    })
    .map(({ path, query, headers, body, authorization, method, from }): Planned => {
      const tenant = query.find(([name]) => name === 'tenant')?.[1] ?? null;
      return {
        operation: method === operation.method ? operation : null,
        actor,
        tenant: actor.role === 'root' ? tenant : actor.tenant,
        method,
        path: `${path.text}${query.length === 0 ? '' : `?${query.map(([n, v]) => `${n}=${v}`).join('&')}`}`,
        params: path.params,
        headers: [
          ...authorization.map((value) => ['Authorization', value] as const),
          // each caller without a credential comes from an address of its own: the limit is another test
          ['X-Forwarded-For', `10.${from.join('.')}`] as const,
          ...headers,
          ...(body.type === null ? [] : [['Content-Type', body.type] as const]),
        ],
        body: body.bytes,
        contentType: body.type,
      };
    });
}

function elsewhere(actor: Actor): Arbitrary<Planned> {
  const path = fc
    .array(
      fc.constantFrom(
        ...[
          'v1',
          'teacher',
          'admin',
          'assets',
          'livez',
          'readyz',
          'openapi.yaml',
          'docs',
          'metrics',
          '..',
          '.',
          '',
          '%2e%2e',
        ],
        ...[
          '%2e',
          '%2f',
          '%5c',
          '%00',
          '%zz',
          'etc',
          'passwd',
          'index.html',
          'classes',
          'C1',
          '%c0%ae',
          '\u00e9',
          'x'.repeat(3000),
        ],
      ),
      { maxLength: 5 },
    )
    .map((parts) => `/${parts.join('/')}`);
  return fc
    .tuple(path, fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'))
    .map(([where, method]): Planned => ({
      operation: null,
      actor,
      tenant: null,
      method,
      path: where,
      params: null,
      headers: [],
      body: null,
      contentType: null,
    }));
}

const rarely = <T>(odd: Arbitrary<T>, usual: T, oneIn: number): Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: oneIn - 1 }, { arbitrary: odd, weight: 1 });

const anyId = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
/** Before the first sync there is no sync to ask for. */
const someOf = (ids: readonly string[] | undefined): readonly string[] => (ids?.length ? ids : ['none']);

/** Lone surrogates have no UTF-8; sent as the bytes that they would be. */
const encoded = (text: string): string =>
  [...text]
    .map((c) =>
      c.isWellFormed()
        ? encodeURIComponent(c)
        : [0xed, 0x80 | ((c.charCodeAt(0) >> 6) & 0x3f), 0x80 | (c.charCodeAt(0) & 0x3f)]
            .map((byte) => `%${byte.toString(16)}`)
            .join(''),
    )
    .join('');

function pathOf(operation: Operation, actor: Actor): Arbitrary<{ text: string; params: Planned['params'] }> {
  const ids = operation.params.map((name) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...someOf(actor.known(name))), weight: 28 },
      { arbitrary: fc.constantFrom(...someOf(actor.others(name))), weight: 1 },
      { arbitrary: fc.constantFrom(...hostileTexts), weight: 2 },
      { arbitrary: anyId, weight: 1 },
    ),
  );
  const twist = rarely(
    fc.constantFrom<(path: string) => string>(
      (path) => path.replaceAll('%', '%25'),
      (path) => `${path}/`,
      (path) => path.replace('/v1/', '//v1/'),
      (path) => path.replace('/v1/', '/V1/'),
      (path) => path.replace('/v1/', '/v1/./x/../'),
      (path) => `${path}%zz`,
      (path) => `${path}%00`,
      (path) => `${path}%c3%28`,
      (path) => `${path};a=b`,
      (path) => `http://elsewhere.example${path}`,
      (path) => `${path}#x`,
    ),
    (path: string) => path,
    25,
  );
  return fc.tuple(fc.tuple(...ids), twist).map(([values, bend]) => {
    const params = Object.fromEntries(operation.params.map((name, i) => [name, values[i] ?? '']));
    const straight = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
      encoded(params[name] ?? ''),
    );
    const text = bend(straight);
    return { text, params: text === straight ? params : null };
  });
}

function queryOf(api: Api, operation: Operation, actor: Actor): Arbitrary<[string, string][]> {
  const each = operation.query.map(({ name, schema }) => {
    const value = fc.oneof(
      { arbitrary: fitting(api, schema, actor.known, name).map(String), weight: 4 },
      { arbitrary: fc.constantFrom(...hostileTexts), weight: 1 },
    );
    // a root key must say which tenant; nobody else may
    const [given, not] = name !== 'tenant' ? [1, 2] : actor.role === 'root' ? [8, 1] : [1, 60];
    return fc.oneof(
      { arbitrary: value.map((text): [string, string][] => [[name, encoded(text)]]), weight: given },
      { arbitrary: fc.constant<[string, string][]>([]), weight: not },
    );
  });
  const odd = rarely<[string, string][]>(
    fc.constantFrom<[string, string][]>(
      [['unknown', '1']],
      [['__proto__', 'x']],
      [
        ['limit', '1'],
        ['limit', '2'],
      ],
      [['cursor', '%zz']],
      [['limit', '%00']],
      [['', '']],
      [['limit[]', '1']],
    ),
    [],
    25,
  );
  return fc.tuple(fc.tuple(...each), odd).map(([own, more]) => [...own.flat(), ...more]);
}

function headersOf(operation: Operation): Arbitrary<(readonly [string, string])[]> {
  const meant = operation.headers.map((name) =>
    rarely<(readonly [string, string])[]>(
      fc
        .constantFrom(
          'k1',
          'k2',
          '"1"',
          'W/"1"',
          '*',
          '',
          ' ',
          'x'.repeat(255),
          'x'.repeat(256),
          'a b',
          '\u00e9',
          '"',
        )
        .map((value) => [[name, value] as const]),
      [],
      3,
    ),
  );
  const odd = rarely<(readonly [string, string])[]>(
    fc.constantFrom<(readonly [string, string])[]>(
      [['X-Request-Id', '<script>']],
      [['X-Request-Id', 'fine-1']],
      [['X-Request-Id', 'x'.repeat(500)]],
      [['Host', 'evil@127.0.0.1']],
      [
        ['X-Forwarded-Host', 'evil.example'],
        ['Forwarded', 'host=evil.example'],
      ],
      [['X-HTTP-Method-Override', 'DELETE']],
      [['Accept', 'text/html']],
      [['Accept-Encoding', 'br;q=1, *;q=0']],
      [['Range', 'bytes=0-1']],
      [['If-None-Match', '*']],
      [['Content-Encoding', 'gzip']],
      [['Transfer-Encoding', 'chunked']],
      [['Expect', '100-continue']],
      [['Expect', 'something']],
      [['Connection', 'close, Authorization']],
      [['Cookie', 'a='.repeat(2000)]],
      [['X-Long', 'x'.repeat(20_000)]],
      [['X-Latin', '\u00ff\u0080']],
      [['Authorization', 'Bearer second']],
      [
        ['Content-Type', 'text/plain'],
        ['Content-Type', 'application/json'],
      ],
      [['Content-Length', '-1']],
      [['Content-Length', '0x10']],
      [
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ],
      [
        ['Upgrade', 'h2c'],
        ['Connection', 'Upgrade'],
      ],
    ),
    [],
    12,
  );
  return fc.tuple(fc.tuple(...meant), odd).map(([own, more]) => [...own.flat(), ...more]);
}

function authorizationOf(actor: Actor): Arbitrary<string[]> {
  const usual = actor.authorization();
  const odd = fc.constantFrom(
    ...[
      [],
      ['Bearer'],
      ['Bearer '],
      ['Basic cm9vdDpyb290'],
      ['Bearer \u00e9'],
      ['Bearer x y'],
      ['Digest x'],
      ['x'.repeat(600)],
    ],
    ...[['Bearer orp_key_nobody-has-ever-made-this-one-0123456789'], ['Bearer null'], ['Bearer ../../x']],
  );
  return rarely(odd, usual === null ? [] : [`Bearer ${usual}`], 40);
}

/** Above the limit of a usual body, below that of a batch. */
const tooLarge = Buffer.from(`{"title":"${'x'.repeat(1_100_000)}"}`);

function bodyOf(
  api: Api,
  operation: Operation,
  actor: Actor,
): Arbitrary<{ bytes: Buffer | null; type: string | null }> {
  const json = operation.csv ? 'text/csv' : 'application/json';
  const type = rarely<string | null>(
    fc.constantFrom(
      ...[
        `${json}; charset=utf-8`,
        'APPLICATION/JSON',
        `${json};charset="UTF-8"`,
        'application/json; charset=utf-16',
      ],
      ...[
        'application/json; charset=latin1',
        'text/plain',
        '',
        'application/x-www-form-urlencoded',
        'application/merge-patch+json',
      ],
      ...['multipart/form-data; boundary=x', 'application/json, text/html', 'application/jsonp', ';', null],
    ),
    json,
    12,
  );
  const broken = fc.constantFrom(...brokenBodies);
  if (!operation.body && !operation.csv)
    return rarely<{ bytes: Buffer | null; type: string | null }>(
      fc.tuple(broken, type).map(([bytes, of]) => ({ bytes, type: of })),
      { bytes: null, type: null },
      20,
    );
  const fits = fitting(api, operation.body ?? {}, actor.known);
  const bytes = operation.csv
    ? csvText(actor)
    : fc.oneof(
        { arbitrary: fits.map((value) => Buffer.from(jsonText(value))), weight: 200 },
        { arbitrary: spoiled(fits).map((value) => Buffer.from(jsonText(value))), weight: 150 },
        { arbitrary: broken, weight: 25 },
        { arbitrary: fc.constant(tooLarge), weight: 1 },
      );
  return fc.oneof(
    { arbitrary: fc.tuple(bytes, type).map(([given, of]) => ({ bytes: given, type: of })), weight: 30 },
    { arbitrary: fc.constant({ bytes: null, type: null }), weight: operation.bodyRequired ? 1 : 10 },
  );
}

/** Lines of ids, some of them right; now and then no CSV at all. */
function csvText(actor: Actor): Arbitrary<Buffer> {
  const id = (name: string) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...someOf(actor.known(name)), ''), weight: 12 },
      { arbitrary: fc.constantFrom(...someOf(actor.others(name))), weight: 1 },
      { arbitrary: fc.constantFrom(...hostileTexts), weight: 1 },
    );
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = fc
    .tuple(
      fc.constantFrom('class', 'class', 'student', 'student', 'lineItem', '', 'teacher'),
      ...[id('classId'), id('studentId'), fc.constantFrom('', '', '', 'quiz')],
      ...[
        fc.constantFrom('', 'sis-class-1', 'sis-s01', 'sis-s02', ...hostileTexts),
        fc.constantFrom('', '', 'k'),
      ],
    )
    .map((cells) => cells.map(quoted).join(','));
  const header = rarely(
    fc.constantFrom(
      '',
      'kind',
      'kind,classId,classId',
      'a,b',
      '\u0000',
      '__proto__,kind,classId,sourcedId,x,y',
    ),
    'kind,classId,studentId,lineItemId,sourcedId,customId',
    10,
  );
  const text = fc
    .tuple(header, fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'))
    .map(([first, lines, end]) => Buffer.from([first, ...lines].join(end)));
  return fc.oneof(
    { arbitrary: text, weight: 12 },
    { arbitrary: fc.constantFrom(...brokenBodies), weight: 1 },
  );
}
