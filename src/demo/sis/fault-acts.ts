/** What each armed fault does to a request on its way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NextFunction, Request, Response } from 'express';
import { exchangeOf, send } from './exchange.ts';
import type { Answer, Effect } from './exchange.ts';
import type { FaultSpec, Faults } from './faults.ts';
import { statusAnswer, wrongAnswer } from './wrong-answers.ts';

/** These answers are made of the real one, so the request is worked on; the others stand before it. */
const STORES_BY_DEFAULT = new Set(['reset-after-store', 'truncate', 'drip']);
const NOTHING: Answer = { status: 201, headers: {}, body: Buffer.alloc(0) };

/** Middleware that lets an armed fault strike. `stopped` ends every wait when the SIS stops. */
export function strike(faults: Faults, stopped: AbortSignal) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { entry, effect } = exchangeOf(response);
    const fault = faults.take(entry);
    if (!fault) return next();
    entry.fault = fault.kind;
    switch (fault.kind) {
      case 'hang':
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'delay':
        await pause(fault.ms ?? 1000, stopped);
        if (!response.destroyed && !stopped.aborted) next();
        return;
      case 'hold':
        await faults.disarmed(fault.id);
        if (!response.destroyed && !stopped.aborted) next();
        return;
      case 'late':
        effect.hold = () => pause(fault.ms ?? 1000, stopped);
        if (fault.status !== undefined) {
          send(response, statusAnswer(fault));
          effect.answer = () => {};
        }
        return next();
      case 'accept-drop':
        effect.drop = true;
        return next();
      case 'coerce':
        effect.alter = (object) => coerce(fault, object);
        return next();
      default:
        return answerWrongly(fault, effect, response, next);
    }
  };
}

/** Middleware after the token check: holds back what a `late` fault or the SIS's own latency delays. */
export function hold(latencyMs: () => number, stopped: AbortSignal) {
  return async (_request: Request, response: Response, next: NextFunction): Promise<void> => {
    if (latencyMs() > 0) await pause(latencyMs(), stopped);
    await exchangeOf(response).effect.hold?.();
    if (!stopped.aborted) next();
  };
}

function answerWrongly(fault: FaultSpec, effect: Effect, response: Response, next: NextFunction): void {
  effect.answer = (to, real) => wrongAnswer(fault, to, real);
  if (fault.store ?? STORES_BY_DEFAULT.has(fault.kind)) next();
  else effect.answer(response, NOTHING);
}

function coerce(fault: FaultSpec, object: Record<string, unknown>): Record<string, unknown> {
  const stored = { ...object };
  for (const [name, value] of Object.entries(fault.change ?? {})) {
    if (value === null) delete stored[name];
    else stored[name] = value;
  }
  const { score, title } = stored;
  if (fault.decimals !== undefined && typeof score === 'number')
    stored['score'] = Number(score.toFixed(fault.decimals));
  if (fault.titleLimit !== undefined && typeof title === 'string')
    stored['title'] = title.slice(0, fault.titleLimit);
  return stored;
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal: stopped }).catch(() => undefined);
}
