import fc from 'fast-check';
import { defaultSettings, settingNames, type OwnSettings } from '../../src/gradebook/settings.ts';
import { inForce, planningSettings, type InForce, type OwnDomain } from '../../src/passback/in-force.ts';

/** `a/b/c`: each domain is its key, its parent the path before it. */
function tree(own: Record<string, Partial<OwnDomain>>): Map<string, InForce> {
  const domains = Object.entries(own).map(([path, more]): OwnDomain => {
    const steps = path.split('/');
    return {
      id: path,
      key: steps.at(-1) ?? '',
      parentId: steps.length > 1 ? steps.slice(0, -1).join('/') : null,
      timeZone: null,
      settings: {},
      mapping: null,
      paused: false,
      connection: null,
      ...more,
    };
  });
  return new Map(inForce(domains).map((d) => [d.id, d]));
}
const on = { settings: { passbackEnabled: true }, connection: '1' };

test('nothing said anywhere is the product’s defaults, and nothing is sent', () => {
  const [d] = tree({ d: {} }).values();
  expect(d).toMatchObject({ settings: defaultSettings, origins: {}, connectionId: null, sending: 'off' });
});

test('single fields inherit one by one, each with where it comes from', () => {
  const all = tree({
    d: { settings: { passbackEnabled: true, sisName: 'Beacon', titleLimit: 40 } },
    'd/s': { settings: { titleLimit: 30, autoSync: true } },
    'd/s/c': {},
  });
  expect(all.get('d/s/c')).toMatchObject({
    settings: {
      passbackEnabled: true,
      sisName: 'Beacon',
      titleLimit: 30,
      autoSync: true,
      missingScore: 'zero',
    },
    origins: { passbackEnabled: 'd', sisName: 'd', titleLimit: 's', autoSync: 's' },
  });
  expect(all.get('d/s/c')?.origins).not.toHaveProperty('missingScore');
  expect(all.get('d')?.settings).toMatchObject({ titleLimit: 40, autoSync: false });
});

test('null clears: the product’s default holds, whatever stands above', () => {
  const all = tree({
    d: { settings: { titleLimit: 40, gatherSeconds: 60, sisName: 'Beacon' } },
    'd/s': { settings: { titleLimit: null, gatherSeconds: null, sisName: null } },
    'd/s/c': {},
  });
  expect(all.get('d/s/c')).toMatchObject({
    settings: { titleLimit: null, gatherSeconds: defaultSettings.gatherSeconds, sisName: null },
    origins: { titleLimit: 's', gatherSeconds: 's', sisName: 's' },
  });
});

test('a profile brings its own defaults, and what a domain says is stronger', () => {
  const all = tree({
    d: { settings: { profile: 'infinite-campus', titleLimit: 50 } },
    'd/s': { settings: { maxConcurrentRequests: 5 } },
    'd/s/own': { settings: { profile: 'spec' } },
    'd/s/clears': { settings: { titleLimit: null } },
  });
  const of = (path: string) => {
    const { titleLimit, maxConcurrentRequests, requireWholeClass } = all.get(path)?.settings ?? {};
    return { titleLimit, maxConcurrentRequests, requireWholeClass };
  };
  expect(of('d')).toEqual({ titleLimit: 50, maxConcurrentRequests: 1, requireWholeClass: true });
  expect(of('d/s')).toEqual({ titleLimit: 50, maxConcurrentRequests: 5, requireWholeClass: true });
  // another profile below takes its defaults along, and leaves what was said above
  expect(of('d/s/own')).toEqual({ titleLimit: 50, maxConcurrentRequests: 5, requireWholeClass: false });
  expect(of('d/s/clears')).toEqual({ titleLimit: 30, maxConcurrentRequests: 5, requireWholeClass: true });
  expect(all.get('d')?.origins).toEqual({ profile: 'd', titleLimit: 'd' });
});

