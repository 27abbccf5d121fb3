/** A class, an assignment and a score as tests start from them, and arbitrary ones for properties. */
import fc from 'fast-check';
import type {
  ClassFacts,
  Duty,
  LineItemFacts,
  ResultFacts,
  StudentFacts,
} from '../../src/gradebook/facts.ts';
import { defaultSettings, settingFields, type EffectiveSettings } from '../../src/gradebook/settings.ts';
import { LocalStatus } from '../../src/gradebook/local.ts';

export function settingsWith(over: Partial<EffectiveSettings> = {}): EffectiveSettings {
  return { ...defaultSettings, passbackEnabled: true, ...over };
}

export const freshDuty: Duty = {
  id: 'row',
  version: 1,
  versionAt: new Date('2026-10-05T14:30:00.000Z'),
  dirtyN: 1,
  cleanN: 0,
  releaseN: 1,
  ackedVersion: 0,
  ackedHash: null,
  sourcedId: null,
  linkedTo: null,
  found: null,
};

export function aClass(
  over: Partial<ClassFacts> = {},
  settings: Partial<EffectiveSettings> = {},
): ClassFacts {
  return {
    id: 'class-row',
    tenantKey: 'district',
    key: 'c1',
    title: 'Algebra',
    sourcedId: 'sis-class',
    customId: 'custom-class',
    schoolSourcedId: 'sis-school',
    schoolMissing: false,
    classMissing: false,
    published: true,
    timeZone: 'America/Chicago',
    gradingPeriods: [
      { sourcedId: 'q1', title: 'Q1', startDate: '2026-08-20', endDate: '2026-10-23' },
      { sourcedId: 's1', title: 'S1', startDate: '2026-08-20', endDate: '2026-12-18' },
      { sourcedId: 'q2', title: 'Q2', startDate: '2026-10-24', endDate: '2026-12-18' },
    ],
    categories: [
      { id: 'hw', title: 'Homework' },
      { id: 'tests', title: 'Tests' },
    ],
    mapping: { default: null, map: {} },
    domainMapping: { default: null, map: {} },
    sisCategories: [
      { sourcedId: 'sis-hw', title: ' homework ' },
      { sourcedId: 'sis-quiz', title: 'Quizzes' },
    ],
    categoryTitles: {},
    sisStudents: null,
    titles: null,
    oneRosterVersion: '1.2',
    gradebookUrl: 'https://sis.example/ims/oneroster/gradebook/v1p2',
    rosteringUrl: 'https://sis.example/ims/oneroster/rostering/v1p2',
    ...over,
    settings: settingsWith(settings),
  };
}

export function aLineItem(over: Partial<LineItemFacts> = {}): LineItemFacts {
  return {
    ...freshDuty,
    id: 'li-row',
    key: 'li1',
    title: 'Essay 1',
    description: null,
    categoryKey: 'hw',
    assignDate: new Date('2026-10-01T13:00:00.000Z'),
    dueDate: new Date('2026-10-09T04:59:00.000Z'),
    resultValueMin: null,
    resultValueMax: 100,
    published: true,
    syncToSis: true,
    assignedTo: 'everyone',
    gradingPeriodSourcedId: null,
    overrides: { syncToSis: null, sisTitle: null, sisDueDate: null, sisCategorySourcedId: null },
    createdAt: new Date('2026-10-01T03:00:00.000Z'),
    frozenDueDate: null,
    ...over,
  };
}

export function aResult(over: Partial<ResultFacts> = {}, student: Partial<StudentFacts> = {}): ResultFacts {
  return {
    ...freshDuty,
    id: 'result-row',
    lineItemId: 'li-row',
    score: '87.5',
    status: null,
    late: false,
    posted: true,
    comment: null,
    scoreDate: null,
    ...over,
    student: {
      id: 'student-row',
      key: 's1',
      sourcedId: 'sis-student',
      customId: 'custom-student',
      sourcedIdShared: false,
      customIdShared: false,
      active: true,
      ...student,
    },
  };
}

