/** One request and its answer: the log entry it leaves, what an armed fault does to it, and the sending itself. */
import type { Request, Response } from 'express';
import type { Rules } from './rules.ts';
import { codeMinorFor, errorBody } from './status-info.ts';
import type { Refusal } from './status-info.ts';

export interface RequestEntry {
  /** milliseconds since the epoch, on arrival */
  at: number;
  method: string;
  path: string;
  query: string;
  /** what was asked for: `lineItem`, `results`, `category`, … or `token` */
  kind: string;
  /** the last identifier of the path, decoded */
  sourcedId?: string;
  body?: unknown;
  /** 0 until it is answered; stays 0 where no answer was sent */
  status: number;
  /** the kind of the fault that was applied */
  fault?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What a fault changes on the way of a request; an empty effect changes nothing. */
export interface Effect {
  /** answer as if stored, but store nothing */
  drop?: boolean;
  /** store this instead of what was sent */
  alter?: (object: Record<string, unknown>) => Record<string, unknown>;
  /** wait before the request is worked on, after its token was checked */
  hold?: () => Promise<void>;
  /** answer in this way instead of the plain one */
  answer?: (response: Response, real: Answer) => void;
}

export interface Exchange {
  entry: RequestEntry;
  /** how this SIS is, for the form of its errors */
  rules: Rules;
  effect: Effect;
  /** too many requests were under way when it came */
  crowded?: boolean;
}

const exchanges = new WeakMap<Response, Exchange>();

export function openExchange(request: Request, response: Response, kind: string, rules: Rules): Exchange {
  const [path = '', query = ''] = request.originalUrl.split('?');
  const entry: RequestEntry = { at: Date.now(), method: request.method, path, query, kind, status: 0 };
  const id = lastIdentifier(path);
  if (id !== undefined) entry.sourcedId = id;
  const exchange = { entry, rules, effect: {} };
  exchanges.set(response, exchange);
  return exchange;
}

export function exchangeOf(response: Response): Exchange {
  const exchange = exchanges.get(response);
  if (!exchange) throw new Error('the exchange was not opened');
  return exchange;
}

/** Sends an answer as it is. A client that has gone away is no error. */
export function send(response: Response, { status, headers, body }: Answer): void {
  exchangeOf(response).entry.status = status;
  if (response.destroyed || response.writableEnded) return;
  // The specification gives PUT and DELETE no body: then there is no content type either.
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(body.length) }),
  });
  response.end(body);
}

/** Sends an answer in the way that an armed fault wants it, if there is one. */
export function answer(response: Response, real: Answer): void {
  const { effect } = exchangeOf(response);
  if (effect.answer) effect.answer(response, real);
  else send(response, real);
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function replyJson(
  response: Response,
  body: unknown,
  status = 200,
  headers?: Record<string, string>,
): void {
  answer(response, jsonAnswer(status, body, headers));
}

export function replyEmpty(response: Response, status: 201 | 204): void {
  answer(response, { status, headers: {}, body: Buffer.alloc(0) });
}

export function refuse(response: Response, refusal: Refusal): void {
  const body = errorBody(refusal, exchangeOf(response).rules);
  answer(response, jsonAnswer(refusal.status, body, refusal.headers));
}

export function refusalOf(status: number, description: string): Refusal {
  return { status, codeMinor: codeMinorFor(status), description };
}

function lastIdentifier(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
  } catch {
    return undefined; // a broken percent escape; the router refuses it
  }
}
