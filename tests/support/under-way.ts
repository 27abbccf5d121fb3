/**
 * A sync that is caught in the middle: as many requests in flight as the connection allows, held by the SIS, the other
 * rows waiting behind them. What happens then is up to the test, not to the clock.
 */
import pg from 'pg';
import type { RequestEntry } from '../../src/demo/sis/exchange.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  type District,
  type SyncBody,
} from './district.ts';
import { startService, until, type Caller, type TestService } from './service.ts';
import type { TestSis } from './sis.ts';

export const N = 12;
/** requests at once: the product's default */
export const SLOTS = 4;

export interface Sync extends SyncBody {
  pending: number;
  mode: string;
  planned: Record<'lineItems' | 'results', Record<string, number>> | null;
  startedAt: string;
}
export interface Cell {
  lineItemId: string;
  studentId: string;
  state: string;
  reason: { code: string } | null;
  desired: { score: number | null; status: string | null; posted: boolean };
  acknowledged: { score: number | null } | null;
}
export interface Entry {
  kind: string;
  lineItemId: string;
  studentId: string | null;
  action: string;
  reason: { code: string } | null;
  version: number;
}

/** A service whose SIS may hold requests for as long as a test likes. */
export const startUnderWay = (classes = 2): Promise<TestService> =>
  startService({
    sis: { district: sisDistrict(N, classes) },
    service: { sisLimits: { connectMs: 2_000, totalMs: 30_000 }, lanes: { tickMs: 100 } },
  });

let tenants = 0;
export interface Place extends District {
  tenant: string;
  settings(change: Record<string, unknown>): Promise<unknown>;
}

/** A tenant of its own: class c1 with N students, lineItem `a` with a score for each. */
export async function place(
  service: TestService,
  settings: Record<string, unknown> = {},
  score = (i: number) => 60 + i,
): Promise<Place> {
  const tenant = `under-way-${++tenants}`;
  const at = await district(service, N, settings, tenant);
  await putLineItem(at.lms, 'a', { title: `a of ${tenant}` });
  await putScores(at.lms, 'a', N, score);
  const own = `/domains/${tenant}/settings`;
  return {
    ...at,
    tenant,
    async settings(change) {
      const before = await expectOk(at.admin<Record<string, unknown>>('GET', own));
      return expectOk(at.admin('PUT', own, { ...before, ...change }));
    },
  };
}

export interface Held {
  id: string;
  /** the SIS answers what it holds, and whatever comes */
  letGo(): void;
  /** writes that came after this moment, or after `mark` was last called */
  since(): RequestEntry[];
  mark(): void;
}

/** Presses sync and waits until every slot's request for a result is held. */
export async function held(sis: TestSis, { lms }: District, path = '/classes/c1/syncs', body: unknown = {}) {
  const fault = sis.control.arm({ kind: 'hold', request: 'result', method: 'PUT' });
  const before = sis.control.count({ fault: 'hold' });
  const { id } = await expectOk(lms<Sync>('POST', path, body));
  await sis.control.waitFor((c) => c.count({ fault: 'hold' }) - before === SLOTS, 10_000);
  let from = sis.control.requests.length;
  const it: Held = {
    id,
    letGo: () => sis.control.disarm(fault),
    since: () => sis.control.requests.slice(from).filter((r) => r.kind !== 'token' && r.method !== 'GET'),
    mark: () => void (from = sis.control.requests.length),
  };
  return it;
}

export interface Connection {
  state: string;
  cause: { code: string } | null;
  pausedBy: string | null;
  waiting: { rows: number };
  lastSuccessAt: string | null;
}
/** The health of the connection in force in a domain. */
export const connection = ({ admin }: Place, domain = 'school') =>
  expectOk(admin<Connection>('GET', `/domains/${domain}/connection`));
/** In flight when it was changed: they may still come out; and one per slot may have left in that very moment. */
export async function onlyThoseInFlight(sis: TestSis, run: Held): Promise<void> {
  run.mark();
  run.letGo();
  await until(() => sis.control.requests.every((r) => r.fault !== 'hold' || r.status > 0));
  expect(run.since().length).toBeLessThanOrEqual(SLOTS);
}

export const getSync = (lms: Caller, id: string) => expectOk(lms<Sync>('GET', `/syncs/${id}`));
export async function entriesOf(lms: Caller, id: string): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let cursor = ''; ;) {
    const page = await expectOk(
      lms<{ items: Entry[]; nextCursor: string | null }>('GET', `/syncs/${id}/entries?limit=200${cursor}`),
    );
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

export async function cells(lms: Caller, cls = 'c1'): Promise<Cell[]> {
  return (await expectOk(lms<{ items: Cell[] }>('GET', `/classes/${cls}/results?limit=200`))).items;
}
/** How many cells are in which state, with the reason where there is one. */
export async function states(lms: Caller, cls = 'c1'): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state, reason } of await cells(lms, cls)) {
    const name = reason ? `${state} ${reason.code}` : state;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
/** Nothing is being sent: what was in flight has been settled. */
export const quiet = (lms: Caller, cls = 'c1') =>
  until(async () => !(await cells(lms, cls)).some((cell) => cell.state === 'sending'));

/** lineItem title → student → score, as the SIS has them. */
export function inSis(sis: TestSis, title: string): Record<string, number | undefined> {
  const { lineItems, results } = sis.control.contents();
  const items = lineItems.filter((l) => l.title === title);
  if (items.length !== 1) throw new Error(`the SIS has ${items.length} lineItems titled ${title}`);
  return Object.fromEntries(
    results
      .filter((r) => r.lineItem.sourcedId === items[0]?.sourcedId)
      .map((r) => [r.student.sourcedId.replace(/^sis-/, ''), r.score])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}
/** The scores of lineItem `a` as they were put. */
export const scores = (score = (i: number) => 60 + i) =>
  Object.fromEntries(students(N).map((student, i) => [student, score(i)]));

/** What the history says of a sync adds up: its counts are its entries. */
export async function expectHonest(lms: Caller, id: string): Promise<Sync> {
  const sync = await getSync(lms, id);
  const counted = { created: 0, updated: 0, deleted: 0, skipped: 0, failed: 0, conflict: 0 } as Record<
    string,
    number
  >;
  for (const { action } of await entriesOf(lms, id)) counted[action] = (counted[action] ?? 0) + 1;
  const { created, updated, deleted, skipped, failed, conflicts } = sync.counts;
  expect(counted).toEqual({ created, updated, deleted, skipped, failed, conflict: conflicts });
  return sync;
}
/** Hears which lanes are told to end their runs. */
export async function hearHalts(service: TestService): Promise<{ heard: string[]; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: service.connectionString });
  const heard: string[] = [];
  await client.connect();
  await client.query('LISTEN halt');
  client.on('notification', ({ payload }) => heard.push(payload ?? ''));
  return { heard, close: () => client.end() };
}

/** No row is in the hands of a lane, and none that may still go belongs to a sync that is over. */
export async function expectNothingStuck(service: TestService): Promise<void> {
  for (const table of ['line_item', 'result'])
    expect(
      await service.service.db.rows(
        `SELECT t.id FROM ${table} t JOIN domain d ON d.id = t.domain_id LEFT JOIN lane n ON n.connection_id = d.connection_id
           LEFT JOIN sync s ON s.id = t.sync_id
          WHERE (s.status <> 'processing' AND t.release_n > t.clean_n) OR (t.sending_epoch = n.epoch AND n.lease_until > now())`,
      ),
    ).toEqual([]);
}
