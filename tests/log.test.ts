import { Writable } from 'node:stream';
import { createLog, errorFields, type LogFields, redact } from '../src/log.ts';

function captured(secrets: string[] = []) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLog({ level: 'debug', stream, secrets }), lines };
}

test('a line is one JSON object with level, message, time and fields', () => {
  const { log, lines } = captured();
  log.info('started', { port: 3000, embedded: true, url: null });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    ...{ level: 'info', message: 'started', port: 3000, embedded: true, url: null, at: expect.any(String) },
  });
});

test('no text starts a line of its own, and no field replaces level or message', () => {
  const { log, lines } = captured();
  log.warn('first\r\n{"level":"error"}\u2028x\u0085y', { level: 'error', message: 'forged', a: 'b\nc' });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.trimEnd()).not.toMatch(/[\r\n\u2028\u0085]/);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', a: 'b\nc' });
  expect(JSON.parse(lines[0]!).message).toMatch(/^first/);
});

test.each([
  'Authorization: Bearer CANARY-token.x',
  'authorization=Basic Q0FOQVJZOnNlY3JldA== CANARY'.replace(' CANARY', ''),
  'key orp_CANARYCANARY12 used',
  'token ort_CANARYCANARY12 used',
  'eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOjF9.CANARY',
  'postgresql://user:CANARY@db:5432/x',
  'postgresql://user:CAN@ARY:CANARY@db:5432/x',
  'https://user:CANARY@sis.example/token',
  'host=db password=CANARY user=x',
  "host=db password='a CANARY b'",
  '{"access_token":"CANARY","x":1}',
  '{"client_secret" : "a \\" CANARY"}',
  'grant_type=client_credentials&client_secret=CANARY&scope=x',
  'x-api-key: CANARY',
  'https://a.example/teacher#code=CANARY&class=c',
  '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----',
])('blanks a secret in a text: %s', (text) => {
  const { log, lines } = captured();
  log.info(text, { detail: text });
  log.error('failed', errorFields(new Error(text, { cause: new Error(text) })));
  expect(lines.join('')).not.toMatch(/CANARY|Q0FOQVJZ/);
});

test.each([
  'password',
  'clientSecret',
  'accessToken',
  'Authorization',
  'set-cookie',
  'api_key',
  'SECRET_KEYS',
  'linkCode',
])('blanks a field named %s, at any depth', (name) => {
  const { log, lines } = captured();
  log.info('x', { [name]: 'CANARY' });
  // Types forbid it; a cast somewhere must not cost a secret either.
  const deep = { a: [{ b: { [name]: 'CANARY', c: [{ [name]: { d: 'CANARY' } }] } }] };
  log.info('y', deep as unknown as LogFields);
  expect(lines.join('')).not.toContain('CANARY');
  expect(lines).toHaveLength(2);
});

test('keeps what only sounds like a secret', () => {
  const { log, lines } = captured();
  log.info('x', { keyId: 'k1', tokenRequests: 1, tokenExpiresAt: 'soon', code: 'SIS_401', class: 'c' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    keyId: 'k1',
    tokenRequests: 1,
    tokenExpiresAt: 'soon',
    code: 'SIS_401',
  });
});

test('values known to be secret are blanked however they are written', () => {
  const secret = 'pa"ss wörd/CANARY';
  const { log, lines } = captured([secret]);
  for (const text of [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ])
    log.info(`got ${text}.`);
  for (const line of lines) expect(JSON.parse(line).message).toBe('got [redacted].');
});

test('an error tells its name, code, frames and causes, but nothing that it quotes', () => {
  const cause = Object.assign(new SyntaxError(`Unexpected token 'M', "Maria-Canary" is not valid JSON`), {
    code: 'E1',
  });
  const fields = errorFields(new Error('outer "Canary"\nwith more Canary', { cause }));
  expect(fields['error']).toBe('Error: outer "…"');
  expect(fields['stack']).toContain('log.test.ts');
  expect(fields['cause.error']).toBe('SyntaxError: Unexpected token "…" is not valid JSON');
  expect(fields['cause.code']).toBe('E1');
  expect(JSON.stringify(fields)).not.toContain('Canary');
  const odd = new Error(`Can't read '"{"name":"Maria "Canary"..."' here`);
  expect(errorFields(odd)['error']).toBe(`Error: Can't read "…" here`);
  expect(errorFields('a thrown Canary')).toEqual({ error: 'a thrown string' });
});

test('errors, cycles, bytes and depth inside of fields do no harm', () => {
  const cycle: Record<string, unknown> = {
    error: new Error('password=CANARY'),
    bytes: Buffer.from('CANARY'),
  };
  cycle['self'] = cycle;
  const { log, lines } = captured();
  log.error('x', { cycle } as unknown as LogFields);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('CANARY');
  expect(redact({ big: 10n })).toEqual({ big: '10' });
});
