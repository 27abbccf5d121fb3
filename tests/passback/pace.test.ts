import { Pace } from '../../src/passback/pace.ts';

/** Time that passes only when somebody sleeps. */
function clock() {
  let now = 0;
  return {
    now: () => new Date(now),
    pass: (ms: number) => (now += ms),
    sleep: async (ms: number, signal: AbortSignal) => {
      if (!signal.aborted) now += ms;
    },
  };
}
const turns = () => new Promise((resolve) => setImmediate(resolve));
/** Work that ends when it is told to. */
function work(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { run: () => (log.push(name), promise), end: resolve };
}

test('no more at once than the slots, the most urgent first, of equals the first', async () => {
  const pace = new Pace(2, null, clock());
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd', 'urgent', 'e'].map((name) => work(log, name));
  works.forEach((w, i) => pace.start(w.run, i === 4 ? 0 : 5));
  expect(log).toEqual(['a', 'b']);
  works[0]!.end();
  await turns();
  expect(log).toEqual(['a', 'b', 'urgent']);
  for (const w of works) w.end();
  await pace.empty();
  expect(log).toEqual(['a', 'b', 'urgent', 'c', 'd', 'e']);
  expect(pace.idle()).toBe(true);
});

test('is hungry again before the last slot runs dry', async () => {
  const pace = new Pace(2, null, clock());
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd', 'e'].map((name) => work(log, name));
  for (const w of works) pace.start(w.run, 1);
  let hungry = false;
  void pace.hunger(false).then(() => (hungry = true));
  await turns();
  expect(hungry).toBe(false);
  works[0]!.end();
  await turns();
  expect(hungry).toBe(false);
  works[1]!.end();
  await turns();
  expect([hungry, log]).toEqual([true, ['a', 'b', 'c', 'd']]);
  for (const w of works) w.end();
  await pace.empty();
});

test('what has ended before anybody waited is not waited for', async () => {
  const pace = new Pace(2, null, clock());
  const quick = work([], 'quick');
  pace.start(quick.run, 1);
  quick.end();
  await turns();
  await pace.hunger(true);
  expect(pace.idle()).toBe(true);
});

test('with nothing more to take, news or an end wake it', async () => {
  const pace = new Pace(2, null, clock());
  const slow = work([], 'slow');
  pace.start(slow.run, 1);
  let woken = 0;
  void pace.hunger(true).then(() => woken++);
  await turns();
  expect(woken).toBe(0);
  pace.wake();
  await turns();
  expect(woken).toBe(1);
  void pace.hunger(true).then(() => woken++);
  slow.end();
  await turns();
  expect(woken).toBe(2);
});

test('the appetite follows what the SIS manages in 100 ms, at least two rounds of the slots', async () => {
  const time = clock();
  const pace = new Pace(4, null, time);
  expect(pace.appetite()).toBe(8);
  for (let i = 0; i < 1000; i++) {
    time.pass(1);
    pace.start(() => Promise.resolve(), 1);
    if (i % 50 === 0) await turns();
  }
  await pace.empty();
  expect(pace.appetite()).toBeGreaterThan(50);
  expect(pace.appetite()).toBeLessThanOrEqual(500);
});

test('a limit per second spaces the requests, also a slow one', async () => {
  const time = clock();
  const pace = new Pace(4, 2, time);
  const { signal } = new AbortController();
  const at: number[] = [];
  for (let i = 0; i < 4; i++) {
    await pace.turn(signal);
    at.push(time.now().getTime());
  }
  expect(at).toEqual([0, 500, 1000, 1500]);
});

test('whoever stops the lane ends the wait for a turn', async () => {
  const time = clock();
  const pace = new Pace(4, 0.01, time);
  await pace.turn(new AbortController().signal);
  await pace.turn(AbortSignal.abort());
  expect(time.now().getTime()).toBe(0);
});

test('its slots may change while it runs: fewer let what is under way end, more begin at once', async () => {
  const pace = new Pace(3, null, clock());
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => work(log, name));
  for (const w of works) pace.start(w.run, 1);
  pace.setSlots(1);
  works[0]!.end();
  works[1]!.end();
  await turns();
  expect(log).toEqual(['a', 'b', 'c']);
  works[2]!.end();
  await turns();
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  pace.setSlots(3);
  expect(log).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  for (const w of works) w.end();
  await pace.empty();
});
