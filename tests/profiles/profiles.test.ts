import { settingFields, type SettingName } from '../../src/gradebook/settings.ts';
import { defaultsOf, profileOf, profiles } from '../../src/profiles/index.ts';

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
