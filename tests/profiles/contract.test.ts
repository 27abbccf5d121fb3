/**
 * What every profile keeps: against an SIS that behaves as the profile says, everything arrives in that SIS's form or
 * says why not; what has arrived is not sent again; and the SIS never gets more requests at once than it bears.
 */
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import { settingFields } from '../../src/gradebook/settings.ts';
import { district, expectOk, sisDistrict, students, sync, type District } from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { SIS_CLIENT } from '../support/sis.ts';
import { cells, fixtures, lineItems, type Fixture } from './fixtures.ts';

const names = Object.keys(cells);
const studentOf = (cell: string) => students(names.length)[names.indexOf(cell)] ?? '';
const essay = {
  title: 'An essay about the rivers of the Midwest and who lives by them',
  categoryId: 'hw',
  assignDate: '2026-11-02T08:00:00-06:00',
  // the last minute of the period, which is the next day in UTC
  dueDate: '2026-12-18T23:59:00-06:00',
  resultValueMax: 100,
};
const periods = [
  { sourcedId: 'sis-gp', title: 'S1', startDate: '2026-07-01', endDate: '2026-12-18' },
  { sourcedId: 'sis-gp-2', title: 'S2', startDate: '2026-12-19', endDate: '2027-06-30' },
];
const seed = (): DistrictSeed => ({
  ...sisDistrict(names.length),
  gradingPeriods: periods.map((period) => ({ ...period, termSourcedId: 'sis-term' })),
});

test('every profile has its fixture', () => {
  for (const profile of settingFields.profile.options) expect(fixtures[profile]?.profile).toBe(profile);
});

describe.each(Object.entries(fixtures))('%s', (_name, fixture) => {
  let service: TestService;
  let d: District;
  beforeAll(async () => {
    service = await startProfile(fixture);
    d = await district(service, names.length, settingsOf(service, fixture));
    await expectOk(d.lms('PUT', '/classes/c1', { ...classBody, gradingPeriods: periods }));
  });
  afterAll(() => service.stop());
  beforeEach(() => service.sis.control.resetCounts());

  const control = () => service.sis.control;
  const put = (path: string, body: object) => expectOk(d.lms('PUT', `/classes/c1/lineItems/${path}`, body));
  const reasonOf = async (path: string) => {
    const { body } = await d.lms<{ reason: { code: string } | null }>('GET', `/classes/c1/lineItems/${path}`);
    return body.reason?.code ?? null;
  };
  const itemInSis = async (key: string) => {
    const { body } = await d.lms<{ sourcedId: string | null }>('GET', `/classes/c1/lineItems/${key}`);
    return control().get('lineItems', body.sourcedId ?? '');
  };
  const inSis = async (cell: string) =>
    control().resultOf((await itemInSis('essay'))?.sourcedId ?? '', `sis-${studentOf(cell)}`);

  test('everything arrives in the form of the SIS, or says why it does not', async () => {
    await put('essay', essay);
    for (const [cell, score] of Object.entries(cells))
      await put(`essay/results/${studentOf(cell)}`, { scoreDate: '2026-11-20', ...score });
    for (const [key, more] of Object.entries(lineItems)) {
      await put(key, { ...essay, title: key === 'sameTitle' ? essay.title : `Work ${key}`, ...more });
      await put(`${key}/results/s01`, { score: 5 });
    }
    control().setLatency(5);
    await sync(d.lms);
    control().setLatency(0);

    expect(await itemInSis('essay')).toMatchObject(present(fixture.essay));
    expect(await itemInSis('essay')).toEqual(without(await itemInSis('essay'), fixture.essay));
    const found: Record<string, unknown> = {};
    for (const [cell, wanted] of Object.entries(fixture.cells)) {
      const held = await inSis(cell);
      const code = await reasonOf(`essay/results/${studentOf(cell)}`);
      found[cell] = typeof wanted === 'string' ? (held ?? code) : narrowed(held ?? code, wanted);
    }
    expect(found).toEqual(fixture.cells);
    const items: Record<string, unknown> = {};
    for (const [key, wanted] of Object.entries(fixture.lineItems)) {
      const held = await itemInSis(key);
      items[key] = narrowed(held ?? (await reasonOf(key)), wanted);
    }
    expect(items).toEqual(fixture.lineItems);
  });

  test('never more requests at once than it bears', async () => {
    await put('essay', { ...essay, title: `${essay.title}, once more` });
    for (const student of students(names.length)) await put(`essay/results/${student}`, { score: 41 });
    control().setLatency(10);
    await sync(d.lms);
    control().setLatency(0);
    expect(control().mostAtOnce).toBeLessThanOrEqual(fixture.atOnce);
    expect(control().count({ status: 429 }) + control().count({ status: 403 })).toBe(0);
  });

  test('what has arrived is not sent again', async () => {
    const second = await sync(d.lms);
    expect(second.counts).toMatchObject({ created: 0, updated: 0 });
    expect(control().requests).toEqual([]);
  });

  test('one change is one write, and its body is the one that the plan showed', async () => {
    await put(`essay/results/${studentOf('graded')}`, { score: 81, scoreDate: '2026-11-20' });
    const plan = await expectOk(
      d.lms<{ entries: { action: string; body: object | null }[] }>('GET', '/classes/c1/plan'),
    );
    const planned = plan.entries.filter(({ action }) => action === 'create' || action === 'update');
    await sync(d.lms);
    expect(
      control()
        .writes()
        .map(({ body }) => body),
    ).toEqual(planned.map(({ body }) => ({ result: body })));
    expect(await inSis('graded')).toMatchObject({ score: 81 });
  });

  test('what the SIS makes of it is no quarrel', async () => {
    await expectOk(d.admin('PUT', '/domains/district/settings', quiet(service, fixture)));
    await sync(d.lms, '/classes/c1/syncs', { mode: 'all' });
    const states = async () => {
      const { items } = await expectOk(
        d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results?lineItemId=essay&limit=200'),
      );
      return items.map(({ state }) => state);
    };
    const { db } = service.service;
    const settled = await until(async () => {
      // a reading that failed (on a slow machine) comes again minutes later: they pass
      await db.rows(`UPDATE line_item SET verify_at = now() WHERE verify_at < now() + interval '1 hour'`);
      await db.rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
      const now = await states();
      return now.includes('acknowledged') || now.includes('sending') ? false : now;
    });
    expect(new Set(settled)).not.toContain('conflict');
    expect(settled.filter((state) => state === 'verified').length).toBeGreaterThan(3);
  });

  test('a score that was typed in the SIS by hand', async () => {
    const held = await inSis('zero');
    if (!held) throw new Error('it is not in the SIS');
    // nobody looks first: what the SIS itself says to it
    const settings = { ...quiet(service, fixture), conflictPolicy: 'lmsWins' };
    await expectOk(d.admin('PUT', '/domains/district/settings', settings));
    control().put('results', { ...held, score: 33 });
    if (fixture.typedInSis !== 'overwritten') control().lock(held.sourcedId);
    await put(`essay/results/${studentOf('zero')}`, { score: 44, scoreDate: '2026-11-20' });
    await sync(d.lms);
    const code = await reasonOf(`essay/results/${studentOf('zero')}`);
    const after = (await inSis('zero'))?.score;
    if (fixture.typedInSis === 'overwritten') expect([code, after]).toEqual([null, 44]);
    else expect([code, after]).toEqual([fixture.typedInSis, 33]);
  });
});

