import { readFile } from 'node:fs/promises';
import { profilesDocument } from '../../scripts/profiles-doc.ts';
import { serviceRoots, versionNamed } from '../../src/gradebook/service-roots.ts';
import { settingFields, type SettingName } from '../../src/gradebook/settings.ts';
import { defaultsOf, missingHeaders, profileOf, profiles } from '../../src/profiles/index.ts';

test('every profile that a domain may choose is there under its own name, with its sources', () => {
  expect(Object.keys(profiles)).toEqual(settingFields.profile.options);
  for (const name of settingFields.profile.options) {
    expect(profileOf(name).name).toBe(name);
    expect(profileOf(name).sources).not.toHaveLength(0);
  }
});

test('the defaults of every profile are valid settings', () => {
  for (const name of settingFields.profile.options)
    for (const [setting, value] of Object.entries(defaultsOf(name)))
      if (value !== null)
        expect(settingFields[setting as SettingName].safeParse(value).error).toBeUndefined();
});

test('a profile that only a newer release knows is as specified', () => {
  const unknown = 'an-sis-of-next-year' as 'spec';
  expect(defaultsOf(unknown)).toEqual({ ...defaultsOf('spec'), profile: unknown });
});

test('what is doubted is something that the profile says', () => {
  for (const { name, weak, settings, connection } of Object.values(profiles)) {
    const said = [...Object.keys(settings), ...Object.keys(connection)];
    for (const doubted of weak) expect([name, said]).toEqual([name, expect.arrayContaining([doubted])]);
  }
});

test('every address that is given as an example leads to roots of the version that it names, or the profile', () => {
  for (const { connection } of Object.values(profiles))
    for (const [address] of connection.addresses.flatMap((text) => [...text.matchAll(/https:\S+/g)])) {
      const version = versionNamed(address) ?? connection.oneRosterVersion;
      expect(serviceRoots(address, null, version).gradebookUrl).toContain(address.split('/ims/')[0]);
    }
});

test('a header that an SIS wants is missing until it is given, in whatever letters', () => {
  expect(missingHeaders('infinite-campus', [])).toMatchObject([{ name: 'x-vendor-authorization' }]);
  expect(missingHeaders('infinite-campus', ['X-Vendor-Authorization'])).toEqual([]);
  expect(missingHeaders('spec', [])).toEqual([]);
});

test('no profile decides what is for people to decide', () => {
  const theirs: SettingName[] = [
    'passbackEnabled',
    'autoSync',
    'sisName',
    'useCustomIds',
    'excludedDomainIds',
  ];
  for (const { settings } of Object.values(profiles))
    expect(theirs.filter((name) => name in settings)).toEqual([]);
});

test('docs/profiles.md is the profiles as they are (node scripts/profiles-doc.ts)', async () => {
  const written = await readFile(new URL('../../docs/profiles.md', import.meta.url), 'utf8');
  expect(written).toBe(profilesDocument());
});
