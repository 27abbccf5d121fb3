/** What goes on by itself, built and stopped together: lanes, schedules, the sweep and the retention. Workers run it. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import cron from 'node-cron';
import { errorFields, type Log } from './log.ts';
import type { LaneParts } from './passback/lane-parts.ts';
import { Pump, type PumpOptions } from './passback/pump.ts';
import { Scheduler, type SchedulerParts } from './passback/scheduler.ts';
import type { Database } from './store/database.ts';
import type { Listener } from './store/listen.ts';
import { retire, type Retention } from './store/retention.ts';
import { sweep } from './store/sweep.ts';

export type LaneWaits = Pick<LaneParts, 'firstProbeMs'> &
  Pick<PumpOptions, 'tickMs' | 'renewMs' | 'graceMs' | 'haltGraceMs'>;
export type LaneTime = Pick<LaneParts, 'now' | 'uptimeMs' | 'sleep'>;
/** Lanes that one process runs at once: each is a handful of sockets and mostly waits for its SIS. */
const LANES = 64;

const systemTime: LaneTime = {
  now: () => new Date(),
  uptimeMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

/** Answers how to stop it. */
export async function startWork(
  { db, listener }: { db: Database; listener: Listener },
  {
    schedules,
    swept,
    ...parts
  }: Pick<LaneParts, 'lanes' | 'sis'> & Pick<SchedulerParts, 'schedules'> & { swept: () => void },
  retention: Retention,
  { lanes = {}, time = systemTime }: { lanes?: LaneWaits; time?: LaneTime },
  log: Log,
): Promise<() => Promise<void>> {
  const { firstProbeMs, ...pumpWaits } = lanes;
  const pump = new Pump(
    {
      ...parts,
      ...(firstProbeMs === undefined ? {} : { firstProbeMs }),
      ...time,
      random: Math.random,
      log,
    },
    // who reads a lane's row wants to know which process has it; the rest makes it this process and no other
    { owner: `${hostname()}/${process.pid}/${randomUUID()}`, slots: LANES, ...pumpWaits },
  );
  const scheduler = new Scheduler({ schedules, sleep: systemTime.sleep, log });
  const offs = [
    listener.on('lane', (connectionId) => pump.wake(connectionId ?? undefined)),
    listener.on('halt', (connectionId) => pump.halt(connectionId ?? undefined)),
    listener.on('schedule', () => scheduler.look()),
  ];
  const sweeping = async () => {
    try {
      await sweep(db);
      swept();
    } catch (error) {
      log.warn('the sweep failed; it comes again', errorFields(error));
    }
  };
  await sweeping();
  pump.start();
  scheduler.look();
  const retiring = async () => {
    try {
      const retired = await retire(db, retention);
      if (Object.values(retired).some((n) => n > 0)) log.info('history was cut off', { ...retired });
    } catch (error) {
      log.warn('the retention failed; it comes again', errorFields(error));
    }
  };
  const minutely = cron.schedule('* * * * *', sweeping, { noOverlap: true });
  // what is due is due by the database's clock, which may be a little behind ours: a minute later is too late
  const scheduled = cron.schedule('*/15 * * * * *', () => scheduler.look());
  const hourly = cron.schedule('17 * * * *', retiring, { noOverlap: true });
  return async () => {
    await Promise.all([minutely.stop(), scheduled.stop(), hourly.stop()]);
    for (const off of offs) off();
    await Promise.all([pump.stop(), scheduler.stop()]);
  };
}
