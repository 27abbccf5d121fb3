/**
 * What an LMS tells us: one zod schema per object, which gives the type, the validation and the OpenAPI text.
 * Unknown fields are refused everywhere (a typo must not silently lose a grade's status).
 */
import { z } from 'zod';

/** Ids in paths are the LMS's own: up to 255 characters, any Unicode but NUL and lone surrogates, not `.` or `..`. */
export const LmsId = z
  .string()
  .min(1)
  .max(255)
  .refine((id) => !id.includes('\u0000') && id.isWellFormed() && id !== '.' && id !== '..', {
    message: 'must not contain NUL or broken Unicode, nor be "." or ".."',
  })
  .meta({ id: 'LmsId', description: "The LMS's own id", example: 'quiz-4.1' });

/** PostgreSQL stores no NUL; lone surrogates cannot be encoded as UTF-8. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((s) => !s.includes('\u0000') && s.isWellFormed(), {
      message: 'must be valid Unicode without NUL',
    });

export const SourcedId = text(255)
  .min(1)
  .meta({ description: 'The id of the object in the SIS (OneRoster sourcedId)' });

/** An IANA time zone name. `''` is refused: several libraries silently take it for the server's zone. */
export const TimeZone = z
  .string()
  .min(1)
  .max(64)
  .refine(isTimeZone, { message: 'must be an IANA time zone such as America/Chicago' })
  .meta({ id: 'TimeZone', example: 'America/Chicago' });

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL has no year 0, and JavaScript writes a year of five digits as no SIS reads it. */
const firstInstant = Date.parse('0001-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');
/** What is no instant at all is said already. */
const inCalendar = (text: string) => !(Date.parse(text) < firstInstant || Date.parse(text) > lastInstant);
const calendar = { message: 'must lie in the years 1 to 9999' };

/** RFC 3339 instant with an offset; a bare date would silently mean some zone. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine(inCalendar, calendar)
  .meta({ example: '2026-11-20T23:59:00-06:00' });
const LocalDate = z.iso.date().refine(inCalendar, calendar).meta({ example: '2026-11-20' });
/** A finite number; scores are kept as exact decimals (numeric) from here on. */
const Points = z.number().min(-1e9).max(1e9);

export const DomainInput = z
  .strictObject({
    name: text(255).min(1),
    parentId: LmsId.nullish(),
    timeZone: TimeZone.nullish(),
  })
  .meta({ id: 'DomainInput' });
export type DomainInput = z.infer<typeof DomainInput>;

export const GradingPeriod = z
  .strictObject({
    sourcedId: SourcedId,
    title: text(255),
    startDate: LocalDate,
    endDate: LocalDate.meta({ description: 'last day, inclusive' }),
    open: z.boolean().optional().meta({
      description: 'false: the SIS takes no more grades for it; left out: nobody knows, so it does',
    }),
  })
  .refine((p) => p.startDate <= p.endDate, { path: ['endDate'], message: 'must not be before startDate' });
export type GradingPeriod = z.infer<typeof GradingPeriod>;

export const LocalCategory = z.strictObject({ id: LmsId, title: text(255).min(1) });
export type LocalCategory = z.infer<typeof LocalCategory>;

