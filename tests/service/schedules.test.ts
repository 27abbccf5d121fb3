/** Schedules: made, paused, run; exactly once whoever is there to run them; and never before somebody who presses. */
import { Writable } from 'node:stream';
import { DateTime } from 'luxon';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService as startReplica, type Service } from '../../src/service.ts';
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  students,
  syncEnd,
  type District,
  type SyncBody,
  quietNow,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const N = 3;
const CLASSES = ['c1', 'c2', 'c3'];
let service: TestService;
let replica: Service;
let d: District;
let teacher: Caller;

beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 30) },
    service: { lanes: { tickMs: 100 } },
  });
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  replica = await startReplica(readConfig(service.env), createLog({ level: 'error', stream: silent }));
  d = await district(service, N);
  for (const cls of CLASSES.slice(1)) await addClass(d.lms, cls, N);
  await expectOk(d.lms('PUT', '/classes/unlinked', { domainId: 'school', title: 'Without an id' }));
  teacher = await person('teacher', 'Tom');
}, 60_000);
afterAll(async () => {
  await replica.stop();
  await service.stop();
});
afterEach(async () => {
  service.sis.control.disarm();
  await settings({});
  await expectOk(d.admin('POST', '/domains/district/resume'));
  const { items } = await list();
  await Promise.all(items.map(({ id }) => expectOk(d.admin('DELETE', `/schedules/${id}`))));
  const processing = await expectOk(d.lms<{ items: { id: string }[] }>('GET', '/syncs?status=processing'));
  await Promise.all(processing.items.map(({ id }) => syncEnd(d.lms, id)));
});

interface Reason {
  code: string;
}
interface Run {
  id: string;
  status: string;
  trigger: string;
  startedBy: string;
  finishedAt: string | null;
  reason: Reason | null;
  classes: { all: number; started: number; leftOut: number };
  leftOut: { reason: Reason; classes: number; classIds: string[] }[];
  rosterPullId: string | null;
  syncs: Record<string, number>;
}
interface Schedule {
  id: string;
  cron: string;
  interval: string;
  timeZone: string;
  postedBy: string;
  firstRunAt: string | null;
  nextRunAt: string | null;
  nextRuns: string[];
  pausedBy: string | null;
  waitingFor: Reason | null;
  lastRun: Run | null;
  lastSync: { id: string; status: string } | null;
}
const evenings = { type: 'gradePassback', cron: '0 18 * * 1-5', timeZone: 'America/New_York' };
const make = (body: object = evenings, domain = 'district', by = d.admin) =>
  expectOk(by<Schedule>('POST', `/domains/${domain}/schedules`, body));
const get = (id: string) => expectOk(d.admin<Schedule>('GET', `/schedules/${id}`));
const list = () => expectOk(d.lms<{ items: Schedule[] }>('GET', '/domains/district/schedules'));
const runs = async (id: string) =>
  (await expectOk(d.lms<{ items: Run[] }>('GET', `/schedules/${id}/runs`))).items;
const settings = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const sql = (text: string, params: unknown[] = []) =>
  service.service.db.rows<Record<string, unknown>>(text, params);
/** As if its time had come so long ago. */
async function due(id: string, ago = '1 minute'): Promise<void> {
  await sql(`UPDATE schedule SET next_run_at = now() - $2::interval WHERE id = $1`, [id, ago]);
  await look();
}
/** What every worker does each minute. */
const look = () => sql(`SELECT pg_notify('schedule', '')`);
const ended = (id: string, n = 1) =>
  until(async () => {
    const all = await runs(id);
    return all.length >= n && all.every((run) => run.finishedAt !== null) && all;
  });
const syncsOf = (id: string) =>
  sql(
    `SELECT c.key, y.status, y.trigger, y.started_by FROM sync y JOIN class c ON c.id = y.class_id WHERE y.schedule_id = $1 ORDER BY c.key`,
    [id],
  );