test('the connection inherits from the nearest owner, and can be cleared for a subtree', () => {
  const all = tree({
    d: on,
    'd/own': { connection: '2' },
    'd/own/below': {},
    'd/none': { connection: false },
    'd/none/below': {},
    'd/none/again': { connection: '3' },
  });
  const seen = Object.fromEntries(
    [...all].map(([id, d]) => [id, [d.connectionId, d.connectionOrigin, d.sending]]),
  );
  expect(seen).toEqual({
    d: ['1', 'd', 'on'],
    'd/own': ['2', 'own', 'on'],
    'd/own/below': ['2', 'own', 'on'],
    'd/none': [null, 'none', 'noConnection'],
    'd/none/below': [null, 'none', 'noConnection'],
    'd/none/again': ['3', 'again', 'on'],
  });
});

test('off anywhere above wins over on below', () => {
  const all = tree({
    d: on,
    'd/off': { settings: { passbackEnabled: false } },
    'd/off/on': { settings: { passbackEnabled: true } },
    'd/cleared': { settings: { passbackEnabled: null } },
    'd/cleared/on': { settings: { passbackEnabled: true } },
  });
  expect([...all].map(([id, d]) => [id, d.sending])).toEqual([
    ['d', 'on'],
    ['d/off', 'off'],
    ['d/off/on', 'off'],
    // cleared is the default, which is off, but nobody decided it: who is below may
    ['d/cleared', 'off'],
    ['d/cleared/on', 'on'],
  ]);
});

test('exclusions add up on the way down, cover descendants, and no child removes them', () => {
  const all = tree({
    d: { ...on, settings: { passbackEnabled: true, excludedDomainIds: ['x'] } },
    'd/x': { settings: { excludedDomainIds: null } },
    'd/x/below': { settings: { excludedDomainIds: [] } },
    'd/s': { settings: { excludedDomainIds: ['y'] } },
    'd/s/y': { settings: { excludedDomainIds: null } },
    'd/s/z': {},
  });
  expect([...all].map(([id, d]) => [id, d.sending])).toEqual([
    ['d', 'on'],
    ['d/x', 'excluded'],
    ['d/x/below', 'excluded'],
    ['d/s', 'on'],
    ['d/s/y', 'excluded'],
    ['d/s/z', 'on'],
  ]);
  expect(all.get('d/s/z')?.settings.excludedDomainIds).toEqual(['x', 'y']);
});

test('a domain does not exclude itself, nor one that is not below it', () => {
  const all = tree({
    d: on,
    'd/a': { settings: { excludedDomainIds: ['a', 'b', 'd'] } },
    'd/b': {},
  });
  expect([...all.values()].map((d) => d.sending)).toEqual(['on', 'on', 'on']);
});

test('a pause stops its subtree; what was decided is said before it', () => {
  const all = tree({
    d: { ...on, settings: { passbackEnabled: true, excludedDomainIds: ['x'] } },
    'd/p': { paused: true },
    'd/p/below': {},
    'd/p/none': { connection: false },
    'd/p/off': { settings: { passbackEnabled: false } },
    'd/x': { paused: true },
  });
  expect(Object.fromEntries([...all].map(([id, d]) => [id, d.sending]))).toEqual({
    d: 'on',
    'd/p': 'paused',
    'd/p/below': 'paused',
    'd/p/none': 'noConnection',
    'd/p/off': 'off',
    'd/x': 'excluded',
  });
});

test('mappings merge down the tree, the nearest default counts, and so does the nearest time zone', () => {
  const all = tree({
    d: { timeZone: 'America/Chicago', mapping: { default: 'one', map: { homework: 'a', tests: 'b' } } },
    'd/s': { mapping: { map: { tests: 'c' } } },
    'd/t': { timeZone: 'America/Denver', mapping: { default: 'two', map: {} } },
  });
  expect(all.get('d/s')).toMatchObject({
    timeZone: 'America/Chicago',
    mapping: { default: 'one', map: { homework: 'a', tests: 'c' } },
  });
  expect(all.get('d/t')).toMatchObject({
    timeZone: 'America/Denver',
    mapping: { default: 'two', map: { homework: 'a', tests: 'b' } },
  });
});

