import { createMetrics } from '../src/metrics.ts';
import type { ConnectionGauge } from '../src/store/connection-gauges.ts';

const pool = () => ({ totalCount: 3, idleCount: 2, waitingCount: 1 });
const gauge: ConnectionGauge = {
  ...{ connection: '7', tenant: 'district', rows: 5, oldestSeconds: 60, state: 'open', cause: 'CONN_DNS' },
  ...{ broken: true, lastSuccessAt: new Date('2026-03-02T10:00:00Z') },
};
const lines = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

test('what the database says is left out while it does not answer, and comes back as it is by then', async () => {
  let answer: () => Promise<{ all: number; gauges: ConnectionGauge[] }>;
  const metrics = createMetrics({ connections: () => answer(), pool, freshMs: 0 });
  answer = async () => ({ all: 1, gauges: [gauge] });
  const there = (await metrics.read()).text;
  expect(lines(there, 'passback_database_up')).toEqual(['passback_database_up 1']);
  expect(lines(there, 'passback_breaker_state')).toEqual(
    ['closed 0', 'open 1', 'halfOpen 0', 'ramp 0'].map((one) => {
      const [state, value] = one.split(' ');
      return `passback_breaker_state{connection="7",tenant="district",state="${state}"} ${value}`;
    }),
  );

  answer = async () => Promise.reject(new Error('Connection terminated'));
  const away = (await metrics.read()).text;
  expect(lines(away, 'passback_database_up')).toEqual(['passback_database_up 0']);
  for (const name of ['queue_rows', 'breaker_state', 'connection_trouble', 'connections'])
    expect(lines(away, `passback_${name}`)).toEqual([]);
  // what this process knows by itself is there all the same
  expect(lines(away, 'passback_database_connections{state="waiting"}')).toEqual([
    'passback_database_connections{state="waiting"} 1',
  ]);

  answer = async () => ({ all: 1, gauges: [{ ...gauge, state: 'closed', cause: null, broken: false }] });
  const back = (await metrics.read()).text;
  expect(lines(back, 'passback_connection_trouble')).toEqual([]);
  expect(lines(back, 'passback_connection_broken')).toEqual([
    'passback_connection_broken{connection="7",tenant="district"} 0',
  ]);
});

test('many who look at once cost one look, and a tenant’s odd id breaks no line', async () => {
  let looks = 0;
  const connections = async () => {
    looks++;
    return { all: 1, gauges: [{ ...gauge, tenant: 'a"b\\c\nd' }] };
  };
  const metrics = createMetrics({ connections, pool });
  const [first] = await Promise.all([metrics.read(), metrics.read(), metrics.read()]);
  expect(looks).toBe(1);
  expect(lines(first.text, 'passback_queue_rows{')).toEqual([
    'passback_queue_rows{connection="7",tenant="a\\"b\\\\c\\nd"} 5',
  ]);
});

test('methods that nobody knows share a name', async () => {
  const metrics = createMetrics({ connections: async () => ({ all: 0, gauges: [] }), pool });
  for (const method of ['GET', 'PROPFIND', 'BREW'])
    metrics.httpRequest({ method, route: 'none', status: 404, seconds: 0.1 });
  const { text } = await metrics.read();
  expect(lines(text, 'passback_http_request_seconds_count')).toEqual([
    'passback_http_request_seconds_count{method="GET"} 1',
    'passback_http_request_seconds_count{method="other"} 2',
  ]);
});
