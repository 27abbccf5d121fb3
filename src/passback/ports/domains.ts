/** The tree of tenants and what is below them. */
import type { Capabilities } from '../../gradebook/capabilities.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { CategoryMapping, DomainInput } from '../../gradebook/local.ts';
import type { Items, Page, Put, Scope } from './callers.ts';
import type { ProblemCause } from './problems.ts';

export interface DomainView {
  domainId: string;
  name: string;
  parentId: string | null;
  timeZone: string | null;
}

/** One of a list. */
export interface DomainLine extends DomainView {
  /** that lie in it, and not below */
  classes: number;
}

export interface Domains {
  list(scope: Scope | null, page: Page): Promise<Items<DomainLine>>;
  get(scope: Scope, key: string): Promise<DomainView>;
  /** scope null: a root key makes or replaces the tenant of that name */
  put(scope: Scope | null, key: string, input: DomainInput): Promise<Put<DomainView>>;
  /** refused (DOMAIN_NOT_EMPTY) while it has sub-domains or classes */
  remove(scope: Scope, key: string): Promise<void>;
  mapping(scope: Scope, key: string): Promise<CategoryMapping>;
  /** `ifTag`: STALE when what stands there is not what was read (contentTag); null: not asked for */
  putMapping(
    scope: Scope,
    key: string,
    mapping: CategoryMapping,
    ifTag: string | null,
  ): Promise<CategoryMapping>;
  pause(scope: Scope, key: string, by: string): Promise<void>;
  resume(scope: Scope, key: string): Promise<void>;
  connection(scope: Scope, key: string): Promise<ConnectionView>;
  overview(scope: Scope, key: string): Promise<Overview>;
}

/** A domain and all below it at a glance. */
export interface Overview {
  /** linked: with the id by which the SIS knows them */
  classes: { all: number; linked: number };
  syncs: { processing: number; awaitingConfirmation: number };
  /** syncs that began within the last 24 hours, and what came of their rows */
  lastDay: { syncs: number; sent: number; failed: number; conflicts: number };
  schedules: { all: number; paused: number; nextRunAt: string | null };
  /** the most frequent first */
  problems: ProblemCause[];
  /** sub-domains whose own connection is in trouble, or that are paused by themselves */
  below: { domainId: string; name: string; state: ConnectionView['state'] }[];
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
  pausedAt: string | null;
  /** the domain that is paused: this one, or one above it */
  pausedIn: string | null;
  waiting: { rows: number; oldestSeconds: number | null };
  /** of them, in the hands of the lane now */
  inFlight: number;
  /** what its test found out; null: there is no connection */
  capabilities: Capabilities | null;
}
