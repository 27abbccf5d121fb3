/** Faults that can be armed: which requests they strike, how often, and with what. */
import { z } from 'zod';
import type { RequestEntry } from './exchange.ts';

export const FAULT_KINDS = [
  'status', // answer with a status (500), nothing stored
  'delay', // answer after `ms`
  'hold', // answer when the fault is disarmed
  'late', // store after `ms` even if the caller has gone; with `status`, answer that at once
  'hang', // never answer, nothing stored
  'reset', // cut the connection, nothing stored
  'reset-after-store', // store, then cut the connection
  'accept-drop', // answer as if stored, store nothing
  'coerce', // store something else: `change`, `decimals`, `titleLimit`
  'redirect', // 302 to `location`
  'html', // 200 with a sign-in page
  'badjson', // 200 with a body that is not JSON
  'truncate', // the real answer, cut in the middle
  'drip', // the real answer, one byte per `ms`
  'huge', // a body of `bytes` (64 MiB)
  'gzipbomb', // a small gzip body that becomes `bytes` (64 MiB)
  'hugeheader', // a header of `bytes` (64 KiB)
  'token-refused', // the token endpoint refuses with `error` (invalid_client)
] as const;

const faultSpec = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  method: z.union([z.string(), z.array(z.string())]).optional(),
  /** pattern for the path, without query */
  path: z.union([z.string(), z.instanceof(RegExp)]).optional(),
  /** last identifier of the path */
  sourcedId: z.string().optional(),
  /** what the request log calls the request: `result`, `lineItems`, `token`, … */
  request: z.string().optional(),
  probability: z.number().min(0).max(1).optional(),
  /** strike so many times, then disarm; default for ever */
  count: z.number().int().positive().optional(),
  /** let so many matching requests pass first */
  skip: z.number().int().nonnegative().optional(),
  status: z.number().int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** JSON, or text as it is; default an imsx_StatusInfo */
  body: z.unknown().optional(),
  ms: z.number().nonnegative().optional(),
  location: z.string().optional(),
  bytes: z.number().int().positive().optional(),
  error: z.string().optional(),
  /** fields to set in what is stored; null takes the field away */
  change: z.record(z.string(), z.unknown()).optional(),
  decimals: z.number().int().nonnegative().optional(),
  titleLimit: z.number().int().positive().optional(),
  /** whether the request takes effect although it is answered wrongly */
  store: z.boolean().optional(),
});
export type FaultSpec = z.infer<typeof faultSpec>;
export type FaultKind = FaultSpec['kind'];
export type ArmedFault = FaultSpec & { id: string; struck: number };

export class Faults {
  #armed: ArmedFault[] = [];
  #waiting = new Map<string, (() => void)[]>();
  #nextId = 1;
  #random: () => number;

  constructor(randomSeed: number) {
    this.#random = seededRandom(randomSeed);
  }

  /** Arms a fault and returns its id. A misspelt field is refused: a fault that never strikes proves nothing. */
  arm(spec: FaultSpec): string {
    const fault = { ...faultSpec.parse(spec), id: `fault-${this.#nextId++}`, struck: 0 };
    if (typeof fault.path === 'string') new RegExp(fault.path);
    this.#armed.push(fault);
    return fault.id;
  }

  /** Disarms one fault, or all. */
  disarm(id?: string): void {
    this.#armed = id === undefined ? [] : this.#armed.filter((fault) => fault.id !== id);
    for (const [waitedFor, go] of this.#waiting) {
      if (this.#armed.some((fault) => fault.id === waitedFor)) continue;
      this.#waiting.delete(waitedFor);
      for (const one of go) one();
    }
  }

  /** Resolves when this fault is armed no more. */
  async disarmed(id: string): Promise<void> {
    if (!this.#armed.some((fault) => fault.id === id)) return;
    await new Promise<void>((resolve) => this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]));
  }

  list(): ArmedFault[] {
    return this.#armed.map((fault) => ({ ...fault }));
  }

  /** The first armed fault that strikes this request; it is counted. */
  take(entry: RequestEntry): ArmedFault | undefined {
    for (const fault of this.#armed) {
      if (!matches(fault, entry) || fault.struck === fault.count) continue;
      if (fault.skip) {
        fault.skip -= 1;
        continue;
      }
      if (fault.probability !== undefined && this.#random() >= fault.probability) continue;
      fault.struck += 1;
      // what is held waits for its fault to be disarmed
      if (fault.struck === fault.count && fault.kind !== 'hold') this.disarm(fault.id);
      return fault;
    }
    return undefined;
  }
}

function matches(fault: FaultSpec, entry: RequestEntry): boolean {
  const token = entry.kind === 'token';
  if (fault.kind === 'token-refused') return token;
  // A fault that names nothing means the gradebook; the token endpoint fails only when it is meant.
  if (token && fault.path === undefined && fault.request !== 'token') return false;
  if (fault.request !== undefined && fault.request !== entry.kind) return false;
  if (fault.method !== undefined && ![fault.method].flat().includes(entry.method)) return false;
  if (fault.sourcedId !== undefined && fault.sourcedId !== entry.sourcedId) return false;
  return fault.path === undefined || new RegExp(fault.path).test(entry.path);
}

/** mulberry32: a chaos run that failed can be repeated with its seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
