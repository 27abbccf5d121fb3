import { admit } from '../../src/passback/claim-rules.ts';

const rules = { roleClaim: 'groups', admins: ['Admins'], domainClaim: null, domainMap: {} };
const codeOf = (answer: ReturnType<typeof admit>) => ('refused' in answer ? answer.refused.code : 'in');

test.each<[string, Record<string, unknown>, string]>([
  ['one of the values', { groups: ['Staff', 'Admins'] }, 'in'],
  ['the value alone', { groups: 'Admins' }, 'in'],
  ['a similar one', { groups: ['admins', 'Admins2', 'Admins '] }, 'SIGN_IN_NO_ROLE'],
  ['an object', { groups: { Admins: true } }, 'SIGN_IN_NO_ROLE'],
  ['none', {}, 'SIGN_IN_NO_ROLE'],
])('with %s in the claim', (_what, claims, expected) => {
  expect(codeOf(admit({ sub: 'u', ...claims }, rules))).toBe(expected);
});

test('a claim within a claim is named with dots, a claim of that very name goes first', () => {
  const within = { ...rules, roleClaim: 'realm_access.roles' };
  expect(codeOf(admit({ sub: 'u', realm_access: { roles: ['Admins'] } }, within))).toBe('in');
  expect(
    codeOf(admit({ sub: 'u', 'realm_access.roles': [], realm_access: { roles: ['Admins'] } }, within)),
  ).toBe('SIGN_IN_NO_ROLE');
  expect(codeOf(admit({ sub: 'u' }, { ...rules, roleClaim: 'constructor.name', admins: ['Object'] }))).toBe(
    'SIGN_IN_NO_ROLE',
  );
});

test('the claim of the domain is looked up, and an unknown value is nobody’s', () => {
  const mapped = { ...rules, domainClaim: 'school', domainMap: { n: 'north', s: 'south', n2: 'north' } };
  const of = (school: unknown) => admit({ sub: 'u', groups: 'Admins', school }, mapped);
  expect(of(['n', 'n2', 's', 'x'])).toMatchObject({ domainIds: ['north', 'south'] });
  for (const school of ['x', undefined, '__proto__', 'toString'])
    expect(codeOf(of(school))).toBe('SIGN_IN_NO_DOMAIN');
});

test('nobody in particular is not let in', () => {
  expect(codeOf(admit({ groups: ['Admins'] }, rules))).toBe('SIGN_IN_REFUSED');
});