async function person(role: 'teacher' | 'admin', displayName: string): Promise<Caller> {
  const { token } = await expectOk(
    (role === 'teacher' ? d.lms : d.admin)<{ token: string }>('POST', '/tokens', {
      ...{ subject: displayName, displayName, role, domainId: 'district', expiresInSeconds: 3600 },
      ...(role === 'teacher' ? { classIds: CLASSES } : {}),
    }),
  );
  return service.as(token);
}
let work = 0;
/** A new assignment with scores in each of these classes. */
async function graded(classes = CLASSES, n = N): Promise<string> {
  const key = `work-${++work}`;
  await Promise.all(
    classes.map(async (cls) => {
      await putLineItem(d.lms, key, {}, cls);
      await putScores(d.lms, key, n, undefined, cls);
    }),
  );
  return key;
}
const cell = (cls: string, key: string) =>
  expectOk(
    d.lms<{ state: string; reason: Reason | null; nextAttemptAt: string | null }>(
      'GET',
      `/classes/${cls}/lineItems/${key}/results/s01`,
    ),
  );
test('a schedule is listed with its interval in words, its first and next runs, its time zone and who posted it', async () => {
  const boss = await person('admin', 'Ms Green');
  const made = await boss<Schedule>('POST', '/domains/district/schedules', evenings);
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(`/v1/schedules/${made.body.id}`);
  expect(made.body).toMatchObject({
    ...{ type: 'gradePassback', cron: '0 18 * * 1-5', interval: 'At 06:00 PM, Monday through Friday' },
    ...{ timeZone: 'America/New_York', postedBy: 'Ms Green', classIds: null, lastRun: null, lastSync: null },
  });
  const { items } = await list();
  expect(items).toEqual([made.body]);
  const [next = '', ...others] = made.body.nextRuns;
  expect([made.body.firstRunAt, made.body.nextRunAt]).toEqual([next, next]);
  expect(others).toHaveLength(4);
  for (const at of made.body.nextRuns) {
    const shown = DateTime.fromISO(at, { zone: 'America/New_York' });
    expect([shown.toFormat('HH:mm'), shown.weekday <= 5]).toEqual(['18:00', true]);
  }
});

test('the simple form, the domain’s time zone by default, and a changed one only by whoever saw it as it is', async () => {
  const made = await d.admin<Schedule>('POST', '/domains/school/schedules', {
    every: { unit: 'hours', hours: 6, minute: 30 },
    classIds: ['c1'],
  });
  expect(made.body).toMatchObject({ cron: '30 */6 * * *', timeZone: 'America/Chicago', classIds: ['c1'] });
  const put = (etag: string, at: string) =>
    d.admin<Schedule & Reason>(
      'PUT',
      `/schedules/${made.body.id}`,
      { every: { unit: 'day', at } },
      { 'if-match': etag },
    );
  const etag = made.headers.get('etag') ?? '';
  expect(await put(etag, '05:00')).toMatchObject({
    status: 200,
    body: { cron: '0 5 * * *', classIds: null },
  });
  expect(await put(etag, '06:00')).toMatchObject({ status: 412, body: { code: 'STALE' } });
  expect(await get(made.body.id)).toMatchObject({ cron: '0 5 * * *' });
});

test('what cannot be is refused, with the field and the cure; a preview keeps nothing', async () => {
  const post = (body: object, path = '') =>
    d.admin<{ errors: { pointer: string; detail: string }[] }>(
      'POST',
      `/domains/school/schedules${path}`,
      body,
    );
  expect((await post({ cron: '*/5 * * * *' })).body.errors).toEqual([
    { pointer: '/cron', detail: expect.stringMatching(/more often than every 15 minutes.*autoSync/) },
  ]);
  expect((await post({ cron: '0 18 * * *', timeZone: 'Mars/Base' })).body.errors[0]?.pointer).toBe(
    '/timeZone',
  );
  expect((await post({ cron: '0 18 * * *', classIds: ['c1', 'nowhere'] })).body.errors).toEqual([
    { pointer: '/classIds/1', detail: 'is not the id of a class of this domain' },
  ]);
  expect((await post({ type: 'rosterPull', cron: '0 5 * * *', classIds: ['c1'] })).body.errors).toEqual([
    { pointer: '/classIds', detail: expect.stringContaining('a roster pull is of the whole domain') },
  ]);
  expect((await post({})).status).toBe(400);
  const preview = await post({ cron: '30 2 * * *', timeZone: 'America/New_York' }, '/preview');
  expect(preview.body).toMatchObject({
    warnings: [{ code: 'CLOCK_LEAPS', message: expect.stringContaining('leaps over 02:30') }],
  });
  expect(preview.body).toHaveProperty('nextRuns.length', 5);
  expect((await list()).items).toEqual([]);
});

