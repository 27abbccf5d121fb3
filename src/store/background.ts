/**
 * pg-boss, and the only file that knows it: ordinary work with payloads, done at least once by any one worker.
 *
 * It runs over our own pool, so that it costs no connections, and ends with it. `boss.work()` sleeps to its idle poll
 * after every task; here a pump takes as many as it has slots for whenever it is nudged, a slot frees, or on its tick.
 * Defaults that do not suit us are set: retries end after two without a pause, a dead worker is noticed after a quarter
 * of an hour, and what waits is deleted after two weeks.
 */
import { PgBoss, type Job, type JobInsert, type QueueOptions } from 'pg-boss';
import type { Database, Sql } from './database.ts';
import type { TaskName, Tasks, Worker } from '../passback/ports/background.ts';

/** Failures here are our own, or the mail server's: what an endpoint answers is the delivery's business, not the queue's. */
const queues: Record<TaskName, QueueOptions & { slots: number; ofOneGroup?: number }> = {
  webhook: {
    // endpoints of a tenant that take their time take a quarter of ours, and the others' go on
    ...{ slots: 16, ofOneGroup: 4 },
    ...{ retryLimit: 5, retryDelay: 15, retryBackoff: true, retryDelayMax: 600 },
    ...{ expireInSeconds: 60, retentionSeconds: 14 * 86_400, deleteAfterSeconds: 3_600 },
  },
  mail: {
    // about three days, for a mail server may be away over a weekend
    ...{ slots: 2, retryLimit: 20, retryDelay: 30, retryBackoff: true, retryDelayMax: 6 * 3_600 },
    // it holds addresses: gone soon after it went out
    ...{ expireInSeconds: 120, retentionSeconds: 7 * 86_400, deleteAfterSeconds: 3_600 },
  },
};
const names = Object.keys(queues) as TaskName[];
const SCHEMA = 'pgboss';
const TICK_MS = 2_000;
const GRACE_MS = 10_000;

export interface BackgroundOptions {
  /** something went wrong that no task is to blame for, or with one that is tried again */
  onError(error: Error, task: TaskName | null): void;
  tickMs?: number;
  graceMs?: number;
}
export interface Background {
  /** Puts tasks into the queue, within the transaction of `sql`: there with all the rest of it, or not at all. */
  add<Name extends TaskName>(sql: Sql, name: Name, tasks: Later<Name>[]): Promise<void>;
  /** Begins to do the tasks of this name here. */
  work<Name extends TaskName>(name: Name, worker: Worker<Name>): void;
  /** There may be something to do: looks at once. */
  nudge(): void;
  /** Takes nothing new, waits for what is under way, and gives back what takes longer. */
  stop(): Promise<void>;
}
export interface Later<Name extends TaskName> {
  task: Tasks[Name];
  /** of those with the same word, only so many are under way at once as the queue allows */
  group?: string;
  afterSeconds?: number;
  /** of those with the same word, one an hour is put there: the one before may still stand in the queue */
  hourly?: string;
}

