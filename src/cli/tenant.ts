/** Which tenant a command means, and what it says where the store refuses. */
import { Refusal } from '../passback/refusal.ts';
import { createAccess } from '../store/access.ts';
import type { Database } from '../store/database.ts';
import type { Report } from './report.ts';

/** The one that has this class or domain, or the one that is named. */
export async function tenantOf(
  db: Database,
  what: 'class' | 'domain',
  key: string,
  tenant: string | undefined,
): Promise<string> {
  const access = createAccess(db);
  const named = tenant === undefined ? null : await access.tenantByKey(tenant);
  const [one, another] = tenant === undefined ? await access.tenantsHolding(what, key) : [named ?? undefined];
  if (one === undefined)
    throw new Refusal('NOT_FOUND', tenant === undefined ? `${what} not found` : 'tenant not found');
  if (another !== undefined)
    throw new Refusal('AMBIGUOUS_TENANT', `Several tenants have this ${what}: name one by --tenant.`);
  return one;
}

/** The same words as the API's. */
export async function orRefused(work: () => Promise<Report>): Promise<Report> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, errors } = error;
    const fields = (errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
    return {
      ok: false,
      text: [message, ...fields],
      data: { error: { code, message, ...(errors ? { errors } : {}) } },
    };
  }
}
