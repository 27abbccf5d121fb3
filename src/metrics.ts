/** What this process counts, and what the database says of all: as Prometheus reads it. docs/metrics.md is its table. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LaneMetrics, SisMetrics } from './passback/ports/metrics.ts';
import type { ConnectionGauge } from './store/connection-gauges.ts';

export interface MetricsParts {
  connections(): Promise<{ all: number; gauges: ConnectionGauge[] }>;
  /** what many look at is asked for once in so many milliseconds */
  freshMs?: number | undefined;
  pool(): { totalCount: number; idleCount: number; waitingCount: number };
}
export interface Metrics extends LaneMetrics, SisMetrics {
  httpRequest(request: { method: string; route: string; status: number; seconds: number | null }): void;
  eventStreams: (open: number) => void;
  /** this worker has just looked for what a lost wake-up left behind */
  swept(): void;
  /** everything, as text */
  read(): Promise<{ type: string; text: string }>;
}

const FRESH_MS = 5_000;
const DATABASE_WITHIN_MS = 2_000;
const states = ['closed', 'open', 'halfOpen', 'ramp'] as const;
const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']);
const buckets = {
  /** an answer of an SIS: some take half a minute */
  sis: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  http: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  /** from at once to "the SIS was away over the weekend" */
  acknowledged: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800],
};

export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name: `passback_${name}`, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name: `passback_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, within: number[], labelNames: L[] = []) =>
    new Histogram<L>({ name: `passback_${name}`, help, labelNames, buckets: within, registers });

  const one: ['connection', 'tenant'] = ['connection', 'tenant'];
  const databaseUp = gauge('database_up', '1: the database answered this scrape');
  const connections = gauge('connections', 'SIS connections altogether');
  const queueRows = gauge('queue_rows', 'rows released and not yet acknowledged', one);
  const queueOldest = gauge('queue_oldest_seconds', 'age of the oldest version among them', one);
  const breaker = gauge('breaker_state', '1 for the state that it is in', [...one, 'state']);
  const trouble = gauge('connection_trouble', '1 while there is a trouble', [...one, 'code']);
  const broken = gauge('connection_broken', '1: broken', one);
  const success = gauge('connection_last_success_timestamp_seconds', 'when the SIS last took something', one);
  const ofDatabase = [connections, queueRows, queueOldest, breaker, trouble, broken, success];

  const outcomes = counter('outcomes_total', 'rows settled by the lanes', ['kind', 'how', 'code']);
  const acknowledged = histogram(
    'score_acknowledged_seconds',
    'from a score accepted until the SIS acknowledged it',
    buckets.acknowledged,
  );
  const sis = histogram('sis_request_seconds', 'requests to SISs', buckets.sis, ['about', 'outcome']);
  const lanes = gauge('lanes_running', 'lanes that this process runs now');
  const requests = counter('http_requests_total', 'requests answered', ['route', 'status']);
  const http = histogram('http_request_seconds', 'time until the answer was out', buckets.http, ['method']);
  const sweep = gauge('sweep_last_success_timestamp_seconds', 'when this worker last swept');
  const streams = gauge('event_streams', 'event streams that are open');
  const pool = gauge('database_connections', 'connections of the pool', ['state']);

  let known: Promise<void> | null = null;
  let knownAt = -Infinity;
  /** One look for all who ask within a few seconds. */
  const look = (): Promise<void> => {
    const now = performance.now();
    if (known === null || now - knownAt > (parts.freshMs ?? FRESH_MS)) {
      knownAt = now;
      known = refresh();
    }
    return known;
  };
  async function refresh(): Promise<void> {
    const found = await inTime(parts.connections());
    for (const one of ofDatabase) one.reset();
    databaseUp.set(found ? 1 : 0);
    if (!found) {
      // a metric without labels would say 0
      connections.remove();
      return;
    }
    connections.set(found.all);
    for (const { connection, tenant, ...is } of found.gauges) {
      const labels = { connection, tenant };
      queueRows.set(labels, is.rows);
      queueOldest.set(labels, is.oldestSeconds);
      for (const state of states) breaker.set({ ...labels, state }, state === is.state ? 1 : 0);
      if (is.cause) trouble.set({ ...labels, code: is.cause }, 1);
      broken.set(labels, is.broken ? 1 : 0);
      if (is.lastSuccessAt) success.set(labels, is.lastSuccessAt.getTime() / 1000);
    }
  }

  return {
    settled: (kind, how, code) => outcomes.inc({ kind, how, code }),
    acknowledgedAfter: (seconds) => acknowledged.observe(seconds),
    lanesRunning: (n) => lanes.set(n),
    sisAnswered: (about, status, seconds) =>
      sis.observe({ about, outcome: status === null ? 'none' : `${Math.floor(status / 100)}xx` }, seconds),
    httpRequest({ method, route, status, seconds }) {
      requests.inc({ route, status: String(status) });
      if (seconds !== null) http.observe({ method: methods.has(method) ? method : 'other' }, seconds);
    },
    eventStreams: (open) => streams.set(open),
    swept: () => sweep.setToCurrentTime(),
    async read() {
      await look();
      const { totalCount, idleCount, waitingCount } = parts.pool();
      pool.set({ state: 'used' }, totalCount - idleCount);
      pool.set({ state: 'idle' }, idleCount);
      pool.set({ state: 'waiting' }, waitingCount);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** null: it did not come in time, or failed. */
async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), DATABASE_WITHIN_MS)));
  try {
    return await Promise.race([answer, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
