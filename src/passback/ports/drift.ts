/** How far the SIS has come away from what it acknowledged. */
import type { Items, Page, Scope } from './callers.ts';

export interface DriftCounts {
  same: number;
  ownForm: number;
  changed: number;
  missing: number;
  notRead: number;
}

export interface DriftView {
  classId: string;
  title: string;
  readAt: string | null;
  /** it is about to be read */
  reading: boolean;
  counts: DriftCounts;
}

export interface Drift {
  /** every class of the subtree is read soon; leftOut: where nothing may be sent, or that are not linked */
  audit(scope: Scope, domainKey: string): Promise<{ classes: number; leftOut: number }>;
  report(scope: Scope, domainKey: string, page: Page): Promise<Items<DriftView>>;
}
