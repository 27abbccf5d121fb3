/** A sync as it goes, read on a replica other than the one that was pressed. */
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService as startReplica, type Service } from '../../src/service.ts';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { readEvents, type EventReader } from '../support/event-reader.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 30;
let service: TestService;
let other: Service;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 2) },
    service: { streams: { heartbeatMs: 100 }, sisLimits: { totalMs: 60_000 } },
  });
  d = await district(service, N);
  other = await replica();
});
afterAll(async () => {
  service.sis.control.faults.disarm();
  await other?.stop();
  await service.stop();
});

const replica = () =>
  startReplica(readConfig({ ...service.env, ROLE: 'api' }), createLog({ level: 'error' }), {
    streams: { heartbeatMs: 100 },
  });
const follow = (id: string, more = '', headers: Record<string, string> = {}, key = d.lmsKey, of = other) =>
  readEvents(`${of.url}/v1/syncs/${id}/events${more}`, key, headers);
const events = (reader: EventReader, name: string) => reader.heard.filter(({ event }) => event === name);
interface Line {
  kind: string;
  lineItemId: string;
  studentId: string | null;
}
const told = (...readers: EventReader[]) =>
  readers.flatMap((reader) =>
    events(reader, 'entries').flatMap(({ data }) =>
      (data['items'] as Line[]).map((line) => `${line.lineItemId} ${line.studentId}`),
    ),
  );
async function graded(key: string, cls = 'c1'): Promise<string[]> {
  await putLineItem(d.lms, key, {}, cls);
  await putScores(d.lms, key, N, undefined, cls);
  return [`${key} null`, ...Array.from({ length: N }, (_, i) => `${key} s${String(i + 1).padStart(2, '0')}`)];
}
const press = (lineItem: string) =>
  expectOk(d.lms<SyncBody>('POST', `/classes/c1/lineItems/${lineItem}/syncs`));
/** The SIS takes the lineItem and so many scores, and keeps the next ones waiting. */
const holdAfter = (scores: number) =>
  service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT', skip: scores });

