/** The whole API under fuzz for a moment; for longer: node scripts/run.mjs bench/fuzz/main.ts. */
import { fuzz, UNLIMITED } from '../../bench/fuzz/run.ts';
import { connectionSettings, district, expectOk, sisDistrict } from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { startTestSis, type TestSis } from '../support/sis.ts';

let service: TestService;
let south: TestSis;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(2) },
    // each request without a credential comes from an address of its own: the limit is another test
    env: { TRUSTED_PROXIES: '127.0.0.1', ...UNLIMITED },
  });
  south = await startTestSis({ district: sisDistrict(2) });
});
afterAll(async () => {
  await service.stop();
  await south.stop();
});

test('A21 A33 A44: no request that openapi.yaml allows or forbids breaks anything, shows anything or is answered otherwise than it says', async () => {
  const report = await fuzz(
    {
      ...{ url: service.url, rootKey: service.rootKey },
      connections: { north: connectionSettings(service.sis), south: connectionSettings(south) },
    },
    { requests: 1_500, seed: 11 },
  );
  expect(report.faults).toEqual([]);
  expect(service.logged()).not.toMatch(/"level":"error"/);
  expect('polluted' in {}).toBe(false);
  // most routes did something: a fuzzer that is refused everywhere would prove nothing
  expect(report.neverDone.length).toBeLessThan(report.operations / 2);
}, 400_000);

test('an instant in the year 0, or beyond the year 9999, is the caller’s fault', async () => {
  const { lms, admin } = await district(service, 1, {}, 'calendar');
  for (const when of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-06:00']) {
    const put = await lms('PUT', '/classes/c1/lineItems/l', { title: 'Quiz', dueDate: when });
    expect([when, put.status, put.body]).toEqual([
      when,
      400,
      expect.objectContaining({ code: 'VALIDATION' }),
    ]);
    expect([when, (await admin('GET', `/syncs?since=${encodeURIComponent(when)}`)).status]).toEqual([
      when,
      400,
    ]);
  }
  await expectOk(lms('PUT', '/classes/c1/lineItems/l', { title: 'Quiz', dueDate: '0001-01-01T00:00:00Z' }));
  const kept = await expectOk(lms<{ dueDate: string }>('GET', '/classes/c1/lineItems/l'));
  expect(Date.parse(kept.dueDate)).toBe(Date.parse('0001-01-01T00:00:00Z'));
});

test('who waits for a reading of an SIS that is taken away meanwhile is told so, at once', async () => {
  const { lms, admin } = await district(service, 1, {}, 'leaver');
  // the lane is with another worker, who does not answer
  await service.service.db.rows(
    `UPDATE lane SET epoch = epoch + 1, owner = gen_random_uuid(), lease_until = now() + interval '1 hour'`,
  );
  const asked = lms('GET', '/classes/c1/sisCategories');
  await until(async () => {
    const [row] = await service.service.db.rows<{ n: number }>(`SELECT count(*)::int AS n FROM lane_request`);
    return row!.n > 0;
  });
  await expectOk(admin('PUT', '/domains/leaver/settings', { passbackEnabled: true, baseUrl: null }));
  expect(await asked).toMatchObject({ status: 409, body: { code: 'NO_CONNECTION' } });
});
