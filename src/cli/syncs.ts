/** `sync`: starts, follows, confirms, cancels and repeats syncs. */
import type { SyncView } from '../passback/ports/syncs.ts';
import { type Api, at, Refused } from './api.ts';
import { type Following, follow } from './follow-sync.ts';
import type { Report } from './report.ts';
import { table } from './table.ts';

export interface Asked {
  lineItem?: string[];
  student?: string[];
  all?: true;
  dryRun?: true;
  readSis?: true;
}

/** Presses sync for each of the classes; one that is refused does not keep the others from theirs. */
export async function syncClasses(
  api: Api,
  classIds: readonly string[],
  asked: Asked,
  following: Following,
): Promise<Report> {
  const body = {
    lineItemIds: asked.lineItem,
    studentIds: asked.student,
    ...(asked.all ? { mode: 'all' } : {}),
    dryRun: asked.dryRun,
    readSis: asked.readSis,
  };
  const syncs: SyncView[] = [];
  const refused: { classId: string; error: Refused }[] = [];
  for (const classId of classIds)
    try {
      syncs.push((await api.call<SyncView>('POST', at`/classes/${classId}/syncs`, { body })).body);
    } catch (error) {
      if (!(error instanceof Refused) || classIds.length === 1) throw error;
      refused.push({ classId, error });
    }
  const report = await followed(api, syncs, following);
  return {
    ok: report.ok && refused.length === 0,
    text: [
      ...(syncs.length > 0 || refused.length === 0 ? report.text : []),
      ...refused.map(
        ({ classId, error: { status, code, message } }) =>
          `${classId}: refused (${status} ${code}): ${message}`,
      ),
    ],
    data: {
      ...report.data,
      refused: refused.map(({ classId, error: { code, message } }) => ({ classId, code, message })),
    },
  };
}

/** The same for every class of a domain and its sub-domains. */
export async function syncDomain(
  api: Api,
  domainId: string,
  asked: Asked,
  following: Following,
): Promise<Report> {
  const classes = await api.all<{ classId: string }>('/classes', { domainId });
  if (classes.length === 0)
    return { ok: true, text: ['The domain has no classes.'], data: { syncs: [], refused: [] } };
  return syncClasses(
    api,
    classes.map(({ classId }) => classId),
    asked,
    following,
  );
}

/** `retry` sends again what failed; `confirm` lets one begin that waits for it. */
export async function againSync(
  api: Api,
  syncId: string,
  how: 'retry' | 'confirm',
  body: object,
  following: Following,
): Promise<Report> {
  const { body: sync } = await api.call<SyncView>('POST', `${at`/syncs/${syncId}`}/${how}`, { body });
  return followed(api, [sync], following);
}

export async function cancelSync(api: Api, syncId: string): Promise<Report> {
  const { body: sync } = await api.call<SyncView>('POST', at`/syncs/${syncId}/cancel`);
  return { ok: true, text: syncTable([sync]), data: { syncs: [sync] } };
}

/** One sync; with `wait` as it is when it has ended. */
export async function showSync(api: Api, syncId: string, following: Following): Promise<Report> {
  const { body: sync } = await api.call<SyncView>('GET', at`/syncs/${syncId}`);
  return followed(api, [sync], following);
}

export async function listSyncs(
  api: Api,
  { class: classId, domain: domainId, status }: { class?: string; domain?: string; status?: string },
): Promise<Report> {
  const { body } = await api.call<{ items: SyncView[] }>('GET', '/syncs', {
    query: { classId, domainId, status, limit: '50' },
  });
  return { ok: true, text: syncTable(body.items), data: { syncs: body.items } };
}

async function followed(api: Api, started: SyncView[], following: Following): Promise<Report> {
  const { syncs, left } = following.wait
    ? await follow(api, started, following)
    : { syncs: started, left: 0 };
  const waiting = syncs.filter(({ status }) => status === 'awaitingConfirmation');
  const bad = syncs.filter(({ status }) => ['completeWithProblems', 'failed', 'cancelled'].includes(status));
  const broken = syncs.flatMap(({ waitingFor }) => (waitingFor === null ? [] : [waitingFor.message]));
  return {
    ok: bad.length + waiting.length + left === 0,
    text: [
      ...syncTable(syncs),
      ...[...new Set(broken)].map((message) => `Waiting: ${message}`),
      ...waiting.map(({ id }) => `Nothing is sent before it is confirmed: sync confirm ${id}`),
      ...(left > 0 ? [`Not ended in the time given: ${left}. They go on; look with: sync show <id>`] : []),
    ],
    data: { syncs },
  };
}

function syncTable(syncs: readonly SyncView[]): string[] {
  const rows = syncs.map(({ id, classId, status, counts: c, pending, startedAt }) => [
    ...[id, classId, status, c.created, c.updated, c.unchanged, c.skipped, c.conflicts, c.failed, pending],
    startedAt,
  ]);
  return table(
    [
      'SYNC',
      'CLASS',
      'STATUS',
      'NEW',
      'CHANGED',
      'SAME',
      'SKIPPED',
      'CONFLICTS',
      'FAILED',
      'WAITING',
      'STARTED',
    ],
    rows,
  );
}