test('what is pressed on one replica is followed on another: now, every entry once, and the end', async () => {
  const rows = await graded('a');
  holdAfter(10);
  const { id } = await press('a');
  const reader = await follow(id);
  expect(Object.fromEntries(reader.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await until(() => told(reader).length >= 11);
  expect(events(reader, 'finished')).toEqual([]);
  service.sis.control.faults.disarm();
  await reader.ended;

  expect(told(reader).sort()).toEqual(rows.sort());
  const { body } = await d.lms<SyncBody>('GET', `/syncs/${id}`);
  expect(events(reader, 'finished')).toMatchObject([
    { data: { id, status: 'complete', counts: body.counts } },
  ]);
  expect(reader.heard.at(-1)?.event).toBe('finished');
  // the state of now comes at once, with what has come out by then
  expect(events(reader, 'progress')[0]?.data).toMatchObject({ id, status: 'processing', classId: 'c1' });
  const ids = events(reader, 'entries').map((one) => Number(one.id));
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  // never a name
  expect(JSON.stringify(reader.heard)).not.toContain('Given');
});

test('a reader that is cut goes on after the last event that it read', async () => {
  const rows = await graded('b');
  holdAfter(10);
  const { id } = await press('b');
  const first = await follow(id);
  await until(() => told(first).length > 0);
  first.cut();
  await first.ended;
  const before = told(first);
  expect(before.length).toBeLessThan(rows.length);

  service.sis.control.faults.disarm();
  await syncEnd(d.lms, id);
  const lastEventId = events(first, 'entries').at(-1)?.id ?? '';
  const second = await follow(id, '', { 'last-event-id': lastEventId });
  await second.ended;
  expect([...before, ...told(second)].sort()).toEqual(rows.sort());
  expect(second.heard.at(-1)).toMatchObject({ event: 'finished', data: { status: 'complete' } });

  // what is no id of ours is the beginning
  const anew = await follow(id, '', { 'last-event-id': 'nonsense' });
  await anew.ended;
  expect(told(anew).sort()).toEqual(rows);
});

test('a reader of progress alone gets no entries, and of a sync that has ended its end', async () => {
  await graded('c');
  const { id } = await sync(d.lms, '/classes/c1/lineItems/c/syncs');
  const reader = await follow(id, '?entries=false');
  await reader.ended;
  expect(reader.heard).toMatchObject([{ event: 'finished', data: { id, status: 'complete' } }]);
});

test('a sync that is cancelled is told to its end', async () => {
  await graded('d');
  const held = service.sis.control.count({ fault: 'hold' });
  holdAfter(0);
  const { id } = await press('d');
  // what the SIS has not been asked yet is never under way, and ends at once
  await service.sis.control.waitFor((c) => c.count({ fault: 'hold' }) > held, 10_000);
  const reader = await follow(id);
  await expectOk(d.lms('POST', `/syncs/${id}/cancel`));
  await until(() => events(reader, 'progress').some(({ data }) => data['status'] === 'cancelled'));
  service.sis.control.faults.disarm();
  await reader.ended;
  expect(reader.heard.at(-1)).toMatchObject({
    event: 'finished',
    data: { status: 'cancelled', inFlight: 0 },
  });
});

describe('while a sync waits', () => {
  let id: string;
  beforeAll(async () => {
    service.sis.control.faults.disarm();
    holdAfter(0);
    await graded('e');
    id = (await press('e')).id;
  });
  afterAll(async () => {
    service.sis.control.faults.disarm();
    await syncEnd(d.lms, id);
  });

  test('the stream beats, and ends when its token is taken back', async () => {
    const { key } = await expectOk(
      d.admin<{ key: string }>('POST', '/domains/district/keys', { role: 'lms', name: 'short' }),
    );
    const { body: keys } = await d.admin<{ items: { id: string; name: string }[] }>(
      'GET',
      '/domains/district/keys',
    );
    const { token } = await expectOk(
      service.as(key)<{ token: string }>('POST', '/tokens', {
        ...{ subject: 't1', displayName: 'Ann', role: 'teacher', domainId: 'school' },
        ...{ classIds: ['c1'], expiresInSeconds: 600 },
      }),
    );
    const reader = await follow(id, '', {}, token);
    await until(() => reader.comments >= 2);
    // a token dies with its key
    await expectOk(
      d.admin('DELETE', `/domains/district/keys/${keys.items.find((k) => k.name === 'short')?.id}`),
    );
    await reader.ended;
    expect(reader.heard.at(-1)).toMatchObject({ event: 'closed', data: { code: 'UNAUTHENTICATED' } });
  });

  test('a replica that stops sends its readers away at once', async () => {
    const third = await replica();
    const reader = await follow(id, '', {}, d.lmsKey, third);
    await until(() => reader.heard.length > 0);
    const from = performance.now();
    await third.stop();
    await reader.ended;
    // not only when the grace for requests in flight is over
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(reader.heard.at(-1)).toMatchObject({ event: 'closed', data: { code: 'STOPPING' } });
  });

  test('a person has so many streams and no more', async () => {
    const { token } = await expectOk(
      d.lms<{ token: string }>('POST', '/tokens', {
        ...{ subject: 't2', displayName: 'Bo', role: 'teacher', domainId: 'school' },
        ...{ classIds: ['c1'], expiresInSeconds: 600 },
      }),
    );
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => follow(id, '?entries=false', {}, token)),
    );
    expect(readers.every(({ status }) => status === 200)).toBe(true);
    const over = await follow(id, '', {}, token);
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '10']);
    for (const reader of readers) reader.cut();
    await Promise.all(readers.map(({ ended }) => ended));
    // their places are free again
    await until(async () => {
      const again = await follow(id, '', {}, token);
      again.cut();
      return again.status === 200;
    });
  });

  test('nobody follows what is not his', async () => {
    await addClass(d.lms, 'c2', 1);
    const { token } = await expectOk(
      d.lms<{ token: string }>('POST', '/tokens', {
        ...{ subject: 't3', displayName: 'Cy', role: 'teacher', domainId: 'school' },
        ...{ classIds: ['c2'], expiresInSeconds: 600 },
      }),
    );
    expect((await follow(id, '', {}, token)).status).toBe(404);
    expect((await follow('nonsense')).status).toBe(404);
    expect((await follow(id, '', {}, 'nobody')).status).toBe(401);
    const head = await fetch(`${other.url}/v1/syncs/${id}/events`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${d.lmsKey}` },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });
});
