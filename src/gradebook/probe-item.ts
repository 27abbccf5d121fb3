/**
 * What the connection test writes into a class to find out what an SIS does with it: an assignment that says that it is
 * a test, and scores in it. Made as every other one is, so that the SIS is asked what it will be asked later.
 */
import type { ClassFacts, Duty } from './facts.ts';
import { buildLineItem, type Built } from './line-item.ts';
import { endOfDay, localDate, utcText } from './local-dates.ts';
import type { OneRosterLineItem, OneRosterResult } from './oneroster.ts';
import { reference, rootsOf, sisIdOf } from './references.ts';

export interface ProbeItem {
  sourcedId: string;
  title: string;
  /** of the class in the SIS */
  categorySourcedId: string;
  schoolSourcedId: string | null;
  now: Date;
}
/** Of so many points. */
export const PROBE_POINTS = 10;

/** The lineItem, due today, or why none can be made. */
export function probeLineItem(cls: ClassFacts, item: ProbeItem): Built<OneRosterLineItem> {
  const { now, categorySourcedId, schoolSourcedId } = item;
  const built = buildLineItem(
    {
      ...cls,
      schoolSourcedId: cls.schoolSourcedId ?? schoolSourcedId,
      sisCategories: [{ sourcedId: categorySourcedId, title: '' }],
      // by choice or not, this one goes, and with the title that it has
      settings: { ...cls.settings, ...asItIs },
    },
    {
      ...untouched,
      versionAt: now,
      key: item.sourcedId,
      title: item.title,
      description: 'Made by the test of the connection, which removes it again at once.',
      categoryKey: null,
      assignDate: now,
      dueDate: endOfDay(localDate(now, cls.timeZone), cls.timeZone),
      resultValueMin: 0,
      resultValueMax: PROBE_POINTS,
      published: true,
      syncToSis: true,
      assignedTo: 'everyone',
      gradingPeriodSourcedId: null,
      overrides: {
        syncToSis: null,
        sisTitle: null,
        sisDueDate: null,
        sisCategorySourcedId: categorySourcedId,
      },
      createdAt: now,
      frozenDueDate: null,
    },
  );
  return built.action === 'body' ? { ...built, body: { ...built.body, sourcedId: item.sourcedId } } : built;
}

const asItIs = {
  requirePublished: false,
  sendFrom: null,
  titleLimit: null,
  duplicateTitle: 'send',
  dueDateOutside: 'moveIntoPeriod',
} as const;
const untouched: Omit<Duty, 'versionAt'> = {
  id: '',
  version: 1,
  dirtyN: 1,
  cleanN: 0,
  releaseN: 1,
  ackedVersion: 0,
  ackedHash: null,
  sourcedId: null,
  linkedTo: null,
  found: null,
};

/** One student's result in it. */
export function probeResult(
  cls: ClassFacts,
  of: { sourcedId: string; lineItem: string; student: string; now: Date },
  score: Pick<OneRosterResult, 'scoreStatus' | 'score'>,
): OneRosterResult | null {
  const roots = rootsOf(cls);
  const classId = sisIdOf(cls, cls.settings);
  if (!roots || classId === null) return null;
  return {
    sourcedId: of.sourcedId,
    status: 'active',
    dateLastModified: utcText(of.now),
    lineItem: reference(roots, 'lineItem', of.lineItem),
    student: reference(roots, 'user', of.student),
    class: reference(roots, 'class', classId),
    ...score,
    scoreDate: localDate(of.now, cls.timeZone),
  };
}

/** A title of exactly so many characters, without a space at its end that an SIS would trim. */
export function longTitle(begin: string, length: number): string {
  const text = `${begin}, with a long title to learn how long it may be: ${'0123456789'.repeat(30)}`;
  return text.slice(0, length).replace(/ $/, '.');
}
