/**
 * What is in force in each domain of a tenant (DESIGN §6), from what each domain says of its own: pure.
 * The connection inherits as a whole from the nearest owner; every other field by itself; `passbackEnabled: false`
 * anywhere above wins; exclusions add up on the way down and cover descendants.
 */
import type { CategoryMapping } from '../gradebook/local.ts';
import type { ProvedSettings } from '../gradebook/capabilities.ts';
import {
  defaultSettings,
  settingNames,
  type EffectiveSettings,
  type OwnSettings,
} from '../gradebook/settings.ts';
import { defaultsOf } from '../profiles/index.ts';
import type { Sending } from './state.ts';

export interface OwnDomain {
  id: string;
  key: string;
  parentId: string | null;
  timeZone: string | null;
  settings: OwnSettings;
  mapping: CategoryMapping | null;
  paused: boolean;
  /** its own connection's id; null: it owns none; false: it clears the inherited one */
  connection: string | false | null;
  /** what the test of its own connection proved */
  proved?: ProvedSettings;
}
export interface InForce {
  id: string;
  path: string[];
  timeZone: string;
  settings: EffectiveSettings;
  /** setting → key of the domain that it comes from; absent: the default of the profile, or the product's */
  origins: Record<string, string>;
  mapping: CategoryMapping;
  connectionId: string | null;
  connectionOrigin: string | null;
  /** by the test of the connection: stronger than the defaults, weaker than what a domain says */
  proved: ProvedSettings;
  sending: Sending;
}

/** What a domain hands down: its values in force, and what they are made of. */
type Handed = Omit<InForce, 'id' | 'path' | 'sending'> & {
  /** as it was said here or above; null: cleared */
  said: OwnSettings;
  off: boolean;
  excluded: boolean;
  paused: boolean;
};
const none: Handed = {
  timeZone: 'UTC',
  said: {},
  settings: defaultSettings,
  origins: {},
  mapping: { map: {} },
  connectionId: null,
  connectionOrigin: null,
  proved: {},
  off: false,
  excluded: false,
  paused: false,
};

/** Every domain of one tenant, parents before children. */
export function inForce(domains: OwnDomain[]): InForce[] {
  const children = new Map<string | null, OwnDomain[]>();
  for (const domain of domains)
    children.set(domain.parentId, [...(children.get(domain.parentId) ?? []), domain]);
  const found: InForce[] = [];
  const walk = (domain: OwnDomain, above: Handed, pathAbove: string[]) => {
    const here = inherit(domain, above);
    const { said, off, excluded, paused, ...values } = here;
    found.push({ id: domain.id, path: [...pathAbove, domain.id], ...values, sending: sendingOf(here) });
    for (const child of children.get(domain.id) ?? [])
      walk(child, { ...values, said, off, excluded, paused }, [...pathAbove, domain.id]);
  };
  for (const root of children.get(null) ?? []) walk(root, none, []);
  return found;
}

function inherit(domain: OwnDomain, above: Handed): Handed {
  const said: Record<string, unknown> = { ...above.said };
  const origins = { ...above.origins };
  for (const name of settingNames) {
    const own = domain.settings[name];
    if (own === undefined) continue;
    // off above wins: what stands here has no say
    if (name === 'passbackEnabled' && above.off) continue;
    said[name] = own;
    origins[name] = domain.key;
  }
  const proved = domain.connection === null ? above.proved : (domain.proved ?? {});
  const profile = (said as OwnSettings).profile ?? defaultSettings.profile;
  const settings = { ...defaultsOf(profile), ...proved };
  for (const [name, value] of Object.entries(said))
    if (value !== null) Object.assign(settings, { [name]: value });
  const excludedAbove = above.settings.excludedDomainIds;
  settings.excludedDomainIds = [...new Set([...excludedAbove, ...(domain.settings.excludedDomainIds ?? [])])];
  return {
    timeZone: domain.timeZone ?? above.timeZone,
    said,
    settings,
    origins,
    mapping: {
      ...(domain.mapping?.default != null
        ? { default: domain.mapping.default }
        : above.mapping.default != null
          ? { default: above.mapping.default }
          : {}),
      map: { ...above.mapping.map, ...domain.mapping?.map },
    },
    connectionId: domain.connection === false ? null : (domain.connection ?? above.connectionId),
    connectionOrigin: domain.connection === null ? above.connectionOrigin : domain.key,
    proved,
    off: above.off || domain.settings.passbackEnabled === false,
    excluded: above.excluded || excludedAbove.includes(domain.key),
    paused: above.paused || domain.paused,
  };
}

function sendingOf(here: Handed): Sending {
  if (here.off || !here.settings.passbackEnabled) return 'off';
  if (here.excluded) return 'excluded';
  if (!here.connectionId) return 'noConnection';
  return here.paused ? 'paused' : 'on';
}

/**
 * Settings that have a say in what is planned for a row. A change of any other one moves no row.
 * (`passbackEnabled`, exclusions and pauses decide whether rows are taken, not what they hold.)
 */
export const planningSettings = settingNames.filter(
  (name) =>
    ![
      'passbackEnabled',
      'sisName',
      'autoSync',
      'gatherSeconds',
      'excludedDomainIds',
      'conflictPolicy',
      'driftHealing',
      'adminsMaySync',
      'embedOrigins',
      'verifyAfterSeconds',
      'maxConcurrentRequests',
      'requestsPerSecond',
      'quietHours',
      'noticeEmails',
      'rosterPull',
      'deletePropagation',
      'confirmFirstSync',
      'confirmAbove',
    ].includes(name),
);
