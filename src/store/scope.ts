/**
 * Finding things inside of a caller's scope. Every query of the API begins here: what lies outside of the tenant,
 * the subtree or the teacher's classes is "not found", and nobody learns whether it exists.
 */
import { notFound } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import { hot, type Sql } from './database.ts';

export interface DomainRow {
  id: string;
  tenant_id: string;
  key: string;
  name: string;
  parent_id: string | null;
  parent_key: string | null;
  path: string[];
  time_zone: string | null;
  settings: Record<string, unknown>;
  settings_revision: number;
  mapping: unknown;
  connection_id: string | null;
  effective: Record<string, unknown>;
  effective_mapping: unknown;
  sending: 'on' | 'off' | 'excluded' | 'paused' | 'noConnection';
  paused_at: Date | null;
  paused_by: string | null;
}
export const domainColumns = `d.id, d.tenant_id, d.key, d.name, d.parent_id, p.key AS parent_key, d.path, d.time_zone,
  d.settings, d.settings_revision, d.mapping, d.connection_id, d.effective, d.effective_mapping, d.sending,
  d.paused_at, d.paused_by`;

/** A teacher's token sees classes, never a domain. */
export async function findDomain(
  sql: Sql,
  scope: Scope,
  key: string,
  lock: '' | 'FOR UPDATE OF d' | 'FOR SHARE OF d' = '',
): Promise<DomainRow> {
  if (scope.classKeys) throw notFound('domain');
  const [domain] = await sql.rows<DomainRow>(
    `SELECT ${domainColumns} FROM domain d LEFT JOIN domain p ON p.id = d.parent_id
      WHERE d.tenant_id = $1 AND d.key = $2 AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint]) ${lock}`,
    [scope.tenantId, key, scope.domainId],
  );
  if (!domain) throw notFound('domain');
  return domain;
}

export interface ClassRef {
  id: string;
  key: string;
  tenant_id: string;
  domain_id: string;
  domain_key: string;
  connection_id: string | null;
  sending: DomainRow['sending'];
}

/**
 * The class of this key in scope. The lock is the class's row: shared while rows of the class are written,
 * exclusive while its structure changes (see schema.prisma, Result).
 */
export async function findClass(
  sql: Sql,
  scope: Scope,
  key: string,
  lock: '' | 'FOR SHARE' | 'FOR UPDATE' | 'FOR NO KEY UPDATE' = '',
): Promise<ClassRef> {
  if (scope.classKeys && !scope.classKeys.includes(key)) throw notFound('class');
  // by itself: a lock that waited for a move to another domain would drop the row from the join, as if it were gone
  if (lock)
    await sql.rows(hot(`SELECT 1 FROM class WHERE tenant_id = $1 AND key = $2 ${lock}`), [
      scope.tenantId,
      key,
    ]);
  const [cls] = await sql.rows<ClassRef>(
    hot(`SELECT c.id, c.key, c.tenant_id, c.domain_id, d.key AS domain_key, d.connection_id, d.sending
       FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.tenant_id = $1 AND c.key = $2 AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`),
    [scope.tenantId, key, scope.domainId],
  );
  if (!cls) throw notFound('class');
  return cls;
}

/** Our id of the student of this key in the class. */
export async function findStudent(sql: Sql, cls: Pick<ClassRef, 'id'>, key: string): Promise<string> {
  const [row] = await sql.rows<{ id: string }>(`SELECT id FROM student WHERE class_id = $1 AND key = $2`, [
    cls.id,
    key,
  ]);
  if (!row) throw notFound('student');
  return row.id;
}
