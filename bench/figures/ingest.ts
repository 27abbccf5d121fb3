/** How fast scores are taken in, beside a bare multi-row upsert of the same values through the same driver. */
import { Agent } from 'node:http';
import type { Figure } from './index.ts';
import { bareTable, type Cell } from '../ground/bare-upsert.ts';
import { lmsKey, load, sisDistrict, studentIds } from '../ground/district.ts';
import { sendJson } from '../ground/ground.ts';
import { ratio, sample } from '../ground/sample.ts';

const SIZE = { classes: 1, students: 100, lineItems: 100 };
const SINGLE = 5_000;
/** of batches, in one round */
const MOST = 50_000;
const SOCKETS = 32;

export const ingest: Figure = async ({ ground, rounds, say }) => {
  const sis = await ground.sis(sisDistrict(SIZE));
  const databaseUrl = await ground.database();
  const service = await ground.service(databaseUrl);
  await load(service.api(), sis, SIZE);
  const key = await lmsKey(service.api());
  const express = await ground.other('bench/ground/bare-upsert.ts', { DATABASE_URL: databaseUrl });
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const caller = { agent, key };
  const putTo =
    (url: string) =>
    async ({ lineItemId, studentId, score }: Cell) => {
      const path = `/classes/c0/lineItems/${lineItemId}/results/${studentId}`;
      const { status } = await sendJson('PUT', `${url}${path}`, caller, { score });
      if (status !== 202) throw new Error(`a score was answered with ${status}`);
    };
  const postTo = async (url: string, results: Cell[]) => {
    const { text } = await sendJson('POST', `${url}/classes/c0/results/batch`, caller, { results });
    const { accepted } = JSON.parse(text) as { accepted?: number };
    if (accepted !== results.length) throw new Error(`${accepted} of ${results.length} accepted`);
  };
  const bare = await bareTable(databaseUrl);
  let edition = 0;
  const cells = (n: number): Cell[] => {
    edition++;
    const ids = studentIds(SIZE.students);
    return Array.from({ length: n }, (_, i) => ({
      lineItemId: `l${Math.floor(i / ids.length) % SIZE.lineItems}`,
      studentId: ids[i % ids.length]!,
      score: (edition * 7 + i) % 101,
    }));
  };
  const rows = [];

  say('single PUTs');
  const [single, routed, loop]: number[][] = [[], [], []];
  // once unmeasured: a service runs for weeks, and compiles what it does often in its first thousands of requests
  for (const root of [`${service.url}/v1`, express.url]) await overSockets(cells(SINGLE), putTo(root));
  for (let round = 0; round < rounds; round++) {
    single!.push(await rate(SINGLE, () => overSockets(cells(SINGLE), putTo(`${service.url}/v1`))));
    routed!.push(await rate(SINGLE, () => overSockets(cells(SINGLE), putTo(express.url))));
    loop!.push(await rate(SINGLE, () => overSockets(cells(SINGLE), (cell) => bare.upsert([cell]))));
  }
  rows.push(row(`single PUT, ${SOCKETS} connections`, single!, routed!, loop!));

  for (const size of [10, 100, 1_000, 10_000]) {
    say(`batches of ${size}`);
    const [ours, routed, plain]: number[][] = [[], [], []];
    const total = Math.min(MOST, size * 50);
    const batches = (all: Cell[]) =>
      Array.from({ length: total / size }, (_, i) => all.slice(i * size, (i + 1) * size));
    for (let round = 0; round < rounds; round++) {
      for (const [to, into] of [
        [`${service.url}/v1`, ours!],
        [express.url, routed!],
      ] as const)
        into.push(
          await rate(total, async () => {
            for (const results of batches(cells(total))) await postTo(to, results);
          }),
        );
      plain!.push(
        await rate(total, async () => {
          for (const batch of batches(cells(total))) await bare.upsert(batch);
        }),
      );
    }
    rows.push(row(`batches of ${size}, one after the other`, ours!, routed!, plain!));
  }
  agent.destroy();
  await bare.close();
  await express.stop();
  await service.stop();
  await sis.stop();
  return {
    title: 'Scores taken in',
    about:
      'Results per second until the answer, that is: committed. *Bare upsert*: `INSERT … SELECT FROM unnest … ON CONFLICT DO UPDATE` of score and date into a table with the same key, by the same driver, without HTTP, JSON, keys, tenants and versions. *Express*: that upsert behind an Express route that reads JSON and does nothing else, in a process of its own as ours is.',
    columns: ['', 'ours', 'Express', 'bare upsert', 'ours ÷ Express', 'ours ÷ bare'],
    rows,
  };
};

function row(what: string, ours: number[], express: number[], bare: number[]) {
  const [us, routed, plain] = [sample('/s', ours), sample('/s', express), sample('/s', bare)];
  return [what, us, routed, plain, ratio(us, routed), ratio(us, plain)];
}

async function rate(n: number, act: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await act();
  return (n * 1000) / (performance.now() - started);
}

async function overSockets(cells: Cell[], one: (cell: Cell) => Promise<unknown>): Promise<void> {
  const queue = [...cells];
  await Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      for (let cell = queue.pop(); cell; cell = queue.pop()) await one(cell);
    }),
  );
}
