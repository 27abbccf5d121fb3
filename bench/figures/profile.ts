/** Where our CPU goes in a sync of 10,000 results: V8's own profile, counted by the part that was running. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './index.ts';
import { grade, load, sisDistrict, sync } from '../ground/district.ts';
import { sample } from '../ground/sample.ts';

const SIZE = { classes: 1, students: 100, lineItems: 100 };
const TOP = 10;

export const profile: Figure = async ({ ground, rounds }) => {
  const shares = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    const place = mkdtempSync(join(tmpdir(), 'passback-profile-'));
    const sis = await ground.sis(sisDistrict(SIZE));
    const service = await ground.service(await ground.database(), {
      NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${place}`,
    });
    const api = service.api();
    await load(api, sis, SIZE, { verifyAfterSeconds: 86_400, maxConcurrentRequests: 16 });
    // lineItems and code are warm; what is profiled is begun by the press
    await grade(api, 0, SIZE, 0);
    await sync(api);
    await grade(api, 0, SIZE, 1);
    const from = process.hrtime.bigint() / 1000n;
    await sync(api);
    const to = process.hrtime.bigint() / 1000n;
    await service.stop();
    await sis.stop();
    for (const [part, share] of sharesOf(readProfile(place), Number(from), Number(to)))
      shares.set(part, [...(shares.get(part) ?? []), share * 100]);
    rmSync(place, { recursive: true, force: true });
  }
  const rows = [...shares]
    .map(([part, values]) => ({ part, values, mean: values.reduce((a, b) => a + b, 0) / rounds }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, TOP)
    .map(({ part, values }) => [part, sample('%', values)]);
  return {
    title: 'Where our CPU goes in a sync',
    about:
      'The ten largest, by the package or folder whose code was running (*node*: its own code in JavaScript; *native*: what is called in C++, such as writing to sockets), of the time in which anything was; 10,000 results, 16 at once, no SIS latency.',
    columns: ['', 'share'],
    rows,
  };
};

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
  /** µs of the clock that `process.hrtime` reads */
  startTime: number;
}

/** The largest is the service's: a thread of somebody else's may have left one too. */
function readProfile(place: string): Profile {
  const all = readdirSync(place).map(
    (file) => JSON.parse(readFileSync(join(place, file), 'utf8')) as Profile,
  );
  const [largest] = all.sort((a, b) => b.samples.length - a.samples.length);
  if (!largest) throw new Error('the service left no profile');
  return largest;
}

function sharesOf({ nodes, samples, timeDeltas, startTime }: Profile, from: number, to: number) {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const parts = new Map<string, number>();
  let at = startTime;
  let busy = 0;
  samples.forEach((id, i) => {
    const delta = timeDeltas[i] ?? 0;
    at += delta;
    const frame = frames.get(id);
    if (at < from || at > to || !frame || frame.functionName === '(idle)') return;
    busy += delta;
    const part = partOf(frame);
    parts.set(part, (parts.get(part) ?? 0) + delta);
  });
  return [...parts].map(([part, time]) => [part, time / busy] as const);
}

function partOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const named = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (named) return named;
  const own = /\/src\/([^/]+)\//.exec(url)?.[1];
  if (own) return `src/${own}`;
  if (url.startsWith('node:')) return 'node';
  return functionName === '(garbage collector)' ? 'garbage collector' : `native: ${functionName}`;
}
