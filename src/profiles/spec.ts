/** An SIS that keeps to the specification; every other profile says how it departs from this one. */
import type { Profile } from './profile.ts';

export const spec: Profile = {
  name: 'spec',
  title: 'OneRoster 1.2 (as specified)',
  sources: ['1EdTech OneRoster 1.2: Gradebook Service, REST/JSON binding and OpenAPI file'],
  settings: {},
};
