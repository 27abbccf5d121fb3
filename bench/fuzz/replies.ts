/** What an SIS might answer: right, wrong, cut, odd, hostile; as bytes on a socket. */
import { gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import { jsonText, spoiled } from './bodies.ts';
import { hostileTexts } from './values.ts';

export interface Reply {
  bytes: Buffer;
  /** what happens to the connection afterwards */
  then: 'keep' | 'end' | 'reset' | 'hang';
  /**
   * Whether a write that got this may be taken as acknowledged: complete, a 2xx, and an empty or JSON body that does
   * not itself say failure. Decided where the reply is made, not by the code under test.
   */
  success: boolean;
}

const info = (codeMajor: string, severity: string, codeMinor: string, description: string) => ({
  imsx_codeMajor: codeMajor,
  imsx_severity: severity,
  imsx_description: description,
  imsx_CodeMinor: {
    imsx_codeMinorField: [
      { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: codeMinor },
    ],
  },
});
const words = fc.oneof(
  fc.constantFrom(
    'fullsuccess',
    'invaliddata',
    'unknownobject',
    'server_busy',
    'forbidden',
    'unauthorisedrequest',
  ),
  fc.constantFrom(
    'The student is not enrolled',
    'grading window closed',
    'rate limit',
    '',
    'Category not found',
  ),
  fc.constantFrom(...hostileTexts),
);
const statusInfo = fc
  .tuple(
    fc.constantFrom('success', 'failure', 'processing', 'unsupported', 'Failure', 'FAILURE', ''),
    fc.constantFrom('status', 'warning', 'error', 'Error'),
    words,
    words,
  )
  .map((parts) => info(...parts));
const wrapped = statusInfo.chain((inner) =>
  fc.constantFrom<unknown>(
    inner,
    { imsx_StatusInfo: inner },
    { statusInfoSet: [inner] },
    { errors: [inner] },
  ),
);
const objects = fc.constantFrom<unknown>(
  ...[{ lineItem: { sourcedId: 'allocated' } }, { result: { sourcedId: 'x'.repeat(300) } }, { sourcedId: 7 }],
  ...[
    { lineItems: [{ sourcedId: 'a' }, null, {}] },
    { results: [{ sourcedId: 'r', score: '91.5' }] },
    { users: [] },
  ],
  ...[
    { categories: [{ sourcedId: 'c', title: 'Homework' }] },
    { class: { school: { sourcedId: 's' } } },
    {},
    [],
    null,
  ],
);
const sane = fc.oneof(wrapped, objects);
const json = fc
  .oneof(
    { arbitrary: sane, weight: 3 },
    { arbitrary: spoiled(sane), weight: 3 },
    { arbitrary: fc.jsonValue(), weight: 1 },
  )
  .map(jsonText);
const html = '<!doctype html><html><head><title>Maintenance</title></head><body>Back soon</body></html>';
const noJson = fc.constantFrom(
  html,
  '<?xml version="1.0"?><error/>',
  'OK',
  '{"lineItem":{"sourcedId":',
  '{}{}',
  "{'a':1}",
  'NaN',
);

interface Body {
  bytes: Buffer;
  text: string;
  encoding: string | null;
}
const plain = (text: string): Body => ({ bytes: Buffer.from(text), text, encoding: null });
const body: Arbitrary<Body> = fc.oneof(
  { arbitrary: json.map(plain), weight: 10 },
  { arbitrary: noJson.map(plain), weight: 4 },
  { arbitrary: fc.constantFrom('', '', ' ', '\r\n').map(plain), weight: 3 },
  { arbitrary: json.map((text) => ({ bytes: gzipSync(text), text, encoding: 'gzip' })), weight: 2 },
  // says gzip and is none, or is cut: cannot be read, so that it says nothing
  {
    arbitrary: json.map((text) => ({ bytes: Buffer.from(text || ' '), text: '<', encoding: 'gzip' })),
    weight: 1,
  },
  {
    arbitrary: json.map((text) => ({ bytes: gzipSync(text).subarray(0, 15), text: '<', encoding: 'gzip' })),
    weight: 1,
  },
  {
    arbitrary: fc.constant<Body>({ bytes: Buffer.from([0xff, 0xfe, 0x00]), text: '<', encoding: null }),
    weight: 1,
  },
);

const statuses = fc.oneof(
  { arbitrary: fc.constantFrom(200, 200, 201, 201, 204, 202), weight: 8 },
  { arbitrary: fc.integer({ min: 200, max: 599 }), weight: 4 },
  {
    arbitrary: fc.constantFrom(301, 302, 307, 400, 401, 403, 404, 405, 409, 422, 423, 429, 500, 502, 503),
    weight: 4,
  },
);
const retryAfter = fc.constantFrom(
  ...[
    '7',
    '-5',
    'soon',
    '1e9',
    '1e400',
    '0',
    '',
    '99999999999999999999',
    'Wed, 21 Oct 2099 07:28:00 GMT',
    '2099-01-01',
    '\u00e9',
  ],
);
const oddHeaders: Arbitrary<[string, string][]> = fc.constantFrom<[string, string][]>(
  ...([
    [],
    [],
    [],
    [],
    [['Location', 'http://169.254.169.254/']],
    [['Location', '//']],
    [['Set-Cookie', 'a=b; Domain=.']],
  ] as [string, string][][]),
  ...([
    [['X-Total-Count', '1e309']],
    [['X-Total-Count', '-1']],
    [['Link', '<x>; rel="next"']],
    [['Link', '<'.repeat(500)]],
  ] as [string, string][][]),
  ...([
    [['__proto__', 'x']],
    [['constructor', 'x']],
    [
      ['X-A', '1'],
      ['X-A', '2'],
    ],
    [['X-Latin', '\u00ff']],
  ] as [string, string][][]),
  ...([
    [['X-Huge', 'x'.repeat(40_000)]],
    [['WWW-Authenticate', 'Bearer error="insufficient_scope"']],
    [['Date', 'never']],
  ] as [string, string][][]),
  ...([
    [['Connection', 'close']],
    [['Trailer', 'X']],
    [['Upgrade', 'h2c']],
    [['Content-Range', 'bytes 0-1/2']],
  ] as [string, string][][]),
);
const contentTypes = fc.constantFrom(
  ...[
    'application/json',
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'text/html',
  ],
  ...['text/plain', 'application/xml', '', 'x', 'application/problem+json', 'APPLICATION/JSON', ';;;', null],
);

/** How the body is delimited; a cut one was never whole. */
const framings = fc.constantFrom(
  ...[
    'length',
    'length',
    'length',
    'length',
    'length',
    'chunked',
    'chunked',
    'close',
    'cutLength',
    'cutChunk',
    'resetInside',
  ],
);

const proper: Arbitrary<Reply> = fc
  .record({
    status: statuses,
    type: contentTypes,
    body,
    headers: oddHeaders,
    retryAfter: fc.option(retryAfter, { freq: 3 }),
    framing: framings,
  })
  .map(({ status, type, body: { bytes, text, encoding }, headers, retryAfter: wait, framing }) => {
    const none = status === 204 || status === 304;
    const lines = [
      `HTTP/1.1 ${status} Said`,
      ...(type === null ? [] : [`Content-Type: ${type}`]),
      ...(encoding === null ? [] : [`Content-Encoding: ${encoding}`]),
      ...(wait === null ? [] : [`Retry-After: ${wait}`]),
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    const cut = !none && framing !== 'length' && framing !== 'chunked' && framing !== 'close';
    const tooMuch = headers.some(([name]) => name === 'X-Huge');
    const said = none ? '' : text;
    return {
      bytes: Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), rest(none ? 'none' : framing, bytes)]),
      then:
        none || framing === 'length' || framing === 'chunked'
          ? ('keep' as const)
          : framing === 'resetInside'
            ? ('reset' as const)
            : ('end' as const),
      success: status >= 200 && status < 300 && !cut && !tooMuch && saysSuccess(said),
    };
  });

