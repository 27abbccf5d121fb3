/** What `doctor` sees around the service: its clock, its public address, and the way to each SIS. */
import type { Config } from '../config.ts';
import {
  BlockedAddress,
  checkedTarget,
  createNetworkGuard,
  hostOf,
  type NetworkGuard,
} from '../sis/network-guard.ts';
import type { Database } from '../store/database.ts';

export interface Seen {
  status: 'ok' | 'failed' | 'warning' | 'skipped';
  detail: string;
}

/** Leases go by the database's clock, what expires and what is scheduled by ours: more than this is noticed by people. */
const MOST_SKEW_S = 5;

export async function clock(db: Database, now: () => number): Promise<Seen> {
  const before = now();
  const [row] = await db.rows<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  );
  // the database looked at its clock some time between
  const skew = ((row?.ms ?? before) - (before + now()) / 2) / 1000;
  const text = `${Math.abs(skew).toFixed(1)} s ${skew < 0 ? 'ahead of' : 'behind'} the database’s`;
  return Math.abs(skew) <= MOST_SKEW_S
    ? { status: 'ok', detail: 'the same as the database’s' }
    : { status: 'failed', detail: `this machine’s clock is ${text}: let NTP set both` };
}

/** Links that are handed out begin with it. On one's own machine (embedded database) anything goes. */
export function publicAddress({ publicUrl, databaseUrl, trustedProxies }: Config): Seen {
  const { hostname, protocol } = new URL(publicUrl);
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  const problems = [
    local ? 'only this machine’s browsers find it: set PUBLIC_URL' : null,
    !local && protocol === 'http:'
      ? 'links and grades are not encrypted: put TLS in front, and https in PUBLIC_URL'
      : null,
    protocol === 'https:' && trustedProxies.length === 0
      ? 'whoever ends TLS in front is taken for every caller: name it in TRUSTED_PROXIES'
      : null,
  ].filter((problem) => problem !== null);
  if (databaseUrl === null || problems.length === 0) return { status: 'ok', detail: publicUrl };
  return { status: 'warning', detail: `${publicUrl}: ${problems.join('; ')}` };
}

interface Addressed {
  key: string;
  url: string;
}

/** Whether every saved address of an SIS has a name that is known here and may be connected to; no SIS is asked. */
export async function sisAddresses(
  db: Database,
  { sisAllowedNetworks }: Config,
  guard: NetworkGuard = createNetworkGuard(sisAllowedNetworks),
): Promise<Seen> {
  const rows = await db.rows<Addressed>(
    `SELECT DISTINCT ON (url) d.key, url FROM connection k JOIN domain d ON d.id = k.domain_id,
            LATERAL (VALUES (k.base_url), (k.rostering_url), (k.auth->>'tokenUrl')) a (url)
      WHERE url IS NOT NULL ORDER BY url`,
  );
  if (rows.length === 0) return { status: 'skipped', detail: 'no domain has an SIS yet' };
  const bad: string[] = [];
  for (let at = 0; at < rows.length; at += 20)
    for (const why of await Promise.all(rows.slice(at, at + 20).map((row) => whyNot(row, guard))))
      if (why !== null) bad.push(why);
  return bad.length === 0
    ? { status: 'ok', detail: `${rows.length} of ${rows.length} may be connected to` }
    : {
        status: 'failed',
        detail: `${bad.length} of ${rows.length} cannot be connected to (${bad.join('; ')})`,
      };
}

async function whyNot({ key, url }: Addressed, guard: NetworkGuard): Promise<string | null> {
  try {
    const target = checkedTarget(url);
    const refused = guard.refusal(target);
    if (refused !== null) return `domain ${key}: ${target.host} ${refused}`;
    await guard.resolve(hostOf(target), target.protocol === 'https:');
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return error instanceof BlockedAddress
      ? `domain ${key}: ${message}; see SIS_ALLOWED_NETWORKS`
      : `domain ${key}: ${new URL(url).hostname} is not known to the name server (${code ?? message})`;
  }
}
