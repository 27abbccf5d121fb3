/** Which settings there are beyond the first ones, what kind of value each has, and how it is typed. Pure. */

/** choice: one of some words · yesNo · number · lines: a list · pairs: name → value · secretPairs: values never shown */
export type Kind =
  | 'choice'
  | 'yesNo'
  | 'number'
  | 'lines'
  | 'pairs'
  | 'secretPairs'
  | 'text'
  | 'longText'
  | 'hours'
  | 'day'
  | 'pull';
export interface MoreField {
  name: string;
  kind: Kind;
}
export type Group = 'people' | 'pace' | 'care' | 'assignments' | 'scores' | 'connection' | 'roster';

const of = (kind: Kind, ...names: string[]): MoreField[] => names.map((name) => ({ name, kind }));

/** In the order in which they are asked for. Those of the connection belong to the domain that has one of its own. */
export const moreGroups: Record<Group, MoreField[]> = {
  people: [...of('lines', 'noticeEmails', 'embedOrigins'), ...of('yesNo', 'adminsMaySync')],
  pace: [
    ...of('hours', 'quietHours'),
    ...of('day', 'sendFrom'),
    ...of('number', 'maxConcurrentRequests', 'requestsPerSecond', 'verifyAfterSeconds'),
  ],
  care: [
    ...of('choice', 'conflictPolicy', 'driftHealing'),
    ...of('yesNo', 'confirmFirstSync'),
    ...of('number', 'confirmAbove'),
    ...of('choice', 'deletePropagation'),
  ],
  assignments: [
    ...of('number', 'titleLimit'),
    ...of('choice', 'titleTooLong', 'duplicateTitle', 'dueDateMissing', 'dueDateOutside', 'gradingPeriod'),
    ...of('choice', 'dueDateForm', 'wholePoints'),
    ...of('yesNo', 'requirePublished', 'requireWholeClass'),
    ...of('choice', 'references'),
    ...of('pairs', 'lineItemMetadata'),
  ],
  scores: [
    ...of('choice', 'missingScore', 'excused', 'exemptScore', 'blank', 'withoutScore', 'submitted'),
    ...of('choice', 'notSubmitted', 'partiallyGraded', 'overMax'),
    ...of('yesNo', 'sendLate', 'sendComments'),
    ...of('choice', 'scoreDateForm', 'scoreDateBeforeAssigned'),
  ],
  connection: [
    ...of('text', 'rosteringUrl'),
    ...of('choice', 'oneRosterVersion'),
    ...of('secretPairs', 'extraHeaders'),
    ...of('longText', 'caCertificates'),
  ],
  roster: of('pull', 'rosterPull'),
};
export const moreNames: ReadonlySet<string> = new Set(
  Object.values(moreGroups).flatMap((fields) => fields.map(({ name }) => name)),
);

/** Those that a domain may clear: what the one above says is left out, and what is usual for the kind of SIS holds. */
const mayBeCleared: ReadonlySet<string> = new Set([
  ...['quietHours', 'sendFrom', 'requestsPerSecond', 'confirmAbove', 'titleLimit'],
]);
/**
 * What an empty field says where it is not to inherit: an empty list, or null, which clears; undefined: it has no such
 * value. What is only left empty is inherited.
 */
export function noneOf({ name, kind }: MoreField): unknown {
  if (kind === 'lines') return [];
  if (kind === 'pairs') return {};
  return mayBeCleared.has(name) ? null : undefined;
}
/** Nothing of it stands in the field. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

export const KEPT = '••••';
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** What stands in the field for a value of the API; nothing for none. */
export function typedOf(kind: Kind, value: unknown): string {
  if (typeof value === 'string') return kind === 'day' ? value.slice(0, 10) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return '';
  if (kind === 'lines') return (value as string[]).join('\n');
  if (kind === 'pairs' || kind === 'secretPairs')
    return Object.entries(value as Record<string, unknown>)
      .map(([name, one]) => `${name}: ${one === true ? KEPT : String(one)}`)
      .join('\n');
  if (kind === 'pull') return (value as { create: boolean }).create ? 'create' : 'fill';
  return '';
}

/**
 * The value for the API of what was typed; undefined: nothing is set here, what is above or usual holds. What is no
 * number goes as it was typed: the service then names the field.
 */
export function valueOf(kind: Kind, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return undefined;
  switch (kind) {
    case 'number':
      return Number.isNaN(Number(text)) ? text : Number(text);
    case 'yesNo':
      return text === 'true';
    case 'lines':
      return lines(text);
    case 'pairs':
    case 'secretPairs':
      return Object.fromEntries(
        lines(text).map((line) => {
          const at = line.indexOf(':');
          const [name, value] = at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
          return [name, kind === 'secretPairs' && value === KEPT ? true : value];
        }),
      );
    case 'day':
      return `${text}T00:00:00Z`;
    case 'pull':
      return text === 'off' ? null : { create: text === 'create' };
    case 'choice':
    case 'text':
    case 'longText':
    case 'hours':
      return text;
  }
}