test('of two replicas one runs it, once for all the times that were missed, and every class is told apart', async () => {
  const { id } = await make();
  await graded();
  await due(id, '9 days');
  await Promise.all([look(), look()]);
  const [run, ...others] = await ended(id);
  expect(others).toEqual([]);
  expect(run).toMatchObject({
    ...{ status: 'complete', trigger: 'schedule', startedBy: 'admin', reason: null },
    classes: { all: 4, started: 3, leftOut: 1 },
    leftOut: [{ reason: { code: 'MAP_CLASS' }, classes: 1, classIds: ['unlinked'] }],
    syncs: { complete: 3, processing: 0 },
  });
  expect(await syncsOf(id)).toEqual(
    CLASSES.map((key) => ({ key, status: 'complete', trigger: 'schedule', started_by: 'admin' })),
  );
  const now = await get(id);
  expect(Date.parse(now.nextRunAt ?? '')).toBeGreaterThan(Date.now());
  expect(now.lastSync).toMatchObject({ status: 'complete' });
  expect(Date.parse(now.firstRunAt ?? '')).toBeLessThanOrEqual(Date.now() + 1_000);
  expect((await cell('c3', `work-${work}`)).state).toMatch(/acknowledged|verified/);
});

test('run now: history names who pressed, and nobody runs it twice at once', async () => {
  const { id } = await make({ ...evenings, classIds: ['c1'] });
  await expectOk(d.admin('POST', `/schedules/${id}/pause`));
  await graded(['c1']);
  const held = service.sis.control.arm({ kind: 'hold', request: 'result' });
  const boss = await person('admin', 'Ms Green');
  const started = await boss<Run>('POST', `/schedules/${id}/run`);
  expect(started).toMatchObject({
    status: 202,
    body: { status: 'running', trigger: 'manual', startedBy: 'Ms Green' },
  });
  await until(async () => (await syncsOf(id)).length === 1);
  expect(await boss('POST', `/schedules/${id}/run`)).toMatchObject({
    status: 409,
    body: { code: 'SCHEDULE_RUNNING' },
  });
  service.sis.control.disarm(held);
  await ended(id);
  expect(await syncsOf(id)).toMatchObject([{ trigger: 'schedule', started_by: 'Ms Green' }]);
  // it stays paused
  expect(await get(id)).toMatchObject({ nextRunAt: null, lastRun: { status: 'complete' } });
});

test('a run that is due while the one before goes on is skipped, and says so', async () => {
  const { id } = await make({ ...evenings, classIds: ['c1'] });
  await graded(['c1']);
  const held = service.sis.control.arm({ kind: 'hold', request: 'result' });
  await due(id);
  await until(async () => (await syncsOf(id)).length === 1);
  await due(id);
  await until(async () => (await runs(id)).length === 2);
  expect((await get(id)).lastRun).toMatchObject({ status: 'skipped', reason: { code: 'SCHEDULE_OVERLAP' } });
  service.sis.control.disarm(held);
  await ended(id, 2);
  expect(await syncsOf(id)).toHaveLength(1);
});

