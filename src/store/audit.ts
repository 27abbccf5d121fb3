/** The audit trail: who did what, where and when. A trigger of the database refuses to change or delete what stands in it. */
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowId, rowUuid } from './pages.ts';
import { findDomain } from './scope.ts';
import type { AuditAction } from '../passback/audit-actions.ts';
import type { Actor, Audit, AuditEntry, AuditView, Place } from '../passback/ports/audit.ts';
import type { Scope } from '../passback/ports/callers.ts';

export function createAudit(db: Database): Audit {
  return {
    add: (entry) => addAudit(db, entry),
    place: (scope, ids) => placeOf(db, scope, ids),

    async list(scope, domainKey, { since, action }, page) {
      const within = scope === null || domainKey === null ? null : await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowId]);
      // at the top of a tenant also what was done to domains that are gone since
      const rows = await db.rows<Row>(
        `SELECT a.*, t.key AS tenant_key, d.key AS domain_key FROM audit a
           LEFT JOIN domain t ON t.id = a.tenant_id LEFT JOIN domain d ON d.id = a.domain_id
          WHERE ($1::bigint IS NULL OR a.tenant_id = $1) AND ($2::bigint IS NULL OR d.path @> ARRAY[$2::bigint])
            AND ($3::timestamptz IS NULL OR a.at >= $3) AND ($4::text IS NULL OR a.action = $4)
            AND ($5::bigint IS NULL OR a.id < $5)
          ORDER BY a.id DESC LIMIT $6`,
        [
          scope?.tenantId ?? null,
          within === null || within.parent_id === null ? null : within.id,
          since ?? null,
          action ?? null,
          after?.[0] ?? null,
          page.limit + 1,
        ],
      );
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },
  };
}

/** Where there is a transaction of the change, `sql` is it. */
export async function addAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql.rows(
    `INSERT INTO audit (tenant_id, domain_id, actor, actor_kind, key_id, action, subject, detail, request_id, address)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      entry.place?.tenantId ?? null,
      entry.place?.domainId ?? null,
      entry.by.name,
      entry.by.kind,
      entry.by.keyId,
      entry.action,
      JSON.stringify(entry.subject),
      JSON.stringify(entry.detail),
      entry.requestId,
      entry.address,
    ],
  );
}

/** What the command line or a start of the service did. */
export const bySystem = (name: string): Pick<AuditEntry, 'by' | 'requestId' | 'address'> => ({
  by: { kind: 'system', name, keyId: null },
  requestId: null,
  address: null,
});

const inScope = `($2::bigint IS NULL OR d.tenant_id = $2) AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`;
const ofClass = `${inScope} AND ($4::text[] IS NULL OR c.key = ANY($4))`;
/** The most exact id first; a domain that a root key names without a tenant is one. */
const places: [id: string, shape: Pick<RegExp, 'test'>, text: string][] = [
  [
    'classId',
    /^/,
    `SELECT d.tenant_id, d.id FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.key = $1 AND ${ofClass}`,
  ],
  [
    'syncId',
    rowUuid,
    `SELECT d.tenant_id, d.id FROM sync s JOIN class c ON c.id = s.class_id JOIN domain d ON d.id = c.domain_id
      WHERE s.id = $1::uuid AND ${ofClass}`,
  ],
  [
    'snapshotId',
    rowUuid,
    `SELECT d.tenant_id, d.id FROM snapshot x JOIN sync s ON s.id = x.id JOIN class c ON c.id = s.class_id JOIN domain d ON d.id = c.domain_id
      WHERE x.id = $1::uuid AND ${ofClass}`,
  ],
  [
    'scheduleId',
    rowUuid,
    `SELECT d.tenant_id, d.id FROM schedule h JOIN domain d ON d.id = h.domain_id
      WHERE h.id = $1::uuid AND ${inScope} AND $4::text[] IS NULL`,
  ],
  [
    'rosterPullId',
    rowUuid,
    `SELECT d.tenant_id, d.id FROM roster_pull p JOIN domain d ON d.id = p.domain_id
      WHERE p.id = $1::uuid AND ${inScope} AND $4::text[] IS NULL`,
  ],
  [
    'keyId',
    rowUuid,
    `SELECT d.tenant_id, d.id FROM api_key k JOIN domain d ON d.id = k.domain_id
      WHERE k.id = $1::uuid AND ${inScope} AND $4::text[] IS NULL`,
  ],
  [
    'domainId',
    /^/,
    `SELECT d.tenant_id, d.id FROM domain d
      WHERE d.key = $1 AND ${inScope} AND $4::text[] IS NULL AND ($2::bigint IS NOT NULL OR d.parent_id IS NULL)`,
  ],
];

async function placeOf(sql: Sql, scope: Scope | null, ids: Record<string, string>): Promise<Place | null> {
  const known = places.find(([name]) => ids[name] !== undefined);
  const id = known && ids[known[0]];
  if (!known || id === undefined || !known[1].test(id)) return null;
  const found = await sql.rows<{ tenant_id: string; id: string }>(`${known[2]} LIMIT 2`, [
    id,
    scope?.tenantId ?? null,
    scope?.domainId ?? null,
    scope?.classKeys ?? null,
  ]);
  const [one, another] = found;
  return one && !another ? { tenantId: one.tenant_id, domainId: one.id } : null;
}

interface Row {
  id: string;
  at: Date;
  tenant_key: string | null;
  domain_key: string | null;
  actor: string;
  actor_kind: Actor['kind'];
  key_id: string | null;
  action: AuditAction;
  subject: Record<string, string>;
  detail: Record<string, unknown>;
  request_id: string | null;
  address: string | null;
}
function view(row: Row): AuditView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    tenantId: row.tenant_key,
    domainId: row.domain_key,
    actor: row.actor,
    actorKind: row.actor_kind,
    keyId: row.key_id,
    action: row.action,
    subject: row.subject,
    detail: row.detail,
    requestId: row.request_id,
    address: row.address,
  };
}
