/**
 * What we know when we decide: the class, its lineItems, students and results, as the store hands them to the
 * planner. Ids named `…Key` are the LMS's own; `id` is our row.
 */
import type { Reason } from './dictionary.ts';
import type { CategoryMapping, GradingPeriod, LocalCategory, LocalStatus } from './local.ts';
import type { EffectiveSettings, OneRosterVersion } from './settings.ts';
import type { Shown } from './values.ts';

export interface ClassFacts {
  id: string;
  /** key of the tenant (the top-level domain), part of every deterministic sourcedId */
  tenantKey: string;
  key: string;
  title: string;
  sourcedId: string | null;
  customId: string | null;
  /** as the LMS gave it, else as it was read from the SIS class; null: neither yet */
  schoolSourcedId: string | null;
  /** the SIS was asked for the class's school and had none to give */
  schoolMissing: boolean;
  /** the SIS was asked for the class and has none of that id */
  classMissing: boolean;
  published: boolean;
  /** the class's own, else its domain's (inherited), else UTC */
  timeZone: string;
  gradingPeriods: GradingPeriod[];
  categories: LocalCategory[];
  mapping: CategoryMapping;
  /** nearest ancestor's default mapping: by category title (trimmed, lower case) */
  domainMapping: CategoryMapping;
  /** the SIS's categories of this class as last read; null: not read yet */
  sisCategories: { sourcedId: string; title: string }[] | null;
  /** what each of them was called when somebody last looked at it (saved the mapping), or when it was first read */
  categoryTitles: Record<string, string>;
  /** ids of the students that the SIS has in this class; null: not read, or too long ago to say anything */
  sisStudents: string[] | null;
  /** lineItems that the SIS has in this class and that are none of ours, when it was last asked; null or left out: never */
  sisLineItems?: { sourcedId: string; title: string }[] | null;
  /** that was a moment ago, and is all there is: a new lineItem needs no other look */
  lineItemsListed?: boolean;
  /** of the class's lineItems that go to the SIS, what they are called; null: not read, for no setting asks for it */
  titles: TitleEntry[] | null;
  settings: EffectiveSettings;
  /** what the SIS speaks: 1.1 cannot be told everything (line-item.ts, result.ts, wire.ts) */
  oneRosterVersion: OneRosterVersion;
  /** normalised service roots of the connection, for hrefs; null: no connection */
  gradebookUrl: string | null;
  rosteringUrl: string | null;
}

/** What a lineItem that goes to the SIS, or will, is called. */
export interface TitleEntry {
  key: string;
  /** the teacher's title for the SIS, else the LMS's */
  title: string;
  createdAt: Date;
}

/** The duty's counters, the same for lineItems and results. */
export interface Duty {
  id: string;
  version: number;
  /** when this version came into being; `dateLastModified` on the wire */
  versionAt: Date;
  dirtyN: number;
  cleanN: number;
  /** released up to this dirtyN: due means releaseN > cleanN */
  releaseN: number;
  ackedVersion: number;
  /** 0 = the SIS never acknowledged anything for this row */
  ackedHash: string | null;
  /** pinned at first acknowledgement (or allocated by the SIS); null: the deterministic one is used */
  sourcedId: string | null;
  /** what `sourcedId` and the acknowledgement are bound to in the SIS (links.ts); null: not written down */
  linkedTo: string | null;
  /** null: the SIS was not read since, or showed what it acknowledged */
  found: Found | null;
  /** whom the last reading was of, where that is not `linkedTo`; left out: it was */
  seenOf?: SeenOf | null;
  /** a value from a snapshot that stands for this version's; left out: none */
  restored?: Restored | null;
}

/** A value from a snapshot that is held in the SIS in place of what is here (restored.ts). */
export interface Restored {
  /** the version that it was restored over */
  version: number;
  /** what the SIS should hold; null: nothing, as before anything was sent */
  held: Shown | null;
  /** where it was taken from */
  snapshotId: string;
}

/** The one in the SIS that is meant now, as a reading found him there. */
export interface SeenOf {
  linkedTo: string;
  /** under which id the SIS has what it has of him, where that is not ours; null: it is, or there is nothing */
  sourcedId: string | null;
}

/** What the last reading found in the SIS where it was not what we sent. */
export interface Found extends Reason {
  /**
   * altered: the SIS's own form of it, and all is well · foreign: somebody's edit ·
   * overwritten: it was, and has been sent over since · insists: the SIS puts it there whatever we send ·
   * kept: somebody chose the SIS's own · owned: the SIS lets nobody else change it
   */
  how: 'altered' | 'foreign' | 'overwritten' | 'insists' | 'kept' | 'owned';
  /** null: nothing was there */
  shown: Shown | null;
  /** the version that had been acknowledged; of what is kept or owned, the one that it stands against */
  version: number;
  /** whose it is in the SIS; left out: of the one that it was acknowledged for */
  linkedTo?: string;
}

export interface LineItemFacts extends Duty {
  key: string;
  title: string;
  description: string | null;
  categoryKey: string | null;
  assignDate: Date | null;
  dueDate: Date | null;
  resultValueMin: number | null;
  resultValueMax: number | null;
  published: boolean;
  syncToSis: boolean;
  assignedTo: 'everyone' | 'section' | 'individuals';
  gradingPeriodSourcedId: string | null;
  overrides: {
    syncToSis: boolean | null;
    sisTitle: string | null;
    sisDueDate: Date | null;
    sisCategorySourcedId: string | null;
  };
  /** when the LMS first told us of it: the default assignDate */
  createdAt: Date;
  /** the default due date as it was frozen at first send */
  frozenDueDate: Date | null;
  /** `sourcedId` is of one that the SIS had before, chosen by somebody */
  handLinked?: boolean;
}

export interface StudentFacts {
  id: string;
  key: string;
  sourcedId: string | null;
  customId: string | null;
  /** another active student of the class has the same one: nobody can tell whose scores the SIS would show */
  sourcedIdShared: boolean;
  customIdShared: boolean;
  active: boolean;
}

export interface ResultFacts extends Duty {
  lineItemId: string;
  student: StudentFacts;
  /** exact decimal as text */
  score: string | null;
  status: LocalStatus | null;
  late: boolean;
  posted: boolean;
  comment: string | null;
  /** local date or instant as the LMS gave it */
  scoreDate: string | null;
}
