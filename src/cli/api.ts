/**
 * The HTTP API as the command line calls it, with one key. What the service refuses and where it cannot be reached are
 * errors of their own, because each has an exit code of its own.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../config.ts';

/** Nobody answers, or somebody who is not the service. */
export class Unreachable extends Error {}
/** The service answered no; `problem` is RFC 9457, as it came. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { pointer: string; detail: string }[];
  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.status = status;
    this.code = problem.code ?? 'UNKNOWN';
    this.errors = problem.errors ?? [];
  }
}
interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  errors?: { pointer: string; detail: string }[];
}

export type Query = Readonly<Record<string, string | boolean | undefined>>;
export interface Answered<T> {
  status: number;
  body: T;
  headers: Headers;
}
export interface Api {
  call<T>(method: string, path: string, more?: Request): Promise<Answered<T>>;
  /** every item of all pages of a list */
  all<T>(path: string, query?: Query): Promise<T[]>;
  file(path: string, query?: Query): Promise<{ bytes: Buffer; headers: Headers }>;
}
interface Request {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A plan that reads the SIS and a connection test that writes take their time. */
const TIMEOUT_MS = 180_000;
/** How often a 429 with Retry-After is waited for; it says that nothing was done. */
const PATIENCE = 5;

export function createApi({ url, key, tenant }: Caller): Api {
  const request = async (method: string, path: string, { query, body, headers }: Request) => {
    const target = new URL(`${url}/v1${path}`);
    for (const [name, value] of Object.entries({ ...query, tenant }))
      if (value !== undefined) target.searchParams.set(name, String(value));
    const init = {
      method,
      // a key is for this address and no other
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        // the same for each try of this command, so that it is done once
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    } satisfies RequestInit;
    for (let tries = 1; ; tries += 1) {
      const response = await ask(target, init);
      if (response.ok) return response;
      const wait = Number(response.headers.get('retry-after') ?? NaN);
      if (response.status !== 429 || tries >= PATIENCE || !(wait <= 60))
        throw await failure(response, target);
      await response.body?.cancel();
      await sleep(wait * 1000);
    }
  };
  const call = async <T>(method: string, path: string, more: Request = {}): Promise<Answered<T>> => {
    const response = await request(method, path, more);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: (text === '' ? undefined : parsed(text, url)) as T };
  };
  return {
    call,
    async all<T>(path: string, query: Query = {}) {
      const items: T[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const more = { ...query, limit: '200', cursor };
        const { body } = await call<{ items: T[]; nextCursor: string | null }>('GET', path, { query: more });
        items.push(...body.items);
        cursor = body.nextCursor;
      }
      return items;
    },
    async file(path, query = {}) {
      const response = await request('GET', path, { query });
      return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
    },
  };
}

/** A path of the API, its ids percent-encoded: at`/classes/${classId}/plan`. */
export function at(parts: TemplateStringsArray, ...ids: string[]): string {
  return parts.reduce((path, part, i) => path + encodeURIComponent(ids[i - 1] ?? '') + part);
}

async function ask(target: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    // fetch wraps what happened, and its own words ("fetch failed") say nothing
    const { cause } = error as { cause?: unknown };
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : (cause ?? error);
    const why = first instanceof Error ? first.message : String(first);
    throw new Unreachable(`${target.origin} cannot be reached: ${why}`);
  }
}

async function failure(response: Response, { origin }: URL): Promise<Error> {
  const to = response.headers.get('location');
  if (response.status < 400)
    return new Unreachable(
      `${origin} answers with a redirect${to === null ? '' : ` to ${to}`}: use that address.`,
    );
  const text = await response.text();
  if (!/\bproblem\+json\b/.test(response.headers.get('content-type') ?? ''))
    return new Unreachable(
      `${origin} answers ${response.status}, and not as the service does: is the address right?`,
    );
  const problem = parsed(text, origin) as Problem;
  return response.status === 503
    ? new Unreachable(`${origin} is not ready: ${problem.detail ?? problem.title ?? 'status 503'}`)
    : new Refused(response.status, problem);
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreachable(`${url} answers something else than JSON: is the address right?`);
  }
}
