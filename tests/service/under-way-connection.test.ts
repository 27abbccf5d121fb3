/**
 * Another sign-in, another SIS, or none for a while, in the middle of a sync: no answer counts for what it was not
 * about, no row is lost, and whoever enters the right secret is not kept waiting.
 */
import { connectionSettings, expectOk, sisDistrict, sync, syncEnd } from '../support/district.ts';
import { until, type TestService } from '../support/service.ts';
import { SIS_CLIENT, startTestSis } from '../support/sis.ts';
import {
  connection,
  expectHonest,
  expectNothingStuck,
  getSync,
  held,
  inSis,
  N,
  onlyThoseInFlight,
  place,
  scores,
  SLOTS,
  startUnderWay,
  states,
} from '../support/under-way.ts';

let service: TestService;
beforeAll(async () => {
  service = await startUnderWay();
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());
const control = () => service.sis.control;

describe('the connection', () => {
  test('A11: a secret that the SIS has changed stops the lane once; the new one goes on at once, with every row', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    control().rotateSecret(SIS_CLIENT.id, 'rotated');
    control().revokeTokens();
    try {
      const tokens = control().tokenRequests.length;
      run.letGo();
      await until(async () => (await connection(p)).cause?.code === 'AUTH_INVALID_CLIENT');
      expect(await getSync(p.lms, run.id)).toMatchObject({
        status: 'processing',
        counts: { failed: 0 },
        waitingFor: { code: 'AUTH_INVALID_CLIENT' },
      });
      // a wrong one first: it is said again, and nobody's tries are burnt
      await p.settings({ auth: { ...service.sis.auth, clientSecret: 'wrong' } });
      await until(async () => (await connection(p)).cause?.code === 'AUTH_INVALID_CLIENT');
      // basic, raw and in the body, for each of the stops
      expect(control().tokenRequests.length - tokens).toBeLessThanOrEqual(12);
      await p.settings({ auth: { ...service.sis.auth, clientSecret: 'rotated' } });
      expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    } finally {
      control().rotateSecret(SIS_CLIENT.id, SIS_CLIENT.secret);
      control().revokeTokens();
    }
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectHonest(p.lms, run.id);
    await expectNothingStuck(service);
  });

  test('A11: what a run with the former secret hears when it is refused stops nobody', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    control().rotateSecret(SIS_CLIENT.id, 'rotated');
    control().revokeTokens();
    try {
      await p.settings({ auth: { ...service.sis.auth, clientSecret: 'rotated' } });
      // now those in flight are answered: their token is worth nothing any more, nor is the secret for a new one
      run.letGo();
      expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      expect(await connection(p, p.tenant)).toMatchObject({ state: 'working', cause: null });
    } finally {
      control().rotateSecret(SIS_CLIENT.id, SIS_CLIENT.secret);
      control().revokeTokens();
    }
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectNothingStuck(service);
  });

  test('another sign-in to the same gradebook: what was in flight is sent once more, the rest once, and told once', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    run.mark();
    await p.settings({ extraHeaders: { 'X-District': 'new' } });
    run.letGo();
    expect(await syncEnd(p.lms, run.id)).toMatchObject({
      status: 'complete',
      counts: { created: N + 1, updated: 0, failed: 0 },
    });
    expect(run.since().filter((r) => r.kind === 'result').length).toBeLessThanOrEqual(N + SLOTS);
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectHonest(p.lms, run.id);
    await expectNothingStuck(service);
  });

  test('another SIS gets everything; what the former one answers counts for nothing, and it gets nothing more', async () => {
    const next = await startTestSis({ district: sisDistrict(N) });
    try {
      const p = await place(service);
      const run = await held(service.sis, p);
      await p.settings(connectionSettings(next));
      await onlyThoseInFlight(service.sis, run);
      expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      expect((await sync(p.lms)).status).toBe('complete');
      expect(inSis(next, `a of ${p.tenant}`)).toEqual(scores());
      expect(await states(p.lms)).toEqual({ acknowledged: N });
      expect(next.violations).toEqual([]);
      await expectNothingStuck(service);

      // and back again: nothing that the first one acknowledged long ago counts
      run.mark();
      await p.settings(connectionSettings(service.sis));
      expect(await connection(p, p.tenant)).toMatchObject({ state: 'untried', lastSuccessAt: null });
      expect((await sync(p.lms)).counts).toMatchObject({ created: N + 1, unchanged: 0 });
      expect(run.since()).toHaveLength(N + 1);
    } finally {
      await next.stop();
    }
  });

  test('taken away and entered again: the sync goes on', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    await expectOk(p.admin('PUT', `/domains/${p.tenant}/settings`, { passbackEnabled: true }));
    await onlyThoseInFlight(service.sis, run);
    expect(await getSync(p.lms, run.id)).toMatchObject({ waitingFor: { code: 'NO_CONNECTION' } });
    await p.settings(connectionSettings(service.sis));
    expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
    expect((await sync(p.lms)).counts.failed).toBe(0);
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectNothingStuck(service);
  });
});

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
