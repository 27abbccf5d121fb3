/**
 * Writes down what is in force in every domain of a tenant, and what follows from a change of it, all in the
 * transaction of the change. Under the tenant's advisory lock, so that two changes of one tree take turns.
 */
import {
  forgetAcknowledged,
  haltLanes,
  hasten,
  raiseDirty,
  releaseDirty,
  wakeLanes,
  withholdAutomatic,
} from './duty.ts';
import type { Sql } from './database.ts';
import { forgetDeletions } from './deletion-plan.ts';
import { tryAtOnce } from './own-connection.ts';
import { hastenDeletions } from './quiet.ts';
import { forgetFilled } from './roster-forget.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { keptCapabilities, provedSettings } from '../gradebook/capabilities.ts';
import type { CategoryMapping } from '../gradebook/local.ts';
import { versionOf } from '../gradebook/service-roots.ts';
import {
  defaultSettings,
  type EffectiveSettings,
  type OneRosterVersion,
  type OwnSettings,
} from '../gradebook/settings.ts';
import { inForce, planningSettings, type InForce, type OwnDomain } from '../passback/in-force.ts';
import { defaultsOf, profileOf } from '../profiles/index.ts';

/** Changes of one tenant's tree take turns; held until the transaction ends. */
export async function lockTenant(sql: Sql, tenantId: string): Promise<void> {
  await sql.rows(`SELECT pg_advisory_xact_lock(7270, hashtext($1))`, [tenantId]);
}

/**
 * Holds the classes at and below a domain, before the domain is written: scores, answers of the SIS and changes of a
 * class lock the class first, then its domain, then rows, and so must we, or each would wait for the other.
 */
export async function lockClasses(sql: Sql, domainId: string): Promise<void> {
  await sql.rows(
    `SELECT id FROM class WHERE domain_id IN (SELECT id FROM domain WHERE path @> ARRAY[$1::bigint]) ORDER BY id FOR NO KEY UPDATE`,
    [domainId],
  );
}

interface Row {
  id: string;
  key: string;
  parent_id: string | null;
  time_zone: string | null;
  settings: OwnSettings & { baseUrl?: null };
  mapping: CategoryMapping | null;
  paused: boolean;
  own_connection: string | null;
  base_url: string;
  rostering_url: string | null;
  version_chosen: OneRosterVersion | null;
  one_roster_version: OneRosterVersion;
  capabilities: unknown;
  path: string[];
  connection_id: string | null;
  effective: Partial<EffectiveSettings>;
  effective_mapping: CategoryMapping;
  effective_time_zone: string;
  sending: string;
  auto_sync: boolean;
  confirm_first: boolean;
}

async function tree(sql: Sql, tenantId: string): Promise<Row[]> {
  return sql.rows<Row>(
    `SELECT d.id, d.key, d.parent_id, d.time_zone, d.settings, d.mapping, d.paused_at IS NOT NULL AS paused,
            k.id AS own_connection, k.base_url, k.rostering_url, k.version_chosen, k.one_roster_version, k.capabilities, d.path, d.connection_id, d.effective, d.effective_mapping, d.effective_time_zone,
            d.sending, d.auto_sync, d.confirm_first
       FROM domain d LEFT JOIN connection k ON k.domain_id = d.id
      WHERE d.tenant_id = $1 ORDER BY d.id`,
    [tenantId],
  );
}

function owns(row: Row): OwnDomain {
  return {
    id: row.id,
    key: row.key,
    parentId: row.parent_id,
    timeZone: row.time_zone,
    settings: row.settings,
    mapping: row.mapping,
    paused: row.paused,
    connection: row.own_connection ?? (row.settings.baseUrl === null ? false : null),
    proved: provedSettings(keptCapabilities(row.capabilities)),
  };
}

/** What is in force, with origins, for the answer of GET …/settings?effective=true. */
export async function readInForce(
  sql: Sql,
  tenantId: string,
  domainId: string,
): Promise<InForce | undefined> {
  return inForce((await tree(sql, tenantId)).map(owns)).find((d) => d.id === domainId);
}

