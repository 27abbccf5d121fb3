import { chooseCategory } from '../../src/gradebook/categories.ts';
import { aClass } from './facts.ts';

const full = aClass({
  mapping: { default: 'class-default', map: { hw: 'by-class' } },
  domainMapping: { default: 'domain-default', map: { homework: 'by-domain' } },
  sisCategories: ['override', 'by-class', 'by-domain', 'class-default', 'domain-default']
    .map((sourcedId) => ({ sourcedId, title: sourcedId }))
    .concat({ sourcedId: 'by-name', title: 'HOMEWORK ' }),
});

test('the nearest choice wins: override, class, domain, name, class default, domain default', () => {
  const cls = structuredClone(full);
  const found = (override: string | null = null) => {
    const choice = chooseCategory(cls, 'hw', override);
    return choice.found ? `${choice.how}: ${choice.sourcedId}` : choice;
  };
  expect(found('override')).toBe('override: override');
  expect(found()).toBe('mapped: by-class');
  cls.mapping.map = {};
  expect(found()).toBe('domain: by-domain');
  cls.domainMapping.map = {};
  expect(found()).toBe('sameName: by-name');
  cls.sisCategories = cls.sisCategories?.filter((c) => c.sourcedId !== 'by-name') ?? null;
  expect(found()).toBe('default: class-default');
  cls.mapping.default = null;
  expect(found()).toBe('default: domain-default');
  cls.domainMapping.default = null;
  expect(found()).toMatchObject({
    found: false,
    reason: { code: 'CAT_MISSING', params: { category: 'Homework' } },
  });
});

test('two SIS categories of the same name: only a person can choose', () => {
  const twice = [
    { sourcedId: 'a', title: 'Homework' },
    { sourcedId: 'b', title: 'homework' },
  ];
  expect(chooseCategory(aClass({ sisCategories: twice }), 'hw')).toMatchObject({
    reason: { code: 'CAT_MISSING' },
  });
});

test('a choice that the SIS no longer lists is not replaced by another silently', () => {
  const cls = aClass({ mapping: { default: 'sis-quiz', map: { hw: 'gone' } } });
  expect(chooseCategory(cls, 'hw')).toMatchObject({ reason: { code: 'CAT_NOT_FOUND' } });
  expect(chooseCategory(cls, 'hw', 'gone too')).toMatchObject({ reason: { code: 'CAT_NOT_FOUND' } });
});

test('a choice is believed where the SIS lists no categories, and before they are read', () => {
  const mapping = { default: null, map: { hw: 'x' } };
  for (const sisCategories of [[], null])
    expect(chooseCategory(aClass({ mapping, sisCategories }), 'hw')).toMatchObject({
      found: true,
      sourcedId: 'x',
    });
});

test('only a comparison of names needs the categories of the SIS', () => {
  expect(chooseCategory(aClass({ sisCategories: null }), 'hw')).toEqual({ found: false, needsRead: true });
  expect(chooseCategory(aClass({ sisCategories: null }), 'not a category of ours')).toMatchObject({
    reason: { code: 'CAT_MISSING' },
  });
});

test('ids that are names of object internals are ordinary ids', () => {
  expect(chooseCategory(aClass(), 'constructor')).toMatchObject({ reason: { code: 'CAT_MISSING' } });
});

describe('what the SIS has renamed', () => {
  const sisCategories = [
    { sourcedId: 'a', title: 'Practice' },
    { sourcedId: 'constructor', title: 'Tests' },
  ];
  const categoryTitles = { a: 'Homework' };
  test('is the same category still, and is told', () => {
    const mapping = { default: null, map: { hw: 'a', tests: 'constructor' } };
    const cls = aClass({ mapping, sisCategories, categoryTitles });
    const renamed = { from: 'Homework', to: 'Practice' };
    expect(chooseCategory(cls, 'hw')).toEqual({ found: true, sourcedId: 'a', how: 'mapped', renamed });
    expect(chooseCategory(cls, 'tests')).toEqual({ found: true, sourcedId: 'constructor', how: 'mapped' });
  });
  test('is found by its former name, unless another one bears that now', () => {
    const cls = aClass({ sisCategories, categoryTitles });
    expect(chooseCategory(cls, 'hw')).toMatchObject({ sourcedId: 'a', how: 'sameName' });
    const another = [...sisCategories, { sourcedId: 'b', title: 'homework' }];
    expect(chooseCategory({ ...cls, sisCategories: another }, 'hw')).toEqual({
      ...{ found: true, sourcedId: 'b', how: 'sameName' },
    });
  });
  test('and then removed is told by the name that people know', () => {
    const cls = aClass({
      mapping: { map: { hw: 'gone' } },
      sisCategories,
      categoryTitles: { gone: 'Essays' },
    });
    expect(chooseCategory(cls, 'hw')).toEqual({
      found: false,
      reason: { code: 'CAT_NOT_FOUND', params: { category: 'Essays', available: 'Practice, Tests' } },
    });
  });
});
