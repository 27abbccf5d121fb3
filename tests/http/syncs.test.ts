import { putBatch } from '../../src/http/batch.ts';
import { edge } from './edge.ts';
import { syncView } from './fake-store.ts';

/** Whatever JSON.parse answers. */
type Json = ReturnType<typeof JSON.parse>;

const lineItem = '/v1/classes/c/lineItems/l';

test('a sync is answered 202 with its address, and 200 when it joined one that runs', async () => {
  const { as, answers } = edge();
  const fresh = await as('lms-key').post('/v1/classes/c/syncs');
  expect([fresh.status, fresh.headers['location'], fresh.body.id]).toEqual([202, '/v1/syncs/y', 'y']);
  answers['syncs.start'] = { sync: syncView, joined: true };
  const joined = await as('lms-key').post('/v1/classes/c/syncs', {});
  expect([joined.status, joined.headers['location']]).toEqual([200, '/v1/syncs/y']);
});

test('the path narrows the scope of a sync', async () => {
  const { as, asked } = edge();
  await as('teacher-token').post('/v1/classes/c/syncs', {
    lineItemIds: ['l1'],
    studentIds: ['s1'],
    mode: 'all',
  });
  await as('teacher-token').post(`${lineItem}/syncs`, { studentIds: ['s1'], dryRun: true });
  await as('teacher-token').post(`${lineItem}/results/s/syncs`);
  expect(asked().map((c) => c.args[2])).toEqual([
    { lineItemIds: ['l1'], studentIds: ['s1'], mode: 'all', dryRun: false },
    { lineItemIds: ['l'], studentIds: ['s1'], mode: 'changes', dryRun: true },
    { lineItemIds: ['l'], studentIds: ['s'], mode: 'changes', dryRun: false },
  ]);
  expect((await as('teacher-token').post(`${lineItem}/syncs`, { lineItemIds: ['x'] })).status).toBe(400);
});

test('an Idempotency-Key is held before anything is done, and refused when it is too long or not plain', async () => {
  const { as, asked, calls } = edge();
  await as('lms-key').post('/v1/classes/c/syncs').set('Idempotency-Key', 'k'.repeat(255));
  const names = calls.map((c) => c.name);
  expect(names.indexOf('once.claim')).toBeLessThan(names.indexOf('syncs.start'));
  expect(calls.find((c) => c.name === 'once.claim')!.args[1]).toBe('k'.repeat(255));
  for (const key of ['k'.repeat(256), 'a b', 'ü', ''])
    expect((await as('lms-key').post('/v1/classes/c/syncs').set('Idempotency-Key', key)).status).toBe(400);
  expect(asked()).toHaveLength(1);
});

test('a result is accepted with its state; its ids come from the path', async () => {
  const { as, asked } = edge();
  const answer = await as('lms-key').put(`${lineItem}/results/s`, { score: 0, scoreDate: '2026-03-01' });
  expect([answer.status, answer.body]).toMatchObject([202, { state: 'queued', version: 2 }]);
  expect(asked()[0]!.args[2]).toEqual({
    ...{ lineItemId: 'l', studentId: 's', score: 0, scoreDate: '2026-03-01', late: false, posted: true },
  });
});

describe('a batch', () => {
  const row = (studentId: string, score: unknown) => ({ lineItemId: 'l', studentId, score });

  test('keeps valid rows and reports the others by their index, whoever refused them', async () => {
    const { as, answers, asked } = edge();
    answers['gradebook.putResults'] = {
      accepted: 1,
      rejected: [{ index: 1, code: 'NOT_FOUND', detail: 'student' }],
      findings: [],
    };
    const results = [
      row('s1', 1),
      row('s2', 'two'),
      'nonsense',
      row('ghost', 4),
      { ...row('s5', 5), extra: 1 },
    ];
    const answer = await as('lms-key').post('/v1/classes/c/results/batch', { results });
    expect(answer.body.accepted).toBe(1);
    expect(Object.keys(answer.body)).toEqual(['accepted', 'rejected']);
    expect(answer.body.rejected.map((r: Json) => [r.index, r.code])).toEqual([
      [1, 'VALIDATION'],
      [2, 'VALIDATION'],
      [3, 'NOT_FOUND'],
      [4, 'VALIDATION'],
    ]);
    expect(answer.body.rejected[0].detail).toContain('/score');
    expect(answer.body.rejected[3].detail).toContain('/extra');
    expect((asked()[0]!.args[2] as Json[]).map((r) => r.studentId)).toEqual(['s1', 'ghost']);
  });

  test('of one cell twice the last valid row counts, and all share its fate', async () => {
    const seen: unknown[] = [];
    const refuseS1 = async (rows: { studentId: string; score?: number | null | undefined }[]) => {
      seen.push(...rows.map((r) => [r.studentId, r.score]));
      const at = rows.findIndex((r) => r.studentId === 's1');
      const rejected = [{ index: at, code: 'NOT_FOUND', detail: 'x' }];
      return { accepted: rows.length - 1, rejected, findings: [] };
    };
    const rows = [row('s1', 1), row('s2', 2), row('s1', 3), row('s2', 4), row('s2', 'bad')];
    const answer = await putBatch(rows, refuseS1);
    expect(seen).toEqual([
      ['s1', 3],
      ['s2', 4],
    ]);
    expect(answer.accepted).toBe(2);
    expect(answer.rejected.map((r) => r.index)).toEqual([0, 2, 4]);
  });

  test('tells what is known of a row by its index, of the one that counts, and not of thousands', async () => {
    const found = (index: number) => ({ index, findings: [] });
    const keep = (n: number) => async (rows: unknown[]) => ({
      ...{ accepted: rows.length, rejected: [], findings: Array.from({ length: n }, (_, i) => found(i)) },
    });
    const rows = [row('s1', 'bad'), row('s1', 1), row('s2', 2), row('s1', 3)];
    expect((await putBatch(rows, keep(2))).findings?.map((f) => f.index)).toEqual([2, 3]);
    const many = Array.from({ length: 250 }, (_, i) => row(`s${i}`, i));
    const answer = await putBatch(many, keep(250));
    expect([answer.findings?.length, answer.moreFindings]).toEqual([200, 50]);
  });

  test('of 10,000 rows of one cell is quick, and of one more is refused', async () => {
    const { as } = edge();
    const results = Array.from({ length: 10_000 }, (_, i) => row('s', i));
    expect((await as('lms-key').post('/v1/classes/c/results/batch', { results })).body.accepted).toBe(10_000);
    const answer = await as('lms-key').post('/v1/classes/c/results/batch', {
      results: [...results, row('s', 1)],
    });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: '/results' }] });
  });

  test('without any valid row asks nobody', async () => {
    const { as, asked } = edge();
    const answer = await as('lms-key').post('/v1/classes/c/results/batch', { results: [1] });
    expect([answer.body.accepted, asked()]).toEqual([0, []]);
  });
});
