/**
 * What of a lineItem or result is a fact that can be compared: as we sent it, as an SIS shows it, and when the two are
 * the same. SISs leave out optional fields, keep dates for instants and numbers for texts; `dateLastModified`, `href`
 * and an active `status` are no facts.
 */
import { localDate } from './local-dates.ts';
import type { OneRosterLineItem, OneRosterResult } from './oneroster.ts';

export type Kind = 'lineItem' | 'result';
export type Value = string | number | boolean | null;
/** As we sent it: every field that we send. */
export type Values = Record<string, Value>;
/** As the SIS shows it: only what it showed. */
export type Shown = Partial<Record<string, Value>>;

/** What people compare with; kept with the acknowledgement. */
export function lineItemValues(body: OneRosterLineItem): Values {
  return {
    title: body.title,
    dueDate: body.dueDate,
    assignDate: body.assignDate,
    categorySourcedId: body.category.sourcedId,
    resultValueMax: body.resultValueMax ?? null,
  };
}

/** What was acknowledged where the SIS was told to have it no more. */
const GONE: Values = { gone: true };
export const isGone = (values: Values): boolean => values.gone === true;

export function resultValues(body: OneRosterResult): Values {
  if (body.status === 'tobedeleted') return GONE;
  return {
    scoreStatus: body.scoreStatus,
    score: body.score ?? null,
    late: body.late === 'true',
    missing: body.missing === 'true',
    scoreDate: body.scoreDate,
    ...(body.comment === undefined ? {} : { comment: body.comment }),
  };
}

type Wire = Record<string, unknown>;

/** What an object of an SIS shows; null: it is there no more. */
export function shownBy(kind: Kind, item: Wire | undefined): Shown | null {
  if (!item || item.status === 'tobedeleted') return null;
  const shown: Record<string, Value | undefined> =
    kind === 'result'
      ? {
          scoreStatus: text(item.scoreStatus),
          // no score is shown by leaving it out
          score: decimal(item.score) ?? null,
          late: flag(item.late),
          missing: flag(item.missing),
          scoreDate: text(item.scoreDate),
          comment: text(item.comment),
        }
      : {
          title: text(item.title),
          dueDate: text(item.dueDate),
          categorySourcedId: text(record(item.category)?.sourcedId),
          resultValueMax: decimal(item.resultValueMax),
        };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

/** The student that a result of an SIS is about. */
export function studentOf(item: Wire): string | undefined {
  return text(record(item.student)?.sourcedId);
}

/** Which fields the SIS shows otherwise than we sent them; of a date that moved alone nobody's grade depends. */
export function differing(ours: Values, shown: Shown, zone: string): string[] {
  return Object.keys(ours).filter((name) => {
    const [a, b] = [ours[name] ?? null, shown[name]];
    return b !== undefined && compared.has(name) && !same(name, a, b, zone);
  });
}
const compared = new Set([
  'score',
  'scoreStatus',
  'late',
  'missing',
  'comment',
  'title',
  'dueDate',
  'categorySourcedId',
  'resultValueMax',
]);

/** The day of the grade, where both name one: it tells two writes of ours apart that are equal in all else. */
export function sameScoreDate(ours: Values, shown: Shown, zone: string): boolean {
  const [a, b] = [ours.scoreDate, shown.scoreDate];
  return typeof a !== 'string' || typeof b !== 'string' || sameDay(a, b, zone);
}

function same(name: string, ours: Value, shown: Value, zone: string): boolean {
  switch (name) {
    case 'scoreStatus':
      return plain(ours) === plain(shown);
    case 'title':
    case 'comment':
      return oneLine(ours) === oneLine(shown);
    case 'dueDate':
      return sameDay(String(ours), String(shown), zone);
    default:
      return ours === shown;
  }
}

/** The same instant, or the same day on the school's calendar: many SISs keep no time. */
function sameDay(ours: string, shown: string, zone: string): boolean {
  const [a, b] = [Date.parse(ours), Date.parse(shown)];
  if (a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return ours === shown;
  const day = ours.length === 10 ? ours : localDate(new Date(a), zone);
  // what is sent at noon of UTC is meant as that day, also where the school's is the next one already
  const same = [day, ours.slice(0, 10)].includes(shown.slice(0, 10));
  return same || localDate(new Date(b), zone) === day;
}

/** Is what the SIS shows only its own way to write what we sent: rounded, cut, a status it has no other word for? */
export function isFormOf(ours: Values, shown: Shown, zone: string): boolean {
  return differing(ours, shown, zone).every((name) => {
    const [a, b] = [ours[name] ?? null, shown[name] ?? null];
    switch (name) {
      case 'score':
        return typeof a === 'number' ? isRounded(a, b) : b === 0 && plain(shown.scoreStatus) === 'exempt';
      case 'scoreStatus':
        return hasScoreStatus.has(plain(a)) && plain(b) === 'fully graded' && !inventsScore(ours, shown);
      // it has no place for the flag
      case 'late':
      case 'missing':
        return a === true && b === false;
      case 'title':
      case 'comment':
        return isCut(oneLine(a), oneLine(b));
      default:
        return false;
    }
  });
}
const hasScoreStatus = new Set(['submitted', 'partially graded']);
const inventsScore = (ours: Values, shown: Shown) =>
  ours.score === null && shown.score !== null && shown.score !== undefined;

/** To at most two decimals, the usual way or by cutting off. */
function isRounded(ours: number, shown: Value): boolean {
  if (typeof shown !== 'number') return false;
  return [0, 1, 2].some((decimals) => {
    const unit = 10 ** decimals;
    const scaled = Number((ours * unit).toPrecision(15));
    return [Math.round(scaled), Math.trunc(scaled), -Math.round(-scaled)].includes(
      Number((shown * unit).toPrecision(15)),
    );
  });
}

function isCut(ours: string, shown: string): boolean {
  const kept = shown.replace(/(…|\.\.\.)$/, '').trimEnd();
  return kept !== '' && ours.startsWith(kept);
}

/** In the words of people: what differs, on each side. */
export function inWords(names: string[], values: Shown): string {
  const words = names.map((name) => {
    const value = values[name];
    if (name === 'late' || name === 'missing') return value === true ? name : `not ${name}`;
    if (name === 'score') return value === null || value === undefined ? 'no score' : String(value);
    if (name === 'dueDate') return String(value).slice(0, 10);
    return String(value ?? 'nothing');
  });
  return words.join(', ') || 'nothing';
}

const plain = (value: Value | undefined) =>
  String(value ?? '')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
const oneLine = (value: Value) =>
  String(value ?? '')
    .normalize()
    .replace(/\s+/g, ' ')
    .trim();

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
/** Numbers, and texts that are one. */
function decimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined;
}
function flag(value: unknown): boolean | undefined {
  const said = typeof value === 'string' ? value.toLowerCase() : value;
  return said === true || said === 'true' ? true : said === false || said === 'false' ? false : undefined;
}
function record(value: unknown): Wire | undefined {
  return typeof value === 'object' && value !== null ? (value as Wire) : undefined;
}
