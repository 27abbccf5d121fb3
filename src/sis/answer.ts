/** An answer on the wire → the `SisAnswer` that outcomes are made of: strict JSON, and none of our secrets in it. */
import { NotJson, type SisAnswer } from '../gradebook/outcome.ts';
import type { WireAnswer } from './egress.ts';

export type NoToken = Extract<SisAnswer, { kind: 'noToken' }>;

/** An answer with its headers, which paging looks at. */
export interface SisReply {
  answer: SisAnswer;
  headers: Record<string, string>;
}

export function toSisAnswer(wire: WireAnswer, secrets: Secrets): Exclude<SisAnswer, NoToken> {
  if (wire.kind === 'silence') return { kind: 'silence', sent: wire.sent, reason: wire.reason };
  const retryAfter = wire.headers['retry-after'];
  return {
    kind: 'response',
    status: wire.status,
    contentType: mediaType(wire),
    body: wire.text === null ? NotJson : parseJson(secrets.strike(wire.text)),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** Lower case, without parameters. */
export const mediaType = (wire: { headers: Record<string, string> }): string =>
  (wire.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();

/** undefined: nothing there. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isTooDeep(text)) return NotJson;
  try {
    const parsed: unknown = needsCare.test(text) ? JSON.parse(text, withCare) : JSON.parse(text);
    return parsed;
  } catch {
    return NotJson;
  }
}

/** Most answers hold neither, and a function that is called for each value of a long list is not free. */
const needsCare = /__proto__|\\u(0000|d[89a-f])/i;
/**
 * A member named __proto__ is nobody's data; gone before anyone can merge it into anything. NUL and half characters,
 * which JSON can say, are what PostgreSQL cannot hold: one title with them would keep a whole class from being read.
 */
function withCare(key: string, value: unknown): unknown {
  if (key === '__proto__') return undefined;
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;
}

/** Nothing in OneRoster is nested deeper than ten. A few megabytes of brackets would cost seconds and 200 MB to read. */
const deepest = 100;
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // a text: on to its closing quote
        do i = text.indexOf('"', i + 1);
        while (i > 0 && isEscaped(text, i));
        if (i < 0) return false;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}
/** After an odd number of backslashes. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === 0x5c) at--;
  return (quote - at) % 2 === 1;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What must never come back out of this folder. SISs and gateways echo requests in their error texts; those texts are
 * kept for support and shown to people.
 */
export class Secrets {
  readonly #values = new Set<string>();

  /** Values too short to be secrets would only disfigure ordinary texts. */
  add(...values: string[]): void {
    for (const value of values)
      for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')])
        if (value.length >= 6) this.#values.add(form);
  }

  strike(text: string): string {
    let struck = text;
    for (const value of this.#values) if (struck.includes(value)) struck = struck.replaceAll(value, '***');
    return struck;
  }
}
