/** What the SIS held before a sync wrote there is kept: per sync, per cell, and the first write of a sync counts. */
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
beforeEach(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0, gatherSeconds: 0 });
});
afterEach(() => service.stop());

interface Cell {
  kind: string;
  lineItemId: string;
  studentId: string | null;
  held: Record<string, unknown> | null;
  version: number;
}
interface Whole {
  id: string;
  cells: number;
  trigger: string;
  items: Cell[];
  nextCursor: string | null;
}
const control = () => service.sis.control;
const snapshot = (id: string, query = '') => expectOk(d.lms<Whole>('GET', `/snapshots/${id}${query}`));
const list = async () => (await expectOk(d.lms<{ items: Whole[] }>('GET', '/classes/c1/snapshots'))).items;
const heldOf = (whole: Whole) =>
  Object.fromEntries(whole.items.map((cell) => [cell.studentId ?? 'lineItem', cell.held]));
const putScore = (student: string, body: object) =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/a/results/${student}`, body));
const inSis = (student: string) => control().get('results', resultIdOf('district', 'a', student));

test('of each cell that a sync wrote, with what was there before: nothing, then what was acknowledged', async () => {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  const first = await sync(d.lms);
  expect(heldOf(await snapshot(first.id))).toEqual({ lineItem: null, s01: null, s02: null, s03: null });
  await putScore('s02', { score: 90, late: true });
  const second = await sync(d.lms);
  const whole = await snapshot(second.id);
  expect(whole).toMatchObject({ id: second.id, syncId: second.id, classId: 'c1', cells: 1, trigger: 'api' });
  expect(whole.items).toMatchObject([
    {
      kind: 'result',
      lineItemId: 'a',
      studentId: 's02',
      held: { score: 61, scoreStatus: 'fully graded' },
      version: 2,
    },
  ]);
  // a sync that writes nothing has none
  const third = await sync(d.lms);
  expect((await d.lms('GET', `/snapshots/${third.id}`)).status).toBe(404);
  expect((await list()).map((s) => s.id)).toEqual([second.id, first.id]);
  const page = await snapshot(first.id, '?limit=3');
  expect(page.items).toHaveLength(3);
  const rest = await snapshot(first.id, `?limit=3&cursor=${page.nextCursor ?? ''}`);
  expect([...page.items, ...rest.items].map((cell) => cell.studentId)).toEqual([null, 's01', 's02', 's03']);
});

test('of a cell that one sync writes twice, with what was there before the first write', async () => {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', 1, () => 10);
  await sync(d.lms);
  await putScore('s01', { score: 20 });
  await putScore('s02', { score: 50 });
  const held = control().arm({ kind: 'hold', sourcedId: resultIdOf('district', 'a', 's02') });
  const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs'));
  await until(() => inSis('s01')?.score === 20);
  await putScore('s01', { score: 30 });
  await expectOk(d.lms('POST', '/classes/c1/syncs'));
  await until(() => inSis('s01')?.score === 30);
  control().disarm(held);
  await until(
    async () => (await expectOk(d.lms<{ status: string }>('GET', `/syncs/${id}`))).status === 'complete',
  );
  expect(heldOf(await snapshot(id))).toMatchObject({ s01: { score: 10 }, s02: null });
});

test('of automatic work in the record of its quarter of an hour', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
  await putLineItem(d.lms, 'a');
  await putScore('s01', { score: 5 });
  await until(() => inSis('s01')?.score === 5);
  await until(async () => (await list())[0]?.cells === 2);
  expect(await list()).toMatchObject([{ trigger: 'automatic', startedBy: 'Automatic', cells: 2 }]);
});

test('of a write that was never answered: it may have been stored', async () => {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', 1, () => 10);
  await sync(d.lms);
  await putScore('s01', { score: 20 });
  control().arm({ kind: 'reset-after-store', method: 'PUT', request: 'result' });
  const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs'));
  await until(() => inSis('s01')?.score === 20);
  await until(async () => (await d.lms('GET', `/snapshots/${id}`)).status === 200);
  expect(heldOf(await snapshot(id))).toMatchObject({ s01: { score: 10 } });
  control().disarm();
});

test('of a student who is linked to another one of the SIS: not the former one’s score', async () => {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', 1, () => 10);
  await sync(d.lms);
  const free = { sourcedId: 'sis-s03', givenName: 'Given', familyName: 's01' };
  await expectOk(d.lms('PUT', '/classes/c1/students/s03', { sourcedId: null }));
  await expectOk(d.lms('PUT', '/classes/c1/students/s01', free));
  const { id, status } = await sync(d.lms);
  expect(status).toBe('complete');
  expect(heldOf(await snapshot(id))).toEqual({ s01: null });
});

test('of what somebody changed in the SIS and a reading has shown', async () => {
  await expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      baseUrl: service.sis.gradebookUrl,
      auth: service.sis.auth,
      verifyAfterSeconds: 0,
      conflictPolicy: 'lmsWins',
    }),
  );
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', 1, () => 10);
  await sync(d.lms);
  control().edit('results', resultIdOf('district', 'a', 's01'), { score: 77 });
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  await until(() => inSis('s01')?.score === 10);
  const automatic = await until(async () => (await list()).find((s) => s.trigger === 'automatic') ?? null);
  expect(heldOf(await snapshot(automatic.id))).toMatchObject({ s01: { score: 77 } });
});

test('as a file for spreadsheets, in which nothing runs as a formula', async () => {
  const title = '=HYPERLINK("http://evil.example","Quiz"), part 1';
  await putLineItem(d.lms, 'a', { title });
  await expectOk(
    d.lms('PUT', '/classes/c1/students/s01', { sourcedId: 'sis-s01', givenName: '@Ann', familyName: '+1' }),
  );
  await putScore('s01', { score: -5 });
  await sync(d.lms);
  await putScore('s01', { score: 8 });
  await putLineItem(d.lms, 'a', { title: 'Quiz' });
  const { id } = await sync(d.lms);
  const answer = await fetch(`${service.url}/v1/snapshots/${id}.csv`, {
    headers: { authorization: `Bearer ${d.lmsKey}` },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="snapshot-${id}.csv"`);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.arrayBuffer());
  expect(text.startsWith('\ufeff')).toBe(true);
  const lines = text.slice(1).split('\r\n');
  expect(lines[0]).toMatch(/^lineItemId,title,studentId,givenName,familyName,inSis,score/);
  expect(lines[1]).toContain(`a,"'=HYPERLINK(""http://evil.example"",""Quiz""), part 1",,,,yes,`);
  expect(lines[2]).toMatch(/^a,Quiz,s01,'@Ann,'\+1,yes,-5,fully graded,(no)?,(no)?,\d{4}-\d\d-\d\d,/);
});
