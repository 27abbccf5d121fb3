/** From "the score was accepted" to "its request is at the SIS", at several rates, alone and beside heavy work. */
import type { AxiosInstance } from 'axios';
import type { Figure } from './index.ts';
import { grade, load, sisDistrict } from '../ground/district.ts';
import type { BenchSis } from '../ground/ground.ts';
import { meter, quantile, sample } from '../ground/sample.ts';

const CLASS = { students: 100, lineItems: 100 };
/** 100,000 results, beside one class of single scores */
const BULK_CLASSES = 10;
const BULK_LATENCY_MS = 20;

export const latency: Figure = async ({ ground, rounds, say }) => {
  const sis = await ground.sis(sisDistrict({ classes: 1 + BULK_CLASSES, ...CLASS }));
  const other = await ground.sis(sisDistrict({ classes: 1 + BULK_CLASSES, ...CLASS }));
  const service = await ground.service(await ground.database());
  const api = service.api(64);
  const settings = { autoSync: true, gatherSeconds: 0, verifyAfterSeconds: 86_400 };
  await load(api, sis, { classes: 1, ...CLASS, lineItems: 1 }, settings);
  const rows = [];
  for (const perSecond of [1, 50, 200]) {
    say(`${perSecond} scores a second`);
    const cpu = meter(service, ground);
    const waits = await measured(rounds, async () => {
      cpu.begin();
      const found = await probes(api, sis, perSecond);
      cpu.end(found.length);
      return found;
    });
    rows.push([`${perSecond} /s`, 'nothing', ...waits, ...cpu.cells()]);
  }
  for (const [what, busy, tenant] of [
    ['a remaster of 100,000 results on another connection', other, 'other'],
    ['the same on the same connection', sis, 'bench'],
  ] as const) {
    say(what);
    // automatic only where the single scores come: the remaster is pressed
    await load(
      api,
      busy,
      { classes: 1 + BULK_CLASSES, ...CLASS },
      { ...settings, autoSync: busy === sis },
      tenant,
    );
    for (let c = 1; c <= BULK_CLASSES; c++) await grade(api, c, CLASS, 1, tenant);
    await busy.lever('setLatency', BULK_LATENCY_MS);
    const waits = await measured(rounds, async () => {
      const syncs = [];
      for (let c = 1; c <= BULK_CLASSES; c++) {
        const { data } = await api.post<{ id: string }>(
          `/classes/c${c}/syncs`,
          { mode: 'all' },
          { params: { tenant } },
        );
        syncs.push(data.id);
      }
      const found = await probes(api, sis, 10);
      for (const id of syncs)
        await api.post(`/syncs/${id}/cancel`, undefined, { params: { tenant } }).catch(() => undefined);
      return found;
    });
    await busy.lever('setLatency', 0);
    rows.push(['10 /s', what, ...waits, '', '']);
  }
  await service.stop();
  await sis.stop();
  await other.stop();
  return {
    title: 'Score accepted → request at the SIS',
    about: `\`gatherSeconds: 0\`, automatic. The instants are those of the client that got its 202 and of the SIS that got the request, both on this machine. The remasters are of ten classes at ${BULK_LATENCY_MS} ms, 4 at once, begun just before. CPU with all that goes with a score that comes alone: the request, a run of its lane, the look, the asking for it by the bench.`,
    columns: ['scores', 'meanwhile', 'p50', 'p95', 'p99', 'our CPU per score', 'PostgreSQL’s'],
    rows,
  };
};

async function measured(rounds: number, once: () => Promise<number[]>) {
  const [p50, p95, p99]: number[][] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const waits = await once();
    p50!.push(quantile(waits, 0.5));
    p95!.push(quantile(waits, 0.95));
    p99!.push(quantile(waits, 0.99));
  }
  return [p50!, p95!, p99!].map((values) => sample('ms', values));
}

let edition = 0;
/** About 10 seconds of scores, each another student's; the wait of each. */
async function probes(api: AxiosInstance, sis: BenchSis, perSecond: number): Promise<number[]> {
  const n = Math.min(100, Math.max(10, perSecond * 5));
  edition++;
  await sis.lever('resetCounts');
  const accepted = new Map<number, number>();
  const puts: Promise<unknown>[] = [];
  const started = performance.now();
  for (let i = 0; i < n; i++) {
    const at = started + (i * 1000) / perSecond;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // the score tells which one it is
    const score = edition * 1000 + i;
    puts.push(
      api
        .put(`/classes/c0/lineItems/l0/results/s${i}`, { score }, { params: { tenant: 'bench' } })
        .then(() => accepted.set(score, Date.now())),
    );
  }
  await Promise.all(puts);
  const until = Date.now() + 30_000;
  for (;;) {
    const seen = await arrived(sis);
    const waits = [...accepted].flatMap(([score, at]) => {
      const there = seen.get(score);
      return there === undefined ? [] : [Math.max(0, there - at)];
    });
    if (waits.length === n) return waits;
    if (Date.now() > until) throw new Error(`${n - waits.length} of ${n} scores did not arrive`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function arrived(sis: BenchSis): Promise<Map<number, number>> {
  const answer = (await (await fetch(`${sis.url}/control/requests`)).json()) as {
    value: { kind: string; at: number; body?: { result?: { score?: number } } }[];
  };
  return new Map(
    answer.value.flatMap((r) =>
      r.kind === 'result' && r.body?.result?.score !== undefined ? [[r.body.result.score, r.at]] : [],
    ),
  );
}
