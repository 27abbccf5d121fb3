/**
 * An SIS that keeps to OneRoster 1.1: one root for everything; a lineItem has its grading period and its points, a
 * result has its score; no school, no flags (late, missing), no lists of categories by class.
 */
import type { EffectiveSettings } from '../gradebook/settings.ts';
import { usualConnection, type Profile, type ProfileConnection } from './profile.ts';

export const usualConnection1p1: ProfileConnection = {
  ...usualConnection,
  oneRosterVersion: '1.1',
  addresses: ['https://sis.example.org/ims/oneroster/v1p1'],
};

/** What 1.1 requires of every SIS that speaks it. */
export const settings1p1 = {
  gradingPeriod: 'fromDueDate',
  exemptScore: 'zero',
  withoutScore: 'skip',
} satisfies Partial<EffectiveSettings>;

export const spec1p1: Profile = {
  name: 'spec-1p1',
  title: 'OneRoster 1.1 (as specified)',
  sources: [
    '1EdTech OneRoster 1.1: REST specification, LineItem and Result (gradingPeriod, resultValueMin, resultValueMax and score are required)',
    'LongsightGroup/oneroster (tables taken from the 1.1 specification)',
    'Canvas: the score of OneRoster is a number, so an excused one is sent as 0 with "exempt" (community.canvaslms.com m-p/581904)',
  ],
  settings: settings1p1,
  weak: [],
  connection: usualConnection1p1,
  categories:
    'One that the SIS lists; 1.1 has no lists by class, so all are read, and `metadata.classId` is heeded where it is there.',
  errors:
    'A `statusInfoSet` whose code minor is a plain string (`invalid data`); some servers put warnings beside the data of a 200.',
  notes: [
    'Late, missing and incomplete cannot be told; the score goes without them.',
    'A score that was removed here cannot be removed there.',
    'Scopes are those of `or/v1p1`; SISs that spell them with http:// are asked so too.',
  ],
};
