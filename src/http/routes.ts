/** The table of all endpoints under /v1: what is registered, authorised, documented and tested. */
import { auditRoutes } from './audit.ts';
import { classRoutes } from './classes.ts';
import { conflictRoutes } from './conflicts.ts';
import { deletionRoutes } from './deletions.ts';
import { domainRoutes } from './domains.ts';
import { driftRoutes } from './drift.ts';
import { explanationRoutes } from './explanation.ts';
import { exportRoutes } from './export.ts';
import { idMappingRoutes } from './id-mappings.ts';
import { keyRoutes } from './keys.ts';
import { lineItemRoutes } from './line-items.ts';
import { linkRoutes } from './links.ts';
import { ltiPlatformRoutes } from './lti-platforms.ts';
import { mappingRoutes } from './mapping.ts';
import { problemRoutes } from './problems.ts';
import { resultRoutes } from './results.ts';
import { ownTokenRoutes } from './own-tokens.ts';
import { rosterPullRoutes } from './roster-pulls.ts';
import type { Route } from './route.ts';
import { scheduleRoutes } from './schedules.ts';
import { sessionRoutes } from './sessions.ts';
import { settingsRoutes } from './settings.ts';
import { signInSettingsRoutes } from './sign-in-settings.ts';
import { sisProfileRoutes } from './sis-profiles.ts';
import { snapshotRoutes } from './snapshots.ts';
import { standingRoutes } from './standing.ts';
import { studentDataRoutes } from './student-data.ts';
import { studentRoutes } from './students.ts';
import { syncHistoryRoutes } from './sync-history.ts';
import { syncRoutes } from './syncs.ts';
import { tokenRoutes } from './tokens.ts';
import { webhookRoutes } from './webhooks.ts';

export const routes: Route[] = [
  ...domainRoutes,
  ...settingsRoutes,
  ...sisProfileRoutes,
  ...keyRoutes,
  ...tokenRoutes,
  ...ownTokenRoutes,
  ...ltiPlatformRoutes,
  ...signInSettingsRoutes,
  ...sessionRoutes,
  ...classRoutes,
  ...standingRoutes,
  ...studentRoutes,
  ...lineItemRoutes,
  ...linkRoutes,
  ...resultRoutes,
  ...syncRoutes,
  ...syncHistoryRoutes,
  ...problemRoutes,
  ...driftRoutes,
  ...scheduleRoutes,
  ...conflictRoutes,
  ...snapshotRoutes,
  ...deletionRoutes,
  ...mappingRoutes,
  ...idMappingRoutes,
  ...rosterPullRoutes,
  ...explanationRoutes,
  ...exportRoutes,
  ...studentDataRoutes,
  ...webhookRoutes,
  ...auditRoutes,
];
