import fc from 'fast-check';
import {
  placeOf,
  serviceRoots,
  UnusableAddress,
  usualRoots,
  versionNamed,
  versionOf,
} from '../../src/gradebook/service-roots.ts';

const host = 'https://sis.example.org';
const spec = {
  gradebookUrl: `${host}/ims/oneroster/gradebook/v1p2`,
  rosteringUrl: `${host}/ims/oneroster/rostering/v1p2`,
};

test.each([
  '',
  '/',
  '/ims',
  '/ims/oneroster',
  '/ims/oneroster/',
  '/ims/oneroster/v1p2',
  '/ims/oneroster/gradebook',
  '/ims/oneroster/gradebook/v1p2',
  '/ims/oneroster/gradebook/v1p2//',
  '/ims/oneroster/rostering/v1p2',
  '//ims/oneroster/gradebook/v1p2',
])('the address %p leads to the roots of the specification', (path) => {
  expect(serviceRoots(host + path)).toEqual(spec);
});

test('a prefix before /ims is kept', () => {
  expect(serviceRoots('https://d.infinitecampus.com/campus/api')).toEqual({
    gradebookUrl: 'https://d.infinitecampus.com/campus/api/ims/oneroster/gradebook/v1p2',
    rosteringUrl: 'https://d.infinitecampus.com/campus/api/ims/oneroster/rostering/v1p2',
  });
  expect(serviceRoots(`${host}/t/ims/oneroster/v1p2/`).gradebookUrl).toBe(
    `${host}/t/ims/oneroster/gradebook/v1p2`,
  );
});

test('a path that ends in /gradebook/v1p2 is believed as it is', () => {
  expect(serviceRoots(`${host}/api/gradebook/v1p2`)).toEqual({
    gradebookUrl: `${host}/api/gradebook/v1p2`,
    rosteringUrl: `${host}/api/rostering/v1p2`,
  });
});

test('a rostering address of its own is taken in the same shapes', () => {
  const other = 'https://roster.example.org:8443/x';
  expect(serviceRoots(host, other)).toEqual({
    gradebookUrl: spec.gradebookUrl,
    rosteringUrl: `${other}/ims/oneroster/rostering/v1p2`,
  });
});

test.each([
  ['no address at all', 'sis.example.org'],
  ['a parameter', `${host}/?tenant=1`],
  ['an empty parameter', `${host}/?`],
  ['a fragment', `${host}/#a`],
  ['a user name', 'https://me@sis.example.org'],
  ['another scheme', 'ftp://sis.example.org'],
  ['OneRoster 1.1', `${host}/ims/oneroster/v1p1`],
])('%s is refused with the field it belongs to', (_what, address) => {
  expect(() => serviceRoots(address)).toThrow(UnusableAddress);
  expect(() => serviceRoots(host, address)).toThrow(expect.objectContaining({ field: 'rosteringUrl' }));
});

test('a final dot of the host and its letter case do not make another server', () => {
  expect(serviceRoots('https://SIS.example.org./ims')).toEqual(spec);
});

describe('OneRoster 1.1 has one root for everything', () => {
  const roots = (path: string, rostering?: string) => serviceRoots(host + path, rostering, '1.1');
  const one = `${host}/ims/oneroster/v1p1`;

  test.each(['', '/', '/ims', '/ims/oneroster/', '/ims/oneroster/gradebook', '/ims/oneroster/v1p1/'])(
    'the address %p leads to it',
    (path) => expect(roots(path)).toEqual({ gradebookUrl: one, rosteringUrl: one }),
  );

  test('what ends in /v1p1 is believed as it is', () => {
    const aeries = '/admin/ims/oneroster/v1p1';
    expect(roots(aeries)).toEqual({ gradebookUrl: host + aeries, rosteringUrl: host + aeries });
    expect(roots('/api/v1p1').gradebookUrl).toBe(`${host}/api/v1p1`);
    expect(roots('/campus/api/ims/oneroster/rostering/v1p1')).toEqual({
      gradebookUrl: `${host}/campus/api/ims/oneroster/gradebook/v1p1`,
      rosteringUrl: `${host}/campus/api/ims/oneroster/rostering/v1p1`,
    });
    const found = roots('/campus/api/ims/oneroster/gradebook/v1p1');
    expect(serviceRoots(found.gradebookUrl, found.rosteringUrl, '1.1')).toEqual(found);
  });

  test('an address of the other version is refused, and says which one would be needed', () => {
    expect(() => roots('/ims/oneroster/gradebook/v1p2')).toThrow(/OneRoster 1\.1 ends in \/v1p1/);
    expect(() => roots('', `${host}/ims/oneroster/rostering/v1p2`)).toThrow(
      expect.objectContaining({ field: 'rosteringUrl' }),
    );
    expect(() => serviceRoots(one)).toThrow(/OneRoster 1\.2 ends in \/v1p2/);
  });
});

