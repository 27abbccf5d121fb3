/**
 * What an administrator changes while rows wait and requests are in flight: at most those few still reach the SIS,
 * nothing is lost, no sync hangs, and in the end the SIS is equal to the LMS.
 */
import { addClass, expectOk, putLineItem, putScores, sync, syncEnd } from '../support/district.ts';
import { until, type TestService } from '../support/service.ts';
import {
  cells,
  onlyThoseInFlight,
  connection,
  expectHonest,
  expectNothingStuck,
  getSync,
  hearHalts,
  held,
  inSis,
  N,
  place,
  quiet,
  scores,
  SLOTS,
  startUnderWay,
  states,
  type Place,
} from '../support/under-way.ts';

let service: TestService;
beforeAll(async () => {
  service = await startUnderWay();
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());
const control = () => service.sis.control;

const school = (p: Place, settings: Record<string, unknown>) =>
  expectOk(p.admin('PUT', '/domains/school/settings', settings));
const press = ({ lms }: Place) => lms<{ id: string; code?: string }>('POST', '/classes/c1/syncs', {});

describe.each<{
  what: string;
  code: string;
  state: string;
  waits: string;
  stop: (p: Place) => Promise<unknown>;
  go: (p: Place) => Promise<unknown>;
}>([
  {
    what: 'the domain is excluded',
    code: 'DOMAIN_EXCLUDED',
    state: 'excluded',
    waits: 'suppressed DOMAIN_EXCLUDED',
    stop: (p) => p.settings({ excludedDomainIds: ['school'] }),
    go: (p) => p.settings({ excludedDomainIds: [] }),
  },
  {
    what: 'passback is switched off',
    code: 'PASSBACK_OFF',
    state: 'off',
    waits: 'suppressed PASSBACK_OFF',
    stop: (p) => p.settings({ passbackEnabled: false }),
    go: (p) => p.settings({ passbackEnabled: true }),
  },
  {
    what: 'the domain is paused',
    code: 'DOMAIN_PAUSED',
    state: 'paused',
    waits: 'queued DOMAIN_PAUSED',
    stop: (p) => expectOk(p.admin('POST', `/domains/${p.tenant}/pause`)),
    go: (p) => expectOk(p.admin('POST', `/domains/${p.tenant}/resume`)),
  },
  {
    what: 'the connection is cleared',
    code: 'NO_CONNECTION',
    state: 'none',
    waits: 'suppressed NO_CONNECTION',
    stop: (p) => school(p, { baseUrl: null }),
    go: (p) => school(p, {}),
  },
])('$what', ({ code, state, waits, stop, go }) => {
  test(`A20: ${code}: of what waits and what is under way no more than that is sent; undone, all of it goes`, async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    const halts = await hearHalts(service);
    await stop(p);
    // what the lane has taken already it must be told not to send
    await until(() => halts.heard.length > 0);
    await halts.close();
    await onlyThoseInFlight(service.sis, run);
    await quiet(p.lms);

    expect(await getSync(p.lms, run.id)).toMatchObject({ status: 'processing', waitingFor: { code } });
    const view = await connection(p);
    expect(view).toMatchObject({ state, ...(state === 'paused' ? { pausedBy: 'admin' } : {}) });
    const waiting = (await states(p.lms))[waits] ?? 0;
    expect(waiting).toBeGreaterThanOrEqual(N - 2 * SLOTS);
    expect(view.waiting.rows).toBeGreaterThanOrEqual(waiting);
    expect((await getSync(p.lms, run.id)).pending).toBeGreaterThanOrEqual(waiting);

    // a score that comes meanwhile waits as well, the newest of it; and nobody's press goes around the decision
    const last = (await cells(p.lms)).find((c) => `${c.state} ${c.reason?.code}` === waits)?.studentId ?? '';
    for (const score of [1, 2, 3])
      await expectOk(p.lms('PUT', `/classes/c1/lineItems/a/results/${last}`, { score }));
    run.mark();
    const pressed = await press(p);
    if (code === 'DOMAIN_PAUSED') expect(pressed).toMatchObject({ status: 200, body: { id: run.id } });
    else expect(pressed).toMatchObject({ status: 409, body: { code } });
    expect(run.since()).toEqual([]);

    await go(p);
    expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
    // where there was no SIS for a while, nobody knows whether it is still the same: all of it goes once more
    if (code === 'NO_CONNECTION') expect((await sync(p.lms)).counts.failed).toBe(0);
    expect(await states(p.lms)).toEqual({ acknowledged: N });
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual({ ...scores(), [last]: 3 });
    await expectHonest(p.lms, run.id);
    await expectNothingStuck(service);
  });

  test(`${code}: what only waits is kept, and not one request leaves`, async () => {
    const p = await place(service, { autoSync: true, gatherSeconds: 3600 });
    expect(await states(p.lms)).toEqual({ queued: N });
    const from = control().requests.length;
    await stop(p);
    expect(await states(p.lms)).toEqual({ [waits]: N });
    expect(control().requests.length).toBe(from);
    await go(p);
    // what comes to a connection anew goes at once; the others go on gathering
    if (code !== 'NO_CONNECTION') expect(await states(p.lms)).toEqual({ queued: N });
    expect((await sync(p.lms)).status).toBe('complete');
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
  });
});

