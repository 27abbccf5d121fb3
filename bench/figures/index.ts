/** The list of figures: `ls` is the same list. */
import type { Ground } from '../ground/ground.ts';
import type { Table } from '../ground/results.ts';
import { fleet } from './fleet.ts';
import { history } from './history.ts';
import { ingest } from './ingest.ts';
import { latency } from './latency.ts';
import { pages } from './pages.ts';
import { plans } from './plans.ts';
import { profile } from './profile.ts';
import { requests } from './requests.ts';
import { million, scale } from './scale.ts';
import { size } from './size.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

export interface Bench {
  ground: Ground;
  rounds: number;
  say: (words: string) => void;
}
export type Figure = (bench: Bench) => Promise<Table>;

export const figures: Readonly<Record<string, Figure>> = {
  requests,
  throughput,
  profile,
  latency,
  ingest,
  scale,
  million,
  fleet,
  history,
  plans,
  start,
  size,
  pages,
};
