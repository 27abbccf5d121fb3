import type { Settings } from '../../src/pages/answers.ts';
import { kindOf } from '../../src/pages/admin/sis-kind.ts';
import { defaultSettings, settingFields } from '../../src/gradebook/settings.ts';
import { settingsOf, draftOf } from '../../src/pages/admin/draft.ts';
import {
  isEmpty,
  moreGroups,
  moreNames,
  noneOf,
  typedOf,
  valueOf,
} from '../../src/pages/admin/more-fields.ts';

test('every setting of a domain has its place in the form', () => {
  const first = ['passbackEnabled', 'sisName', 'profile', 'autoSync', 'gatherSeconds', 'useCustomIds'];
  const settings = Object.keys(settingFields).filter(
    (name) => ![...first, 'excludedDomainIds'].includes(name),
  );
  expect(settings.filter((name) => !moreNames.has(name))).toEqual([]);
});

test('what is stored is typed, and what is typed is stored, alike', () => {
  const values = [
    ['lines', ['a@b.example', 'c@d.example']],
    ['pairs', { source: 'lms', term: 'a: b' }],
    ['number', 2.5],
    ['yesNo', false],
    ['pull', { create: true }],
    ['day', '2026-08-20T00:00:00Z'],
    ['choice', 'block'],
  ] as const;
  for (const [kind, value] of values) expect(valueOf(kind, typedOf(kind, value))).toEqual(value);
  // nothing typed is nothing set: what is above holds
  for (const kind of ['lines', 'number', 'choice', 'pairs', 'text'] as const)
    expect(valueOf(kind, '  ')).toBeUndefined();
  // the service says what is wrong with it, and at which field
  expect(valueOf('number', 'many')).toBe('many');
});

test('whatever may be none can be said to be none, and left empty it is inherited', () => {
  const noneByDefault = Object.entries(defaultSettings).filter(([, value]) => isEmpty(value));
  const fields = Object.values(moreGroups).flat();
  for (const [name] of noneByDefault) {
    const field = fields.find((one) => one.name === name);
    // reading rosters has a choice of its own for it
    if (!field || field.kind === 'pull') continue;
    expect(isEmpty(noneOf(field))).toBe(true);
    expect(noneOf(field)).toBeDefined();
    expect(
      settingFields[name as keyof typeof settingFields].nullable().safeParse(noneOf(field)).success,
    ).toBe(true);
    expect(valueOf(field.kind, '')).toBeUndefined();
  }
  expect(
    fields
      .filter((field) => noneOf(field) === null)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    noneByDefault
      .flatMap(([name, value]) => (value === null && !['sisName', 'rosterPull'].includes(name) ? [name] : []))
      .sort(),
  );
});

test('a stored header keeps its value unless another is typed, and is never shown', () => {
  const typed = typedOf('secretPairs', { 'x-vendor-authorization': true });
  expect(typed).not.toContain('true');
  expect(valueOf('secretPairs', typed)).toEqual({ 'x-vendor-authorization': true });
  expect(valueOf('secretPairs', 'x-vendor-authorization: key:secret')).toEqual({
    'x-vendor-authorization': 'key:secret',
  });
});

test('only what was changed is put; what is emptied is inherited again', () => {
  const own = { titleLimit: 40, missingScore: 'blank', sisName: 'Maple' };
  const draft = { ...draftOf(own, {}), more: { titleLimit: undefined, overMax: 'cap' } };
  expect(settingsOf(own, draft, new Set(['more']))).toEqual({
    ...{ missingScore: 'blank', sisName: 'Maple', overMax: 'cap' },
  });
});

test('a kind of SIS wants its headers until they are entered, saved or not', () => {
  const profiles = [
    {
      ...{ name: 'infinite-campus', title: 'Infinite Campus', addresses: [], tokenUrl: null, settings: {} },
      ...{
        categories: '',
        notes: [],
        requiredHeaders: [{ name: 'x-vendor-authorization', what: 'the key' }],
      },
    },
  ];
  const missing = (own: Settings, changed: Record<string, unknown>) =>
    kindOf(own, {}, { profile: 'infinite-campus', ...changed }, profiles).missing.length;
  expect(missing({}, {})).toBe(1);
  expect(missing({ extraHeaders: { 'X-Vendor-Authorization': true } }, {})).toBe(0);
  expect(missing({}, { extraHeaders: { 'x-vendor-authorization': 'k:s' } })).toBe(0);
  expect(moreGroups.connection.map(({ name }) => name)).toContain('extraHeaders');
});
