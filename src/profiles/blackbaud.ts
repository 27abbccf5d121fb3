/** Blackbaud Education Management. */
import type { Profile } from './profile.ts';
import { settings1p1, usualConnection1p1 } from './spec-1p1.ts';

export const blackbaud: Profile = {
  name: 'blackbaud',
  title: 'Blackbaud Education Management',
  sources: [
    'community.blackbaud.com discussion 67729 (which values are refused, and that no reason is given)',
    'community.blackbaud.com discussion 69498 (submitted and partially graded become fully graded; not submitted is shown as Missing; a grade typed in Blackbaud is kept)',
    'community.blackbaud.com comments 289941 (LineItemHasGradingScale), 310181 (11:59 PM is the next day in UTC)',
    'ed.link providers/blackbaud (category required; nothing can be deleted; work goes to the lead section)',
  ],
  settings: {
    ...settings1p1,
    overMax: 'block',
    dueDateOutside: 'block',
    blank: 'keep',
    submitted: 'skip',
    notSubmitted: 'skip',
    partiallyGraded: 'skip',
    dueDateForm: 'noonUtc',
    scoreDateBeforeAssigned: 'assignDate',
  },
  weak: ['overMax', 'dueDateOutside', 'dueDateForm', 'scoreDateBeforeAssigned', 'notSubmitted', 'blank'],
  connection: {
    ...usualConnection1p1,
    addresses: ['https://api.sky.blackbaud.com/afe-rostr/ims/oneroster/v1p1'],
  },
  categories: 'Required; lists of a class are not offered.',
  errors:
    'Most are a bare "failure, error" without a reason: usual causes are dates outside the grading period, a student who is not enrolled, a score outside the points, or a grade typed in Blackbaud.',
  notes: [
    'A grade that a person has typed there can no longer be changed from here.',
    'Assignments and categories cannot be deleted.',
  ],
};
