/** Our result → the OneRoster 1.2 result that the SIS should hold, or why there is none. */
import type { ClassFacts, LineItemFacts, ResultFacts } from './facts.ts';
import type { Built } from './line-item.ts';
import { lineItemDates } from './line-item-dates.ts';
import { localDate, utcText } from './local-dates.ts';
import type { OneRosterResult } from './oneroster.ts';
import { findAll, stopOf, warningsOf } from './preflight/finding.ts';
import { resultRules } from './preflight/result-rules.ts';
import { reference } from './references.ts';
import { restoredGrade, restoredIn } from './restored.ts';
import { draftResult } from './result-draft.ts';
import { resultSourcedId } from './source-ids.ts';

/**
 * The result's body, by the rules of the preflight. `lineItemSourcedId` is the id under which the SIS has, or gets, the
 * lineItem; `r` stands as it is linked to that (links.ts).
 */
export function buildResult(
  cls: ClassFacts,
  li: LineItemFacts,
  lineItemSourcedId: string,
  r: ResultFacts,
): Built<OneRosterResult> {
  const restored = restoredIn(r);
  if (!restored) return ownResult(cls, li, lineItemSourcedId, r);
  // whose it is, and whether anything can be sent for him at all, does not hang on the score
  const plain = { ...r, ...graded, score: String(li.resultValueMin ?? 0) };
  const built = ownResult(cls, li, lineItemSourcedId, plain);
  if (built.action !== 'body') return built;
  const { score: _here, scoreStatus: _of, scoreDate, ...about } = built.body;
  const grade = restoredGrade(restored.held, cls.settings, scoreDate);
  if (cls.oneRosterVersion === '1.1') {
    if (grade.score === undefined) return { action: 'blocked', reason: { code: 'BLANK_POLICY' } };
    delete grade.late;
    delete grade.missing;
  }
  return { action: 'body', body: { ...about, ...grade }, warnings: [] };
}
const graded = { status: 'graded' as const, late: false, comment: null, posted: true };

/** As it is here. */
function ownResult(
  cls: ClassFacts,
  li: LineItemFacts,
  lineItemSourcedId: string,
  r: ResultFacts,
): Built<OneRosterResult> {
  const { settings } = cls;
  const draft = draftResult(cls, li, r);
  const found = findAll(resultRules, draft);
  const stop = stopOf(found);
  if (stop) return stop;

  const { roots, classId, studentId, grade, late, missing } = draft;
  if (roots === null || classId === null || studentId === null || 'action' in grade)
    throw new Error('no rule stopped what cannot be sent');
  const body: OneRosterResult = {
    sourcedId: r.sourcedId ?? resultSourcedId(lineItemSourcedId, studentId),
    status: 'active',
    dateLastModified: utcText(r.versionAt),
    lineItem: reference(roots, 'lineItem', lineItemSourcedId),
    student: reference(roots, 'user', studentId),
    class: reference(roots, 'class', classId),
    scoreStatus: grade.scoreStatus,
    ...(grade.score !== null && { score: grade.score }),
    scoreDate: scoreDateOf(cls, li, r),
    ...(settings.sendComments && r.comment && { comment: r.comment }),
    ...(late && { late: 'true' }),
    ...(missing && { missing: 'true' }),
  };
  return { action: 'body', body, warnings: warningsOf(found) };
}

/** The day of the grade, not of the send: as given, else the local day on which this version came. */
function scoreDateOf(cls: ClassFacts, li: LineItemFacts, r: ResultFacts): string {
  const zone = cls.timeZone;
  const given =
    r.scoreDate?.length === 10 ? r.scoreDate : localDate(new Date(r.scoreDate ?? r.versionAt), zone);
  if (cls.settings.scoreDateBeforeAssigned === 'send') return given;
  const assigned = lineItemDates(cls, li, li.overrides.sisDueDate)?.assignDate;
  const first = assigned ? localDate(assigned, zone) : given;
  return given < first ? first : given;
}
