/** What no answer tells: that it was kept, that nothing older came after it, that nobody has changed it there. */
import type { FaultSpec } from '../../src/demo/sis/faults.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 6;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 5_000, totalMs: 20_000 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
});
afterAll(() => service.stop());
beforeEach(() => service.sis.control.resetCounts());
afterEach(async () => {
  service.sis.control.disarm();
  await settings({});
});

interface Cell {
  state: string;
  acknowledged: Record<string, unknown> | null;
  reason: { code: string; message: string } | null;
}
const control = () => service.sis.control;
const db = () => service.service.db;
const settings = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      verifyAfterSeconds: 0,
      baseUrl: service.sis.gradebookUrl,
      auth: service.sis.auth,
      ...more,
    }),
  );
const of = (lineItem: string, student?: string) =>
  `/classes/c1/lineItems/${lineItem}${student ? `/results/${student}` : ''}`;
const cell = (lineItem: string, student: string) => expectOk(d.lms<Cell>('GET', of(lineItem, student)));
const said = async (lineItem: string, student: string) => {
  const { state, reason } = await cell(lineItem, student);
  return reason ? `${state} ${reason.code}` : state;
};
const states = async (lineItem: string) => {
  const { items } = await expectOk(
    d.lms<{ items: Cell[] }>('GET', `/classes/c1/results?lineItemId=${lineItem}&limit=200`),
  );
  const counts: Record<string, number> = {};
  for (const { state, reason } of items) {
    const name = reason ? `${state} ${reason.code}` : state;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};
const lineItem = (key: string) => expectOk(d.lms<Cell & { sourcedId: string }>('GET', of(key)));
const put = (key: string, student: string, score: number) =>
  expectOk(d.lms('PUT', of(key, student), { score }));
async function graded(key: string, n = N): Promise<void> {
  await putLineItem(d.lms, key);
  await putScores(d.lms, key, n);
}
/** What the SIS holds of a lineItem and of one student's score in it. */
const held = (key: string) =>
  control()
    .contents()
    .lineItems.filter((l) => l.title === `Title of ${key}`);
const inSis = (key: string, student: string) =>
  control().resultOf(held(key)[0]?.sourcedId ?? '', `sis-${student}`);
/** The time of the next reading has come. */
async function nextDay(): Promise<void> {
  await db().rows(`UPDATE line_item SET verify_at = now() WHERE verify_at IS NOT NULL`);
  await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at IS NULL OR wake_at > now()`);
}
/** A reading of this lineItem that begins now has been written down. */
async function readAgain(key: string): Promise<void> {
  const asked = () => control().requests.filter(({ method }) => method === 'GET').length;
  const before = asked();
  await nextDay();
  await until(async () => {
    const [row] = await db().rows<{ later: boolean }>(
      `SELECT verify_at IS NULL OR verify_at > now() + interval '1 minute' AS later FROM line_item WHERE key = $1`,
      [key],
    );
    if (row?.later !== true) return false;
    if (asked() > before) return true;
    // one that had begun before has set the time of the next
    await nextDay();
    return false;
  });
}
const verified = (key: string, n = N) => until(async () => (await states(key)).verified === n);
const writes = () => control().writes().length;

test('what was sent is confirmed by one list of the class and one of the lineItem', async () => {
  await settings({ verifyAfterSeconds: 3600 });
  await graded('confirmed');
  const done = await sync(d.lms, `${of('confirmed')}/syncs`);
  expect(done).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expect(await states('confirmed')).toEqual({ acknowledged: N });
  expect((await lineItem('confirmed')).state).toBe('acknowledged');
  expect(control().count({ method: 'GET', kind: 'results' })).toBe(0);
  control().resetCounts();
  // the quiet while is over
  for (const table of ['line_item', 'result'])
    await db().rows(`UPDATE ${table} SET last_sent_at = last_sent_at - interval '2 hours'`);
  await readAgain('confirmed');
  await verified('confirmed');
  expect((await lineItem('confirmed')).state).toBe('verified');
  const { 'GET lineItems': lists, 'GET results': reads } = control().counts();
  expect([lists, reads, control().requests.filter((r) => r.method === 'GET')]).toEqual([
    1,
    1,
    expect.anything(),
  ]);
  // and it stays so: pressed again, nothing is asked
  control().resetCounts();
  expect(await sync(d.lms, `${of('confirmed')}/syncs`)).toMatchObject({ counts: { unchanged: N + 1 } });
  expect(control().requests).toEqual([]);
  // a new version is not confirmed by the old reading
  await put('confirmed', 's01', 99);
  await sync(d.lms, `${of('confirmed')}/syncs`);
  expect(await states('confirmed')).toEqual({ verified: N - 1, acknowledged: 1 });
  // nor is the same one that was sent again
  await sync(d.lms, `${of('confirmed')}/syncs`, { mode: 'all' });
  expect(await states('confirmed')).toEqual({ acknowledged: N });
});

test('A04: a write that is applied late, over a newer one, is found and set right', async () => {
  await graded('late');
  await sync(d.lms, `${of('late')}/syncs`);
  await verified('late');
  control().resetCounts();
  // it says that it failed, and stores it all the same: after the newer one
  control().arm({ kind: 'late', ms: 6_000, status: 500, request: 'result', count: 1 });
  await put('late', 's01', 40);
  await expectOk(d.lms('POST', `${of('late', 's01')}/syncs`, {}));
  await until(() => control().requests.some((r) => r.fault === 'late'));
  await put('late', 's01', 95);
  await sync(d.lms, `${of('late', 's01')}/syncs`);
  expect(inSis('late', 's01')?.score).toBe(95);
  await until(() => control().staleWrites.count === 1);
  expect(inSis('late', 's01')?.score).toBe(40);
  await readAgain('late');
  await until(() => inSis('late', 's01')?.score === 95);
  await verified('late');
});

describe('A06: a 2xx that was not kept', () => {
  test('is never shown as confirmed, and repaired', async () => {
    await graded('dropped');
    control().arm({ kind: 'accept-drop', request: 'result', count: 2 });
    const from = control().requests.length;
    await settings({ verifyAfterSeconds: 3600 });
    await sync(d.lms, `${of('dropped')}/syncs`);
    expect(await states('dropped')).toEqual({ acknowledged: N });
    await settings({ verifyAfterSeconds: 0 });
    await readAgain('dropped');
    await verified('dropped');
    for (const student of ['s01', 's02', 's03', 's04', 's05', 's06'])
      expect(inSis('dropped', student)?.score).toBeDefined();
    // each of the two once more
    const puts = control().requests.slice(from);
    expect(puts.filter((r) => r.kind === 'result')).toHaveLength(N + 2);
  });

  test('rows that are deleted or set back behind our back come back', async () => {
    await graded('behind');
    await sync(d.lms, `${of('behind')}/syncs`);
    await put('behind', 's02', 91);
    await sync(d.lms, `${of('behind')}/syncs`);
    await verified('behind');
    control().remove('results', inSis('behind', 's01')!.sourcedId);
    control().edit('results', inSis('behind', 's02')!.sourcedId, { score: 61 });
    control().resetCounts();
    await readAgain('behind');
    await until(() => inSis('behind', 's01')?.score === 60 && inSis('behind', 's02')?.score === 91);
    await verified('behind');
    expect(writes()).toBe(2);
  });

  test('for ever is tried three times, then somebody is told', async () => {
    await graded('never', 1);
    control().arm({ kind: 'accept-drop', request: 'result' });
    await sync(d.lms, `${of('never')}/syncs`);
    await until(async () => (await said('never', 's01')) === 'needsAttention NOT_STORED');
    expect(control().count({ kind: 'result' })).toBe(4);
    await readAgain('never');
    expect(control().count({ kind: 'result' })).toBe(4);
    control().disarm();
    // a press for the class tells it, one for the cell tries it again
    expect(await sync(d.lms, `${of('never')}/syncs`)).toMatchObject({ counts: { failed: 1 } });
    expect(control().count({ kind: 'result' })).toBe(4);
    await sync(d.lms, `${of('never', 's01')}/syncs`);
    await verified('never', 1);
  });
});

describe('A07: the SIS keeps something else', () => {
  test.each<[string, Omit<FaultSpec, 'kind'>, object, object]>([
    ['rounds', { decimals: 1 }, { score: 91.456 }, { score: 91.5 }],
    [
      'knows no other status',
      { change: { scoreStatus: 'fully graded' } },
      { score: 7, status: 'partiallyGraded' },
      { scoreStatus: 'fully graded' },
    ],
  ])('it %s: confirmed, with what it shows, and nothing is sent again', async (name, fault, score, shows) => {
    const key = `form-${name.replaceAll(' ', '-')}`;
    await putLineItem(d.lms, key);
    await expectOk(d.lms('PUT', of(key, 's01'), score));
    control().arm({ kind: 'coerce', request: 'result', ...fault });
    await sync(d.lms, `${of(key)}/syncs`);
    await until(async () => (await said(key, 's01')) === 'verified SIS_OWN_FORM');
    expect(inSis(key, 's01')).toMatchObject(shows);
    for (let i = 0; i < 2; i++) await readAgain(key);
    expect(await sync(d.lms, `${of(key)}/syncs`)).toMatchObject({ counts: { unchanged: 2 } });
    expect(control().count({ kind: 'result' })).toBe(1);
  });

  test('it cuts the title: the same for the assignment', async () => {
    await putLineItem(d.lms, 'long', { title: 'A title that is a little long' });
    control().arm({ kind: 'coerce', request: 'lineItem', titleLimit: 12 });
    await sync(d.lms, `${of('long')}/syncs`);
    await until(async () => (await lineItem('long')).state === 'verified');
    const { reason } = await lineItem('long');
    expect(reason?.message).toBe(
      'The SIS keeps this in its own form (A title that for A title that is a little long).',
    );
    expect(control().count({ kind: 'lineItem' })).toBe(1);
  });

  test('it puts its own value there whatever is sent: under lmsWins it is written a few times, then told', async () => {
    await settings({ conflictPolicy: 'lmsWins' });
    await graded('insists', 1);
    control().arm({ kind: 'coerce', request: 'result', change: { score: 12 } });
    await sync(d.lms, `${of('insists')}/syncs`);
    await until(async () => (await said('insists', 's01')) === 'needsAttention SIS_ALTERS_VALUE');
    expect(control().count({ kind: 'result', method: 'PUT' })).toBeLessThanOrEqual(4);
    control().resetCounts();
    for (let i = 0; i < 3; i++) await readAgain('insists');
    expect(writes()).toBe(0);
    // a new score is another try
    control().disarm();
    await put('insists', 's01', 77);
    await sync(d.lms, `${of('insists')}/syncs`);
    await verified('insists', 1);
  });
});

describe('A08: somebody edits a score in the SIS', () => {
  const edit = async (key: string, score: number) => {
    await graded(key, 2);
    await sync(d.lms, `${of(key)}/syncs`);
    await verified(key, 2);
    control().edit('results', inSis(key, 's01')!.sourcedId, { score });
    await readAgain(key);
  };

  test('ask: it is shown with both values and not overwritten, but by a press for that cell', async () => {
    await edit('ask', 99);
    const { reason } = await cell('ask', 's01');
    expect(await said('ask', 's01')).toBe('conflict SCORE_CHANGED_IN_SIS');
    expect(reason?.message).toBe('Somebody changed this in the SIS (99 there, 60 was sent).');
    expect(await said('ask', 's02')).toBe('verified');
    control().resetCounts();
    expect(await sync(d.lms, `${of('ask')}/syncs`)).toMatchObject({ counts: { conflicts: 1, unchanged: 2 } });
    expect(await sync(d.lms, '/classes/c1/syncs', { lineItemIds: ['ask'], mode: 'all' })).toMatchObject({
      counts: { conflicts: 1 },
    });
    // a new score here is no decision either
    await settings({ autoSync: true, gatherSeconds: 0 });
    await put('ask', 's01', 70);
    await until(async () => (await said('ask', 's01')) === 'conflict SCORE_CHANGED_IN_SIS');
    await readAgain('ask');
    expect(inSis('ask', 's01')?.score).toBe(99);
    const plan = await expectOk(d.lms<{ counts: { conflict: number } }>('GET', '/classes/c1/plan'));
    expect(plan.counts.conflict).toBe(1);
    // the one who knows says so
    expect(await sync(d.lms, `${of('ask', 's01')}/syncs`)).toMatchObject({ counts: { updated: 1 } });
    expect(inSis('ask', 's01')?.score).toBe(70);
    await verified('ask', 2);
  });

  test('ask: when it is set back there, it is over, and what waited here goes', async () => {
    await edit('back', 99);
    await put('back', 's01', 71);
    await settings({ autoSync: true, gatherSeconds: 0 });
    await until(async () => (await said('back', 's01')) === 'conflict SCORE_CHANGED_IN_SIS');
    control().edit('results', inSis('back', 's01')!.sourcedId, { score: 60 });
    await readAgain('back');
    await until(() => inSis('back', 's01')?.score === 71);
    await verified('back', 2);
  });

  test('ask: what is entered in both places alike needs nobody', async () => {
    await graded('alike', 1);
    await sync(d.lms, `${of('alike')}/syncs`);
    await verified('alike', 1);
    await put('alike', 's01', 88);
    control().edit('results', inSis('alike', 's01')!.sourcedId, { score: 88 });
    await readAgain('alike');
    expect(await said('alike', 's01')).toBe('unsent');
  });

  test('lmsWins: it is overwritten once', async () => {
    await settings({ conflictPolicy: 'lmsWins' });
    await edit('wins', 99);
    await until(() => inSis('wins', 's01')?.score === 60);
    await verified('wins', 2);
    control().resetCounts();
    await readAgain('wins');
    expect(writes()).toBe(0);
  });

  test('keepSis: it stays, and says so', async () => {
    await settings({ conflictPolicy: 'keepSis' });
    await edit('keeps', 99);
    expect(await said('keeps', 's01')).toBe('skipped SIS_KEEPS');
    expect(await sync(d.lms, `${of('keeps')}/syncs`)).toMatchObject({ counts: { skipped: 1, unchanged: 2 } });
    expect(inSis('keeps', 's01')?.score).toBe(99);
    await sync(d.lms, `${of('keeps', 's01')}/syncs`);
    expect(inSis('keeps', 's01')?.score).toBe(60);
  });

  test('an assignment that is renamed there stays so, and its scores go on', async () => {
    await graded('renamed', 2);
    await sync(d.lms, `${of('renamed')}/syncs`);
    await verified('renamed', 2);
    const { sourcedId } = await lineItem('renamed');
    control().edit('lineItems', sourcedId, { title: 'Quiz of the teacher' });
    await readAgain('renamed');
    expect((await lineItem('renamed')).state).toBe('conflict');
    await put('renamed', 's01', 5);
    expect(await sync(d.lms, '/classes/c1/syncs', { lineItemIds: ['renamed', 'wins'] })).toMatchObject({
      byKind: { lineItems: { conflicts: 1 }, results: { updated: 1 } },
    });
    expect(control().get('lineItems', sourcedId)?.title).toBe('Quiz of the teacher');
    // pressed for the assignment itself, its own title counts
    await sync(d.lms, `${of('renamed')}/syncs`);
    expect(control().get('lineItems', sourcedId)?.title).toBe('Title of renamed');
  });
});

describe('A12: the SIS loses a lineItem', () => {
  test('found by reading: it waits for the next sync, which makes it again, once, with its scores', async () => {
    await graded('lost');
    await sync(d.lms, `${of('lost')}/syncs`);
    await verified('lost');
    const { sourcedId } = await lineItem('lost');
    control().remove('lineItems', sourcedId);
    await readAgain('lost');
    expect(await states('lost')).toEqual({ 'unsent ITEM_DELETED_IN_SIS': N });
    expect((await lineItem('lost')).reason?.code).toBe('ITEM_DELETED_IN_SIS');
    control().resetCounts();
    expect(await sync(d.lms, `${of('lost')}/syncs`)).toMatchObject({
      status: 'complete',
      counts: { created: N + 1 },
    });
    expect(control().count({ kind: 'lineItem', method: 'PUT' })).toBe(1);
    expect(held('lost').map((l) => l.sourcedId)).toEqual([sourcedId]);
    await verified('lost');
  });

  test('found by a sync: that one makes it again, and all of its scores follow', async () => {
    await graded('met');
    await graded('sibling');
    await sync(d.lms, '/classes/c1/syncs', { lineItemIds: ['met', 'sibling'] });
    await verified('met');
    const { sourcedId } = await lineItem('met');
    control().remove('lineItems', sourcedId);
    await put('met', 's01', 1);
    await put('sibling', 's01', 2);
    control().resetCounts();
    const done = await sync(d.lms, '/classes/c1/syncs', { lineItemIds: ['met', 'sibling'] });
    expect(done).toMatchObject({ status: 'complete', counts: { created: N + 1, updated: 1, failed: 0 } });
    expect(control().count({ kind: 'lineItem', method: 'PUT' })).toBe(1);
    expect(held('met').map((l) => l.sourcedId)).toEqual([sourcedId]);
    expect(inSis('met', 's01')?.score).toBe(1);
    expect(inSis('met', 's06')?.score).toBe(65);
    expect(inSis('sibling', 's01')?.score).toBe(2);
  });

  test('again and again: three times, then somebody must look; a press for it is another try', async () => {
    await settings({ autoSync: true, gatherSeconds: 0 });
    await graded('again', 1);
    await verified('again', 1);
    const { sourcedId } = await lineItem('again');
    control().resetCounts();
    for (let i = 1; i <= 3; i++) {
      control().remove('lineItems', sourcedId);
      await readAgain('again');
      await until(() => inSis('again', 's01') !== undefined);
      await verified('again', 1);
      expect(control().count({ kind: 'lineItem', method: 'PUT' })).toBe(i);
    }
    control().remove('lineItems', sourcedId);
    await readAgain('again');
    await until(async () => (await lineItem('again')).state === 'needsAttention');
    expect((await lineItem('again')).reason?.code).toBe('ITEM_DELETED_IN_SIS');
    expect(await said('again', 's01')).toBe('needsAttention LINE_ITEM_WAITS');
    expect(control().count({ kind: 'lineItem', method: 'PUT' })).toBe(3);
    await sync(d.lms, `${of('again')}/syncs`);
    await verified('again', 1);
  });

  test('a student whom the SIS does not know any more is not taken for that', async () => {
    await graded('left');
    await sync(d.lms, `${of('left')}/syncs`);
    control().setRules({ studentNotInClass: 404 });
    control().dropStudent('sis-class-1', 'sis-s06');
    control().remove('results', inSis('left', 's06')!.sourcedId);
    control().resetCounts();
    await readAgain('left');
    await until(async () => (await said('left', 's06')) === 'needsAttention ENROLL_NOT_IN_CLASS');
    expect(control().count({ kind: 'lineItem', method: 'PUT' })).toBe(0);
    control().edit('classes', 'sis-class-1', {
      studentSourcedIds: sisDistrict(N).students.map((s) => s.sourcedId),
    });
  });

  test.each<[string, FaultSpec]>([
    ['that is cut off', { kind: 'truncate', request: 'lineItems' }],
    [
      'that lacks what it says it has',
      {
        kind: 'status',
        status: 200,
        headers: { 'x-total-count': '7' },
        body: { lineItems: [] },
        request: 'lineItems',
      },
    ],
    ['that is empty', { kind: 'status', status: 200, body: { lineItems: [] }, request: 'lineItems' }],
    ['that fails', { kind: 'status', status: 500, request: 'lineItems', count: 2 }],
  ])('a list %s proves nothing', async (name, fault) => {
    const key = name.replaceAll(' ', '-');
    await graded(key, 1);
    await sync(d.lms, `${of(key)}/syncs`);
    await verified(key, 1);
    control().arm(fault);
    control().resetCounts();
    await readAgain(key);
    expect(writes()).toBe(0);
    expect(await said(key, 's01')).toBe('verified');
  });
});

test('an SIS that does not let itself be read: cells stay acknowledged, and it is asked again after a day', async () => {
  await graded('mute');
  control().arm({ kind: 'status', status: 405, request: 'lineItems' });
  await sync(d.lms, `${of('mute')}/syncs`);
  await until(() => control().count({ kind: 'lineItems' }) === 1);
  await nextDay();
  await put('mute', 's01', 3);
  await sync(d.lms, `${of('mute')}/syncs`);
  expect(await states('mute')).toEqual({ acknowledged: N });
  expect(control().count({ kind: 'lineItems' })).toBe(1);
  control().disarm();
  await db().rows(
    `UPDATE connection SET learned = jsonb_set(learned, '{muteSince}', to_jsonb(now() - interval '25 hours'))`,
  );
  await nextDay();
  await verified('mute');
});

test('A06, after a backup was restored: somebody has a class read again, and what it says is set right', async () => {
  await graded('restored');
  await sync(d.lms, `${of('restored')}/syncs`);
  await verified('restored');
  control().remove('results', inSis('restored', 's03')!.sourcedId);
  const ask = (by: District['lms']) => by<{ lineItems: number }>('POST', '/classes/c1/readBack');
  const { status, body } = await ask(d.admin);
  expect(status).toBe(202);
  expect(body.lineItems).toBeGreaterThan(0);
  await until(() => inSis('restored', 's03')?.score === 62);
});

test('what may not be sent is not read', async () => {
  await graded('off');
  await sync(d.lms, `${of('off')}/syncs`);
  await verified('off');
  await settings({ passbackEnabled: false });
  control().resetCounts();
  await nextDay();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(control().requests).toEqual([]);
});

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed|reading failed/);
});
