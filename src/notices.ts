/** What is told to others, built and stopped together: the relay, the deliveries of webhooks, mails. Workers run it. */
import { errorFields, type Log } from './log.ts';
import { createMailer, type MailOptions } from './mail.ts';
import { deliver } from './passback/deliver.ts';
import type { Post } from './passback/ports/webhooks.ts';
import { createEgress } from './sis/egress.ts';
import { createNetworkGuard } from './sis/network-guard.ts';
import { startBackground, type Background } from './store/background.ts';
import type { Telling } from './store/class-problems.ts';
import { sqlState, type Database } from './store/database.ts';
import { createDeliveries } from './store/deliveries.ts';
import type { Listener } from './store/listen.ts';
import { relay, relaySlow, tellDisabled } from './store/relay.ts';
import type { Seal } from './store/seal.ts';

export interface NoticesParts {
  db: Database;
  seal: Seal;
  listener: Listener;
  log: Log;
  /** networks that an address may lie in although they are private */
  allowedNetworks: string[];
  publicUrl: string;
  mail: MailOptions | null;
}
/** For tests: how often it looks by itself. */
export interface NoticesWaits {
  tickMs?: number;
  slowMs?: number;
  graceMs?: number;
}
const TICK_MS = 5_000;
const SLOW_MS = 60_000;
const SAID_FOR_MS = 3_600_000;
/** A receiver has only to take an event, not to work on it meanwhile. */
const LIMITS = { connectMs: 5_000, totalMs: 15_000, maxBodyBytes: 256 * 1024 };

/** insufficient_privilege */
const NOT_ALLOWED = '42501';

/**
 * Answers how to stop it. Where the database's role may not make what this stands on, grades go all the same: nothing
 * is announced meanwhile, and what waits is announced when somebody has allowed it and started again.
 */
export async function startNotices(
  parts: NoticesParts,
  waits: NoticesWaits = {},
): Promise<() => Promise<void>> {
  const { db, log } = parts;
  try {
    const background = await startBackground(db, {
      onError: (error, task) => log.warn('a task failed; it is tried again', { task, ...errorFields(error) }),
      ...(waits.graceMs === undefined ? {} : { graceMs: waits.graceMs }),
    });
    return announcing(parts, background, waits);
  } catch (error) {
    if (sqlState(error) !== NOT_ALLOWED) throw error;
    log.error(
      'no webhooks and no mails: this database role may not make their tables. Run "migrate" as the owner of the database, or GRANT CREATE ON DATABASE to this role, and start again. Grades are sent all the same.',
      errorFields(error),
    );
    return async () => undefined;
  }
}

function announcing(parts: NoticesParts, background: Background, waits: NoticesWaits): () => Promise<void> {
  const { db, seal, log } = parts;
  const now = () => new Date();
  const telling: Telling = {
    background,
    mail: parts.mail && { publicUrl: parts.publicUrl },
    now,
    failed: createFailures(log),
  };
  const deliveries = createDeliveries(db, seal, background, (sql, id) => tellDisabled(sql, id, telling));
  const egress = createEgress({ guard: createNetworkGuard(parts.allowedNetworks), limits: LIMITS });
  background.work('webhook', ({ deliveryId }, signal) =>
    deliver({ deliveries, post: postBy(egress), now, random: Math.random }, deliveryId, signal),
  );
  const mailer = parts.mail && createMailer(parts.mail, log);
  // without a mail server what an earlier configuration has left waits for its return, or goes with time
  if (mailer) background.work('mail', (task) => mailer.send(task));

  let stopped: Promise<void> | null = null;
  const relaying = looking(async () => {
    while (!stopped && (await relay(db, telling)));
    background.nudge();
  }, log);
  const slowly = looking(async () => {
    await relaySlow(db, seal, telling, () => stopped !== null);
    background.nudge();
  }, log);
  const off = parts.listener.on('outbox', () => relaying.look());
  const ticks = [
    setInterval(() => relaying.look(), waits.tickMs ?? TICK_MS),
    setInterval(() => slowly.look(), waits.slowMs ?? SLOW_MS),
  ];
  relaying.look();
  slowly.look();

  const stop = async () => {
    off();
    for (const tick of ticks) clearInterval(tick);
    await Promise.all([relaying.end(), slowly.end()]);
    await background.stop();
    egress.close();
    mailer?.close();
  };
  return () => (stopped ??= stop());
}

/** One look at a time; whoever asks meanwhile is answered by one more. */
function looking(work: () => Promise<void>, log: Log): { look(): void; end(): Promise<void> } {
  const is = { running: false, asked: false, ended: false };
  let run: Promise<void> | null = null;
  const start = async () => {
    is.running = true;
    while (is.asked && !is.ended) {
      is.asked = false;
      await work().catch((error: unknown) => {
        if (!is.ended) log.warn('an announcement failed; it comes again', errorFields(error));
      });
    }
    is.running = false;
  };
  return {
    look() {
      is.asked = true;
      if (!is.running) run = start();
    },
    async end() {
      is.ended = true;
      await run;
    },
  };
}

/** Said once an hour of each: what cannot be announced is tried every few seconds. */
function createFailures(log: Log): Telling['failed'] {
  const said = new Map<string, number>();
  return (about, error) => {
    const now = performance.now();
    for (const [other, at] of said) if (now - at > SAID_FOR_MS) said.delete(other);
    if (said.has(about)) return;
    said.set(about, now);
    log.error('something could not be announced; it comes again, the rest goes on', {
      about,
      ...errorFields(error),
    });
  };
}

function postBy(egress: ReturnType<typeof createEgress>): Post {
  return async ({ url, headers, body }, signal) => {
    const answer = await egress.exchange({ method: 'POST', url, headers, body, signal });
    if (answer.kind === 'silence') return { kind: 'silence', reason: answer.reason };
    const retryAfter = answer.headers['retry-after'];
    return { kind: 'response', status: answer.status, ...(retryAfter === undefined ? {} : { retryAfter }) };
  };
}