test('what decides only whether and when rows are sent makes no row dirty', () => {
  expect(planningSettings).toEqual(
    expect.arrayContaining(['useCustomIds', 'titleLimit', 'missingScore', 'requirePublished', 'sendFrom']),
  );
  for (const name of ['passbackEnabled', 'excludedDomainIds', 'autoSync', 'maxConcurrentRequests'] as const)
    expect(planningSettings).not.toContain(name);
});

describe('in any tree', () => {
  const settings: fc.Arbitrary<OwnSettings> = fc.record(
    {
      passbackEnabled: fc.constantFrom(true, false, null),
      titleLimit: fc.constantFrom(10, 20, null),
      autoSync: fc.constantFrom(true, false, null),
      excludedDomainIds: fc.oneof(fc.constant(null), fc.subarray(['0', '1', '2', '3', '4', '5'])),
    },
    { requiredKeys: [] },
  );
  const anyTree = fc
    .array(
      fc.record({
        parent: fc.nat(),
        settings,
        paused: fc.boolean(),
        connection: fc.constantFrom(null, false as const, 'k1', 'k2'),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) =>
      parts.map(({ parent, ...own }, i): OwnDomain => ({
        id: String(i),
        key: String(i),
        parentId: i === 0 ? null : String(parent % i),
        timeZone: null,
        mapping: null,
        ...own,
      })),
    );
  const checked = (
    check: (
      is: InForce,
      own: OwnDomain,
      above: InForce | undefined,
      all: Map<string, InForce>,
      own_: Map<string, OwnDomain>,
    ) => void,
  ) =>
    fc.assert(
      fc.property(anyTree, (domains) => {
        const all = new Map(inForce(domains).map((d) => [d.id, d]));
        const byId = new Map(domains.map((d) => [d.id, d]));
        expect(all.size).toBe(domains.length);
        for (const own of domains)
          check(all.get(own.id)!, own, own.parentId === null ? undefined : all.get(own.parentId), all, byId);
      }),
    );

  test('nothing is sent under an off, an exclusion or a pause, or without a connection', () => {
    checked((is, _own, _above, all, byId) => {
      if (is.sending !== 'on') return;
      expect(is.connectionId).not.toBeNull();
      expect(is.settings.passbackEnabled).toBe(true);
      is.path.forEach((id, depth) => {
        expect(byId.get(id)).toMatchObject({ paused: false });
        expect(byId.get(id)?.settings.passbackEnabled).not.toBe(false);
        for (const higher of is.path.slice(0, depth))
          expect(byId.get(higher)?.settings.excludedDomainIds ?? []).not.toContain(id);
        expect(all.has(id)).toBe(true);
      });
    });
  });

  test('every field is the domain’s own, or its parent’s, or the default', () => {
    checked((is, own, above, _all, byId) => {
      const offAbove = is.path.slice(0, -1).some((id) => byId.get(id)?.settings.passbackEnabled === false);
      for (const name of settingNames) {
        if (name === 'excludedDomainIds') continue;
        // off anywhere above wins: what stands here has no say
        const value = name === 'passbackEnabled' && offAbove ? undefined : own.settings[name];
        const expected =
          value === undefined
            ? (above?.settings[name] ?? defaultSettings[name])
            : (value ?? defaultSettings[name]);
        expect(is.settings[name]).toEqual(expected);
        expect(is.origins[name]).toBe(value === undefined ? above?.origins[name] : own.key);
      }
    });
  });

  test('a child has all exclusions of its parent, and its path is its parent’s and itself', () => {
    checked((is, own, above) => {
      expect(is.settings.excludedDomainIds).toEqual(
        expect.arrayContaining(above?.settings.excludedDomainIds ?? []),
      );
      expect(is.path).toEqual([...(above?.path ?? []), own.id]);
    });
  });
});
