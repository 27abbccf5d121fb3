/** What drives the schedules of a worker. */
import { setImmediate as turn } from 'node:timers/promises';
import { Scheduler } from '../../src/passback/scheduler.ts';
import type { Advanced, ScheduleWork } from '../../src/passback/ports/schedules.ts';

async function until(look: () => boolean): Promise<void> {
  while (!look()) await turn();
}

/** Work of which `open` is what there is to do: each run answers what it is told to, one after the other. */
function scripted(open: Map<string, (Advanced['how'] | 'fails')[]>) {
  const seen: string[] = [];
  const warned: string[] = [];
  const fails = { claims: 0 };
  const schedules: ScheduleWork = {
    async claimDue() {
      seen.push('claim');
      if (fails.claims-- > 0) throw new Error('no database');
      return 0;
    },
    openRuns: async () => [...open.keys()],
    async advance(id) {
      const how = open.get(id)?.shift() ?? 'ended';
      if (how === 'fails') throw new Error('deadlock detected');
      seen.push(`${id} ${how}`);
      if (how === 'ended') open.delete(id);
      return { how };
    },
  };
  const rests: number[] = [];
  const scheduler = new Scheduler({
    schedules,
    async sleep(ms) {
      rests.push(ms);
    },
    log: { warn: (text) => warned.push(text) },
  });
  return { scheduler, seen, warned, rests, fails };
}

test('starts the classes of a run until no more may be under way, and looks again until it has ended', async () => {
  const open = new Map<string, Advanced['how'][]>([
    ['a', ['started', 'started', 'full', 'full', 'started', 'ended']],
  ]);
  const { scheduler, seen, rests } = scripted(open);
  scheduler.look();
  await until(() => open.size === 0);
  await scheduler.stop();
  expect(seen).toEqual(['claim', 'a started', 'a started', 'a full', 'a full', 'a started', 'a ended']);
  // less often while nothing moves
  expect(rests[1]).toBeGreaterThan(rests[0]!);
});

test('does not go round while every run waits for something that only time or somebody changes', async () => {
  const { scheduler, seen, rests } = scripted(new Map([['a', ['waits', 'waits', 'waits']]]));
  scheduler.look();
  await until(() => seen.length === 2);
  await scheduler.stop();
  expect([seen, rests]).toEqual([['claim', 'a waits'], []]);
});

test('a look that fails is told, and the next one is as good as any', async () => {
  const { scheduler, seen, warned, fails } = scripted(new Map());
  fails.claims = 1;
  scheduler.look();
  await until(() => warned.length === 1);
  scheduler.look();
  await until(() => seen.length === 2);
  await scheduler.stop();
  expect(warned).toHaveLength(1);
});

test('a run on which the database fails is told and tried again by the next look; the others go on', async () => {
  const { scheduler, seen, warned } = scripted(
    new Map([
      ['a', ['fails', 'fails', 'started', 'ended']],
      ['b', ['started', 'waits', 'waits', 'ended']],
    ]),
  );
  scheduler.look();
  await until(() => seen.filter((did) => did === 'b waits').length === 2);
  await until(() => warned.length === 2);
  expect(seen).toEqual(['claim', 'b started', 'b waits', 'b waits']);
  scheduler.look();
  await until(() => seen.includes('b ended'));
  await scheduler.stop();
  expect(seen.slice(4)).toEqual(['claim', 'a started', 'a ended', 'b ended']);
});

test('after it was stopped it begins nothing more', async () => {
  const { scheduler, seen } = scripted(new Map());
  await scheduler.stop();
  scheduler.look();
  await scheduler.stop();
  expect(seen).toEqual([]);
});