/**
 * Recomputes the tenant's tree and carries the consequences to the rows: another SIS forgets what the former one
 * acknowledged, a planning setting raises the dirty counters, automatic sending releases what is dirty, and a lane
 * that runs with what held before ends its run.
 * `changedSis`: connections that now speak to another SIS although they kept their id.
 */
export async function applyInForce(sql: Sql, tenantId: string, changedSis: string[] = []): Promise<void> {
  const before = await tree(sql, tenantId);
  const derive = () => new Map(inForce(before.map(owns)).map((d) => [d.id, d]));
  const otherVersion = await respeak(sql, before, derive());
  const now = derive();
  const otherSis: string[] = [];
  const replan: string[] = [];
  const released: string[] = [];
  const withheld: string[] = [];
  const otherHours: string[] = [];
  const changed: InForce[] = [];
  const left = new Set<string>();
  const slowed = new Set<string>();
  for (const row of before) {
    const is = now.get(row.id);
    if (!is) continue;
    const moved =
      row.connection_id !== is.connectionId ||
      (is.connectionId !== null && changedSis.includes(is.connectionId));
    if (moved) otherSis.push(row.id);
    const respoken = is.connectionId !== null && otherVersion.includes(is.connectionId);
    if (moved || respoken || plansDiffer(row, is)) replan.push(row.id);
    const letGo = row.confirm_first && !is.settings.confirmFirstSync;
    if ((is.settings.autoSync && !row.auto_sync) || letGo) released.push(row.id);
    if (!is.settings.autoSync && row.auto_sync) withheld.push(row.id);
    if (quietDiffers(row, is)) otherHours.push(row.id);
    if (moved || differ(row, is)) changed.push(is);
    if (row.connection_id === null) continue;
    if (moved) left.add(row.connection_id);
    else if ((row.sending === 'on' && is.sending !== 'on') || paceDiffers(row, is))
      slowed.add(row.connection_id);
  }
  await haltLanes(sql, [...left], 'otherSis');
  await haltLanes(sql, [...slowed], 'sameSis');
  await write(sql, changed);
  if (otherSis.length > 0) {
    await forgetAcknowledged(sql, 'result', `d.id = ANY($1::bigint[])`, [otherSis]);
    await forgetAcknowledged(sql, 'line_item', `d.id = ANY($1::bigint[])`, [otherSis]);
    await forgetDeletions(sql, `d.id = ANY($1::bigint[])`, [otherSis]);
    await hasten(sql, `d.id = ANY($1::bigint[])`, [otherSis]);
    await sql.rows(
      `UPDATE class SET sis_categories = NULL, sis_categories_read_at = NULL, read_school_sourced_id = NULL, sis_class_missing = false, send_confirmed = false, sis_students = NULL, sis_line_items = NULL, category_titles = '{}', read_at = NULL WHERE domain_id = ANY($1::bigint[])`,
      [otherSis],
    );
    await forgetFilled(sql, 'c.domain_id = ANY($1::bigint[])', [otherSis]);
  }
  if (replan.length > 0) {
    await raiseDirty(sql, 'line_item', `d.id = ANY($1::bigint[])`, [replan]);
    await raiseDirty(sql, 'result', `d.id = ANY($1::bigint[])`, [replan]);
  }
  // what waits for the end of the former ones is looked at anew, and put off again if there are others
  if (otherHours.length > 0) {
    await hasten(sql, `d.id = ANY($1::bigint[])`, [otherHours]);
    await hastenDeletions(sql, otherHours);
  }
  if (withheld.length > 0) await withholdAutomatic(sql, `d.id = ANY($1::bigint[])`, [withheld]);
  if (released.length > 0) await releaseDirty(sql, `d.id = ANY($1::bigint[])`, [released]);
  await wakeLanes(sql, [
    ...new Set(
      [...now.values()].flatMap((d) => (d.sending === 'on' && d.connectionId ? [d.connectionId] : [])),
    ),
  ]);
}

