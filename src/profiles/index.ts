/** The list of SISs: one line each. */
import { defaultSettings, type EffectiveSettings } from '../gradebook/settings.ts';
import type { Profile } from './profile.ts';
import { spec } from './spec.ts';

export const profiles: Readonly<Record<EffectiveSettings['profile'], Profile>> = {
  spec,
};

/** The profile of that name. */
export function profileOf(name: EffectiveSettings['profile']): Profile {
  return profiles[name];
}

/** Every setting as it is where no domain sets anything: the product's defaults, then the SIS's. */
export function defaultsOf(name: EffectiveSettings['profile']): EffectiveSettings {
  return { ...defaultSettings, ...profileOf(name).settings, profile: name };
}
