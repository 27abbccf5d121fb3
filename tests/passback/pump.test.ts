import type { LaneParts } from '../../src/passback/lane-parts.ts';
import type { Fence, Lanes } from '../../src/passback/ports/lanes.ts';
import { Pump } from '../../src/passback/pump.ts';
import { until } from '../support/service.ts';

const fence = (connectionId: string, epoch = '1'): Fence => ({ connectionId, epoch, owner: 'me' });
let pump: Pump;
afterEach(() => pump.stop());

/** A pump whose lanes do only what a test says. */
function started(lanes: Partial<Lanes>) {
  const warned: string[] = [];
  const parts = {
    lanes: { claim: async () => [], renew: async (all: Fence[]) => all, release: async () => {}, ...lanes },
    uptimeMs: () => performance.now(),
    log: { info: () => {}, warn: (text: string) => void warned.push(text) },
  } as unknown as LaneParts;
  pump = new Pump(parts, { owner: 'me', slots: 4, tickMs: 20 });
  pump.start();
  return warned;
}

test('what runs here is named with each claim, until it was given back', async () => {
  const named: string[][] = [];
  const opened = Promise.withResolvers<null>();
  started({
    async claim(_owner, free, running) {
      named.push([...running]);
      expect(free).toBe(4 - running.length);
      return named.length === 1 ? [fence('7')] : [];
    },
    open: () => opened.promise,
  });
  await until(() => named.length >= 3);
  expect(named[0]).toEqual([]);
  expect(named.slice(1)).toEqual(named.slice(1).map(() => ['7']));
  opened.resolve(null);
  await until(() => named.at(-1)?.length === 0);
});

test('a lane that cannot be given back is not begun again in a hot loop', async () => {
  let opened = 0;
  const warned = started({
    // a claim finds what stands under our name and is not run
    claim: async (_owner, _free, running) => (running.includes('7') ? [] : [fence('7')]),
    open: async () => {
      opened++;
      return null;
    },
    release: async () => Promise.reject(new Error('Connection terminated')),
  });
  await until(() => warned.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(opened).toBe(1);
  expect(warned).toEqual(['a lane could not be given back']);
});

test('a run that fails rests before the next one', async () => {
  const rests: number[] = [];
  started({
    claim: async () => (rests.length === 0 ? [fence('7')] : []),
    open: async () => Promise.reject(new Error('Connection terminated')),
    release: async (_fence, restMs) => void rests.push(restMs),
  });
  await until(() => rests.length > 0);
  expect(rests).toEqual([2_000]);
});