/** Ready to be used; its tables are made or brought up to date first, by one of all replicas that start at once. */
export async function startBackground(db: Database, options: BackgroundOptions): Promise<Background> {
  const adapter = (sql: Sql) => ({
    executeSql: async (text: string, values?: unknown[]) => ({ rows: await sql.rows<unknown>(text, values) }),
  });
  const boss = new PgBoss({
    // its own statements bring their own transactions, several in one text
    db: { executeSql: async (text, values) => ({ rows: (await db.pool.query(text, values)).rows }) },
    schema: SCHEMA,
    // a role that may not make schemas can be given one that is there
    createSchema: (await db.rows(`SELECT 1 FROM pg_namespace WHERE nspname = $1`, [SCHEMA])).length === 0,
    schedule: false,
    superviseIntervalSeconds: 30,
    monitorVacuum: false,
  });
  boss.on('error', (error) => options.onError(error, null));
  await boss.start();
  const known = new Set((await boss.getQueues([...names])).map(({ name }) => name));
  for (const name of names) {
    const { slots: _slots, ofOneGroup: _ofOneGroup, ...policy } = queues[name];
    // an earlier release may have made it with other numbers
    await (known.has(name) ? boss.updateQueue(name, policy) : boss.createQueue(name, policy));
  }
  const pumps: Pump[] = [];
  return {
    async add(sql, name, tasks) {
      const jobs = tasks.map(({ task, group, afterSeconds, hourly }): JobInsert => ({
        data: task,
        ...(group === undefined ? {} : { group: { id: group } }),
        ...(afterSeconds ? { startAfter: afterSeconds } : {}),
        ...(hourly === undefined ? {} : { singletonKey: hourly, singletonSeconds: 3_600 }),
      }));
      if (jobs.length > 0) await boss.insert(name, jobs, { db: adapter(sql), returnId: false });
    },
    work(name, worker) {
      pumps.push(
        new Pump(boss, name, worker as (task: object, signal: AbortSignal) => Promise<void>, options),
      );
    },
    nudge() {
      for (const pump of pumps) pump.turn();
    },
    async stop() {
      await Promise.all(pumps.map((pump) => pump.stop()));
      await boss.stop({ graceful: false });
    },
  };
}

/** Takes tasks of one name while there are free slots. */
class Pump {
  private readonly boss: PgBoss;
  private readonly name: TaskName;
  private readonly worker: (task: object, signal: AbortSignal) => Promise<void>;
  private readonly slots: number;
  private readonly ofOneGroup: number | undefined;
  private readonly options: BackgroundOptions;
  private readonly busy = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly ticking: NodeJS.Timeout;
  private taking: Promise<void> | null = null;
  private running = false;
  private again = false;
  private stopped = false;

  constructor(
    boss: PgBoss,
    name: TaskName,
    worker: (task: object, signal: AbortSignal) => Promise<void>,
    options: BackgroundOptions,
  ) {
    this.boss = boss;
    this.name = name;
    this.worker = worker;
    this.slots = queues[name].slots;
    this.ofOneGroup = queues[name].ofOneGroup;
    this.options = options;
    this.ticking = setInterval(() => this.turn(), options.tickMs ?? TICK_MS);
    this.turn();
  }

  turn(): void {
    this.again = true;
    if (!this.running) this.taking = this.take();
  }

  private async take(): Promise<void> {
    this.running = true;
    while (this.again && !this.stopped && this.busy.size < this.slots) {
      this.again = false;
      try {
        const free = this.slots - this.busy.size;
        const limit = this.ofOneGroup === undefined ? {} : { groupConcurrency: this.ofOneGroup };
        const jobs = await this.boss.fetch<object>(this.name, { batchSize: free, ...limit });
        // fewer than asked for may be those of one group that has its share now: there may be others
        if (jobs.length > 0) this.again = true;
        for (const job of jobs) this.begin(job);
      } catch (error) {
        this.options.onError(asError(error), null);
      }
    }
    // in the same breath as the last look at `again`: a turn that comes later begins anew
    this.running = false;
  }

  private begin(job: Job<object>): void {
    const done = this.do(job).finally(() => {
      this.busy.delete(done);
      this.turn();
    });
    this.busy.add(done);
  }

  private async do(job: Job<object>): Promise<void> {
    try {
      try {
        await this.worker(job.data, this.stopping.signal);
      } catch (error) {
        if (!this.stopping.signal.aborted) this.options.onError(asError(error), this.name);
        // kept with it: nothing of the payload, which may hold an address
        await this.boss.fail(this.name, job, { error: asError(error).name });
        return;
      }
      await this.boss.complete(this.name, job);
    } catch (error) {
      // it expires, and is done again
      this.options.onError(asError(error), this.name);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.ticking);
    await this.taking;
    const patience = setTimeout(() => this.stopping.abort(), this.options.graceMs ?? GRACE_MS);
    // what heeds no signal (a mail server that says nothing) is not waited for: its task expires and is done again
    const given = new Promise((done) => setTimeout(done, (this.options.graceMs ?? GRACE_MS) + 2_000).unref());
    await Promise.race([Promise.all(this.busy), given]);
    clearTimeout(patience);
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
