/** What happened to a lineItem or a score, decision by decision and try by try, newest first. Pure. */
import { timesOf, type Attempt } from './attempts.ts';
import { moment, type Story, type SyncStep } from './explain.ts';
import { explain, type ErrorCode } from '../gradebook/dictionary.ts';

export interface StoryEvent {
  at: string;
  event: 'entered' | 'sync' | 'attempt' | 'acknowledged' | 'verified' | 'found' | 'connection';
  text: string;
  code: ErrorCode | null;
  version: number | null;
}

/** More than this nobody reads. */
const MOST_EVENTS = 50;

export function timelineOf(story: Story): StoryEvent[] {
  const events = [
    ...ofTheRow(story),
    ...story.syncs.map(syncEvent),
    ...story.attempts.map((a) => attemptEvent(a, story.timeZone)),
  ];
  return events.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, MOST_EVENTS);
}

const event = (
  at: Date,
  what: StoryEvent['event'],
  text: string,
  more: { code?: ErrorCode | null | undefined; version?: number | null } = {},
): StoryEvent => ({
  at: at.toISOString(),
  event: what,
  text,
  code: more.code ?? null,
  version: more.version ?? null,
});

/** What the row itself remembers. */
function ofTheRow(story: Story): StoryEvent[] {
  const { kind, version, versionAt, ackedAt, ackedVersion, verifiedAt, found, foundAt, connection } = story;
  const what = kind === 'result' ? 'score' : 'assignment';
  const entered =
    version === 1 ? `The ${what} was entered here.` : `The ${what} was changed here (version ${version}).`;
  const events = [event(versionAt, 'entered', entered, { version })];
  // before tries were written down, or longer ago than they are kept
  const told = story.attempts.some(
    (a) => a.version === ackedVersion && (a.how === 'created' || a.how === 'updated'),
  );
  if (ackedAt && !told)
    events.push(event(ackedAt, 'acknowledged', 'The SIS took it.', { version: ackedVersion }));
  if (verifiedAt)
    events.push(event(verifiedAt, 'verified', 'Read in the SIS and found right.', { version: ackedVersion }));
  if (found && foundAt)
    events.push(event(foundAt, 'found', `Read in the SIS: ${explain(found).message}`, found));
  if (connection?.since) {
    const { code, message } = connection.cause;
    events.push(
      event(connection.since, 'connection', `The connection to the SIS stopped working: ${message}`, {
        code,
      }),
    );
  }
  return events;
}

const did: Record<SyncStep['action'], string> = {
  reads: 'began; it reads the class from the SIS before it sends',
  awaitsConfirmation: 'was asked for, and waits for somebody to confirm it',
  takenIn: 'took it in, and it is still under way',
  created: 'put it into the SIS',
  updated: 'changed it in the SIS',
  unchanged: 'found nothing to send',
  skipped: 'did not send it',
  failed: 'could not send it',
  conflict: 'did not send it over what the SIS shows',
};

function syncEvent({ at, trigger, startedBy, action, reason, version }: SyncStep): StoryEvent {
  const who =
    trigger === 'automatic'
      ? 'Automatic sending'
      : trigger === 'schedule'
        ? 'A scheduled sync'
        : `A sync by ${startedBy}`;
  const why = reason ? `: ${explain(reason).message}` : '.';
  return event(at, 'sync', `${who} ${did[action]}${why}`, { code: reason?.code, version });
}

function attemptEvent(a: Attempt, zone: string): StoryEvent {
  const { code, version } = a;
  const told = (text: string) => event(new Date(a.at), 'attempt', text, { code, version });
  if (a.how === 'created') return told('Sent: the SIS took it for the first time.');
  if (a.how === 'updated') return told('Sent: the SIS took the change.');
  const params = a.status === undefined ? {} : { status: a.status };
  const said = code ? ` ${explain({ code, params }).message}` : '';
  const often = a.first ? ` (${timesOf(a)} times since ${moment(new Date(a.first), zone)})` : '';
  const unsure = a.ambiguous ? ' The SIS may have stored it all the same.' : '';
  const verdict = a.how === 'refused' ? 'the SIS refused it' : 'not taken';
  return told(`Sent, ${verdict}${often}:${said}${unsure}`);
}
