/** What syncs did: the list with its filters, one with its causes, its entries, as files, and as it goes. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import { invalid } from '../passback/refusal.ts';
import type { SyncFilter } from '../passback/ports/syncs.ts';
import { everyone, type Holder, ok, type ResponseText, type Route, route } from './route.ts';
import { cutHeader, entriesFile, MOST_LINES, syncsFile } from './sync-csv.ts';
import { syncEvents } from './sync-events.ts';
import {
  EntryView,
  entryActions,
  entryKinds,
  statuses,
  SyncAnswer,
  SyncDetails,
  triggers,
} from './sync-views.ts';
import { answers, flag, listOf, pageOf, pageQuery, plainText, queryTime } from './views.ts';

const tag = 'Syncs';
const one = '/v1/syncs/{syncId}';
const filters = {
  domainId: LmsId.optional(),
  classId: LmsId.optional(),
  status: z.enum(statuses).optional(),
  trigger: z.enum(triggers).optional(),
  startedBy: plainText(255).optional().meta({ description: 'exactly who is named in it' }),
  since: queryTime,
  until: queryTime,
  text: plainText(100)
    .optional()
    .meta({ description: 'in the class’s title, in who started it, or in a lineItem’s title; in any case' }),
  lineItemId: LmsId.optional().meta({ description: 'it tells of this lineItem; with `classId`' }),
  studentId: LmsId.optional().meta({ description: 'it tells of this student; with `classId`' }),
};
const entryFilters = {
  action: z.enum(entryActions).optional(),
  code: z
    .string()
    .regex(/^[A-Z0-9_]{1,60}$/, 'must be a code such as MAP_CLASS')
    .optional(),
  kind: z.enum(entryKinds).optional(),
  lineItemId: LmsId.optional(),
};
const file: Record<number, ResponseText> = {
  200: {
    description: `The file, at most ${MOST_LINES.toLocaleString('en')} lines`,
    file: 'text/csv',
    headers: { [cutHeader]: '`true`: there are more lines than the file has; its last line says so too' },
  },
};

function holders({ query }: { query: { classId?: unknown; domainId?: unknown } }): Holder[] {
  const holders: Holder[] = [];
  if (typeof query.classId === 'string') holders.push({ what: 'class', key: query.classId });
  if (typeof query.domainId === 'string') holders.push({ what: 'domain', key: query.domainId });
  return holders;
}

/** Ids of lineItems and students are unique within their class only. */
function checked(filter: SyncFilter): SyncFilter {
  const named = (['lineItemId', 'studentId'] as const).find((name) => filter[name] !== undefined);
  if (named && filter.classId === undefined)
    throw invalid('?classId', `is needed with ${named}: several classes may have the same one`);
  return filter;
}

export const syncHistoryRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/syncs',
    operationId: 'listSyncs',
    summary: 'The history, newest first',
    tag,
    roles: everyone,
    query: z.strictObject({ ...filters, ...pageQuery }),
    holders,
    responses: answers(listOf(SyncAnswer)),
    handle: async (c) => {
      const { cursor, limit, ...filter } = c.query;
      return ok(await c.store.syncs.list(c.scope, checked(filter), pageOf({ cursor, limit })));
    },
  }),
  route({
    method: 'get',
    path: '/v1/syncs.csv',
    operationId: 'getSyncsCsv',
    summary: 'The history as a file for spreadsheets, newest first',
    tag,
    roles: everyone,
    query: z.strictObject(filters),
    holders,
    limit: 'costly',
    responses: file,
    handle: async (c) =>
      syncsFile(await c.store.syncs.list(c.scope, checked(c.query), { cursor: null, limit: MOST_LINES })),
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getSync',
    summary: 'One sync: how many rows came out how, and why, grouped by cause',
    tag,
    roles: everyone,
    responses: answers(SyncDetails),
    handle: async (c) => ok(await c.store.syncs.details(c.scope, c.params.syncId)),
  }),
  route({
    method: 'get',
    path: `${one}/entries`,
    operationId: 'listSyncEntries',
    summary: 'What a sync did with each lineItem and result',
    tag,
    roles: everyone,
    query: z.strictObject({ ...entryFilters, ...pageQuery }),
    responses: answers(listOf(EntryView)),
    handle: async (c) => {
      const { cursor, limit, ...filter } = c.query;
      return ok(await c.store.syncs.entries(c.scope, c.params.syncId, filter, pageOf({ cursor, limit })));
    },
  }),
  route({
    method: 'get',
    path: `${one}/entries.csv`,
    operationId: 'getSyncEntriesCsv',
    summary: 'The same as a file for spreadsheets',
    tag,
    roles: everyone,
    query: z.strictObject(entryFilters),
    limit: 'costly',
    responses: file,
    handle: async (c) => {
      const { syncId } = c.params;
      const page = { cursor: null, limit: MOST_LINES };
      return entriesFile(syncId, await c.store.syncs.entries(c.scope, syncId, c.query, page));
    },
  }),
  route({
    method: 'get',
    path: `${one}/events`,
    operationId: 'followSync',
    summary: 'A sync as it goes: `progress` (a Sync), `entries` ({items: SyncEntry[]}), `finished` (a Sync)',
    tag,
    roles: everyone,
    query: z.strictObject({ entries: flag.meta({ description: '`false`: progress only' }) }),
    requestHeaders: {
      'Last-Event-ID': 'the id of the last event that was read: only entries after it are told',
    },
    responses: {
      200: {
        description:
          'Server-sent events, told together at most four times a second, with a heartbeat every 15 s. The state of now comes at once. `closed` ({code}) says why the stream ends before the sync: STOPPING (come again), UNAUTHENTICATED (with a new token)',
        events: true,
      },
    },
    handle: async (c) => {
      const { syncId } = c.params;
      // refused like everything else, while it still can be
      await c.store.syncs.get(c.scope, syncId);
      return { status: 200, events: syncEvents(c.store.syncs, c.scope, syncId, c.query.entries ?? true) };
    },
  }),
];
