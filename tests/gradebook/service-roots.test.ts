import fc from 'fast-check';
import { serviceRoots, UnusableAddress } from '../../src/gradebook/service-roots.ts';

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
