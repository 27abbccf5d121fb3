/** Skyward SMS 2.0. (Skyward Qmlativ keeps closer to the specification: choose `spec` or `spec-1p1`.) */
import type { Profile } from './profile.ts';
import { settings1p1, usualConnection1p1 } from './spec-1p1.ts';

export const skyward: Profile = {
  name: 'skyward',
  title: 'Skyward SMS 2.0',
  sources: [
    'Canvas DOC-5932 (categories must equal a Skyward description; no assignments for single students)',
    'Otus help 4881312 (titles under 50 characters; points in whole numbers; an LMS API licence)',
    'QuizWiz API FAQs, which repeat a Skyward FAQ (invalid assignment group)',
  ],
  settings: { ...settings1p1, titleLimit: 49, wholePoints: 'block', requireWholeClass: true },
  weak: ['oneRosterVersion', 'titleLimit', 'wholePoints', 'requireWholeClass'],
  connection: usualConnection1p1,
  categories:
    'Its name equals the description in Skyward; where two share one, the code is part of it: "Assignments (AST)".',
  errors: 'An unknown category is answered with "invalid assignment group"; the rest is not documented.',
  notes: ['In Skyward, "Use Grade When Posting Secondary Gradebook Assignment Scores" must be unchecked.'],
};
