/** Sends the requests, a few at a time, and counts. */
import fc from 'fast-check';
import { readApi } from './api.ts';
import { belowUs, faultsOf } from './judge.ts';
import { type Planned, requests } from './requests.ts';
import { Stage, type Target, TENANTS } from './stage.ts';
import { type Answered, NoAnswer, Wire } from './wire.ts';

export interface FuzzOptions {
  requests: number;
  seed: number;
  /** only operations whose id holds this */
  only?: string | undefined;
  /** requests at once */
  concurrency?: number;
  /** told after each round, e.g. to measure memory */
  afterRound?: (sent: number) => void;
}
export interface FuzzReport {
  requests: number;
  seconds: number;
  /** `2xx`, `400 VALIDATION`, … */
  answers: Record<string, number>;
  /** refused by Node's HTTP parser */
  belowUs: number;
  slowestMs: number;
  slowest: string;
  /** operations of openapi.yaml that nothing was ever done for */
  neverDone: string[];
  operations: number;
  faults: string[];
}

/** Budgets are another test's: a fuzzer that is told to slow down proves nothing. */
export const UNLIMITED = {
  RATE_LIMIT_READ: '0',
  RATE_LIMIT_WRITE: '0',
  RATE_LIMIT_BULK: '0',
  RATE_LIMIT_COSTLY: '0',
};

const ROUND = 100;
const REPAIR_EVERY = 4;
/** Whoever must wait longer than this hangs. The slowest intended answer is that of a connection test. */
const PATIENCE_MS = 45_000;
const MOST_FAULTS = 50;

export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzReport> {
  const all = readApi();
  const api = { ...all, operations: all.operations.filter(({ id }) => id.includes(options.only ?? '')) };
  const stage = new Stage(target);
  const wires = Array.from({ length: options.concurrency ?? 8 }, () => new Wire(target.url, PATIENCE_MS));
  const done = new Set<string>();
  const report: FuzzReport = {
    ...{
      requests: 0,
      seconds: 0,
      answers: {},
      belowUs: 0,
      slowestMs: 0,
      slowest: '',
      neverDone: [],
      faults: [],
    },
    operations: api.operations.length,
  };
  const blame = (fault: string, asked: Planned, answer?: Answered) => {
    if (report.faults.length < MOST_FAULTS) report.faults.push(`${fault}\n${told(asked)}\n${heard(answer)}`);
  };
  const one = async (wire: Wire, asked: Planned) => {
    try {
      const answer = await wire.send(asked);
      const name = nameOf(answer);
      report.answers[name] = (report.answers[name] ?? 0) + 1;
      if (answer.ms > report.slowestMs) {
        report.slowestMs = Math.round(answer.ms);
        report.slowest = `${told(asked)}\n${heard(answer)}`;
      }
      if (belowUs(answer)) report.belowUs++;
      if (answer.status < 300 && asked.operation) done.add(asked.operation.id);
      for (const fault of faultsOf(api, asked, answer, TENANTS)) blame(fault, asked, answer);
      stage.learn(asked, answer);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      blame(error.message, asked);
    }
    report.requests++;
  };

  const started = performance.now();
  for (let round = 0; report.requests < options.requests; round++) {
    if (round % REPAIR_EVERY === 0) await stage.repair();
    const numRuns = Math.min(ROUND, options.requests - report.requests);
    const planned = fc.sample(requests(api, stage.actors()), {
      seed: options.seed * 1_000_003 + round,
      numRuns,
    });
    await Promise.all(
      wires.map(async (wire) => {
        for (let asked = planned.pop(); asked; asked = planned.pop()) await one(wire, asked);
      }),
    );
    options.afterRound?.(report.requests);
  }
  report.seconds = (performance.now() - started) / 1000;
  for (const wire of wires) wire.close();
  report.faults.push(...(await stage.works(`after-${options.seed}`)));
  report.neverDone = api.operations.map((o) => o.id).filter((id) => !done.has(id));
  return report;
}

function nameOf(answer: Answered): string {
  if (answer.status < 300) return '2xx';
  const code = /"code":"(\w+)"/.exec(answer.body.toString())?.[1] ?? '';
  return `${answer.status} ${code}`.trim();
}

const short = (text: string) => (text.length > 1500 ? `${text.slice(0, 1500)}… (${text.length})` : text);
const told = ({ actor, method, path, headers, body }: Planned) =>
  `  ${actor.name}: ${method} ${short(path)}\n  ${JSON.stringify(
    headers.filter(([name]) => name !== 'Authorization').map(([name, value]) => [name, short(value)]),
  )}\n  ${body ? short(JSON.stringify(body.toString())) : 'no body'}`;
const heard = (answer?: Answered) =>
  answer ? `  → ${answer.status} ${short(answer.body.toString())}` : '  → nothing';
