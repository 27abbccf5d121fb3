/** `domains` and `keys`: the tree of tenants, its SIS connections, and who may call. */
import type { Report } from './report.ts';
import { type Api, at } from './api.ts';
import { table } from './table.ts';

interface Domain {
  domainId: string;
  name: string;
  parentId: string | null;
  timeZone: string | null;
}
interface Connection {
  state: string;
  cause: { message: string; fix: string } | null;
  since: string | null;
  lastSuccessAt: string | null;
  pausedBy: string | null;
  waiting: { rows: number; oldestSeconds: number | null };
}
interface Key {
  id: string;
  role: string;
  name: string;
  domainId: string | null;
  lastUsedAt: string | null;
}

export async function listDomains(api: Api): Promise<Report> {
  const domains = await api.all<Domain>('/domains');
  const rows = domains.map(({ domainId, name, parentId, timeZone }) => [domainId, name, parentId, timeZone]);
  return { ok: true, text: table(['ID', 'NAME', 'PARENT', 'TIME ZONE'], rows), data: { domains } };
}

export async function putDomain(
  api: Api,
  domainId: string,
  { name, parent, timeZone }: { name: string; parent?: string; timeZone?: string },
): Promise<Report> {
  const body = { name, ...(parent ? { parentId: parent } : {}), ...(timeZone ? { timeZone } : {}) };
  const { status, body: domain } = await api.call<Domain>('PUT', at`/domains/${domainId}`, { body });
  return { ok: true, text: [status === 201 ? 'Created.' : 'Replaced.'], data: { domain } };
}

/** The domain's SIS connection; not ok where it is broken. */
export async function showDomain(api: Api, domainId: string): Promise<Report> {
  const { body } = await api.call<Connection>('GET', at`/domains/${domainId}/connection`);
  return connectionReport(body);
}

/** `to`: pause or resume all sending of the subtree. */
export async function turnDomain(api: Api, domainId: string, to: 'pause' | 'resume'): Promise<Report> {
  const { body } = await api.call<Connection>('POST', `${at`/domains/${domainId}`}/${to}`);
  return { ...connectionReport(body), ok: true };
}

function connectionReport(connection: Connection): Report {
  const { state, cause, since, lastSuccessAt, pausedBy, waiting } = connection;
  const facts: [string, string | null][] = [
    ['state', state],
    ['since', since],
    ['cause', cause && cause.message],
    ['what to do', cause && cause.fix],
    ['paused by', pausedBy],
    ['last success', lastSuccessAt],
    ['waiting', `${waiting.rows} rows${age(waiting.oldestSeconds)}`],
  ];
  const rows = facts.filter(([, value]) => value !== null);
  return { ok: state !== 'broken', text: table(['SIS CONNECTION', ''], rows), data: { connection } };
}

const age = (seconds: number | null) => (seconds === null ? '' : `, the oldest for ${Math.round(seconds)} s`);

export async function listKeys(api: Api, domainId: string): Promise<Report> {
  const keys = await api.all<Key>(at`/domains/${domainId}/keys`);
  const rows = keys.map(({ id, role, name, domainId: of, lastUsedAt }) => [id, role, name, of, lastUsedAt]);
  return { ok: true, text: table(['ID', 'ROLE', 'NAME', 'DOMAIN', 'LAST USED'], rows), data: { keys } };
}

/** The one command that prints a secret: there is no other time to read it. */
export async function createKey(
  api: Api,
  domainId: string,
  body: { role: string; name: string },
): Promise<Report> {
  const { body: made } = await api.call<{ id: string; key: string }>('POST', at`/domains/${domainId}/keys`, {
    body,
  });
  const text = [`API key (shown once): ${made.key}`, `To take it back: keys delete ${made.id}`];
  return { ok: true, text, data: { ...made } };
}

export async function deleteKey(api: Api, keyId: string): Promise<Report> {
  await api.call('DELETE', at`/keys/${keyId}`);
  return { ok: true, text: ['The key is gone, and the tokens that were made with it.'], data: { keyId } };
}
