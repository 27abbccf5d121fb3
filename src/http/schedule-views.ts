/** Schedules and their runs as they are answered. */
import { z } from 'zod';
import { scheduleForm, scheduleTypes } from '../passback/schedule-input.ts';
import { listOf, ReasonView, Time } from './views.ts';

export const ScheduleRunView = z
  .strictObject({
    id: z.string(),
    status: z.enum(['running', 'complete', 'completeWithProblems', 'failed', 'skipped']).meta({
      description:
        'of all its syncs together; failed: none of its classes could be sent, or no pull started; skipped: the run before was still under way. That of a roster pull ends when the pull has begun, which tells the rest',
    }),
    trigger: z.enum(['schedule', 'manual']).meta({ description: 'manual: somebody has started it by hand' }),
    startedBy: z.string(),
    dueAt: Time.meta({ description: 'when it was to run; it starts later after a pause or in quiet hours' }),
    startedAt: Time,
    finishedAt: Time.nullable(),
    reason: ReasonView.nullable().meta({ description: 'why it was skipped, or no pull started' }),
    classes: z.strictObject({
      all: z.int(),
      started: z.int(),
      leftOut: z.int(),
    }),
    leftOut: z
      .array(z.strictObject({ reason: ReasonView, classes: z.int(), classIds: z.array(z.string()) }))
      .meta({ description: 'why classes were left out, and the first 50 of each kind' }),
    rosterPullId: z.string().nullable().meta({
      description:
        'the roster pull that it has started, or found under way: GET /v1/rosterPulls/{rosterPullId}',
    }),
    syncs: z.strictObject({
      processing: z.int(),
      complete: z.int(),
      completeWithProblems: z.int(),
      failed: z.int(),
      cancelled: z.int(),
    }),
  })
  .meta({ id: 'ScheduleRun' });
export const ScheduleRunList = listOf(ScheduleRunView);

const runs = z.array(Time).meta({ description: 'the next five' });
const interval = z.string().meta({ example: 'At 06:00 PM, Monday through Friday' });

export const ScheduleView = z
  .strictObject({
    id: z.string(),
    domainId: z.string(),
    type: z.enum(scheduleTypes),
    cron: z.string(),
    every: scheduleForm.nullable(),
    interval,
    timeZone: z.string(),
    classIds: z
      .array(z.string())
      .nullable()
      .meta({ description: 'null: every class of the domain and below' }),
    postedBy: z.string().meta({ description: 'who put it as it stands; its syncs are told to be theirs' }),
    createdAt: Time,
    pausedAt: Time.nullable(),
    pausedBy: z.string().nullable(),
    firstRunAt: Time.nullable().meta({ description: 'when it ran first, or will' }),
    nextRunAt: Time.nullable().meta({ description: 'quiet hours reckoned in; null: paused' }),
    nextRuns: runs,
    waitingFor: ReasonView.nullable().meta({ description: 'why it does not get on although it is due' }),
    lastRun: ScheduleRunView.nullable(),
    lastSync: z
      .strictObject({
        id: z.string(),
        status: z.enum([
          'awaitingConfirmation',
          'processing',
          'complete',
          'completeWithProblems',
          'failed',
          'cancelled',
        ]),
        startedAt: Time,
        finishedAt: Time.nullable(),
      })
      .nullable()
      .meta({ description: 'the sync that it started last' }),
  })
  .meta({ id: 'Schedule' });

export const SchedulePreviewView = z
  .strictObject({
    cron: z.string(),
    interval,
    timeZone: z.string(),
    nextRuns: runs,
    warnings: z
      .array(z.strictObject({ code: z.literal('CLOCK_LEAPS'), message: z.string(), runsAt: Time }))
      .meta({ description: 'times of the year ahead that the clock leaps over in spring' }),
  })
  .meta({ id: 'SchedulePreview' });