test('only the domain that is meant stops: another school of the same SIS goes on', async () => {
  const p = await place(service);
  await expectOk(p.admin('PUT', '/domains/other', { name: 'Other', parentId: p.tenant }));
  await addClass(p.lms, 'c2', N, { domainId: 'other' });
  await putLineItem(p.lms, 'a', {}, 'c2');
  await putScores(p.lms, 'a', N, undefined, 'c2');
  const run = await held(service.sis, p);
  const other = await expectOk(p.lms<{ id: string }>('POST', '/classes/c2/syncs', {}));
  await p.settings({ excludedDomainIds: ['school'] });
  run.letGo();
  expect((await syncEnd(p.lms, other.id)).status).toBe('complete');
  expect(await getSync(p.lms, run.id)).toMatchObject({ status: 'processing' });
  await p.settings({ excludedDomainIds: [] });
  expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
});

describe('automatic sending', () => {
  test('switched off: what waits stays for a press; what was in flight counts', async () => {
    const p = await place(service, { autoSync: true, gatherSeconds: 3600 });
    await expectOk(p.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'off' }));
    expect(await states(p.lms)).toEqual({ unsent: N });
    await expectOk(p.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'inherit' }));
    expect(await states(p.lms)).toEqual({ queued: N });
    await p.settings({ autoSync: false });
    expect(await states(p.lms)).toEqual({ unsent: N });

    const fault = control().arm({ kind: 'hold', request: 'result' });
    await p.settings({ autoSync: true, gatherSeconds: 0 });
    await control().waitFor((c) => c.armed()[0]?.struck === SLOTS, 10_000);
    await p.settings({ autoSync: false });
    const from = control().requests.length;
    control().disarm(fault);
    await quiet(p.lms);
    expect(control().requests.length - from).toBeLessThanOrEqual(SLOTS);
    const now = await states(p.lms);
    expect(now['acknowledged']).toBeGreaterThanOrEqual(SLOTS);
    expect(now['unsent']).toBe(N - (now['acknowledged'] ?? 0));
    expect((await sync(p.lms)).status).toBe('complete');
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectNothingStuck(service);
  });

  test('switched off, a sync that somebody pressed goes on', async () => {
    const p = await place(service, { autoSync: true, gatherSeconds: 3600 });
    const run = await held(service.sis, p);
    await p.settings({ autoSync: false });
    run.letGo();
    expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  });

  test('switched on in an excluded school, it waits, and goes by itself when the school is included', async () => {
    const p = await place(service, { gatherSeconds: 0 });
    const from = control().requests.length;
    await p.settings({ autoSync: true, excludedDomainIds: ['school'] });
    expect(await states(p.lms)).toEqual({ 'suppressed DOMAIN_EXCLUDED': N });
    expect(control().requests.length).toBe(from);
    await p.settings({ excludedDomainIds: [] });
    await until(async () => (await states(p.lms))['acknowledged'] === N);
  });
});

test('nothing of all this was a defect of ours, and nothing old came last', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
