/**
 * What callers of the API may ask of what we remember. Implemented by src/store, used by src/http, wired by main.
 * Every method takes a Scope: nothing outside of it is ever read, changed or told to exist.
 * Methods throw `Refusal` for the caller's faults; anything else thrown is our own fault.
 * A noun is an interface in a file of its own here, and its implementation a file there.
 */
import type { Access } from './access.ts';
import type { Audit } from './audit.ts';
import type { Classes } from './classes.ts';
import type { Conflicts } from './conflicts.ts';
import type { Deletions } from './deletions.ts';
import type { Domains } from './domains.ts';
import type { Drift } from './drift.ts';
import type { Embedding } from './embedding.ts';
import type { Explanations } from './explanations.ts';
import type { Exports } from './exports.ts';
import type { Gradebook } from './gradebook.ts';
import type { IdMappings } from './id-mappings.ts';
import type { Links } from './links.ts';
import type { LtiPlatforms, SignIns, SignInStates } from './sign-in.ts';
import type { Once } from './once.ts';
import type { Problems } from './problems.ts';
import type { OwnTokens } from './own-tokens.ts';
import type { Schedules } from './schedules.ts';
import type { RosterPulls } from './roster-pulls.ts';
import type { Settings } from './settings.ts';
import type { Snapshots } from './snapshots.ts';
import type { Standings } from './standing.ts';
import type { StudentRecords } from './student-data.ts';
import type { Syncs } from './syncs.ts';
import type { Webhooks } from './webhooks.ts';

/** All that the HTTP edge asks for. */
export interface Store {
  access: Access;
  ownTokens: OwnTokens;
  embedding: Embedding;
  domains: Domains;
  settings: Settings;
  classes: Classes;
  gradebook: Gradebook;
  standings: Standings;
  links: Links;
  syncs: Syncs;
  problems: Problems;
  conflicts: Conflicts;
  drift: Drift;
  schedules: Schedules;
  snapshots: Snapshots;
  deletions: Deletions;
  students: StudentRecords;
  exports: Exports;
  explanations: Explanations;
  idMappings: IdMappings;
  rosterPulls: RosterPulls;
  webhooks: Webhooks;
  ltiPlatforms: LtiPlatforms;
  signIns: SignIns;
  signInStates: SignInStates;
  audit: Audit;
  once: Once;
  /** The same store within one transaction: all of `work` happens, or nothing. It may be done again after a deadlock. */
  transact<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** database answers and is migrated */
  ready(): Promise<boolean>;
}
