/** The lanes' port, with a count of what passes through it: the lanes themselves know nothing of being measured. */
import type { Fence, Lanes } from './ports/lanes.ts';
import type { LaneMetrics } from './ports/metrics.ts';

const nameOf = ({ connectionId, epoch }: Fence) => `${connectionId}:${epoch}`;

export function measuredLanes(lanes: Lanes, metrics: LaneMetrics, now: () => Date): Lanes {
  /** of each run: versions of scores that the SIS does not have yet, and since when they are here */
  const running = new Map<string, Map<string, Date>>();
  return {
    ...lanes,

    open(fence) {
      running.set(nameOf(fence), new Map());
      metrics.lanesRunning(running.size);
      return lanes.open(fence);
    },

    async take(fence, limit, together) {
      const work = await lanes.take(fence, limit, together);
      const since = running.get(nameOf(fence));
      for (const { results } of work)
        for (const { id, version, ackedVersion, versionAt } of results)
          // what is sent once more says nothing about how long the score took
          if (version > ackedVersion) since?.set(`${id} ${version}`, versionAt);
      return work;
    },

    async settle(fence, settlements) {
      const settling = await lanes.settle(fence, settlements);
      const since = running.get(nameOf(fence));
      if (settling !== 'lost')
        for (const s of settlements) {
          if (s.how === 'untried') continue;
          metrics.settled(s.kind, s.how, 'reason' in s ? s.reason.code : '');
          const accepted = s.kind === 'result' ? since?.get(`${s.id} ${s.version}`) : undefined;
          if (accepted === undefined || s.how !== 'acknowledged') continue;
          since?.delete(`${s.id} ${s.version}`);
          // two clocks: the database's and this process's
          metrics.acknowledgedAfter(Math.max(0, now().getTime() - accepted.getTime()) / 1000);
        }
      return settling;
    },

    async release(fence, restMs) {
      running.delete(nameOf(fence));
      metrics.lanesRunning(running.size);
      return lanes.release(fence, restMs);
    },
  };
}
