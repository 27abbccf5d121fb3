/** Keys, tokens, one-time links. */
import type { Items, Page, Principal, Role, Scope } from './callers.ts';

export interface Access {
  /** by the SHA-256 of what stands in the Authorization header; null: unknown or expired */
  authenticate(hash: Buffer): Promise<Principal | null>;
  createKey(
    scope: Scope,
    domainKey: string,
    input: { role: 'lms' | 'admin' | 'root'; name: string },
    by: Principal,
  ): Promise<{ id: string; key: string }>;
  listKeys(scope: Scope, domainKey: string, page: Page): Promise<Items<KeyView>>;
  /** its user tokens die with it; scope null: a root key, any tenant; domainKey null: wherever in the scope it is bound */
  deleteKey(scope: Scope | null, domainKey: string | null, id: string, by: Principal): Promise<void>;
  createToken(
    scope: Scope,
    input: TokenInput,
    by: MadeWith,
  ): Promise<{ token: string; expiresAt: string; linkCode: string }>;
  /** a one-time link's code becomes a token of its own; null: used, expired or never made */
  openLink(code: string): Promise<OpenedLink | null>;
  /** the tenant named `key` (its top-level domain) */
  tenantByKey(key: string): Promise<string | null>;
  /** which tenants hold this id: how a root key without ?tenant= is understood */
  tenantsHolding(
    what: 'domain' | 'class' | 'sync' | 'snapshot' | 'conflict' | 'rosterPull' | 'schedule',
    key: string,
  ): Promise<string[]>;
}

export interface OpenedLink {
  token: string;
  expiresAt: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  sisName: string | null;
  /** whom the token makes of its holder */
  principal: Principal;
}

export interface KeyView {
  id: string;
  role: Role;
  name: string;
  domainId: string | null;
  createdAt: string;
  lastUsedAt: string | null;
}

/** What a person's token was made with, and dies with. */
export type MadeWith =
  { keyId: string } | { platformId: string; deploymentId: string } | { sessionId: string };

export interface TokenInput {
  subject: string;
  displayName: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds?: string[] | undefined;
  expiresInSeconds: number;
}