test('a paused one does not run and has no next run; resumed it goes on from its next time; all at once too', async () => {
  const one = await make();
  const other = await make({ every: { unit: 'day', at: '04:00' } }, 'school');
  expect(await expectOk(d.admin('POST', `/schedules/${one.id}/pause`))).toMatchObject({
    ...{ nextRunAt: null, nextRuns: [], pausedBy: 'admin' },
  });
  expect(await expectOk(d.admin('POST', '/domains/district/schedules/pauseAll'))).toEqual({ changed: 1 });
  expect((await list()).items.map(({ nextRunAt }) => nextRunAt)).toEqual([null, null]);
  expect(await expectOk(d.admin('POST', '/domains/district/schedules/resumeAll'))).toEqual({ changed: 2 });
  expect(await get(one.id)).toMatchObject({ nextRunAt: one.nextRunAt, pausedBy: null });
  expect((await get(other.id)).nextRunAt).toBe(other.nextRunAt);
  await look();
  expect(await runs(one.id)).toEqual([]);
});

test('while its domain is paused it waits, says so, and runs once when that is resumed', async () => {
  const { id } = await make({ ...evenings, classIds: ['c1'] });
  await expectOk(d.admin('POST', '/domains/district/pause'));
  await due(id, '3 days');
  expect(await get(id)).toMatchObject({ waitingFor: { code: 'DOMAIN_PAUSED' }, lastRun: null });
  await expectOk(d.admin('POST', '/domains/district/resume'));
  await look();
  expect(await ended(id)).toHaveLength(1);
});

test('what may not be sent is left out and stops nothing', async () => {
  await expectOk(d.admin('PUT', '/domains/other', { name: 'Other', parentId: 'district' }));
  await expectOk(
    d.lms('PUT', '/classes/c9', { domainId: 'other', title: 'Algebra', sourcedId: 'sis-class-9' }),
  );
  await settings({ excludedDomainIds: ['other'] });
  const { id } = await make();
  await due(id);
  const [run] = await ended(id);
  expect(run).toMatchObject({ status: 'complete', classes: { started: 3, leftOut: 2 } });
  expect(run?.leftOut).toContainEqual({
    ...{ reason: expect.objectContaining({ code: 'DOMAIN_EXCLUDED' }), classes: 1, classIds: ['c9'] },
  });
  await expectOk(d.lms('DELETE', '/classes/c9'));
  // nobody is there to confirm it
  await settings({ confirmAbove: 1 });
  await graded(['c2']);
  const guarded = await make({ ...evenings, classIds: ['c2'] });
  await due(guarded.id);
  expect((await ended(guarded.id))[0]).toMatchObject({
    ...{ status: 'failed', leftOut: [{ reason: { code: 'AWAITS_CONFIRMATION' } }] },
  });
});