// --- arbitrary but valid input
const words = (max: number) =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: max })
    .map((s) => s.replaceAll('\u0000', ' ').toWellFormed());
const id = words(20);
const orNull = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: null });
/** What stops most bodies is rare, so that the properties are about bodies and not about skips. */
const mostly = (value: boolean) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(value) }, fc.constant(!value));
const seldomNull = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: null, freq: 10 });
const mostlyNull = <T>(a: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, a);
const sisCategory = fc.constantFrom('sis-hw', 'sis-quiz', 'sis-"é"');
const categoryTitle = fc.constantFrom('Homework', ' homework', 'Tests', 'Quizzes', 'constructor');
const instant = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const schoolYears = fc.date({
  min: new Date('2020-01-01'),
  max: new Date('2035-01-01'),
  noInvalidDate: true,
});
const day = schoolYears.map((d) => d.toISOString().slice(0, 10));
export const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC');
const points = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
);
const anyDuty: fc.Arbitrary<Duty> = fc.record({
  id: fc.uuid(),
  version: fc.integer({ min: 1, max: 9 }),
  versionAt: fc.oneof(instant, schoolYears),
  dirtyN: fc.integer({ min: 0, max: 9 }),
  cleanN: fc.integer({ min: 0, max: 9 }),
  releaseN: fc.integer({ min: 0, max: 9 }),
  ackedVersion: fc.integer({ min: 0, max: 9 }),
  ackedHash: orNull(fc.constant('hash')),
  sourcedId: orNull(id),
  linkedTo: fc.constant(null),
  found: fc.constant(null),
});
const period = fc
  .tuple(id, words(20), day, day)
  .map(([sourcedId, title, a, b]) =>
    a <= b ? { sourcedId, title, startDate: a, endDate: b } : { sourcedId, title, startDate: b, endDate: a },
  )
  .chain((p) => fc.constantFrom(p, p, { ...p, open: true }, { ...p, open: false }));
const wholeDecade = day
  .filter((d) => d > '2030')
  .map((endDate) => ({ sourcedId: 'p', title: 'P', startDate: '2020-01-01', endDate }));
const mapping = fc.record({
  default: orNull(sisCategory),
  map: fc.dictionary(fc.constantFrom('hw', 'tests', 'homework'), sisCategory, { maxKeys: 2 }),
});

export const anySettings: fc.Arbitrary<EffectiveSettings> = fc
  .record({
    sendFrom: mostlyNull(schoolYears.map((d) => d.toISOString())),
    useCustomIds: mostly(false),
    titleLimit: orNull(fc.integer({ min: 10, max: 60 })),
    titleTooLong: fc.constantFrom(...settingFields.titleTooLong.options),
    duplicateTitle: fc.constantFrom(...settingFields.duplicateTitle.options),
    dueDateMissing: fc.constantFrom(...settingFields.dueDateMissing.options),
    dueDateOutside: fc.constantFrom(...settingFields.dueDateOutside.options),
    missingScore: fc.constantFrom(...settingFields.missingScore.options),
    excused: fc.constantFrom(...settingFields.excused.options),
    blank: fc.constantFrom(...settingFields.blank.options),
    sendLate: fc.boolean(),
    overMax: fc.constantFrom(...settingFields.overMax.options),
    exemptScore: fc.constantFrom(...settingFields.exemptScore.options),
    withoutScore: fc.constantFrom(...settingFields.withoutScore.options),
    submitted: fc.constantFrom(...settingFields.submitted.options),
    notSubmitted: fc.constantFrom(...settingFields.notSubmitted.options),
    partiallyGraded: fc.constantFrom(...settingFields.partiallyGraded.options),
    wholePoints: fc.constantFrom(...settingFields.wholePoints.options),
    gradingPeriod: fc.constantFrom(...settingFields.gradingPeriod.options),
    dueDateForm: fc.constantFrom(...settingFields.dueDateForm.options),
    scoreDateForm: fc.constantFrom(...settingFields.scoreDateForm.options),
    scoreDateBeforeAssigned: fc.constantFrom(...settingFields.scoreDateBeforeAssigned.options),
    references: fc.constantFrom(...settingFields.references.options),
    lineItemMetadata: fc.constantFrom({}, { scoreType: 'POINTS' }),
    requirePublished: mostly(false),
    requireWholeClass: mostly(false),
    sendComments: fc.boolean(),
  })
  .map(settingsWith);

