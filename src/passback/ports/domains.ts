/** The tree of tenants and what is below them. */
import type { Capabilities } from '../../gradebook/capabilities.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { CategoryMapping, DomainInput } from '../../gradebook/local.ts';
import type { Items, Page, Put, Scope } from './callers.ts';

export interface DomainView {
  domainId: string;
  name: string;
  parentId: string | null;
  timeZone: string | null;
}

export interface Domains {
  list(scope: Scope | null, page: Page): Promise<Items<DomainView>>;
  get(scope: Scope, key: string): Promise<DomainView>;
  /** scope null: a root key makes or replaces the tenant of that name */
  put(scope: Scope | null, key: string, input: DomainInput): Promise<Put<DomainView>>;
  /** refused (DOMAIN_NOT_EMPTY) while it has sub-domains or classes */
  remove(scope: Scope, key: string): Promise<void>;
  mapping(scope: Scope, key: string): Promise<CategoryMapping>;
  putMapping(scope: Scope, key: string, mapping: CategoryMapping): Promise<CategoryMapping>;
  pause(scope: Scope, key: string, by: string): Promise<void>;
  resume(scope: Scope, key: string): Promise<void>;
  connection(scope: Scope, key: string): Promise<ConnectionView>;
}

export interface ConnectionView {
  /** the domain that owns the connection in force here; null: none */
  ownedBy: string | null;
  baseUrl: string | null;
  sisName: string | null;
  state: 'working' | 'untried' | 'broken' | 'waiting' | 'paused' | 'off' | 'excluded' | 'none';
  cause: ReasonText | null;
  since: string | null;
  lastSuccessAt: string | null;
  nextProbeAt: string | null;
  pausedBy: string | null;
  waiting: { rows: number; oldestSeconds: number | null };
  /** of them, in the hands of the lane now */
  inFlight: number;
  /** what its test found out; null: there is no connection */
  capabilities: Capabilities | null;
}
