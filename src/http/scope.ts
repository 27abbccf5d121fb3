/** In which tenant a request is meant (DESIGN §5 "Tenants"), and who may make it at all (§8 "Roles"). */
import type { Access } from '../passback/ports/access.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { Holder, Route } from './route.ts';

/** Decided by the caller's role alone, before anything is looked up: a refusal tells nothing of what exists. */
export function authorise(
  route: Pick<Route, 'roles' | 'keysOnly' | 'tokensOnly'>,
  principal: Principal,
): void {
  if (route.roles !== 'anyone' && !route.roles.includes(principal.role))
    throw new Refusal('FORBIDDEN', `A ${principal.kind} with the role ${principal.role} may not do this.`);
  if (route.keysOnly && principal.kind !== 'key')
    throw new Refusal('FORBIDDEN', 'Only an API key may do this, not a person’s token.');
  if (route.tokensOnly && principal.kind !== 'token')
    throw new Refusal('FORBIDDEN', 'Only a person’s token may do this, not an API key.');
}

/** null: a root key that names no tenant, neither by `?tenant=` nor by an id. */
export async function scopeFor(
  access: Access,
  principal: Principal,
  tenant: string | undefined,
  holders: Holder[],
): Promise<Scope | null> {
  if (principal.tenantId !== null) {
    // Whether or not it is his own: an answer that differs would tell which tenants exist.
    if (tenant !== undefined)
      throw new Refusal('FORBIDDEN', 'Only a root key of all tenants may name a tenant.');
    return { tenantId: principal.tenantId, domainId: principal.domainId, classKeys: principal.classKeys };
  }
  if (principal.role !== 'root') throw new Error('a principal without tenant must be root');
  const [first, ...others] = holders;
  if (first?.what === 'tenant') return tenantToPut(access, first.key, tenant);
  if (tenant !== undefined) {
    const tenantId = await access.tenantByKey(tenant);
    if (tenantId === null) throw notFound('Tenant');
    return whole(tenantId);
  }
  if (first === undefined) return null;
  const holding = async ({ what, key }: Holder): Promise<string[]> =>
    what === 'tenant' ? [] : access.tenantsHolding(what, key);
  let found = await holding(first);
  for (const other of others) {
    const also = await holding(other);
    found = found.filter((id) => also.includes(id));
  }
  const [tenantId, second] = found;
  if (tenantId === undefined) throw notFound(capital(first.what));
  if (second !== undefined)
    throw new Refusal('AMBIGUOUS_TENANT', `Several tenants have this ${first.what}: name one by ?tenant=.`, {
      errors: [{ pointer: '?tenant', detail: 'is needed here' }],
    });
  return whole(tenantId);
}

/** null: a new one. An id that a sub-domain has somewhere is one only if that is said in so many words. */
async function tenantToPut(access: Access, key: string, tenant: string | undefined): Promise<Scope | null> {
  const named = await access.tenantByKey(tenant ?? key);
  if (tenant !== undefined) {
    if (named === null && tenant !== key) throw notFound('Tenant');
    return named === null ? null : whole(named);
  }
  const holding = await access.tenantsHolding('domain', key);
  if (holding.some((id) => id !== named))
    throw new Refusal(
      'AMBIGUOUS_TENANT',
      'A tenant has a domain of this id: name its parentId, or by ?tenant= the tenant that is to be made or replaced.',
      { errors: [{ pointer: '?tenant', detail: 'is needed here' }] },
    );
  return named === null ? null : whole(named);
}

/** By the ids in the path. */
export function holdersInPath(params: Record<string, string>): Holder[] {
  const holders: Holder[] = [];
  if (params['domainId'] !== undefined) holders.push({ what: 'domain', key: params['domainId'] });
  if (params['classId'] !== undefined) holders.push({ what: 'class', key: params['classId'] });
  if (params['syncId'] !== undefined) holders.push({ what: 'sync', key: params['syncId'] });
  if (params['conflictId'] !== undefined) holders.push({ what: 'conflict', key: params['conflictId'] });
  if (params['snapshotId'] !== undefined) holders.push({ what: 'snapshot', key: params['snapshotId'] });
  if (params['scheduleId'] !== undefined) holders.push({ what: 'schedule', key: params['scheduleId'] });
  if (params['rosterPullId'] !== undefined) holders.push({ what: 'rosterPull', key: params['rosterPullId'] });
  return holders;
}

const whole = (tenantId: string): Scope => ({ tenantId, domainId: null, classKeys: null });
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
