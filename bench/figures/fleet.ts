/** Many districts on one service, and several worker processes on one PostgreSQL. */
import type { AxiosInstance } from 'axios';
import type { Figure } from './index.ts';
import { end, putSettings, sisDistrict, studentIds } from '../ground/district.ts';
import type { BenchService, BenchSis } from '../ground/ground.ts';
import { meter, sample } from '../ground/sample.ts';

const RESULTS = 5_000;
const STUDENTS = 5;
const LATENCY_MS = 20;
/** connections (a domain with an SIS of its own each) × worker processes */
const SHAPES = [
  [1, 1],
  [10, 1],
  [100, 1],
  [1_000, 1],
  [1_000, 2],
  [1_000, 4],
] as const;

export const fleet: Figure = async ({ ground, rounds, say }) => {
  const rows = [];
  for (const [connections, workers] of SHAPES) {
    say(`${connections} connections, ${workers} workers`);
    const sis = await ground.sis(sisDistrict({ classes: connections, students: STUDENTS }), LATENCY_MS);
    const databaseUrl = await ground.database();
    // whoever answers requests sends nothing here, so that the workers are all that sends
    const front = await ground.service(databaseUrl, { ROLE: 'api' });
    const crew: BenchService[] = [];
    for (let w = 0; w < workers; w++) crew.push(await ground.service(databaseUrl, { ROLE: 'worker' }));
    const api = front.api(16);
    const lineItems = RESULTS / connections / STUDENTS;
    await inParallel(connections, (c) => district(api, sis, c, lineItems));
    const [rate, memory]: number[][] = [[], []];
    const cpu = meter({ cpuMs: () => total(crew, (w) => w.cpuMs()) }, ground);
    for (let round = 0; round < rounds; round++) {
      await inParallel(connections, (c) => score(api, c, lineItems, round));
      cpu.begin();
      const started = performance.now();
      const ids: { tenant: string; id: string }[] = [];
      await inParallel(connections, async (c) => {
        const { data } = await api.post<{ id: string }>(`/classes/c${c}/syncs`, {});
        ids.push({ tenant: `t${c}`, id: data.id });
      });
      for (const { id } of ids) await end(api, id);
      rate!.push((RESULTS * 1000) / (performance.now() - started));
      cpu.end(RESULTS);
      memory!.push(Math.max(...crew.map((w) => w.rss())) / 2 ** 20);
    }
    rows.push([
      connections.toLocaleString('en'),
      workers,
      sample('/s', rate!),
      ...cpu.cells(),
      sample('MiB', memory!),
    ]);
    for (const one of [...crew, front]) await one.stop();
    await sis.stop();
  }
  return {
    title: 'Districts and workers',
    about: `${RESULTS.toLocaleString('en')} results, shared by so many connections of their own (classes of ${STUDENTS}), all pressed at once; SIS latency ${LATENCY_MS} ms, 4 at once per connection. Everything, with the SIS, PostgreSQL and who presses, is on this one machine, so more workers than cores cannot show more.`,
    columns: [
      'connections',
      'workers',
      'results',
      'CPU of the workers per result',
      'PostgreSQL’s',
      'memory of the largest worker',
    ],
    rows,
  };
};

async function district(api: AxiosInstance, sis: BenchSis, c: number, lineItems: number): Promise<void> {
  const tenant = `t${c}`;
  await api.put(`/domains/${tenant}`, { name: tenant, timeZone: 'UTC' });
  await putSettings(api, sis, { verifyAfterSeconds: 86_400 }, tenant);
  await api.put(`/classes/c${c}`, {
    domainId: tenant,
    title: `Class ${c}`,
    sourcedId: `c${c}`,
    schoolSourcedId: 'school',
    categories: [{ id: 'hw', title: 'Homework' }],
  });
  const students = studentIds(STUDENTS).map((id) => ({ studentId: id, sourcedId: id }));
  await api.put(`/classes/c${c}/students`, { students });
  const dueDate = '2026-11-20T23:59:00Z';
  for (let l = 0; l < lineItems; l++)
    await api.put(`/classes/c${c}/lineItems/l${l}`, {
      title: `Assignment ${l}`,
      categoryId: 'hw',
      dueDate,
      resultValueMax: 100,
    });
}

async function score(api: AxiosInstance, c: number, lineItems: number, round: number): Promise<void> {
  const results = Array.from({ length: lineItems }, (_, l) =>
    studentIds(STUDENTS).map((studentId, i) => ({
      lineItemId: `l${l}`,
      studentId,
      score: (i + l + round) % 101,
    })),
  ).flat();
  await api.post(`/classes/c${c}/results/batch`, { results });
}

async function inParallel(n: number, act: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let i = next++; i < n; i = next++) await act(i);
    }),
  );
}

const total = <T>(all: T[], of: (one: T) => number) => all.reduce((sum, one) => sum + of(one), 0);
