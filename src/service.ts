/**
 * The composition root: the one place that knows every part, builds them in order and stops them in reverse.
 * A part is handed what it needs; nothing looks up anything by itself.
 */
import { join } from 'node:path';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import type { StreamParts } from './http/event-stream.ts';
import { metricsAlone } from './http/metrics.ts';
import { startServer } from './http/server.ts';
import { errorFields, type Log } from './log.ts';
import { createMetrics, type MetricsParts } from './metrics.ts';
import { measuredLanes } from './passback/measured-lanes.ts';
import { startNotices, type NoticesWaits } from './notices.ts';
import { createIdentity } from './sign-in/identity.ts';
import { createOutgoing } from './sis/outgoing.ts';
import { createSis, type SisOptions } from './sis/sis.ts';
import { migrationsDir, openStorage, writeSecret } from './storage.ts';
import { anyRootKey, ensureRootKey, newRootKey, rootPrincipal } from './store/root-keys.ts';
import { bySystem } from './store/audit.ts';
import { connectionGauges } from './store/connection-gauges.ts';
import type { Database } from './store/database.ts';
import { listen } from './store/listen.ts';
import { applyMigrations } from './store/migrate.ts';
import type { Seal } from './store/seal.ts';
import { createStore } from './store/store.ts';
import { breakLeases } from './store/sweep.ts';
import { startWork, type LaneTime, type LaneWaits } from './work.ts';

const root = join(import.meta.dirname, '..');

export interface ServiceOptions {
  /** time-outs of the SIS client, for tests */
  sisLimits?: SisOptions['limits'];
  /** the waits of lanes, for tests */
  lanes?: LaneWaits;
  /** the waits of notices, for tests */
  notices?: NoticesWaits;
  /** the time that lanes live in, where it is not this machine's (bench/outage) */
  time?: LaneTime;
  /** how often those who follow something hear from us, for tests */
  streams?: Pick<StreamParts, 'heartbeatMs'>;
  /** how long what the database says is believed, for tests */
  metrics?: Pick<MetricsParts, 'freshMs'>;
  /** compare every answer with its schema: for tests */
  checkAnswers?: boolean;
  /** told when the database was lost for good: the process must end */
  onFatal?: (error: Error) => void;
}
type Store = ReturnType<typeof createStore>;
export interface PageLink {
  page: string;
  url: string;
}
export interface Service {
  /** where it answers; port 0 in the configuration means: chosen by the system */
  url: string;
  port: number;
  /** null: metrics are on the main port */
  metricsPort: number | null;
  /** the root key, only if it was made by this start */
  newRootKey: string | null;
  store: Store;
  db: Database;
  /** one-time links to the pages of the districts on this machine: admin, and a teacher's of the first class */
  pageLinks(publicUrl: string): Promise<PageLink[]>;
  /** takes nothing new, lets what is in flight finish, ends */
  stop(): Promise<void>;
}

const GRACE_MS = 15_000;

