/** All that we remember, put together: for the HTTP edge (Store) and for the lanes (Lanes). */
import { createAccess } from './access.ts';
import { createAudit } from './audit.ts';
import { createClasses } from './classes.ts';
import { createConflicts } from './conflicts.ts';
import { within, type Database } from './database.ts';
import { createDeletions } from './deletions.ts';
import { createDomains } from './domains.ts';
import { createDrift } from './drift.ts';
import { createEmbedding } from './embedding.ts';
import { createExplanations } from './explanation.ts';
import { createExports } from './export.ts';
import { createGradebook } from './gradebook.ts';
import { createOnce } from './idempotency.ts';
import { createOwnTokens } from './own-tokens.ts';
import { createIdMappings } from './id-mappings.ts';
import { createLanes } from './lanes.ts';
import { createLinks } from './links.ts';
import type { Listener } from './listen.ts';
import { createProblems } from './problems.ts';
import { createScheduleWork } from './schedule-runs.ts';
import { createSchedules } from './schedules.ts';
import type { Seal } from './seal.ts';
import { createLtiPlatforms } from './lti-platforms.ts';
import { createRosterPulls } from './roster-pulls.ts';
import { createSettings } from './settings.ts';
import { createSignInStates } from './sign-in-states.ts';
import { createSignIns } from './sign-ins.ts';
import { createSnapshots } from './snapshots.ts';
import { createStandings } from './standing.ts';
import { createStudentData } from './student-data.ts';
import { createSyncs } from './syncs.ts';
import { createWebhooks } from './webhooks.ts';
import type { Lanes } from '../passback/ports/lanes.ts';
import type { ScheduleWork } from '../passback/ports/schedules.ts';
import type { Sis, SisAddresses } from '../passback/ports/sis.ts';
import type { Store } from '../passback/ports/store.ts';

export interface StoreParts {
  db: Database;
  seal: Seal;
  listener: Listener;
  sis: Pick<Sis, 'test'> & SisAddresses;
}

export function createStore(parts: StoreParts): Store & { lanes: Lanes; scheduleWork: ScheduleWork } {
  return {
    ...forCallers(parts),
    lanes: createLanes(parts.db, parts.seal),
    scheduleWork: createScheduleWork(parts.db),
  };
}

function forCallers(parts: StoreParts): Store {
  const { db, seal, listener, sis } = parts;
  return {
    access: createAccess(db),
    ownTokens: createOwnTokens(db),
    embedding: createEmbedding(db),
    domains: createDomains(db),
    settings: createSettings(db, seal, sis),
    classes: createClasses(db, listener),
    gradebook: createGradebook(db, listener),
    standings: createStandings(db),
    links: createLinks(db, listener),
    syncs: createSyncs(db, listener),
    problems: createProblems(db),
    conflicts: createConflicts(db),
    drift: createDrift(db),
    schedules: createSchedules(db),
    snapshots: createSnapshots(db, listener),
    deletions: createDeletions(db),
    students: createStudentData(db),
    exports: createExports(db),
    explanations: createExplanations(db),
    idMappings: createIdMappings(db),
    rosterPulls: createRosterPulls(db),
    webhooks: createWebhooks(db, seal, sis),
    ltiPlatforms: createLtiPlatforms(db, seal, sis),
    signIns: createSignIns(db, seal, sis),
    signInStates: createSignInStates(db, seal),
    audit: createAudit(db),
    once: createOnce(db),
    transact: (work) => db.transaction((sql) => work(forCallers({ ...parts, db: within(db, sql) }))),
    async ready() {
      try {
        await db.rows(`SELECT 1 FROM domain LIMIT 1`);
        return true;
      } catch {
        return false;
      }
    },
  };
}
