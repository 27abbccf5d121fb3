/** Who did what, where and when. */
import type { AuditAction } from '../audit-actions.ts';
import type { Items, Page, Scope } from './callers.ts';

/** Where something happened: our ids. */
export interface Place {
  tenantId: string;
  domainId: string | null;
}

/** Who did it; `system`: the command line, a start. */
export interface Actor {
  kind: 'key' | 'token' | 'system' | 'nobody';
  name: string;
  keyId: string | null;
}

export interface AuditEntry {
  action: AuditAction;
  by: Actor;
  /** null: in no tenant; only a root key reads it */
  place: Place | null;
  /** the LMS's ids of what it was done to; never a student's, for what is erased must be gone from here too */
  subject: Record<string, string>;
  /** names of fields, counts, roles; never a value that was set, a score or a student's name */
  detail: Record<string, unknown>;
  requestId: string | null;
  /** the caller's network address */
  address: string | null;
}

export interface AuditView {
  id: string;
  at: string;
  tenantId: string | null;
  domainId: string | null;
  actor: string;
  actorKind: Actor['kind'];
  keyId: string | null;
  action: AuditAction;
  subject: Record<string, string>;
  detail: Record<string, unknown>;
  requestId: string | null;
  address: string | null;
}

/** The trail: written once, read by admins, never changed. */
export interface Audit {
  add(entry: AuditEntry): Promise<void>;
  /** where the object of these ids (domainId, classId, syncId, keyId) lies; null: nowhere in this scope (null: all tenants) */
  place(scope: Scope | null, ids: Record<string, string>): Promise<Place | null>;
  /** newest first; scope null: a root key, everything, also what belongs to no tenant */
  list(
    scope: Scope | null,
    domainKey: string | null,
    filter: { since?: string | undefined; action?: AuditAction | undefined },
    page: Page,
  ): Promise<Items<AuditView>>;
}