function rest(framing: string, bytes: Buffer): Buffer {
  const head = (line: string) => Buffer.from(`\r\n${line}\r\n\r\n`);
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  switch (framing) {
    case 'none':
      return Buffer.from('\r\n\r\n');
    case 'length':
      return Buffer.concat([head(`Content-Length: ${bytes.length}`), bytes]);
    case 'chunked':
      return Buffer.concat([
        head('Transfer-Encoding: chunked'),
        ...(bytes.length > 0 ? [chunk] : []),
        Buffer.from('0\r\n\r\n'),
      ]);
    case 'close':
      return Buffer.concat([head('Connection: close'), bytes]);
    case 'cutChunk':
      return Buffer.concat([
        head('Transfer-Encoding: chunked'),
        Buffer.from(`${(bytes.length + 10).toString(16)}\r\n`),
        bytes,
      ]);
    default:
      return Buffer.concat([head(`Content-Length: ${bytes.length + 10}`), bytes]);
  }
}

function saysSuccess(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    // the words of failure are another test's (the outcome table); here it is enough that it is JSON at all
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** No HTTP, or hardly. */
const improper: Arbitrary<Reply> = fc
  .oneof(
    fc.constantFrom(
      ...[
        '',
        '\r\n\r\n',
        'HTTP/1.1',
        'HTTP/1.1 \r\n\r\n',
        'HTTP/1.1 99 X\r\n\r\n',
        'HTTP/1.1 1000 X\r\n\r\n',
        'HTTP/9.9 200 OK\r\n\r\n',
      ],
      ...[
        'SSH-2.0-OpenSSH_9\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      ],
      ...[
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nzz\r\n',
        'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
        'HTTP/1.1 200 OK\r\nA\u0000: x\r\n\r\n',
      ],
      ...[
        'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )
  .map((text) => ({ bytes: Buffer.from(text, 'latin1'), then: 'end' as const, success: false }));

export const replies: Arbitrary<Reply> = fc.oneof(
  { arbitrary: proper, weight: 40 },
  { arbitrary: improper, weight: 4 },
  { arbitrary: fc.constant<Reply>({ bytes: Buffer.alloc(0), then: 'reset', success: false }), weight: 1 },
  {
    arbitrary: fc.constant<Reply>({
      bytes: Buffer.from('HTTP/1.1 200 OK\r\nContent-'),
      then: 'hang',
      success: false,
    }),
    weight: 1,
  },
);