export async function startService(config: Config, log: Log, options: ServiceOptions = {}): Promise<Service> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse())
      await end().catch((error: unknown) => log.error('a part did not stop', errorFields(error)));
  };
  try {
    const data = await openData(config, log, options, stops);
    const metrics = createMetrics({
      ...options.metrics,
      connections: () => connectionGauges(data.db),
      pool: () => data.db.pool,
    });
    const sis = createSis({
      allowedNetworks: config.sisAllowedNetworks,
      log,
      metrics,
      ...(options.sisLimits ? { limits: options.sisLimits } : {}),
    });
    const web = createOutgoing(config.sisAllowedNetworks);
    stops.push(async () => web.close());
    const store = createStore({ ...data, sis });
    const made = config.role === 'worker' ? null : await bootstrapKey(config, data.db);
    const stopNotices = config.role === 'api' ? null : await tellOthers(data, config, log, options);
    if (stopNotices) stops.push(stopNotices);
    const stopWork =
      config.role === 'api'
        ? async () => undefined
        : await startWork(
            data,
            {
              lanes: measuredLanes(store.lanes, metrics, () => systemClock.now()),
              sis,
              schedules: store.scheduleWork,
              swept: () => metrics.swept(),
            },
            config.retention,
            options,
            log,
          );
    stops.push(stopWork);
    const stopping = new AbortController();
    const app = createApp({
      store,
      identity: createIdentity(web.outgoing),
      log,
      clock: systemClock,
      config,
      pagesDir: join(root, 'dist/pages'),
      operationsOnly: config.role === 'worker',
      metrics,
      metricsOnMainPort: config.metricsPort === null,
      streams: { ...options.streams, stopping: stopping.signal, told: metrics.eventStreams },
      ...(options.checkAnswers ? { checkAnswers: true } : {}),
    });
    const server = await startServer(app, { port: config.port, host: config.host });
    // side by side: each may take most of the time that a stop has
    stops[stops.indexOf(stopWork)] = () => {
      // whoever listens goes on elsewhere
      stopping.abort();
      return Promise.all([server.close(GRACE_MS), stopWork(), stopNotices?.()]);
    };
    const metricsServer =
      config.metricsPort === null
        ? null
        : await startServer(metricsAlone(metrics), { port: config.metricsPort, host: config.host });
    if (metricsServer) stops.push(() => metricsServer.close(0));
    log.info('ready', { role: config.role, port: server.port, embedded: config.databaseUrl === null });
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    return {
      url: `http://${host}:${server.port}`,
      port: server.port,
      metricsPort: metricsServer?.port ?? null,
      newRootKey: made,
      store,
      db: data.db,
      pageLinks: (publicUrl) => pageLinks(store, data.db, publicUrl),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const tellOthers = (data: Data, config: Config, log: Log, { notices }: ServiceOptions) =>
  startNotices(
    {
      ...{ ...data, log, allowedNetworks: config.sisAllowedNetworks },
      ...{ publicUrl: config.publicUrl, mail: config.mail },
    },
    notices,
  );

export interface Data {
  db: Database;
  seal: Seal;
  listener: Awaited<ReturnType<typeof listen>>;
  embedded: boolean;
}

/** The database, migrated, and what opens its secrets. */
async function openData(
  config: Config,
  log: Log,
  options: ServiceOptions,
  stops: (() => Promise<unknown>)[],
): Promise<Data> {
  const tell = { info: (text: string) => log.info(text), warn: (text: string) => log.warn(text) };
  const { db, seal, connectionString, close } = await openStorage(config, log, {
    ...(options.onFatal ? { onFatal: options.onFatal } : {}),
    prepare: (to) => applyMigrations({ connectionString: to, migrationsDir, log: tell }),
  });
  stops.push(close);
  if (config.databaseUrl === null) await breakLeases(db);
  const lost = (error: Error) => log.warn('a database connection was lost', errorFields(error));
  const listener = await listen(connectionString, { onLost: lost, onSilent: () => db.cut() });
  stops.push(() => listener.close());
  return { db, seal, listener, embedded: config.databaseUrl === null };
}

/** The first root key: given, or generated once and kept beside the data; null when there was one already. */
async function bootstrapKey(config: Config, db: Database): Promise<string | null> {
  // "at first start": one that was deleted later must not come back with every restart
  if (await anyRootKey(db)) return null;
  if (config.bootstrapApiKey !== null) {
    await ensureRootKey(db, config.bootstrapApiKey);
    return null;
  }
  const key = newRootKey();
  await writeSecret(config.dataDir, 'root-api-key', key);
  await ensureRootKey(db, key);
  return key;
}

/** For whoever starts the service on his own machine; a handful of districts, not a list of customers. */
async function pageLinks(store: Store, db: Database, publicUrl: string): Promise<PageLink[]> {
  const by = await rootPrincipal(db);
  const { items } = await store.domains.list(null, { cursor: null, limit: 50 });
  const tenants = items.filter((domain) => domain.parentId === null).slice(0, 5);
  if (!by) return [];
  const links = tenants.map(async ({ domainId, name }) => {
    const tenantId = await store.access.tenantByKey(domainId);
    if (tenantId === null) throw new Error(`the tenant ${domainId} is gone`);
    const scope = { tenantId, domainId: null, classKeys: null };
    const operator = { subject: 'operator', displayName: 'Operator', domainId, expiresInSeconds: 3600 };
    const link = (role: 'admin' | 'teacher', classIds?: string[]) =>
      store.transact(async ({ access, audit }) => {
        const { linkCode } = await access.createToken(scope, { ...operator, role, classIds }, by);
        await audit.add({
          ...bySystem('start'),
          action: 'token.create',
          place: { tenantId, domainId: tenantId },
          subject: { domainId },
          detail: { role, for: operator.displayName },
        });
        return linkCode;
      });
    const admin = `${publicUrl}/admin#code=${await link('admin')}&domain=${encodeURIComponent(domainId)}`;
    const [first] = (
      await store.classes.list(scope, { domainId: null, text: null }, { cursor: null, limit: 1 })
    ).items;
    if (!first) return [{ page: `Admin page of ${name}`, url: admin }];
    const code = await link('teacher', [first.classId]);
    const teacher = `${publicUrl}/teacher#code=${code}&class=${encodeURIComponent(first.classId)}`;
    return [
      { page: `Admin page of ${name}`, url: admin },
      { page: `Teacher page of ${first.title}`, url: teacher },
    ];
  });
  return (await Promise.all(links)).flat();
}