const classBody = {
  domainId: 'school',
  title: 'Algebra',
  sourcedId: 'sis-class-1',
  categories: [
    { id: 'hw', title: 'homework ' },
    { id: 'tests', title: 'Tests' },
  ],
};
const token = 'a-fixed-token-of-the-fixture';

function startProfile({ sis }: Fixture): Promise<TestService> {
  const { rules, ...options } = sis;
  const full = options.oneRosterVersion === '1.2' && (rules['references'] ?? 'full') === 'full';
  return startService({
    sis: { ...options, district: seed(), accessTokens: [token], checkBodies: full },
    service: { sisLimits: { connectMs: 5_000, totalMs: 20_000 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  }).then((service) => {
    service.sis.control.setRules(rules);
    return service;
  });
}

function settingsOf({ sis }: TestService, { profile, settings, connection }: Fixture) {
  const { address, auth, extraHeaders } = connection;
  return {
    passbackEnabled: true,
    profile,
    baseUrl: sis.url + address,
    auth:
      auth === 'accessToken'
        ? { method: auth, accessToken: token }
        : { method: auth, clientId: SIS_CLIENT.id, clientSecret: SIS_CLIENT.secret },
    ...(extraHeaders ? { extraHeaders } : {}),
    ...settings,
  };
}
/** Reads back at once. */
const quiet = (...of: Parameters<typeof settingsOf>) => ({ ...settingsOf(...of), verifyAfterSeconds: 0 });

type Fields = Record<string, unknown>;
/** What is found, narrowed to the fields that are expected; a field that must not be there is null. */
function narrowed(found: unknown, wanted: unknown): unknown {
  if (typeof found !== 'object' || found === null || typeof wanted !== 'object' || wanted === null)
    return typeof found === 'string' || found === null ? found : 'in the SIS';
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, (found as Fields)[name] ?? null]));
}
const present = (wanted: Fields) =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
function without(found: unknown, wanted: Fields): Fields {
  const absent = Object.keys(wanted).filter((name) => wanted[name] === null);
  return Object.fromEntries(Object.entries(found as Fields).filter(([name]) => !absent.includes(name)));
}
