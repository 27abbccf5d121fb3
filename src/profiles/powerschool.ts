/** PowerSchool SIS with PowerTeacher Pro. */
import { usualConnection, type Profile } from './profile.ts';

export const powerschool: Profile = {
  name: 'powerschool',
  title: 'PowerSchool SIS (PowerTeacher Pro)',
  sources: [
    'Canvas: PowerSchool grade passback, questions and answers; help m-p/247329 (titles of 30 characters; sections or everyone; due date inside the term; a name that exists is not sent again)',
    'Houston ISD, Page/195467 (titles of 30 characters); Schoology and Otus say 50',
    'Otus help 3670063, 4512112 (whole numbers as points)',
    'Canvas m-p/581904 (excused is shown as 0 and does not count)',
    'Canvas SIS Error Code Dictionary ta-p/535897 (403 Forbidden Rate Limit, 409 Due Date Error, 409 Assignment is Locked …)',
    'GG4L: Activate grade sync with PowerSchool (scoreType POINTS, else PowerSchool takes a grade scale)',
    'ed.link providers/powerschool; PowerSchool developer pages (OAuth 2, HTTP Basic, /oauth/access_token)',
    'An issue that quotes PowerSchool on OneRoster 1.2 certification; Canvas uses 1.1',
  ],
  settings: {
    titleLimit: 30,
    duplicateTitle: 'number',
    dueDateOutside: 'block',
    wholePoints: 'block',
    requireWholeClass: true,
    lineItemMetadata: { scoreType: 'POINTS' },
  },
  weak: ['oneRosterVersion', 'wholePoints', 'lineItemMetadata'],
  connection: {
    ...usualConnection,
    addresses: ['the Universal Rostering address that the plugin page shows'],
    tokenUrl: 'https://powerschool.example.org/oauth/access_token',
    clientAuthMethod: 'basic',
  },
  categories: 'It must exist in PowerSchool and be active for the teacher; a renamed one is another one.',
  errors:
    'They name the field: "409 Teacher Category ID", "409 Due Date Error"; "403 Forbidden Rate Limit" is no refusal but a request to slow down.',
  notes: [
    'Some sources say that titles of 50 characters are taken: raise titleLimit where that is so.',
    'An excused student is shown with a 0 that does not count.',
  ],
};