test('in quiet hours neither a schedule nor automatic work begins; whoever presses goes at once, and joins too', async () => {
  await settings({ ...quietNow(), autoSync: true, gatherSeconds: 0 });
  const { id } = await make({ ...evenings, classIds: ['c3'] });
  await due(id);
  const key = await graded(['c1', 'c2']);
  const waiting = await until(async () => {
    const now = await cell('c1', key);
    return Date.parse(now.nextAttemptAt ?? '') > Date.now() + 60_000 && now;
  });
  const inAnHour = DateTime.now().plus({ hours: 1 });
  expect(Math.abs(inAnHour.diff(DateTime.fromISO(waiting.nextAttemptAt ?? '')).as('minutes'))).toBeLessThan(
    2,
  );
  expect(waiting).toMatchObject({ state: 'queued', reason: { code: 'QUIET_HOURS' } });
  const schedule = await get(id);
  expect(schedule).toMatchObject({ lastRun: null, waitingFor: { code: 'QUIET_HOURS' } });
  expect(Math.abs(inAnHour.diff(DateTime.fromISO(schedule.nextRunAt ?? '')).as('minutes'))).toBeLessThan(2);
  const pressed = await expectOk(teacher<SyncBody>('POST', '/classes/c1/syncs'));
  expect(await syncEnd(d.lms, pressed.id)).toMatchObject({ status: 'complete' });
  expect((await cell('c1', key)).state).toMatch(/acknowledged|verified/);
  expect((await cell('c2', key)).state).toBe('queued');
  // what a schedule has begun, and quiet hours hold up
  await settings({});
  await expectOk(d.lms('PUT', '/classes/c2/syncSettings', { autoSync: 'off' }));
  const rest = (until: string) => sql(`UPDATE lane SET paused_until = ${until}, wake_at = now()`);
  await rest(`now() + interval '1 hour'`);
  const more = await graded(['c2']);
  const other = await make({ ...evenings, classIds: ['c2'] });
  await due(other.id);
  const [begun] = await until(async () => {
    const syncs = await sql(`SELECT id FROM sync WHERE schedule_id = $1`, [other.id]);
    return syncs.length > 0 && syncs;
  });
  await settings(quietNow());
  await rest('NULL');
  await until(async () => (await cell('c2', more)).reason?.code === 'QUIET_HOURS');
  const joined = await teacher<SyncBody>('POST', '/classes/c2/syncs');
  expect([joined.status, joined.body.id]).toEqual([200, begun?.['id']]);
  expect(await syncEnd(d.lms, joined.body.id)).toMatchObject({ status: 'complete', trigger: 'schedule' });
});

test('a district’s night yields to a teacher who presses: hers goes before what waits', async () => {
  const crowd = Array.from({ length: 13 }, (_, i) => `c${i + 4}`);
  await Promise.all(crowd.map((cls) => addClass(d.lms, cls, 1)));
  await graded(crowd, 1);
  const mine = await graded(['c1']);
  await settings({ maxConcurrentRequests: 1 });
  const { id } = await make({ ...evenings, classIds: crowd });
  const held = service.sis.control.arm({ kind: 'hold' });
  await due(id);
  // a few at a time, not all of them
  await until(async () => (await syncsOf(id)).length === 10);
  const pressed = await expectOk(teacher<SyncBody>('POST', '/classes/c1/syncs', { readSis: false }));
  const before = service.sis.control.requests.length;
  service.sis.control.disarm(held);
  expect(await syncEnd(d.lms, pressed.id)).toMatchObject({ status: 'complete' });
  const sent = service.sis.control.requests.slice(before).filter(({ method }) => method === 'PUT');
  const hers = students(N).map((student) => resultIdOf('district', mine, student));
  const last = sent.findLastIndex(({ path }) => hers.some((id) => path.endsWith(id)));
  expect(last).toBeGreaterThan(0);
  // a lineItem and its scores, and the little that the lane had in its hands
  expect(last).toBeLessThan(14);
  expect((await cell('c1', mine)).state).toMatch(/acknowledged|verified/);
  const [run] = await ended(id);
  expect(run).toMatchObject({ status: 'complete', classes: { started: 13 }, syncs: { complete: 13 } });
  expect(await syncEnd(d.lms, pressed.id)).toMatchObject({ startedBy: 'Tom' });
  await Promise.all(crowd.map((cls) => expectOk(d.lms('DELETE', `/classes/${cls}`))));
}, 60_000);

test('a scheduled drift audit asks for its classes to be compared, and sends nothing', async () => {
  const key = await graded(['c1']);
  const { id } = await make({ ...evenings, type: 'driftAudit', classIds: ['c1', 'unlinked'] });
  const [before] = await sql(`SELECT read_at FROM class WHERE key = 'c1'`);
  await due(id);
  const [run] = await ended(id);
  expect(run).toMatchObject({ status: 'complete', classes: { all: 2, started: 1, leftOut: 1 } });
  await until(async () => {
    const [now] = await sql(`SELECT read_at FROM class WHERE key = 'c1'`);
    return String(now?.['read_at']) !== String(before?.['read_at']);
  });
  expect((await cell('c1', key)).state).toBe('unsent');
});

