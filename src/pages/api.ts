/** How the pages talk to the API that served them. */
import type { Items } from './answers.ts';

/** longer than the service takes at most: it tests an SIS for a minute before it says that nothing answers */
const ANSWER_MS = 75_000;

export interface FieldError {
  pointer: string;
  detail: string;
}

/** The API said no (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  readonly requestId: string | null;
  constructor(
    status: number,
    body: { code?: string; detail?: string; title?: string; errors?: FieldError[]; requestId?: string },
  ) {
    super(body.detail ?? body.title ?? `The answer was ${status}.`);
    this.status = status;
    this.code = body.code ?? `HTTP_${status}`;
    this.errors = body.errors ?? [];
    this.requestId = body.requestId ?? null;
  }
}
/** The API could not be reached at all: the network, or the service, is down. */
export class Unreachable extends Error {}

export interface Answer<T> {
  status: number;
  value: T;
  etag: string | null;
}

/** A path with every id percent-encoded: ids are the LMS's own and may hold anything. */
export function path(strings: TemplateStringsArray, ...ids: string[]): string {
  return strings.reduce((all, part, i) => all + encodeURIComponent(ids[i - 1] ?? '') + part);
}

export class Api {
  readonly #token: string | null;
  readonly #credentials: RequestCredentials;
  readonly #base: string;
  /**
   * `same-origin`: for the one request that the browser's cookie is for; `base`: the service's address, for who asks
   * from elsewhere
   */
  constructor(
    token: string | null = null,
    credentials: RequestCredentials = 'omit',
    base = location.origin + location.pathname,
  ) {
    this.#token = token;
    this.#credentials = credentials;
    this.#base = base;
  }

  async get<T>(where: string): Promise<T> {
    return (await this.request<T>('GET', where)).value;
  }

  async put<T>(where: string, body: unknown): Promise<T> {
    return (await this.request<T>('PUT', where, body)).value;
  }

  async post<T>(where: string, body: unknown = {}): Promise<T> {
    return (await this.request<T>('POST', where, body)).value;
  }

  /** Every page of a list. */
  async all<T>(where: string): Promise<T[]> {
    return (await this.some<T>(where, Infinity)).items;
  }

  /** The first of a list, and whether there are more. */
  async some<T>(where: string, most: number): Promise<{ items: T[]; more: boolean }> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `${where.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page: Items<T> = await this.get(where + query);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor && items.length < most);
    return { items, more: cursor !== null };
  }

  /** A file of the API's; only a request of ours can carry the token. */
  async file(where: string): Promise<Blob> {
    let response: Response;
    let file: Blob;
    try {
      response = await fetch(new URL(`v1/${where}`, this.#base), {
        cache: 'no-store',
        credentials: this.#credentials,
        signal: AbortSignal.timeout(120_000),
        headers: this.#token ? { authorization: `Bearer ${this.#token}` } : {},
      });
      file = await response.blob();
    } catch {
      throw new Unreachable('Grade sync is not reachable.');
    }
    if (!response.ok) throw new Problem(response.status, parsed(await file.text()) ?? {});
    return file;
  }

  /** An answer that goes on until it ends or `signal` ends it; `where` as for `request`. */
  async stream(where: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { ok, body } = await fetch(new URL(`v1/${where}`, this.#base), {
      cache: 'no-store',
      credentials: this.#credentials,
      signal,
      headers: this.#token ? { authorization: `Bearer ${this.#token}` } : {},
    });
    if (!ok || !body) throw new Unreachable('Grade sync tells nothing.');
    return body;
  }

  /** One request; `where` follows `/v1/`. Relative to the page or base, so that a service behind a path prefix works too. */
  async request<T>(
    method: string,
    where: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(`v1/${where}`, this.#base), {
        method,
        cache: 'no-store',
        credentials: this.#credentials,
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: {
          ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        // a text is a file, and says by a header of its own what it is
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      throw new Unreachable('Grade sync is not reachable.');
    }
    const value = parsed(text);
    if (!response.ok) throw new Problem(response.status, value ?? {});
    return { status: response.status, value: value as T, etag: response.headers.get('etag') };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
