/** Snapshots: what the SIS held before a sync wrote there; to look at, to keep, to bring back. */
import { z } from 'zod';
import { RestoreRequest } from '../gradebook/local.ts';
import type { SyncView } from '../passback/ports/syncs.ts';
import { everyone, ok, type Route, route } from './route.ts';
import { snapshotCsv } from './snapshot-csv.ts';
import { SyncAnswer } from './sync-views.ts';
import {
  answers,
  listOf,
  NoFields,
  PageQuery,
  pageOf,
  planActions,
  PlanCounts,
  ReasonView,
  Time,
} from './views.ts';

const Held = z.record(z.string(), z.unknown()).nullable();
const about = {
  kind: z.enum(['lineItem', 'result']),
  lineItemId: z.string(),
  studentId: z.string().nullable(),
};
const SnapshotView = z
  .strictObject({
    id: z.string(),
    syncId: z.string().meta({ description: 'the sync that wrote; a snapshot has its id' }),
    classId: z.string(),
    trigger: z.enum(['manual', 'automatic', 'schedule', 'api']),
    startedBy: z.string(),
    at: Time.meta({ description: 'of the sync’s first write' }),
    cells: z.int(),
  })
  .meta({ id: 'Snapshot' });
const CellOfSnapshot = z
  .strictObject({
    ...about,
    held: Held.meta({ description: 'what the SIS held; null: nothing, as far as we knew' }),
    version: z.int().meta({ description: 'the version that went over it' }),
  })
  .meta({ id: 'SnapshotCell' });
const WholeSnapshot = z.strictObject({
  ...SnapshotView.shape,
  items: z.array(CellOfSnapshot),
  nextCursor: z.string().nullable(),
});
const RestorePlan = z
  .strictObject({
    planId: z.string().meta({ description: 'for the restore that is to do exactly this' }),
    counts: PlanCounts,
    entries: z.array(
      z.strictObject({
        ...about,
        action: z.enum(planActions),
        how: z.enum(['value', 'blank', 'tobedeleted', 'delete', 'stays']).meta({
          description:
            'value: as it was; of a result that was not there: left without a score, or deleted by the settings; stays: not ours to take away, or deleted here since',
        }),
        from: Held.meta({ description: 'in the SIS now, as far as we know' }),
        to: Held,
        reason: ReasonView.nullable(),
      }),
    ),
  })
  .meta({ id: 'RestorePlan' });
const Released = z.strictObject({ released: z.int().meta({ description: 'cells that were held' }) });

const tag = 'Snapshots';
const one = '/v1/snapshots/{snapshotId}';
const lineItem = '/v1/classes/{classId}/lineItems/{lineItemId}';

export const snapshotRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/snapshots',
    operationId: 'listSnapshots',
    summary: 'What the SIS held before each sync of a class, newest first',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(listOf(SnapshotView)),
    handle: async (c) => ok(await c.store.snapshots.list(c.scope, c.params.classId, pageOf(c.query))),
  }),
  // before the one without an ending, which would take the whole for an id
  route({
    method: 'get',
    path: `${one}.csv`,
    operationId: 'getSnapshotCsv',
    summary: 'A snapshot as a file for spreadsheets',
    tag,
    roles: everyone,
    limit: 'costly',
    responses: { 200: { description: 'The file', file: 'text/csv' } },
    handle: async (c) => {
      const lines = await c.store.snapshots.table(c.scope, c.params.snapshotId);
      const name = `snapshot-${c.params.snapshotId}.csv`;
      return { status: 200, file: { type: 'text/csv', name, bytes: snapshotCsv(lines) } };
    },
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getSnapshot',
    summary: 'A snapshot with its cells',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(WholeSnapshot),
    handle: async (c) => ok(await c.store.snapshots.get(c.scope, c.params.snapshotId, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: `${one}/restore`,
    operationId: 'restoreSnapshot',
    summary:
      'Bring back what the SIS held: all of it, some lineItems or some students; or see what that would do',
    tag,
    roles: everyone,
    body: RestoreRequest,
    bodyOptional: true,
    audit: {
      action: 'snapshot.restore',
      subject: (_c, { status, body }) => (status === 202 ? { syncId: (body as SyncView).id } : {}),
      detail: (c) => ({
        dryRun: c.body.dryRun,
        lineItems: c.body.lineItemIds?.length ?? null,
        students: c.body.studentIds?.length ?? null,
      }),
    },
    limit: 'costly',
    responses: {
      200: { description: 'A dry run: what would be done', schema: RestorePlan },
      202: {
        description: 'A sync of its own has begun; its snapshot brings back what is there now',
        schema: SyncAnswer,
        headers: { Location: 'the sync' },
      },
    },
    prepare: async (c) => {
      if (c.body.dryRun && c.body.readSis) await c.store.snapshots.read(c.scope, c.params.snapshotId);
    },
    handle: async (c) => {
      const done = await c.store.snapshots.restore(c.scope, c.params.snapshotId, c.body, c.principal);
      if ('plan' in done) return ok(done.plan);
      const Location = `/v1/syncs/${encodeURIComponent(done.sync.id)}`;
      return { status: 202, body: done.sync, headers: { Location } };
    },
  }),
  route({
    method: 'post',
    path: `${lineItem}/release`,
    operationId: 'releaseLineItem',
    summary:
      'What is held from a snapshot, of this lineItem and its results, is not any more: what is here counts',
    tag,
    roles: everyone,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'cell.release' },
    once: 'answer',
    responses: answers(Released, 'Released'),
    handle: async (c) =>
      ok(await c.store.snapshots.release(c.scope, c.params.classId, c.params.lineItemId, null)),
  }),
  route({
    method: 'post',
    path: `${lineItem}/results/{studentId}/release`,
    operationId: 'releaseResult',
    summary: 'The same for one student’s result',
    tag,
    roles: everyone,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'cell.release' },
    once: 'answer',
    responses: answers(Released, 'Released'),
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      return ok(await c.store.snapshots.release(c.scope, classId, lineItemId, studentId));
    },
  }),
];
