/**
 * The torture: a PostgreSQL, a demo SIS that fails one request in ten in every way it can, and two replicas that are
 * killed and paused while thousands of scores are graded and graded again. When it is over, the SIS must hold what the
 * LMS was told is accepted, cell by cell, and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sisDistrict, type Size } from '../ground/district.ts';
import type { Ground } from '../ground/ground.ts';
import { chance } from './chance.ts';
import { differences, hasten, pending, type Pending } from './compare.ts';
import { armAll, injected, refuseToken } from './faults.ts';
import { Lms, type Cell } from './lms.ts';
import { keepAlive, wreak } from './replicas.ts';

export interface TortureOptions {
  size: Size;
  tenants: number;
  kills: number;
  everyMs: [number, number];
  pauseEvery: number;
  pauseMs: [number, number];
  /** how often each fault that rests the whole lane may strike */
  few: number;
  /** refuse the sign-in once: the lane then rests for minutes */
  refuseToken: boolean;
  seed: number;
  /** how long the end may take before it counts as never */
  quietMs: number;
  /** once the SIS is well: do not sit out the minutes after which a failed read or write is tried again */
  hasten: boolean;
  tell: (words: string) => void;
}
export interface Report {
  results: number;
  regraded: number;
  kills: number;
  pauses: number;
  faults: Record<string, number>;
  requests: Record<string, number>;
  /** PUTs of results for each version that had to be sent */
  amplification: number;
  staleWrites: number;
  killSeconds: number;
  /** from the last kill until all but a hundredth was acknowledged */
  faultSeconds: number;
  /** from the last fault until everything was acknowledged and read back */
  quietSeconds: number;
  differences: string[];
  defects: string[];
}

export async function torture(ground: Ground, options: TortureOptions): Promise<Report> {
  const { size, tenants, tell } = options;
  const random = chance(options.seed);
  const databaseUrl = await ground.database();
  const sis = await ground.sis(sisDistrict(size), 2);
  const replicas = [await keepAlive(databaseUrl), await keepAlive(databaseUrl)];
  const urls = replicas.map(({ url }) => url);
  const lms = new Lms(urls, tenants);
  try {
    await lms.furnish(sis, size);
    await armAll(sis, options.few);

    const started = performance.now();
    let over = false;
    const grading = grade(lms, options, () => over);
    const havoc = await wreak(replicas, options, random, ({ kills }) => {
      if (kills % 10 === 0) tell(`${kills} kills, ${lms.accepted.size} cells graded`);
      if (options.refuseToken && kills === Math.floor(options.kills / 2)) void refuseToken(sis);
    });
    over = true;
    const regraded = await grading;
    const killSeconds = (performance.now() - started) / 1000;
    const versions = size.classes * size.lineItems * size.students + regraded;
    tell(`the last kill after ${killSeconds.toFixed(0)} s; the SIS goes on failing`);
    // what is still to be sent goes through the same faults
    await calm(databaseUrl, options, ({ unsent }) => unsent <= versions / 100);
    await sis.lever('disarm');
    const faultSeconds = (performance.now() - started) / 1000 - killSeconds;
    tell('the SIS is well again; waiting for quiet');
    const hastening = setInterval(() => void (options.hasten && hasten(databaseUrl)), 10_000);
    const quietSeconds = await calm(
      databaseUrl,
      options,
      ({ unsent, unverified }) => unsent + unverified === 0,
    );
    clearInterval(hastening);
    // the figures first: what follows is not the service's doing
    const requests = await sis.lever<Record<string, number>>('counts');
    const report: Report = {
      results: versions - regraded,
      regraded,
      ...havoc,
      faults: await injected(sis),
      requests,
      amplification: (requests['PUT result'] ?? 0) / versions,
      staleWrites: await sis.lever<number>('staleWrites'),
      killSeconds,
      faultSeconds,
      quietSeconds,
      differences: await differences(sis, lms, size, databaseUrl),
      defects: [],
    };
    const codes = await Promise.all(replicas.map((one) => one.end()));
    report.defects = [
      ...replicas.flatMap((one) => one.defects),
      ...codes.flatMap((code) => (code === 0 ? [] : [`a replica ended with ${code} after SIGTERM`])),
    ];
    return report;
  } finally {
    await Promise.all(replicas.map((one) => one.end()));
    await sis.stop();
  }
}

/** Grades everything, then a fifth of it again while replicas die; answers how many were graded again. */
async function grade(lms: Lms, options: TortureOptions, over: () => boolean): Promise<number> {
  const { classes, lineItems, students } = options.size;
  const random = chance(options.seed + 1);
  await Promise.all(Array.from({ length: classes }, (_, cls) => lms.load(cls, options.size, random)));
  const wanted = Math.round((classes * lineItems * students) / 5);
  const cells = Array.from({ length: wanted }, (): Cell => ({
    cls: random.below(classes),
    lineItem: random.below(lineItems),
    student: random.below(students),
  }));
  // spread over the whole run; what is left at its end goes at once
  const eachMs = (options.kills * (options.everyMs[0] + options.everyMs[1])) / 2 / wanted;
  for (const cell of cells) {
    await lms.grade(cell, random.below(101));
    if (!over()) await sleep(eachMs * random.next() * 1.6);
  }
  return wanted;
}

/** Waits until enough is done; answers how many seconds that took. */
async function calm(
  databaseUrl: string,
  { quietMs, tell }: TortureOptions,
  enough: (pending: Pending) => boolean,
): Promise<number> {
  const started = performance.now();
  for (let looks = 0; ; looks++) {
    const now = await pending(databaseUrl);
    const seconds = (performance.now() - started) / 1000;
    // the comparison then says what is wrong
    if (enough(now) || seconds * 1000 > quietMs) return seconds;
    const { unsent, unverified, causes } = now;
    const words = `${unsent} not acknowledged, ${unverified} not read back ${causes.join(', ')}`;
    if (looks % 10 === 0) tell(`${seconds.toFixed(0)} s: ${words}`);
    await sleep(1_000);
  }
}
