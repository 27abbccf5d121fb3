import type { LaneMetrics } from '../../src/passback/ports/metrics.ts';
import type { ClassWork, Fence, Lanes, Settlement, Settling } from '../../src/passback/ports/lanes.ts';
import { measuredLanes } from '../../src/passback/measured-lanes.ts';

const now = new Date('2026-03-02T10:01:00Z');
const fence: Fence = { connectionId: '1', epoch: '7', owner: 'me' };
const row = (id: string, version: number, ackedVersion: number, versionAt: string) => ({
  ...{ id, version, ackedVersion, versionAt: new Date(versionAt) },
});
const about = (id: string, version: number) => ({ kind: 'result' as const, id, classId: 'c', n: 1, version });
const acknowledged = (id: string, version: number): Settlement => ({
  ...about(id, version),
  ...{ how: 'acknowledged', created: true, hash: 'h', acked: {}, sourcedId: 's' },
});

function measured(work: ReturnType<typeof row>[], written: Settling = 'settled') {
  const said: string[] = [];
  const metrics: LaneMetrics = {
    settled: (kind, how, code) => said.push(`${kind} ${how} ${code}`.trim()),
    acknowledgedAfter: (seconds) => said.push(`after ${seconds}`),
    lanesRunning: (n) => said.push(`running ${n}`),
  };
  const lanes = {
    open: async () => null,
    take: async () => [{ results: work } as unknown as ClassWork],
    settle: async () => written,
    release: async () => undefined,
  } as unknown as Lanes;
  return { lanes: measuredLanes(lanes, metrics, () => now), said };
}

test('a score that the SIS has for the first time tells how long that took, and one that is sent again does not', async () => {
  const { lanes, said } = measured([
    row('a', 2, 1, '2026-03-02T10:00:00Z'),
    row('b', 3, 3, '2026-03-01T10:00:00Z'),
    // the database's clock is ahead of ours
    row('c', 1, 0, '2026-03-02T10:02:00Z'),
  ]);
  await lanes.open(fence);
  await lanes.take(fence, 10);
  await lanes.settle(fence, [acknowledged('a', 2), acknowledged('b', 3), acknowledged('c', 1)]);
  // nor does the same answer once more
  await lanes.settle(fence, [acknowledged('a', 2)]);
  await lanes.release(fence, 0);
  expect(said).toEqual([
    'running 1',
    ...['result acknowledged', 'after 60', 'result acknowledged', 'result acknowledged', 'after 0'],
    'result acknowledged',
    'running 0',
  ]);
});

test('every outcome is counted with its code; what was not tried, and what a lost lane says, is not', async () => {
  const settlements: Settlement[] = [
    { ...about('a', 1), how: 'refused', reason: { code: 'SCORE_ABOVE_MAX' } },
    { ...about('b', 1), how: 'unchanged' },
    { ...about('c', 1), how: 'untried' },
  ];
  const { lanes, said } = measured([]);
  await lanes.settle(fence, settlements);
  expect(said).toEqual(['result refused SCORE_ABOVE_MAX', 'result unchanged']);
  const lost = measured([], 'lost');
  expect(await lost.lanes.settle(fence, settlements)).toBe('lost');
  expect(lost.said).toEqual([]);
});
