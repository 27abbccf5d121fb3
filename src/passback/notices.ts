/**
 * What people are told by mail: few mails, plain words, no student's name and no score; what is wrong, what it means,
 * what to do, and a link. Pure: texts in, texts out.
 */
import { DateTime } from 'luxon';
import { entryOf, explain, type ErrorCode, type Reason } from '../gradebook/dictionary.ts';
import type { Mail } from './ports/background.ts';

/** A domain as a mail names it. */
export interface Named {
  name: string;
  sisName: string | null;
  timeZone: string;
}
export type Notice = Omit<Mail, 'to'>;

const DIGEST_HOUR = 7;
/** The next morning at seven, on the clock of the place; where a clock is put on at seven, right after it. */
export function nextDigest(now: Date, timeZone: string): Date {
  const here = local(now, timeZone);
  const at = (day: DateTime) => day.set({ hour: DIGEST_HOUR, minute: 0, second: 0, millisecond: 0 });
  return (at(here) > here ? at(here) : at(here.plus({ days: 1 }))).toJSDate();
}

/**
 * Is this trouble of a connection worth a word yet? What only somebody can mend is told at once. What may mend itself
 * (a restart, a night's maintenance) is told when it has lasted; to be asked for a rest is no trouble at all.
 */
export function worthTelling(code: ErrorCode, lastsMs: number): boolean {
  if (code === 'SIS_RATE_LIMIT') return lastsMs >= 3_600_000;
  return entryOf(code).fixBy === 'admin' || lastsMs >= 120_000;
}

export function brokenNotice(where: Named, reason: Reason, since: Date, publicUrl: string): Notice {
  const { message, fix } = explain(reason);
  return notice(
    `Grades do not reach ${sis(where)} (${where.name})`,
    [
      `Since ${localTime(since, where.timeZone)} no grades of ${where.name} can be sent to ${sis(where)}: ${message}`,
      `What to do: ${fix}`,
      'Nothing is lost: whatever waits is sent by itself as soon as the connection works again. You will get one more mail when it does, and none until then.',
    ],
    { text: 'Connection and settings', url: `${publicUrl}/admin` },
  );
}

export function recoveredNotice(where: Named, since: Date, publicUrl: string): Notice {
  return notice(
    `Grades reach ${sis(where)} again (${where.name})`,
    [
      `The connection of ${where.name} to ${sis(where)}, which was broken since ${localTime(since, where.timeZone)}, works again. What had waited is being sent. Nothing has to be done.`,
    ],
    { text: 'Connection and settings', url: `${publicUrl}/admin` },
  );
}

export type Credential = 'accessToken' | 'caCertificate';
const credentialWords: Record<Credential, [what: string, cure: string]> = {
  accessToken: [
    'access token',
    'Ask the SIS for a new access token and enter it in the settings before then.',
  ],
  caCertificate: [
    'certificate that you have entered for the SIS',
    'Ask whoever runs the SIS for its new certificate and add it in the settings before then.',
  ],
};
export function expiringNotice(
  where: Named,
  credential: Credential,
  at: Date,
  now: Date,
  publicUrl: string,
): Notice {
  const [what, cure] = credentialWords[credential];
  const over = at <= now;
  const day = localDay(at, where.timeZone);
  return notice(
    `The ${what} of ${where.name} ${over ? `has expired on ${day}` : `expires on ${day}`}`,
    [
      `The ${what} with which grades of ${where.name} are sent to ${sis(where)} ${over ? 'has expired' : 'expires'} on ${day}. ${over ? 'The SIS may take no grades' : 'From then on the SIS may take no grades'}.`,
      cure,
    ],
    { text: 'Connection and settings', url: `${publicUrl}/admin` },
  );
}

export function disabledNotice(
  where: Named,
  webhook: { url: string; because: 'gone' | 'failing' },
  publicUrl: string,
): Notice {
  const host = new URL(webhook.url).host;
  const why =
    webhook.because === 'gone' ? 'it answered that it is gone (410)' : 'it has taken nothing for five days';
  return notice(
    `A webhook of ${where.name} was switched off`,
    [
      `The webhook of ${where.name} to ${host} was switched off, because ${why}. Grades are sent as before; only that address is told nothing any more.`,
      'What to do: whoever runs that address puts it right; then switch the webhook on again. What it missed can be sent once more from the list of its deliveries.',
    ],
    { text: 'Settings', url: `${publicUrl}/admin` },
  );
}

/** What needs somebody, in one class. */
export interface ClassProblem {
  classTitle: string;
  code: ErrorCode;
  /** lineItems and results for which it is so */
  count: number;
}
const CLASSES_NAMED = 10;

/** All that is new for one address since its last one, by cause; null: nothing. */
export function digestNotice(
  problems: readonly ClassProblem[],
  page: 'admin' | 'teacher',
  publicUrl: string,
): Notice | null {
  if (problems.length === 0) return null;
  const byCode = new Map<ErrorCode, ClassProblem[]>();
  for (const problem of problems) byCode.set(problem.code, [...(byCode.get(problem.code) ?? []), problem]);
  const causes = [...byCode]
    .map(([code, its]) => ({ code, its, count: its.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  const total = causes.reduce((sum, { count }) => sum + count, 0);
  const classes = new Set(problems.map((p) => p.classTitle)).size;
  return notice(
    `${counted(total, 'entry', 'entries')} of the gradebook ${total === 1 ? 'needs' : 'need'} you`,
    [
      `${counted(total, 'assignment or score', 'assignments and scores')} in ${counted(classes, 'class', 'classes')} could not be put into the SIS gradebook and ${total === 1 ? 'needs' : 'need'} somebody. Everything else is sent as usual.`,
      ...causes.map(({ code, its, count }) => {
        const { message, fix } = explain({ code });
        const titles = [...new Set(its.map((p) => p.classTitle))].sort();
        const more = titles.length - CLASSES_NAMED;
        const named = titles.slice(0, CLASSES_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
        return `${count} × ${message}\nWhat to do: ${fix}\nIn: ${named}`;
      }),
      'This comes at most once a day, and only when something new needs somebody. Teachers see each entry when they open their class in the LMS.',
    ],
    { text: 'See it on the page', url: `${publicUrl}/${page}` },
  );
}

const sis = ({ sisName }: Named) => sisName ?? 'the SIS';
const counted = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const local = (at: Date, zone: string) => {
  const time = DateTime.fromJSDate(at, { zone });
  return (time.isValid ? time : DateTime.fromJSDate(at, { zone: 'UTC' })).setLocale('en');
};
const localTime = (at: Date, zone: string) => local(at, zone).toFormat("d LLLL yyyy 'at' HH:mm ZZZZ");
const localDay = (at: Date, zone: string) => local(at, zone).toFormat('d LLLL yyyy');

function notice(subject: string, paragraphs: string[], link: { text: string; url: string }): Notice {
  const html = paragraphs.map((p) => `<p>${escaped(p).replaceAll('\n', '<br>')}</p>`).join('\n');
  return {
    // a header is one line, whatever somebody has called his school
    // by characters: half of one is no text of PostgreSQL's
    subject: [...subject.replace(/[\s\p{Cc}]+/gu, ' ')].slice(0, 200).join(''),
    text: `${[...paragraphs, `${link.text}: ${link.url}`].join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${html}\n<p><a href="${escaped(link.url)}">${escaped(link.text)}</a></p>\n</body></html>\n`,
  };
}
const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => entities[c] ?? c);
