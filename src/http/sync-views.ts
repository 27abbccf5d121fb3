/** How a sync is answered: as a run with its counts, and as the entries of its history. */
import { z } from 'zod';
import { PlanNumbers, ReasonView, Time } from './views.ts';

export const statuses = [
  'awaitingConfirmation',
  'processing',
  'complete',
  'completeWithProblems',
  'failed',
  'cancelled',
] as const;
export const triggers = ['manual', 'automatic', 'schedule', 'api'] as const;
export const entryKinds = ['lineItem', 'result'] as const;
export const entryActions = [
  ...(['created', 'updated', 'deleted', 'unchanged', 'skipped', 'failed', 'conflict'] as const),
] as const;

const Counts = z.strictObject({
  created: z.int(),
  updated: z.int(),
  deleted: z.int().meta({ description: 'in the SIS, for it was deleted here' }),
  unchanged: z.int(),
  skipped: z.int(),
  failed: z.int(),
  conflicts: z.int(),
});
export const SyncAnswer = z
  .strictObject({
    id: z.string(),
    classId: z.string(),
    classTitle: z.string(),
    domainId: z.string(),
    trigger: z.enum(triggers),
    startedBy: z.string(),
    status: z.enum(statuses),
    mode: z.enum(['changes', 'all']),
    dryRun: z.boolean(),
    counts: Counts,
    byKind: z.strictObject({ lineItems: Counts, results: Counts }),
    planned: PlanNumbers.nullable().meta({
      description: 'what it was to do, as the press was told; null: automatic work, which nobody pressed',
    }),
    sisRead: z
      .strictObject({
        state: z.enum(['waiting', 'read', 'failed']),
        at: Time.nullable(),
        reason: ReasonView.nullable(),
      })
      .nullable()
      .meta({
        description:
          'the class is read from the SIS before anything of it is sent (a person’s press, or `readSis`); failed: it went on without; null: none was wanted',
      }),
    pending: z.int().meta({ description: 'rows still under way' }),
    inFlight: z.int().meta({
      description:
        'rows that the lane has in its hands now; of a cancelled sync, those whose answer is still to come',
    }),
    waitingFor: z
      .strictObject({
        code: z.string(),
        message: z.string(),
        since: Time.nullable(),
        nextAttemptAt: Time.nullable(),
      })
      .nullable(),
    startedAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: 'Sync' });
export const EntryView = z
  .strictObject({
    kind: z.enum(entryKinds),
    lineItemId: z.string(),
    title: z
      .string()
      .nullable()
      .meta({ description: 'of the lineItem as it is called now; null: it is gone' }),
    studentId: z.string().nullable(),
    action: z.enum(entryActions),
    reason: ReasonView.nullable(),
    version: z.int(),
    at: Time,
  })
  .meta({ id: 'SyncEntry' });

const Cause = z
  .strictObject({
    severity: z.enum(['error', 'warning', 'choice']).meta({
      description:
        'error: not in the SIS though it was wanted there; warning: it is, and something should be known of it; choice: left out by choice',
    }),
    action: z.enum(entryActions),
    reason: ReasonView,
    retry: z.enum(['auto', 'manual', 'never', 'none']).meta({
      description:
        'auto: goes on by itself; manual: once the cause is gone, by the next sync or `retry`; never: stays as it is by choice; none: it was sent',
    }),
    count: z.int().meta({ description: 'entries: as many as are listed with its `code` and `action`' }),
    lineItems: z.int(),
    results: z.int(),
    examples: z.array(z.string()).meta({ description: 'titles of some of the lineItems' }),
  })
  .meta({ id: 'SyncCause' });
export const SyncDetails = z
  .strictObject({
    ...SyncAnswer.shape,
    summary: z.strictObject({
      extracted: z.int().meta({ description: 'rows that it looked at so far' }),
      filtered: z.int().meta({ description: 'left out by choice; `causes` says why' }),
      unchanged: z.int(),
      sent: z.int().meta({ description: 'created, updated or deleted in the SIS' }),
      failed: z.int(),
      conflicts: z.int(),
      pending: z.int(),
    }),
    affected: z
      .strictObject({ lineItems: z.int(), results: z.int(), students: z.int() })
      .meta({ description: 'whom its entries are about; what is unchanged has none' }),
    causes: z.array(Cause).meta({ description: 'errors first, the most frequent first' }),
  })
  .meta({ id: 'SyncDetails' });
