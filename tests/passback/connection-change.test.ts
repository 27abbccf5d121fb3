import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { SettingsInput } from '../../src/gradebook/settings.ts';
import {
  boundOrigins,
  changeConnection,
  sameGradebook,
  type StoredConnection,
} from '../../src/passback/connection-change.ts';
import { Refusal } from '../../src/passback/refusal.ts';

const sis = 'https://sis.example/ims/oneroster/gradebook/v1p2';
type Given = Record<string, unknown>;
const credentials = (more: Given = {}) => ({ method: 'clientCredentials', clientId: 'id', ...more });
/** As it arrives: through the schema of the API. */
const input = (more: Given = {}, auth: Given = {}): SettingsInput =>
  SettingsInput.parse({ baseUrl: sis, auth: credentials(auth), ...more });
const stored = (settings: SettingsInput) => {
  const change = changeConnection(settings, null)!;
  return { connection: change.connection, secretFields: Object.keys(change.entered) };
};
const before = stored(input({}, { clientSecret: 'old' }));

/** The errors of a refusal; [] when it is none. */
function errorsOf(work: () => unknown): { code: string; pointers: string[]; details: string } | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      code: error.code,
      pointers: (error.errors ?? []).map((e) => e.pointer),
      details: (error.errors ?? []).map((e) => e.detail).join(' '),
    };
  }
}

test('a domain without an address of its own has no connection of its own', () => {
  expect(changeConnection(SettingsInput.parse({}), before)).toBeNull();
  expect(changeConnection(SettingsInput.parse({ baseUrl: null }), before)).toBeNull();
});

test('secrets stand apart from the connection, which is safe to be shown', () => {
  const settings = input(
    { extraHeaders: { 'X-Key': 'header-secret' }, rosteringUrl: 'https://roster.example' },
    { clientSecret: 'client-secret', tokenUrl: 'https://login.example/token' },
  );
  const change = changeConnection(settings, null)!;
  expect(change).toMatchObject({
    entered: { clientSecret: 'client-secret', 'extraHeaders.X-Key': 'header-secret' },
    kept: [],
  });
  expect(JSON.stringify(change.connection)).not.toMatch(/-secret/);
  expect(boundOrigins(change.connection)).toEqual([
    'https://login.example',
    'https://roster.example',
    'https://sis.example',
  ]);
});

test('what a GET answers can be PUT back: the secret that is left out is kept', () => {
  for (const auth of [{}, { clientSecretSet: true }])
    expect(changeConnection(input({}, auth), before)).toMatchObject({ entered: {}, kept: ['clientSecret'] });
});

test('a secret that was never entered is asked for, at its own place', () => {
  expect(errorsOf(() => changeConnection(input(), null))).toMatchObject({
    code: 'SECRET_NEEDED',
    pointers: ['/auth/clientSecret'],
  });
  const token = SettingsInput.parse({ baseUrl: sis, auth: { method: 'accessToken' } });
  expect(errorsOf(() => changeConnection(token, before))?.pointers).toEqual(['/auth/accessToken']);
  const header = input({ extraHeaders: { 'X-Key': true } });
  expect(errorsOf(() => changeConnection(header, before))?.pointers).toEqual(['/extraHeaders/X-Key']);
  expect(errorsOf(() => changeConnection(input(), null, '/settings'))?.pointers).toEqual([
    '/settings/auth/clientSecret',
  ]);
});

