import { errorCodes } from '../../src/gradebook/dictionary.ts';
import {
  brokenNotice,
  digestNotice,
  disabledNotice,
  expiringNotice,
  nextDigest,
  recoveredNotice,
  worthTelling,
  type ClassProblem,
} from '../../src/passback/notices.ts';

const url = 'https://passback.example.org';
const where = { name: 'Lakeside', sisName: 'PowerSchool', timeZone: 'America/Chicago' };
const since = new Date('2026-03-02T10:00:00Z');

describe('the next morning', () => {
  test.each([
    ['before seven it is today', '2026-03-02T12:59:59Z', 'America/Chicago', '2026-03-02T13:00:00.000Z'],
    ['at seven it is tomorrow', '2026-03-02T13:00:00Z', 'America/Chicago', '2026-03-03T13:00:00.000Z'],
    ['over the change to summer time', '2026-03-07T20:00:00Z', 'America/Chicago', '2026-03-08T12:00:00.000Z'],
    ['over the change to winter time', '2026-10-31T20:00:00Z', 'America/Chicago', '2026-11-01T13:00:00.000Z'],
    [
      'in a zone that nobody knows it is UTC',
      '2026-03-02T08:00:00Z',
      'Nowhere/At_all',
      '2026-03-03T07:00:00.000Z',
    ],
  ])('%s', (_name, now, zone, expected) => {
    expect(nextDigest(new Date(now), zone).toISOString()).toBe(expected);
  });
});

describe('trouble of a connection', () => {
  test('is told at once where only an admin can mend it', () => {
    expect(worthTelling('AUTH_INVALID_CLIENT', 0)).toBe(true);
  });
  test('is told when it lasts where it may mend itself', () => {
    expect([worthTelling('CONN_TIMEOUT', 60_000), worthTelling('CONN_TIMEOUT', 180_000)]).toEqual([
      false,
      true,
    ]);
  });
  test('is none where the SIS only asks for a rest, unless that takes an hour', () => {
    expect([worthTelling('SIS_RATE_LIMIT', 600_000), worthTelling('SIS_RATE_LIMIT', 3_600_000)]).toEqual([
      false,
      true,
    ]);
  });
});

test('a broken connection is told in plain words, with the time of the place and a link', () => {
  const { subject, text, html } = brokenNotice(where, { code: 'AUTH_INVALID_CLIENT' }, since, url);
  expect(subject).toBe('Grades do not reach PowerSchool (Lakeside)');
  expect(text).toContain('2 March 2026 at 04:00 CST');
  expect(text).toContain(`${url}/admin`);
  expect(html).toContain(`<a href="${url}/admin">`);
});

test('what somebody has called his school does not become markup or a header', () => {
  const odd = { ...where, name: '<script>x</script>\r\nBcc: all@example.org' };
  const notices = [
    brokenNotice(odd, { code: 'CONN_DNS' }, since, url),
    recoveredNotice(odd, since, url),
    expiringNotice(odd, 'accessToken', since, since, url),
    disabledNotice(odd, { url: 'https://lms.example/hook?token=secret', because: 'gone' }, url),
    digestNotice([{ classTitle: odd.name, code: 'MAP_STUDENT', count: 1 }], 'admin', url)!,
  ];
  for (const { subject, html, text } of notices) {
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toContain('<script>');
    expect(text).not.toContain('token=secret');
  }
});

test('a credential that ends says when, on the calendar of the place; one that has ended says so', () => {
  const at = new Date('2026-03-16T03:00:00Z');
  expect(expiringNotice(where, 'accessToken', at, since, url).subject).toBe(
    'The access token of Lakeside expires on 15 March 2026',
  );
  expect(expiringNotice(where, 'caCertificate', since, at, url).subject).toContain(
    'has expired on 2 March 2026',
  );
});

describe('the daily mail', () => {
  const problem = (classTitle: string, code: ClassProblem['code'], count: number) => ({
    classTitle,
    code,
    count,
  });

  test('is none where nothing is new', () => {
    expect(digestNotice([], 'admin', url)).toBeNull();
  });

  test('names causes with counts, the largest first, and what to do about each', () => {
    const digest = digestNotice(
      [
        problem('Algebra', 'MAP_STUDENT', 2),
        problem('Biology', 'DUE_MISSING', 5),
        problem('Biology', 'MAP_STUDENT', 1),
      ],
      'admin',
      url,
    )!;
    expect(digest.subject).toBe('8 entries of the gradebook need you');
    expect(digest.text.indexOf('5 × ')).toBeLessThan(digest.text.indexOf('3 × '));
    expect(digest.text).toContain('In: Algebra, Biology');
    expect(digest.text.match(/What to do:/g)).toHaveLength(2);
  });

  test('of a district names ten classes of a cause and counts the others', () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      problem(`Class ${String(i).padStart(3, '0')}`, 'MAP_STUDENT', 1),
    );
    const digest = digestNotice(many, 'admin', url)!;
    expect(digest.text).toContain('Class 009 and 290 more');
    expect(digest.text.length).toBeLessThan(2_500);
  });

  test('has words for every code, and leaves no placeholder open', () => {
    const { text } = digestNotice(
      errorCodes.map((code) => problem('Algebra', code, 1)),
      'teacher',
      url,
    )!;
    expect(text).not.toMatch(/[{}[\]]|undefined/);
    expect(text).toContain(`${url}/teacher`);
  });
});
