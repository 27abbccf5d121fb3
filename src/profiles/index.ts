/** The list of SISs: one line each. */
import { defaultSettings, type EffectiveSettings } from '../gradebook/settings.ts';
import { aeries } from './aeries.ts';
import { blackbaud } from './blackbaud.ts';
import { genesis } from './genesis.ts';
import { infiniteCampus } from './infinite-campus.ts';
import { powerschool } from './powerschool.ts';
import type { Profile } from './profile.ts';
import { skyward } from './skyward.ts';
import { spec1p1 } from './spec-1p1.ts';
import { spec } from './spec.ts';

export const profiles: Readonly<Record<EffectiveSettings['profile'], Profile>> = {
  spec,
  'spec-1p1': spec1p1,
  powerschool,
  'infinite-campus': infiniteCampus,
  genesis,
  skyward,
  aeries,
  blackbaud,
};

/** The profile of that name; one that only a newer release knows, beside which we still run, is as specified. */
export function profileOf(name: EffectiveSettings['profile']): Profile {
  return (profiles as Partial<typeof profiles>)[name] ?? spec;
}

/** Every setting as it is where no domain sets anything: the product's defaults, then the SIS's. */
export function defaultsOf(name: EffectiveSettings['profile']): EffectiveSettings {
  return { ...defaultSettings, ...profileOf(name).settings, profile: name };
}

/** The headers that this SIS wants and that are not among `given`. */
export function missingHeaders(name: EffectiveSettings['profile'], given: readonly string[]) {
  const there = new Set(given.map((header) => header.toLowerCase()));
  return profileOf(name).connection.requiredHeaders.filter((header) => !there.has(header.name));
}
