/** An SIS that keeps to the specification; every other profile says how it departs from this one. */
import { usualConnection, type Profile } from './profile.ts';

export const spec: Profile = {
  name: 'spec',
  title: 'OneRoster 1.2 (as specified)',
  sources: [
    '1EdTech OneRoster 1.2: Gradebook Service, REST/JSON binding and OpenAPI file',
    '1EdTech Security Framework 1.0 (client credentials, HTTP Basic)',
  ],
  settings: {},
  weak: [],
  connection: { ...usualConnection, clientAuthMethod: 'basic' },
  categories: 'One that the SIS lists for the class.',
  errors: 'One imsx_StatusInfo object with a code minor (`invaliddata`, `unknownobject` …).',
  notes: [],
};
