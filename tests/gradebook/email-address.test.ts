import { EmailAddress } from '../../src/gradebook/local.ts';

test('an e-mail address has a domain that there can be, of labels that neither begin nor end with a hyphen', () => {
  const taken = ['ann@example.org', "o'hara+sis@k12.il.us", 'a.b_c-d@sub-1.example.school'];
  const refused = [
    'ann@example-.org',
    'ann@-example.org',
    'ann@example',
    'ann..b@example.org',
    '.ann@example.org',
  ];
  const local = ['ann@example.org\n', 'ann@exam ple.org', '@example.org', `ann@${'x'.repeat(64)}.org`];
  expect(taken.filter((address) => !EmailAddress.safeParse(address).success)).toEqual([]);
  expect([...refused, ...local].filter((address) => EmailAddress.safeParse(address).success)).toEqual([]);
});