export const EmailAddress = z
  .email({
    // zod's own takes labels of a domain that end with a hyphen, which there are none of (RFC 1035 §2.3.1)
    pattern:
      /^[A-Za-z0-9_'+-]+(\.[A-Za-z0-9_'+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/,
    error: 'must be an e-mail address such as ann@example.org',
  })
  .max(254);

export const ClassInput = z
  .strictObject({
    domainId: LmsId,
    title: text(500).min(1),
    sourcedId: SourcedId.nullish(),
    customId: SourcedId.nullish(),
    schoolSourcedId: SourcedId.nullish(),
    classCode: text(255).min(1).nullish().meta({
      description: 'its code in the SIS: a roster pull finds it by that where there is no id',
    }),
    published: z.boolean().default(true),
    timeZone: TimeZone.nullish(),
    gradingPeriods: z.array(GradingPeriod).max(100).default([]),
    categories: z.array(LocalCategory).max(500).default([]),
    noticeEmails: z.array(EmailAddress).max(20).default([]).meta({
      description: 'who is told by mail of problems in this class besides the admins: its teachers',
    }),
  })
  .superRefine((cls, ctx) => {
    const once = (field: 'categories' | 'gradingPeriods', ids: string[], name: string) =>
      ids.forEach((id, index) => {
        if (ids.indexOf(id) < index)
          ctx.addIssue({ code: 'custom', path: [field, index, name], message: 'stands twice', input: cls });
      });
    once(
      'categories',
      cls.categories.map((c) => c.id),
      'id',
    );
    once(
      'gradingPeriods',
      cls.gradingPeriods.map((p) => p.sourcedId),
      'sourcedId',
    );
  })
  .meta({ id: 'ClassInput' });
export type ClassInput = z.infer<typeof ClassInput>;

export const StudentInput = z
  .strictObject({
    sourcedId: SourcedId.nullish(),
    customId: SourcedId.nullish(),
    givenName: text(255).nullish(),
    familyName: text(255).nullish(),
    identifier: text(255).min(1).nullish().meta({
      description:
        'as the SIS has it (a student number): a roster pull finds the student by it where there is no id',
    }),
    email: text(255).min(1).nullish().meta({ description: 'for roster pulls, as `identifier`' }),
    active: z.boolean().default(true),
  })
  .meta({ id: 'StudentInput' });
export type StudentInput = z.infer<typeof StudentInput>;

export const RosterInput = z
  .strictObject({ students: z.array(StudentInput.extend({ studentId: LmsId })).max(5000) })
  .meta({ id: 'RosterInput' });
export type RosterInput = z.infer<typeof RosterInput>;

export const LineItemInput = z
  .strictObject({
    title: text(1000).min(1),
    description: text(10_000).nullish(),
    categoryId: LmsId.nullish(),
    assignDate: Instant.nullish(),
    dueDate: Instant.nullish(),
    resultValueMin: Points.nullish(),
    resultValueMax: Points.nullish(),
    published: z.boolean().default(true),
    syncToSis: z.boolean().default(true),
    assignedTo: z.enum(['everyone', 'section', 'individuals']).default('everyone'),
    dueDateVaries: z.boolean().default(false),
    gradingPeriodSourcedId: SourcedId.nullish(),
  })
  .refine(
    (l) => l.resultValueMin == null || l.resultValueMax == null || l.resultValueMin <= l.resultValueMax,
    {
      path: ['resultValueMin'],
      message: 'must not be above resultValueMax',
    },
  )
  .meta({ id: 'LineItemInput' });
export type LineItemInput = z.infer<typeof LineItemInput>;

/** What a teacher decides about one assignment; kept apart from the LMS's PUT and stronger than it. */
export const OverridesInput = z
  .strictObject({
    syncToSis: z.boolean().nullish(),
    sisTitle: text(1000).min(1).nullish(),
    sisDueDate: Instant.nullish(),
    sisCategorySourcedId: SourcedId.nullish(),
  })
  .meta({ id: 'LineItemOverrides' });
export type OverridesInput = z.infer<typeof OverridesInput>;

export const SyncSettingsInput = z
  .strictObject({
    autoSync: z.enum(['inherit', 'on', 'off']).default('inherit'),
    conflictPolicy: z
      .enum(['inherit', 'ask', 'lmsWins', 'keepSis'])
      .default('inherit')
      .meta({ description: 'what counts where the SIS holds a value that we never sent' }),
  })
  .meta({ id: 'SyncSettings' });
export type SyncSettingsInput = z.infer<typeof SyncSettingsInput>;

export const LocalStatus = z.enum([
  'graded',
  'missing',
  'excused',
  'incomplete',
  'submitted',
  'notSubmitted',
  'partiallyGraded',
]);
export type LocalStatus = z.infer<typeof LocalStatus>;

const resultFields = {
  score: Points.nullish(),
  status: LocalStatus.nullish(),
  late: z.boolean().default(false),
  posted: z
    .boolean()
    .default(true)
    .meta({ description: 'false: held back by the teacher, never sent until true' }),
  comment: text(10_000).nullish(),
  scoreDate: z.union([LocalDate, Instant]).nullish(),
  revision: z
    .int()
    .min(0)
    .nullish()
    .meta({ description: "the LMS's own counter: an older or equal one is ignored" }),
};
export const ResultInput = z.strictObject(resultFields).meta({ id: 'ResultInput' });
export type ResultInput = z.infer<typeof ResultInput>;

export const BatchRow = z
  .strictObject({ lineItemId: LmsId, studentId: LmsId, ...resultFields })
  // documented as callers send it: what has a default may be left out
  .meta({ id: 'BatchRow', unusedIO: 'input' });
export type BatchRow = z.infer<typeof BatchRow>;

/** Rows are checked one by one, so that a bad row is reported by its index and the good ones are kept. */
export const BatchInput = z
  .strictObject({ results: z.array(z.unknown()).max(10_000) })
  .meta({ id: 'BatchInput' });

export const CategoryMapping = z
  .strictObject({
    default: SourcedId.nullish(),
    map: z.record(z.string().max(255), SourcedId).default({}),
  })
  .meta({
    id: 'CategoryMapping',
    description: 'class: local category id → SIS category sourcedId; domain: category title → sourcedId',
  });
export type CategoryMapping = z.infer<typeof CategoryMapping>;

export const SyncRequest = z
  .strictObject({
    lineItemIds: z.array(LmsId).min(1).max(1000).optional(),
    studentIds: z.array(LmsId).min(1).max(5000).optional(),
    mode: z.enum(['changes', 'all']).default('changes'),
    dryRun: z.boolean().default(false),
    readSis: z.boolean().optional().meta({
      description:
        'the class is read from the SIS first, so that nothing is overwritten unseen; left out: so it is for a person’s press, not for a key’s',
    }),
    planId: z.string().max(200_000).optional().meta({
      description: 'of the plan that this is to do; 409 `PLAN_CHANGED` if it would do something else',
    }),
  })
  .meta({ id: 'SyncRequest' });
export type SyncRequest = z.infer<typeof SyncRequest>;
/** What of a snapshot is to be as it was: all of it, or some lineItems or students. */
export const RestoreRequest = SyncRequest.pick({
  lineItemIds: true,
  studentIds: true,
  dryRun: true,
  readSis: true,
  planId: true,
}).meta({
  id: 'RestoreRequest',
});
export type RestoreRequest = z.infer<typeof RestoreRequest>;
