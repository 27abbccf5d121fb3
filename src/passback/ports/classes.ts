/** Classes, rosters, category mapping. */
import type { CopiedMapping } from '../../gradebook/copy-mapping.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type {
  CategoryMapping,
  ClassInput,
  RosterInput,
  StudentInput,
  SyncSettingsInput,
} from '../../gradebook/local.ts';
import type { Items, Page, Put, Scope } from './callers.ts';

export interface ClassView extends Required<ClassInput> {
  classId: string;
  /** fields that were read of the SIS, for the LMS gave none */
  fromSis: string[];
}

export interface StudentView extends Required<StudentInput> {
  studentId: string;
  fromSis: string[];
}

export interface Classes {
  /** `text`: somewhere in the title, or one of its ids */
  list(
    scope: Scope,
    filter: { domainId: string | null; text: string | null },
    page: Page,
  ): Promise<Items<ClassView>>;
  get(scope: Scope, key: string): Promise<ClassView>;
  put(scope: Scope, key: string, input: ClassInput): Promise<Put<ClassView>>;
  remove(scope: Scope, key: string): Promise<void>;
  mapping(scope: Scope, key: string): Promise<CategoryMapping>;
  /** `ifTag` (also below): STALE when what stands there is not what was read (contentTag); null: not asked for */
  putMapping(
    scope: Scope,
    key: string,
    mapping: CategoryMapping,
    ifTag: string | null,
  ): Promise<CategoryMapping>;
  syncSettings(scope: Scope, key: string): Promise<SyncSettingsInput>;
  putSyncSettings(
    scope: Scope,
    key: string,
    input: SyncSettingsInput,
    ifTag: string | null,
  ): Promise<SyncSettingsInput>;
  /** what is in force for it, and when it goes by itself */
  sending(scope: Scope, key: string): Promise<ClassSending>;
  /** the SIS is asked soon what it holds of this class; how many lineItems that is */
  readBack(scope: Scope, key: string): Promise<{ lineItems: number }>;
  /** as read today, else read now through the lane; each local category with what it maps to and how */
  sisCategories(scope: Scope, key: string, refresh: boolean): Promise<SisCategoriesView>;
  /** before copying: reads those of `others` that were not read today; what cannot be read stays unread */
  readCategories(scope: Scope, key: string, others: string[]): Promise<void>;
  /** its mapping for these classes too, by title where ids differ */
  copyMapping(scope: Scope, key: string, to: string[]): Promise<MappingCopy[]>;
  students(scope: Scope, key: string, page: Page): Promise<Items<StudentView>>;
  student(scope: Scope, key: string, studentKey: string): Promise<StudentView>;
  putStudent(scope: Scope, key: string, studentKey: string, input: StudentInput): Promise<Put<StudentView>>;
  removeStudent(scope: Scope, key: string, studentKey: string): Promise<void>;
  /** the whole roster: absent students become inactive; CONFIRM_NEEDED for more than a fifth (and more than 5) */
  putRoster(
    scope: Scope,
    key: string,
    input: RosterInput,
    confirm: boolean,
  ): Promise<{ active: number; created: number; updated: number; deactivated: number }>;
}

export interface ClassSending {
  sending: 'on' | 'off' | 'excluded' | 'paused' | 'noConnection';
  /** to a class of the SIS */
  linked: boolean;
  /** the school's */
  timeZone: string;
  automatic: {
    on: boolean;
    /** what holds where the class says `inherit` */
    byDomain: boolean;
    gatherSeconds: number;
    /** until somebody has confirmed the first sync of the class */
    firstWaits: boolean;
  };
  /** when the next schedule takes it along */
  nextScheduledAt: string | null;
  conflictPolicy: 'ask' | 'lmsWins' | 'keepSis';
  /** characters that the SIS allows a title; null: as many as it likes */
  titleLimit: number | null;
}

export interface MappingCopy extends Omit<CopiedMapping, 'mapping'> {
  classId: string;
}

export interface SisCategoriesView {
  /** formerly: what it was called when somebody last saved the mapping; null: the same */
  items: { sourcedId: string; title: string; formerly: string | null }[];
  readAt: string;
  suggestions: {
    categoryId: string;
    title: string;
    sourcedId: string | null;
    how: 'mapped' | 'domain' | 'sameName' | 'default' | null;
    /** why it maps to none */
    reason: ReasonText | null;
    /** others whose names are like it, the likeliest first */
    similar: { sourcedId: string; title: string }[];
  }[];
}