export const anyClass: fc.Arbitrary<ClassFacts> = fc.record({
  id: fc.uuid(),
  tenantKey: id,
  key: id,
  title: words(20),
  sourcedId: seldomNull(id),
  customId: orNull(id),
  schoolSourcedId: seldomNull(id),
  schoolMissing: fc.boolean(),
  classMissing: fc.boolean(),
  published: mostly(true),
  timeZone: zone,
  gradingPeriods: fc.array(fc.oneof(period, wholeDecade), { maxLength: 4 }),
  categories: fc.array(fc.record({ id: fc.constantFrom('hw', 'tests'), title: categoryTitle }), {
    maxLength: 3,
  }),
  mapping,
  domainMapping: mapping,
  sisCategories: orNull(
    fc.array(fc.record({ sourcedId: sisCategory, title: categoryTitle }), { maxLength: 3 }),
  ),
  categoryTitles: fc.dictionary(sisCategory, categoryTitle, { maxKeys: 3 }),
  sisStudents: orNull(fc.array(id, { maxLength: 3 })),
  titles: orNull(
    fc.array(fc.record({ key: id, title: words(60), createdAt: schoolYears }), { maxLength: 4 }),
  ),
  settings: anySettings,
  oneRosterVersion: fc.constant('1.2' as const),
  gradebookUrl: seldomNull(fc.constant('https://sis.example/ims/oneroster/gradebook/v1p2')),
  rosteringUrl: fc.constant('https://sis.example/ims/oneroster/rostering/v1p2'),
});

const anyOwnLineItem = fc.record({
  key: id,
  title: words(200),
  description: orNull(words(50)),
  categoryKey: seldomNull(fc.constantFrom('hw', 'tests', 'other')),
  assignDate: orNull(fc.oneof(instant, schoolYears)),
  dueDate: orNull(fc.oneof(instant, schoolYears)),
  resultValueMin: orNull(points),
  resultValueMax: seldomNull(fc.oneof(fc.constant(100), points)),
  published: mostly(true),
  syncToSis: mostly(true),
  assignedTo: fc.constantFrom('everyone' as const, 'section' as const, 'individuals' as const),
  gradingPeriodSourcedId: orNull(id),
  overrides: fc.record({
    syncToSis: mostlyNull(fc.boolean()),
    sisTitle: orNull(words(100)),
    sisDueDate: mostlyNull(instant),
    sisCategorySourcedId: mostlyNull(sisCategory),
  }),
  createdAt: schoolYears,
  frozenDueDate: mostlyNull(instant),
});
export const anyLineItem: fc.Arbitrary<LineItemFacts> = fc
  .tuple(anyDuty, anyOwnLineItem)
  .map(([duty, own]) => ({ ...duty, ...own }));

const anyOwnResult = fc.record({
  lineItemId: fc.uuid(),
  score: orNull(points.map(String)),
  status: orNull(fc.constantFrom(...LocalStatus.options)),
  late: fc.boolean(),
  posted: mostly(true),
  comment: orNull(words(30)),
  scoreDate: orNull(
    fc.oneof(
      day,
      instant.map((d) => d.toISOString()),
    ),
  ),
  student: fc.record({
    id: fc.uuid(),
    key: id,
    sourcedId: seldomNull(id),
    customId: orNull(id),
    sourcedIdShared: mostly(false),
    customIdShared: mostly(false),
    active: mostly(true),
  }),
});
export const anyResult: fc.Arbitrary<ResultFacts> = fc
  .tuple(anyDuty, anyOwnResult)
  .map(([duty, own]) => ({ ...duty, ...own }));
