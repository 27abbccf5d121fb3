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
import { mappingRoutes } from './mapping.ts';
import { resultRoutes } from './results.ts';
import type { Route } from './route.ts';
import { settingsRoutes } from './settings.ts';
import { snapshotRoutes } from './snapshots.ts';
import { studentDataRoutes } from './student-data.ts';
import { studentRoutes } from './students.ts';
import { syncRoutes } from './syncs.ts';
import { tokenRoutes } from './tokens.ts';

export const routes: Route[] = [
  ...domainRoutes,
  ...settingsRoutes,
  ...keyRoutes,
  ...tokenRoutes,
  ...classRoutes,
  ...studentRoutes,
  ...lineItemRoutes,
  ...linkRoutes,
  ...resultRoutes,
  ...syncRoutes,
  ...driftRoutes,
  ...conflictRoutes,
  ...snapshotRoutes,
  ...deletionRoutes,
  ...mappingRoutes,
  ...idMappingRoutes,
  ...explanationRoutes,
  ...exportRoutes,
  ...studentDataRoutes,
  ...auditRoutes,
];
