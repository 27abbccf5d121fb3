/** What the test of a saved connection found out: kept with it, and carried to what is planned (in-force.ts). */
import type { Database } from './database.ts';
import { applyInForce, lockClasses, lockTenant } from './in-force.ts';
import type { DomainRow } from './scope.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import {
  keptCapabilities,
  mergedCapabilities,
  provedSettings,
  type Capabilities,
} from '../gradebook/capabilities.ts';
import type { Scope } from '../passback/ports/callers.ts';

/** The connection in force in a domain as it is when its test begins; what is found belongs to that revision alone. */
export interface Tested {
  connectionId: string;
  revision: number;
}

export async function beginTest(db: Database, domain: DomainRow): Promise<Tested | null> {
  const [row] = await db.rows<{ id: string; revision: number }>(
    `SELECT id, revision FROM connection WHERE id = $1`,
    [domain.connection_id],
  );
  return row ? { connectionId: row.id, revision: row.revision } : null;
}

/**
 * The token URL and the way to sign in that answered: the lane begins with them instead of trying again. The rest is
 * kept only by who may change the settings of the connection: it has a say in what every domain under it sends.
 */
export async function keepTest(
  db: Database,
  scope: Scope,
  { connectionId, revision }: Tested,
  found: Capabilities,
): Promise<void> {
  await db.transaction(async (sql) => {
    await lockTenant(sql, scope.tenantId);
    const [row] = await sql.rows<{ domain_id: string; mine: boolean; capabilities: unknown }>(
      `SELECT k.domain_id, $3::bigint IS NULL OR d.path @> ARRAY[$3::bigint] AS mine, k.capabilities
         FROM connection k JOIN domain d ON d.id = k.domain_id WHERE k.id = $1 AND k.revision = $2`,
      [connectionId, revision, scope.domainId],
    );
    if (!row) return;
    const { tokenUrl, clientAuthMethod } = found;
    const learned = { ...(tokenUrl && { tokenUrl }), ...(clientAuthMethod && { clientAuthMethod }) };
    await lockClasses(sql, row.domain_id);
    const before = keptCapabilities(row.capabilities);
    const after = row.mine ? mergedCapabilities(before, found) : before;
    await sql.rows(`UPDATE connection SET learned = learned || $2, capabilities = $3 WHERE id = $1`, [
      connectionId,
      JSON.stringify(learned),
      JSON.stringify(after),
    ]);
    const same = canonicalHash(provedSettings(before)) === canonicalHash(provedSettings(after));
    if (!same) await applyInForce(sql, scope.tenantId);
  });
}
