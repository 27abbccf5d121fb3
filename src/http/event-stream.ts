/**
 * Answers that go on: server-sent events (HTML Standard, "Server-sent events"), each stream for one caller who is asked
 * for his key or token again with every heartbeat.
 *
 * What is not read is not kept: whoever writes waits until the reader has taken it, and a reader who takes nothing for
 * a whole heartbeat is cut off. He comes again with Last-Event-ID.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Principal } from '../passback/ports/callers.ts';
import { Refusal } from '../passback/refusal.ts';

export interface Frame {
  event: string;
  /** comes back as Last-Event-ID from a reader that was cut off after it */
  id?: string;
  data: unknown;
}
export interface Reader {
  /** what it has read already, when it comes again */
  lastEventId: string | undefined;
  /** it has gone, or is sent away */
  gone: AbortSignal;
  /** resolves when there is room for more */
  send: (frame: Frame) => Promise<void>;
}
/** Writes until there is nothing more to tell, or the reader has gone. */
export type Events = (to: Reader) => Promise<void>;

/** As it goes over the wire; JSON has no line breaks of its own. */
export const frameText = ({ event, id, data }: Frame): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** How soon a reader comes again by itself. */
const RETRY_MS = 2_000;
const HEARTBEAT_MS = 15_000;
/** A page opens one for what it shows; a key may stand for a whole LMS. */
const most = { token: 20, key: 500, process: 5_000 };

export interface StreamParts {
  /** aborted when this process stops: whoever reads goes on at another one */
  stopping?: AbortSignal | undefined;
  heartbeatMs?: number | undefined;
  /** how many are open, whenever that changes */
  told?: ((open: number) => void) | undefined;
}
export interface Streams {
  /** `stillThere` throws when the caller may not listen any longer */
  serve(
    about: { req: Request; res: Response; principal: Principal; stillThere: () => Promise<unknown> },
    events: Events,
  ): Promise<void>;
}

export function createStreams({ stopping, heartbeatMs = HEARTBEAT_MS, told }: StreamParts): Streams {
  const perCaller = new Map<string, number>();
  let all = 0;

  /** Answers how to give the place back. */
  function take({ kind, keyId, subject }: Principal): () => void {
    const caller = JSON.stringify([keyId, subject]);
    const has = perCaller.get(caller) ?? 0;
    if (has >= most[kind] || all >= most.process)
      throw new Refusal(
        'TOO_MANY_REQUESTS',
        'Too many event streams are open: close some, or ask again later.',
        {
          retryAfterSeconds: 10,
        },
      );
    perCaller.set(caller, has + 1);
    told?.(++all);
    return () => {
      told?.(--all);
      const left = (perCaller.get(caller) ?? 1) - 1;
      if (left === 0) perCaller.delete(caller);
      else perCaller.set(caller, left);
    };
  }

  return {
    async serve({ req, res, principal, stillThere }, events) {
      const giveBack = take(principal);
      const leaving = new AbortController();
      const { signal: gone } = leaving;
      const leave = () => leaving.abort();
      /** why it ends before its end, so that the reader knows whether to come again */
      const why: string[] = [];
      const sendAway = (code: string) => {
        why.push(code);
        leave();
      };
      const stop = () => sendAway('STOPPING');
      res.once('close', leave);
      if (stopping?.aborted) stop();
      stopping?.addEventListener('abort', stop, { once: true });

      const write = async (text: string) => {
        if (gone.aborted || res.write(text)) return;
        await drained(res, gone);
      };
      const beating = beat(heartbeatMs, gone, async () => {
        if (res.writableNeedDrain) return void res.destroy();
        try {
          await stillThere();
        } catch (error) {
          if (error instanceof Refusal) return sendAway(error.code);
          // the database is away for a moment: asked again with the next one
        }
        await write(':\n\n');
      });
      try {
        res.type('text/event-stream; charset=utf-8').set('X-Accel-Buffering', 'no');
        res.flushHeaders();
        if (req.method !== 'HEAD' && !gone.aborted) {
          await write(`retry: ${RETRY_MS}\n\n`);
          await events({
            lastEventId: req.get('last-event-id'),
            gone,
            send: (frame) => write(frameText(frame)),
          });
        }
        const [closing] = why;
        if (closing !== undefined && res.writable)
          res.write(frameText({ event: 'closed', data: { code: closing } }));
      } catch (error) {
        // what the caller may not see any more: said like every end; a failure of ours ends without a word
        if (!(error instanceof Refusal)) throw error;
        res.write(frameText({ event: 'closed', data: { code: error.code } }));
      } finally {
        leave();
        stopping?.removeEventListener('abort', stop);
        giveBack();
        await beating;
        res.end();
      }
    },
  };
}

async function beat(everyMs: number, gone: AbortSignal, once: () => Promise<void>): Promise<void> {
  const listening = () => !gone.aborted;
  while (listening()) {
    await sleep(everyMs, undefined, { signal: gone, ref: false }).catch(() => undefined);
    if (listening()) await once();
  }
}

/** Room for more, or nobody who wants it. */
function drained(res: Response, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    res.once('drain', done);
    gone.addEventListener('abort', done, { once: true });
  });
}
