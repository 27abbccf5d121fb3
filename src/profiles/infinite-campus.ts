/** Infinite Campus with Campus Learning. */
import { usualConnection, type Profile } from './profile.ts';

export const infiniteCampus: Profile = {
  name: 'infinite-campus',
  title: 'Infinite Campus',
  sources: [
    'kb.infinitecampus.com: Connecting to OneRoster grade book endpoints (addresses, x-vendor-authorization)',
    'kb.infinitecampus.com: Guidelines for OneRoster API consumers (one request at a time at peak, at most 5 off peak; secrets expire after a year)',
    'Canvas guides 1331938, 1331936 and Canvas to Infinite Campus (titles of 30 characters; unique names; due date in an open grading period; no assignments for single students)',
    'Otus help (points in whole numbers)',
    'Canvas SIS Error Code Dictionary ta-p/535897',
  ],
  settings: {
    titleLimit: 30,
    duplicateTitle: 'number',
    dueDateOutside: 'block',
    wholePoints: 'block',
    requireWholeClass: true,
    maxConcurrentRequests: 1,
  },
  weak: ['wholePoints'],
  connection: {
    ...usualConnection,
    addresses: [
      'https://district.infinitecampus.com/campus/api/ims/oneroster/gradebook/v1p2',
      'https://district.infinitecampus.com/campus/api/ims/oneroster/rostering/v1p1 (OneRoster 1.1, as GG4L enters it)',
    ],
    tokenUrl: 'https://district.infinitecampus.com/campus/oauth2/token',
    requiredHeaders: [
      {
        name: 'x-vendor-authorization',
        what: 'the key and secret of the Digital Learning Partner, as key:secret',
      },
    ],
  },
  categories:
    'One of Campus; some districts file every assignment as uncategorized, and the teacher gives it its category there.',
  errors:
    'They name the step: "Assignment Dates Error", "Could Not Determine Class or Grading Period", "Unable to Process Score".',
  notes: [
    'Without the partner’s header every gradebook call is answered with 401.',
    'The grading window must be open; an assignment outside of it is refused.',
    'The secret expires after a year.',
    'Off peak up to 5 requests at once are allowed: raise maxConcurrentRequests where the district agrees.',
  ],
};
