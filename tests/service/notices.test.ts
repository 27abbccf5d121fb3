/** Notices by mail, to a real SMTP server: few, thin, and each once. */
import { SMTPServer } from 'smtp-server';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

interface Received {
  to: string[];
  raw: string;
  subject: string;
}
const received: Received[] = [];
/** answers of the mail server, oldest first; then it takes what comes */
const refusals: { code: number }[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo(_address, _session, done) {
    const refusal = refusals.shift();
    done(refusal ? Object.assign(new Error('not now'), { responseCode: refusal.code }) : null);
  },
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const raw = decoded(Buffer.concat(chunks).toString('utf8'));
      const subject = /^Subject: (.*(\r\n[ \t].*)*)/m.exec(raw)?.[1]?.replace(/\r\n[ \t]/g, ' ') ?? '';
      received.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw, subject });
      done();
    });
  },
});
/** Quoted-printable, as far as it matters here. */
const decoded = (raw: string) =>
  raw
    .replace(/=\r\n/g, '')
    .replace(/(=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'));

let service: TestService;
let d: District;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.server.address() as { port: number };
  service = await startService({
    sis: { district: sisDistrict(3) },
    env: {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      NOTICES_FROM: 'Grade sync <passback@example.org>',
      PUBLIC_URL: 'https://passback.example.org',
    },
    service: { notices: { tickMs: 100, slowMs: 200 } },
  });
  d = await district(service, 3, {
    sisName: 'Lakeside SIS',
    noticeEmails: ['admin@example.org', 'Second@example.org'],
  });
});
afterAll(async () => {
  await service.stop();
  await new Promise<void>((done) => server.close(done));
});

const mailsTo = (address: string) => received.filter(({ to }) => to.includes(address));
const rows = (text: string) => service.service.db.rows(text);

test('a broken connection is told to the domain’s addresses at once, each by itself, and once', async () => {
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', 3);
  const settings = await expectOk(d.admin<object>('GET', '/domains/district/settings'));
  const wrong = { ...settings, auth: { ...service.sis.auth, clientSecret: 'wrong' } };
  await expectOk(d.admin('PUT', '/domains/district/settings', wrong));
  const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
  await until(() => received.length === 2);
  expect(received.map(({ to }) => to.join())).toEqual(
    expect.arrayContaining(['admin@example.org', 'second@example.org']),
  );
  const { subject, raw } = received[0]!;
  expect(subject).toBe('Grades do not reach Lakeside SIS (District)');
  expect(raw).toContain('From: Grade sync <passback@example.org>');
  expect(raw).toContain('https://passback.example.org/admin');
  expect(raw).toMatch(/Content-Type: text\/plain/);
  expect(raw).toMatch(/Content-Type: text\/html/);
  // works again, and is told so
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, auth: service.sis.auth }));
  await until(
    async () => (await d.lms<{ status: string }>('GET', `/syncs/${id}`)).body.status === 'complete',
  );
  await until(() => received.length === 4);
  expect(received[3]?.subject).toBe('Grades reach Lakeside SIS again (District)');
});

test('what needs somebody is told in one mail a day to each address, without names or scores', async () => {
  received.length = 0;
  const put = (noticeEmails: string[]) =>
    expectOk(
      d.lms('PUT', '/classes/c1', {
        ...{ domainId: 'school', title: 'Algebra', sourcedId: 'sis-class-1', noticeEmails },
        ...{ categories: [{ id: 'hw', title: 'homework' }] },
        gradingPeriods: [
          { sourcedId: 'sis-gp', title: 'S1', startDate: '2026-07-01', endDate: '2027-06-30' },
        ],
      }),
    );
  await put(['teacher@example.org', 'admin@example.org']);
  await expectOk(
    d.lms('PUT', '/classes/c1/students', {
      students: [1, 2, 3].map((i) => ({
        studentId: `s0${i}`,
        ...(i === 1 ? { sourcedId: 'sis-s01' } : {}),
        givenName: 'Given',
        familyName: 'Kowalczyk',
      })),
    }),
  );
  await putScores(d.lms, 'quiz', 3, (i) => 91.25 + i);
  expect(await sync(d.lms)).toMatchObject({ status: 'completeWithProblems' });
  await rows(`UPDATE outbox SET at = at - interval '1 minute'`);
  await until(async () => (await rows('SELECT 1 FROM class_problem')).length === 1);
  // seven in the morning where the school is, not before
  const [due] = await service.service.db.rows<{ hour: string }>(
    `SELECT to_char(mail_at AT TIME ZONE 'America/Chicago', 'HH24:MI') AS hour FROM class_problem WHERE mail_at > now()`,
  );
  expect(due).toEqual({ hour: '07:00' });
  expect(received).toEqual([]);
  await rows(`UPDATE class_problem SET mail_at = now()`);
  await until(() => received.length === 3);
  const [teacher] = mailsTo('teacher@example.org');
  const [admin, ...more] = mailsTo('admin@example.org');
  expect(more).toEqual([]);
  expect(teacher?.raw).toContain('https://passback.example.org/teacher');
  expect(admin?.raw).toContain('https://passback.example.org/admin');
  for (const { raw } of received) {
    expect(raw).toContain('2 ×');
    expect(raw).toContain('What to do:');
    expect(raw).toContain('Algebra');
    expect(raw).not.toMatch(/Kowalczyk|s0[123]|9[123]\.25/);
  }
  // the same problem is no news tomorrow
  await putScores(d.lms, 'quiz', 3, (i) => 70 + i);
  await sync(d.lms);
  await rows(`UPDATE outbox SET at = at - interval '1 minute'`);
  await until(async () => (await rows('SELECT 1 FROM outbox')).length === 0);
  expect(await rows(`SELECT 1 FROM class_problem WHERE mail_at IS NOT NULL`)).toEqual([]);
});

test('a mail that the server cannot take now is sent later, one that it never takes is not sent again', async () => {
  received.length = 0;
  refusals.push({ code: 451 });
  await rows(`UPDATE class_problem SET mail_at = now()`);
  await until(
    async () => (await rows(`SELECT 1 FROM pgboss.job WHERE name = 'mail' AND state = 'retry'`)).length === 1,
  );
  await rows(`UPDATE pgboss.job SET start_after = now() WHERE name = 'mail' AND state = 'retry'`);
  await until(() => received.length === 3);
  refusals.push({ code: 550 });
  await rows(`UPDATE class_problem SET mail_at = now()`);
  await until(() => received.length === 5);
  await until(
    async () =>
      (await rows(`SELECT 1 FROM pgboss.job WHERE name = 'mail' AND state <> 'completed'`)).length === 0,
  );
  expect(received).toHaveLength(5);
  expect(service.logged()).not.toContain('@example.org');
});
