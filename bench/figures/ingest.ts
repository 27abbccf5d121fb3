/** How fast scores are taken in, beside a bare multi-row upsert of the same values through the same driver. */
import { Agent } from 'node:http';
import pg from 'pg';
import type { Figure } from './index.ts';
import { lmsKey, load, sisDistrict, studentIds } from '../ground/district.ts';
import { ratio, sample } from '../ground/sample.ts';

const SIZE = { classes: 1, students: 100, lineItems: 100 };
const CELLS = SIZE.students * SIZE.lineItems;
const SINGLE = 5_000;
const SOCKETS = 32;

interface Cell {
  lineItemId: string;
  studentId: string;
  score: number;
}

export const ingest: Figure = async ({ ground, rounds, say }) => {
  const sis = await ground.sis(sisDistrict(SIZE));
  const databaseUrl = await ground.database();
  const service = await ground.service(databaseUrl);
  await load(service.api(), sis, SIZE);
  const key = await lmsKey(service.api());
  const api = service.api(SOCKETS, key);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const putOne = async ({ lineItemId, studentId, score }: Cell) => {
    const path = `/classes/c0/lineItems/${lineItemId}/results/${studentId}`;
    const status = await service.put(agent, key, path, { score });
    if (status !== 202) throw new Error(`a score was answered with ${status}`);
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
  const [single, loop]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    single!.push(await rate(SINGLE, () => overSockets(cells(SINGLE), putOne)));
    loop!.push(await rate(SINGLE, () => overSockets(cells(SINGLE), (cell) => bare.upsert([cell]))));
  }
  rows.push(row(`single PUT, ${SOCKETS} connections`, single!, loop!));

  for (const size of [10, 100, 1_000, 10_000]) {
    say(`batches of ${size}`);
    const [ours, plain]: number[][] = [[], []];
    const total = Math.min(CELLS, size * 50);
    const batches = (all: Cell[]) =>
      Array.from({ length: total / size }, (_, i) => all.slice(i * size, (i + 1) * size));
    for (let round = 0; round < rounds; round++) {
      ours!.push(
        await rate(total, async () => {
          for (const results of batches(cells(total))) {
            const { data } = await api.post<{ accepted: number }>('/classes/c0/results/batch', { results });
            if (data.accepted !== size) throw new Error(`${data.accepted} of ${size} accepted`);
          }
        }),
      );
      plain!.push(
        await rate(total, async () => {
          for (const batch of batches(cells(total))) await bare.upsert(batch);
        }),
      );
    }
    rows.push(row(`batches of ${size}, one after the other`, ours!, plain!));
  }
  agent.destroy();
  await bare.close();
  await service.stop();
  await sis.stop();
  return {
    title: 'Scores taken in',
    about:
      'Results per second until the answer, that is: committed. *Bare upsert*: `INSERT … SELECT FROM unnest … ON CONFLICT DO UPDATE` of score and date into a table with the same key, by the same driver, without HTTP, JSON, keys, tenants and versions.',
    columns: ['', 'ours', 'bare upsert', 'ours ÷ bare'],
    rows,
  };
};

function row(what: string, ours: number[], bare: number[]) {
  const us = sample('/s', ours);
  const plain = sample('/s', bare);
  return [what, us, plain, ratio(us, plain)];
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

async function bareTable(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined);
  await pool.query(
    `CREATE TABLE bare (line_item text, student text, score numeric, at timestamptz, PRIMARY KEY (line_item, student))`,
  );
  return {
    upsert: (cells: Cell[]) =>
      pool.query({
        name: 'bare',
        text: `INSERT INTO bare SELECT l, s, v, now() FROM unnest($1::text[], $2::text[], $3::numeric[]) AS i(l, s, v)
               ON CONFLICT (line_item, student) DO UPDATE SET score = excluded.score, at = excluded.at`,
        values: [cells.map((c) => c.lineItemId), cells.map((c) => c.studentId), cells.map((c) => c.score)],
      }),
    close: () => pool.end(),
  };
}