describe('an address that leads elsewhere wants the secret again', () => {
  test.each<[string, Given, Given]>([
    ['another host', { baseUrl: 'https://sis.example.evil' }, {}],
    ['a host below it', { baseUrl: 'https://a.sis.example' }, {}],
    ['another port', { baseUrl: 'https://sis.example:8443' }, {}],
    ['without encryption', { baseUrl: 'http://sis.example' }, {}],
    ['another token host', {}, { tokenUrl: 'https://login.example/token' }],
    ['another rostering host', { rosteringUrl: 'https://roster.example' }, {}],
  ])('%s', (_name, more, auth) => {
    const refused = errorsOf(() => changeConnection(input(more, auth), before));
    expect(refused).toMatchObject({ code: 'SECRET_NEEDED', pointers: ['/auth/clientSecret'] });
    expect(refused?.details).toContain('again');
    const entered = changeConnection(input(more, { ...auth, clientSecret: 'new' }), before);
    expect(entered).toMatchObject({ entered: { clientSecret: 'new' }, kept: [] });
  });

  test.each<[string, Given, Given]>([
    ['another path', { baseUrl: 'https://sis.example/district/ims/oneroster' }, {}],
    ['other letters of the same host', { baseUrl: 'https://SIS.example:443/ims/oneroster' }, {}],
    ['a token URL on the same host', {}, { tokenUrl: 'https://sis.example/oauth/token' }],
    ['another client', {}, { clientId: 'other', scopes: ['a'], clientAuthMethod: 'body' }],
  ])('not %s', (_name, more, auth) => {
    expect(changeConnection(input(more, auth), before)?.kept).toEqual(['clientSecret']);
  });

  test('every secret that goes there is asked for, headers too', () => {
    const had = stored(input({ extraHeaders: { 'X-Key': 'a' } }, { clientSecret: 'b' }));
    const moved = input({ baseUrl: 'https://other.example', extraHeaders: { 'X-Key': true } });
    expect(errorsOf(() => changeConnection(moved, had))?.pointers).toEqual([
      '/auth/clientSecret',
      '/extraHeaders/X-Key',
    ]);
  });

  test('a place that was given up is a strange one when it comes back', () => {
    const both = stored(input({}, { tokenUrl: 'https://login.example/token', clientSecret: 'a' }));
    const narrowed = changeConnection(input(), both)!;
    expect(narrowed.kept).toEqual(['clientSecret']);
    const again = input({}, { tokenUrl: 'https://login.example/token' });
    const now = { connection: narrowed.connection, secretFields: narrowed.kept };
    expect(errorsOf(() => changeConnection(again, now))?.code).toBe('SECRET_NEEDED');
  });

  test('whatever is changed, nothing kept can go to an origin that it was not entered for', () => {
    const url = fc
      .tuple(
        fc.constantFrom('https', 'http'),
        fc.constantFrom('sis.example', 'SIS.example', 'login.example', 'evil.example'),
        fc.constantFrom('', ':443', ':8443'),
        fc.constantFrom('', '/ims/oneroster', '/x'),
      )
      .map(([scheme, host, port, path]) => `${scheme}://${host}${port}${path}`);
    const maybe = fc.option(url, { nil: undefined });
    const addresses = fc.record({ baseUrl: url, rosteringUrl: maybe, tokenUrl: maybe });
    const of = (
      a: { baseUrl: string; rosteringUrl?: string | undefined; tokenUrl?: string | undefined },
      auth: Given,
    ) => input({ baseUrl: a.baseUrl, rosteringUrl: a.rosteringUrl }, { ...auth, tokenUrl: a.tokenUrl });
    fc.assert(
      fc.property(addresses, addresses, (first, second) => {
        const had = stored(of(first, { clientSecret: 'a' }));
        let kept: StoredConnection | null = null;
        const refused = errorsOf(() => (kept = changeConnection(of(second, {}), had)?.connection ?? null));
        if (kept) expect(boundOrigins(had.connection)).toEqual(expect.arrayContaining(boundOrigins(kept)));
        else expect(refused?.code).toBe('SECRET_NEEDED');
      }),
    );
  });
});

test('an address that cannot be one of an SIS is refused by its field', () => {
  const refusedAt = (more: Given, at = '') =>
    errorsOf(() => changeConnection(input(more, { clientSecret: 'a' }), null, at));
  expect(refusedAt({ baseUrl: 'https://sis.example/?x=1' })).toMatchObject({
    code: 'VALIDATION',
    pointers: ['/baseUrl'],
  });
  expect(refusedAt({ rosteringUrl: 'https://sis.example/#x' })?.pointers).toEqual(['/rosteringUrl']);
  expect(refusedAt({ baseUrl: 'https://sis.example/?x=1' }, '/settings')?.pointers).toEqual([
    '/settings/baseUrl',
  ]);
});

test('certificates must be certificates, and no private key is kept among them', () => {
  const [one = '', two = ''] = rootCertificates;
  const put = (caCertificates: string) =>
    errorsOf(() => changeConnection(input({ caCertificates }, { clientSecret: 'a' }), null));
  expect(put(`${one}\n${two}\n`)).toBeNull();
  expect(put(' \n')).toBeNull();
  for (const bad of [
    'not a certificate',
    one.slice(0, one.length / 2),
    one.replace(/[A-Za-z0-9+/]{40}/, ''),
    `${one}\n-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----`,
    `${one}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----`,
  ])
    expect(put(bad)).toMatchObject({ code: 'VALIDATION', pointers: ['/caCertificates'] });
});

test('the same gradebook is the same wherever its address was copied from', () => {
  const at = (baseUrl: string) => stored(input({ baseUrl }, { clientSecret: 'a' })).connection;
  expect(sameGradebook(at(sis), at('https://sis.example'))).toBe(true);
  expect(sameGradebook(at(sis), at('https://SIS.example/ims/oneroster/'))).toBe(true);
  expect(sameGradebook(at(sis), at('https://sis.example/other/ims/oneroster'))).toBe(false);
  expect(sameGradebook(at(sis), at('https://other.example'))).toBe(false);
});
