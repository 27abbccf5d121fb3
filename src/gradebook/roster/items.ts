/**
 * What a roster pull keeps of the SIS's rostering objects (OneRoster 1.2 and 1.1): as little as matching needs. What an
 * object lacks it lacks; one without an id is passed over. E-mail addresses and identifiers are kept as keyed hashes
 * alone: all that is ever asked of them is whether they are the same, and whoever sees the database without the key
 * cannot find them by trying, few as there are.
 */
import { createHmac } from 'node:crypto';

/** The lists that are read, in this order: a later one refers to the earlier ones. */
export const rosterLists = ['academicSessions', 'classes', 'enrollments', 'users'] as const;
export type RosterList = (typeof rosterLists)[number];

export interface SisSession {
  title: string;
  type: string;
  startDate: string;
  /** as the SIS says it */
  endDate: string;
  parent: string | null;
  children: string[];
}
export interface SisClass {
  title: string;
  code: string | null;
  school: string | null;
  terms: string[];
}
export interface SisEnrollment {
  class: string;
  user: string;
  /** the first day on which he is no more in the class; null: it does not say */
  endDate: string | null;
}
export interface SisUser {
  givenName: string | null;
  familyName: string | null;
  /** by `matchKey`, as `email` */
  identifiers: string[];
  email: string | null;
}
interface Records {
  academicSessions: SisSession;
  classes: SisClass;
  enrollments: SisEnrollment;
  users: SisUser;
}
/** One object of a list; without `record` it is gone, or is nothing that concerns grades. */
export interface RosterItem {
  sourcedId: string;
  record: Records[RosterList] | null;
}

/** One answer of the SIS to a list. */
export interface RosterPage {
  items: RosterItem[];
  /** objects in the answer, whatever they were */
  received: number;
  /** how many there are in all, as the SIS says; null: it does not */
  total: number | null;
  /** the SIS has answered that there is nothing more */
  pastEnd: boolean;
}

/** What identifiers and addresses are hashed with: of one copy of a roster. */
export type RosterSecret = Uint8Array;

/** null: it has no id that could be one. */
export function rosterItem(list: RosterList, item: unknown, secret: RosterSecret): RosterItem | null {
  const object = fields(item);
  const sourcedId = idOf(object['sourcedId']);
  if (sourcedId === null) return null;
  const gone = object['status'] === 'tobedeleted' || object['status'] === 'inactive';
  return { sourcedId, record: gone ? null : read[list](object, secret) };
}

/** The same for the same identifier or address with the same secret; without that nothing can be told from it. */
export function matchKey(what: 'identifier' | 'email', value: string, secret: RosterSecret): string | null {
  const text = value.normalize('NFC').trim();
  const same = what === 'email' ? text.toLowerCase() : text;
  return same === '' ? null : createHmac('sha256', secret).update(`${what} ${same}`).digest('base64url');
}

type Fields = Record<string, unknown>;
const read: { [L in RosterList]: (object: Fields, secret: RosterSecret) => Records[L] | null } = {
  academicSessions(o) {
    const [startDate, endDate] = [day(o['startDate']), day(o['endDate'])];
    if (startDate === null || endDate === null) return null;
    const title = text(o['title']) ?? '';
    const parent = refId(o['parent']);
    return {
      title,
      type: text(o['type']) ?? '',
      startDate,
      endDate,
      parent,
      children: refIds(o['children']),
    };
  },
  classes: (o) => ({
    title: text(o['title'], 500) ?? '',
    code: text(o['classCode']),
    school: refId(o['school']),
    terms: refIds(o['terms']),
  }),
  enrollments(o) {
    const [cls, user] = [refId(o['class']), refId(o['user'])];
    if (cls === null || user === null || text(o['role'])?.toLowerCase() !== 'student') return null;
    return { class: cls, user, endDate: day(o['endDate']) };
  },
  users: (o, secret) => ({
    givenName: text(o['givenName']),
    familyName: text(o['familyName']),
    identifiers: [
      ...new Set(
        [o['identifier'], ...list(o['userIds']).map((one) => fields(one)['identifier'])].flatMap(
          (one) => matchKey('identifier', scalar(one) ?? '', secret) ?? [],
        ),
      ),
    ],
    email: matchKey('email', scalar(o['email']) ?? '', secret),
  }),
};

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const scalar = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

function text(value: unknown, most = 255): string | null {
  const trimmed = scalar(value)?.trim().slice(0, most).toWellFormed() ?? '';
  return trimmed === '' ? null : trimmed;
}
/** As long as an id may be here: a longer one could not be sent back whole. */
function idOf(value: unknown): string | null {
  const id = scalar(value);
  return id !== null && id !== '' && id.length <= 255 && id.isWellFormed() ? id : null;
}
/** References come with `sourcedId` and sometimes nothing else; in 1.1 a single one may stand where a list is due. */
const refId = (value: unknown): string | null => idOf(fields(value)['sourcedId'] ?? value);
const refIds = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one) => refId(one) ?? []);
const day = (value: unknown): string | null => /^\d{4}-\d\d-\d\d/.exec(scalar(value) ?? '')?.[0] ?? null;