test('a scheduled roster pull reads the rosters of its domain, once of two replicas; where none may be, the run says why', async () => {
  interface Pull {
    id: string;
    domainId: string;
    startedBy: string;
    status: string;
    dryRun: boolean;
  }
  const pulls = async () =>
    (await expectOk(d.admin<{ items: Pull[] }>('GET', '/domains/district/rosterPulls'))).items;
  const { id } = await make({ ...evenings, type: 'rosterPull' }, 'school');
  await due(id);
  expect((await ended(id))[0]).toMatchObject({
    ...{ status: 'failed', reason: { code: 'ROSTER_PULL_OFF' }, rosterPullId: null },
  });
  expect(await pulls()).toEqual([]);
  await settings({ rosterPull: {} });
  await due(id);
  await Promise.all([look(), look()]);
  await ended(id, 2);
  const { lastRun, lastSync } = await get(id);
  expect(lastRun).toMatchObject({
    ...{ status: 'complete', startedBy: 'admin', reason: null },
    classes: { all: 0, started: 0, leftOut: 0 },
  });
  expect(lastSync).toBeNull();
  const [pull, ...others] = await until(async () => {
    const all = await pulls();
    return all.every(({ status }) => status !== 'processing') && all;
  });
  expect(others).toEqual([]);
  expect(pull).toMatchObject({
    ...{ id: lastRun?.rosterPullId, domainId: 'school', startedBy: 'admin', dryRun: false },
    status: expect.stringMatching(/^complete/),
  });
});

test('what a lane’s service knows of schedules is for admins to change, and for the LMS to read', async () => {
  const { id } = await make();
  expect((await d.lms('GET', `/schedules/${id}`)).status).toBe(200);
  for (const action of ['pause', 'resume', 'run'])
    expect((await d.lms('POST', `/schedules/${id}/${action}`)).status).toBe(403);
  expect((await teacher('GET', `/schedules/${id}`)).status).toBe(403);
  const trail = await expectOk(
    d.admin<{ items: { action: string; subject: object }[] }>(
      'GET',
      '/domains/district/audit?action=schedule.create&limit=1',
    ),
  );
  expect(trail.items).toMatchObject([{ action: 'schedule.create', subject: { scheduleId: id } }]);
});

test('a teacher is told how the class is sent, and when a schedule takes it along', async () => {
  const sending = (cls = 'c1', by = teacher) => expectOk(by('GET', `/classes/${cls}/sending`));
  await graded(['c1']);
  const { id: first } = await expectOk(teacher<SyncBody>('POST', '/classes/c1/syncs'));
  await syncEnd(d.lms, first);
  await settings({ autoSync: true, titleLimit: 30, confirmFirstSync: true });
  await expectOk(d.lms('PUT', '/classes/c2/syncSettings', { autoSync: 'off', conflictPolicy: 'lmsWins' }));
  const { id, nextRunAt } = await make({ ...evenings, classIds: ['c1'] });
  await make({ ...evenings, type: 'driftAudit', cron: '0 * * * *' });
  const common = { sending: 'on', linked: true, timeZone: 'America/Chicago', titleLimit: 30 };
  expect(await sending()).toEqual({
    ...{ ...common, nextScheduledAt: nextRunAt, conflictPolicy: 'ask' },
    automatic: { on: true, byDomain: true, gatherSeconds: 10, firstWaits: false },
  });
  expect(await sending('c2')).toMatchObject({
    ...{ ...common, nextScheduledAt: null, conflictPolicy: 'lmsWins' },
    automatic: { on: false, byDomain: true },
  });
  await expectOk(d.admin('POST', `/schedules/${id}/pause`));
  await settings({ passbackEnabled: false, confirmFirstSync: true });
  expect(await sending()).toMatchObject({ sending: 'off', nextScheduledAt: null });
  expect(await sending('unlinked', d.lms)).toMatchObject({
    linked: false,
    automatic: { on: false, firstWaits: true },
  });
  expect((await teacher('GET', '/classes/unlinked/sending')).status).toBe(404);
});
