/**
 * How fast a sync is, beside the ceiling (a bare keep-alive loop that sends the same PUTs at the same concurrency to
 * the same SIS) and beside the naive client that the nearest open-source peer is: GET + PUT per score, all at once.
 */
import { Agent } from 'node:http';
import axios from 'axios';
import type { Figure } from './index.ts';
import { grade, load, putSettings, sisDistrict, sync, took } from '../ground/district.ts';
import { SIS_TOKEN, type BenchSis } from '../ground/ground.ts';
import { meter, ratio, sample } from '../ground/sample.ts';

const SIZE = { classes: 1, students: 100, lineItems: 50 };
const RESULTS = SIZE.students * SIZE.lineItems;
/** Some five seconds of the bare loop: of as many everywhere, one round would take half an hour. */
const resultsAt = (latencyMs: number, concurrency: number) =>
  Math.min(RESULTS, latencyMs === 0 ? RESULTS : (concurrency * 5_000) / latencyMs);

interface Body {
  sourcedId: string;
}

export const throughput: Figure = async ({ ground, rounds, say }) => {
  const sis = await ground.sis(sisDistrict(SIZE));
  const service = await ground.service(await ground.database());
  const api = service.api();
  const settings = { verifyAfterSeconds: 86_400 };
  await load(api, sis, SIZE, settings);
  let graded = 0;
  await grade(api, 0, SIZE, graded);
  await sync(api);

  const rows = [];
  for (const latencyMs of [0, 20, 200])
    for (const concurrency of [1, 4, 16]) {
      say(`latency ${latencyMs} ms, ${concurrency} at once`);
      await putSettings(api, sis, { ...settings, maxConcurrentRequests: concurrency });
      await sis.lever('setLatency', latencyMs);
      const n = Math.max(100, Math.floor(resultsAt(latencyMs, concurrency) / 100) * 100);
      const part = { students: SIZE.students, lineItems: n / SIZE.students };
      const [ours, bare, naive]: number[][] = [[], [], []];
      const cpu = meter(service, ground);
      for (let round = 0; round < rounds; round++) {
        await grade(api, 0, part, ++graded);
        const { data } = await api.get<{ entries: { kind: string; action: string; body: Body | null }[] }>(
          '/classes/c0/plan',
        );
        const bodies = data.entries.flatMap((e) =>
          e.kind === 'result' && e.action === 'update' && e.body ? [e.body] : [],
        );
        bare!.push(perSecond(bodies.length, await bareLoop(sis, bodies, concurrency)));
        // one at a time is not its way: it is measured once per latency, all at once as it does
        if (concurrency === 16) naive!.push(perSecond(bodies.length, await naiveClient(sis, bodies)));
        cpu.begin();
        const done = await sync(api);
        cpu.end(bodies.length);
        ours!.push(perSecond(done.counts['updated'] ?? 0, took(done)));
      }
      const us = sample('/s', ours!);
      const ceiling = sample('/s', bare!);
      rows.push([
        `${latencyMs} ms`,
        concurrency,
        n,
        us,
        ceiling,
        ratio(us, ceiling),
        naive!.length > 0 ? sample('/s', naive!) : '',
        ...cpu.cells(),
      ]);
    }
  await service.stop();
  await sis.stop();
  return {
    title: 'Throughput of a sync',
    about:
      'Results per second of a manual sync; *bare loop*: the same bodies from a keep-alive axios loop at the same concurrency, nothing else; *naive*: GET + PUT per score, all at once. CPU of our process, and of PostgreSQL’s, per result.',
    columns: [
      'SIS latency',
      'at once',
      'results',
      'ours',
      'bare loop',
      'ours ÷ bare',
      'naive',
      'our CPU per result',
      'PostgreSQL’s',
    ],
    rows,
  };
};

const perSecond = (n: number, ms: number) => (n * 1000) / ms;

async function bareLoop(sis: BenchSis, bodies: Body[], concurrency: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const client = axios.create({ httpAgent: agent, headers: { authorization: `Bearer ${SIS_TOKEN}` } });
  const queue = [...bodies];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let body = queue.pop(); body; body = queue.pop())
        await client.put(`${sis.gradebookUrl}/results/${body.sourcedId}`, { result: body });
    }),
  );
  const ms = performance.now() - started;
  agent.destroy();
  return ms;
}

/** Asks whether each is there, then writes it; no limit, no keep-alive worth the name. */
async function naiveClient(sis: BenchSis, bodies: Body[]): Promise<number> {
  const client = axios.create({
    headers: { authorization: `Bearer ${SIS_TOKEN}` },
    validateStatus: () => true,
  });
  const started = performance.now();
  await Promise.all(
    bodies.map(async (body) => {
      await client.get(`${sis.gradebookUrl}/results/${body.sourcedId}`);
      await client.put(`${sis.gradebookUrl}/results/${body.sourcedId}`, { result: body });
    }),
  );
  return performance.now() - started;
}
