import {
  Capabilities,
  keptCapabilities,
  mergedCapabilities,
  provedSettings,
  untested,
} from '../../src/gradebook/capabilities.ts';

test('what another release wrote, or nobody, is not tried', () => {
  expect(keptCapabilities({})).toEqual(untested);
  expect(keptCapabilities(null)).toEqual(untested);
  const kept = keptCapabilities({
    titleLimit: 50,
    bulkResults: 'telepathy',
    deleteResult: true,
    unheardOf: 1,
  });
  expect(kept).toEqual({ ...untested, titleLimit: 50, deleteResult: true });
  expect(Capabilities.parse(kept)).toEqual(kept);
});

test('a test that tried less takes nothing back; one that tried it again is newer', () => {
  const before = { ...untested, keepsIds: true, longTitle: 'cut', titleLimit: 50, latencyMs: 9 } as const;
  expect(mergedCapabilities(before, { ...untested, readClass: false })).toEqual({
    ...before,
    readClass: false,
  });
  const again = mergedCapabilities(before, { ...untested, longTitle: 'kept', keepsIds: false });
  expect(again).toMatchObject({ longTitle: 'kept', titleLimit: null, keepsIds: false, latencyMs: 9 });
});

test('what is proved of scores stands in place of the default', () => {
  const proved = (found: object) => provedSettings({ ...untested, ...found });
  expect(proved({ overMax: 'kept', exempt: 'kept' })).toEqual({});
  expect(proved({ overMax: 'refused', exempt: 'refused' })).toEqual({ overMax: 'block', excused: 'block' });
  expect(proved({ overMax: 'capped', exempt: 'needsNumber' })).toEqual({
    overMax: 'cap',
    exemptScore: 'zero',
  });
});

test('what is proved of titles stands in place of the default', () => {
  expect(provedSettings(untested)).toEqual({});
  expect(provedSettings({ ...untested, longTitle: 'cut', titleLimit: 50 })).toEqual({ titleLimit: 50 });
  expect(provedSettings({ ...untested, longTitle: 'kept' })).toEqual({ titleLimit: null });
  // refused, and the search came to no end
  expect(provedSettings({ ...untested, longTitle: 'refused' })).toEqual({});
});