/**
 * Which version of OneRoster a connection speaks follows its profile, where nobody chose one and its address names
 * none. It stays the same SIS with the same ids, but what was proved of its services, or wrong with them, says nothing
 * of the others. Answers which connections speak another version now.
 */
async function respeak(sql: Sql, rows: Row[], now: Map<string, InForce>): Promise<string[]> {
  const others: string[] = [];
  for (const row of rows) {
    const is = now.get(row.id);
    if (row.own_connection === null || !is) continue;
    const own = {
      baseUrl: row.base_url,
      rosteringUrl: row.rostering_url,
      oneRosterVersion: row.version_chosen,
    };
    const version = versionOf(own, profileOf(is.settings.profile).connection.oneRosterVersion);
    if (version === row.one_roster_version) continue;
    others.push(row.own_connection);
    row.capabilities = {};
    await sql.rows(
      `UPDATE connection SET one_roster_version = $2, revision = revision + 1, capabilities = '{}' WHERE id = $1`,
      [row.own_connection, version],
    );
    await tryAtOnce(sql, row.own_connection, false);
  }
  return others;
}

async function write(sql: Sql, domains: InForce[]): Promise<void> {
  if (domains.length === 0) return;
  await sql.rows(
    `UPDATE domain d SET connection_id = n.connection_id, effective = n.effective, sending = n.sending,
            auto_sync = n.auto_sync, gather_seconds = n.gather_seconds, confirm_first = n.confirm_first, effective_time_zone = n.time_zone,
            effective_mapping = n.mapping, path = string_to_array(n.path, ',')::bigint[]
       FROM jsonb_to_recordset($1::jsonb) AS n(id bigint, connection_id bigint, effective jsonb, sending text,
            auto_sync boolean, gather_seconds float8, confirm_first boolean, time_zone text, mapping jsonb, path text)
      WHERE d.id = n.id`,
    [
      JSON.stringify(
        domains.map((d) => ({
          id: d.id,
          connection_id: d.connectionId,
          effective: d.settings,
          sending: d.sending,
          auto_sync: d.settings.autoSync,
          gather_seconds: d.settings.gatherSeconds,
          confirm_first: d.settings.confirmFirstSync,
          time_zone: d.timeZone,
          mapping: d.mapping,
          path: d.path.join(','),
        })),
      ),
    ],
  );
}

function plansDiffer(row: Row, is: InForce): boolean {
  // a setting that an older release did not know was what the defaults say
  const before = { ...defaultsOf(row.effective.profile ?? defaultSettings.profile), ...row.effective };
  return (
    planningSettings.some((name) => !same(before[name], is.settings[name])) ||
    row.effective_time_zone !== is.timeZone ||
    !same(row.effective_mapping, is.mapping)
  );
}
function differ(row: Row, is: InForce): boolean {
  return (
    row.sending !== is.sending ||
    row.path.join() !== is.path.join() ||
    row.effective_time_zone !== is.timeZone ||
    !same(row.effective, is.settings) ||
    !same(row.effective_mapping, is.mapping)
  );
}

/** When it is quiet, on the clock on the wall. */
function quietDiffers(row: Row, is: InForce): boolean {
  const before = row.effective.quietHours ?? null;
  return (
    !same(before, is.settings.quietHours) || (before !== null && row.effective_time_zone !== is.timeZone)
  );
}

/** A lane's pace is that of the domain that owns the connection, as it was when the run began. */
function paceDiffers(row: Row, is: InForce): boolean {
  return (
    row.own_connection !== null &&
    (['maxConcurrentRequests', 'requestsPerSecond'] as const).some(
      (name) => !same(row.effective[name], is.settings[name]),
    )
  );
}

/** Equal as JSON, whatever the order of keys (jsonb keeps its own). */
function same(a: unknown, b: unknown): boolean {
  return canonicalHash({ value: a ?? null }) === canonicalHash({ value: b ?? null });
}