test('the version is the one that was chosen, else the one that the address names, else the usual one', () => {
  const of = (
    baseUrl: string,
    oneRosterVersion: '1.1' | '1.2' | null = null,
    rosteringUrl: string | null = null,
  ) => versionOf({ baseUrl, rosteringUrl, oneRosterVersion }, '1.1');
  expect(of(host)).toBe('1.1');
  expect(of(`${host}/ims/oneroster/v1p2/`)).toBe('1.2');
  expect(of(host, null, spec.rosteringUrl)).toBe('1.2');
  expect(of(host, '1.2')).toBe('1.2');
  expect(versionNamed('no address')).toBeNull();
});

test('both versions of one SIS lie at one place', () => {
  expect(placeOf(`${host}/t/ims/oneroster/v1p1`)).toBe(placeOf(`${host}/t/ims/oneroster/gradebook/v1p2`));
  expect(placeOf(`${host}/t`)).toBe(placeOf(`${host}/t/ims/oneroster/v1p1`));
  expect(placeOf(`${host}/t`)).not.toBe(placeOf(`${host}/u`));
});

test('whatever the prefix, applying it twice changes nothing, and host and prefix survive', () => {
  const folder = fc.stringMatching(/^[A-Za-z0-9~_-]{1,8}$/);
  const tail = fc.constantFrom(
    '',
    '/',
    '/ims/oneroster',
    '/ims/oneroster/v1p2',
    '/ims/oneroster/gradebook/v1p2/',
  );
  fc.assert(
    fc.property(fc.array(folder, { maxLength: 4 }), tail, fc.nat(65_535), (folders, ending, port) => {
      fc.pre(!folders.some((f) => /^(ims|gradebook|rostering|resources|oneroster|v1p\d)$/i.test(f)));
      const origin = new URL(`https://h.example.org:${port}`).origin;
      const prefix = folders.map((f) => `/${f}`).join('');
      const roots = serviceRoots(origin + prefix + ending);
      expect(roots.gradebookUrl).toBe(`${origin}${prefix}/ims/oneroster/gradebook/v1p2`);
      expect(serviceRoots(roots.gradebookUrl)).toEqual(roots);
      expect(serviceRoots(roots.rosteringUrl)).toEqual(roots);
      expect(serviceRoots(roots.gradebookUrl, roots.rosteringUrl)).toEqual(roots);
    }),
  );
});

test('no text makes it throw anything but its own refusal', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true })), (text) => {
      try {
        const { gradebookUrl } = serviceRoots(text);
        expect(new URL(gradebookUrl).origin).toBe(new URL(text).origin);
      } catch (error) {
        expect(error).toBeInstanceOf(UnusableAddress);
      }
    }),
  );
});

describe('other addresses of a gradebook on the same server', () => {
  test('are few, all there, and none of them the one that was tried', () => {
    const tried = 'https://sis.example.org/a/b/ims/oneroster/gradebook/v1p2';
    const roots = usualRoots(tried);
    expect(roots).not.toContain(tried);
    expect(new Set(roots).size).toBe(roots.length);
    for (const root of roots) expect(root).toMatch(/^https:\/\/sis\.example\.org\//);
    expect(roots.slice(0, 10)).toContain('https://sis.example.org/ims/oneroster/gradebook/v1p2');
    expect(roots.slice(0, 10)).toContain('https://sis.example.org/campus/api/ims/oneroster/gradebook/v1p2');
    expect(roots).toContain('https://sis.example.org/ims/oneroster/v1p1');
  });

  test('each is an address that can be entered, and leads where it says', () => {
    for (const root of usualRoots('https://sis.example.org/x/gradebook/v1p2')) {
      const version = root.endsWith('v1p1') ? '1.1' : '1.2';
      expect(serviceRoots(root, null, version).gradebookUrl).toBe(root);
    }
  });
});
