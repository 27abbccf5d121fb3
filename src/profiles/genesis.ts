/** Genesis Student Information System. Little is published about its OneRoster service. */
import { usualConnection, type Profile } from './profile.ts';

export const genesis: Profile = {
  name: 'genesis',
  title: 'Genesis',
  sources: [
    'Canvas to Genesis grade sync schedules (one sync at a time)',
    'support.pascack.org 61000313474; support-sis.genesisedu.com 151000084127 (scheduled passback, merged gradebooks as one class)',
  ],
  settings: { maxConcurrentRequests: 1 },
  weak: ['maxConcurrentRequests', 'oneRosterVersion'],
  connection: usualConnection,
  categories: 'Linked to those of Genesis; the rule is not documented.',
  errors: 'Not documented.',
  notes: [
    'The version is not documented: enter oneRosterVersion or the full address.',
    'Merged gradebooks are one class.',
  ],
};
