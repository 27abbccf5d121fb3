/** Aeries. */
import type { Profile } from './profile.ts';
import { settings1p1, usualConnection1p1 } from './spec-1p1.ts';

export const aeries: Profile = {
  name: 'aeries',
  title: 'Aeries',
  sources: [
    'support.aeries.com 14000065657, 14000065667 (OneRoster 1.1 only; addresses; which schools have no passback)',
    'support.aeries.com 14000065678 (data sync considerations)',
    'Otus help 6386718, 6386688 (titles under 50 characters; points in whole numbers)',
    'Canvas DOC-12564 and SIS Error Code Dictionary ta-p/535897 (categories by name; error names)',
  ],
  settings: { ...settings1p1, titleLimit: 49, wholePoints: 'block' },
  weak: ['titleLimit', 'wholePoints'],
  connection: {
    ...usualConnection1p1,
    addresses: ['https://aeries.example.org/subdirectory/ims/oneroster/v1p1 (the sub-directory is required)'],
  },
  categories: 'One of the gradebook, by its name.',
  errors:
    'They name the cause: "Grading Category Not Found" (with those that are there), "Student Does Not Belong", "Invalid assignment ID".',
  notes: [
    'Only unlinked gradebooks take scores, and no elementary schools without a master schedule.',
    'Numbers only: no letters, no narrative.',
    'The key needs the right to update gradebook scores.',
  ],
};
