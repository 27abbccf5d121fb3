/** The web as jose and openid-client want it, through our guarded way out. */
import type { Outgoing } from '../passback/ports/sign-in.ts';

/** The other side did not answer, or not as anybody could use it. */
export class Unreachable extends Error {}

/**
 * `fetch` as far as the two libraries need it. They fetch by themselves otherwise: past the guard, without limits of
 * size and time, following redirects.
 */
export function fetchBy(outgoing: Outgoing) {
  return async (
    url: string,
    options: {
      method: string;
      headers: Headers | Record<string, string>;
      body?: unknown;
    },
  ): Promise<Response> => {
    const { body } = options;
    const answer = await outgoing({
      method: options.method,
      url,
      headers: { ...Object.fromEntries(new Headers(options.headers)), 'user-agent': 'oneroster-passback' },
      body: body instanceof URLSearchParams ? body.toString() : typeof body === 'string' ? body : undefined,
    });
    if (answer === null) throw new Unreachable(`no answer from ${new URL(url).host}`);
    const empty = answer.status === 204 || answer.status === 205 || answer.status === 304;
    const type = answer.headers['content-type'];
    return new Response(empty ? null : answer.text, {
      // a status that a Response cannot have is no answer of a server in order
      status: answer.status >= 200 && answer.status <= 599 ? answer.status : 502,
      headers: type === undefined ? {} : { 'content-type': type },
    });
  };
}

/** What the library said was wrong, on one line and without what it was given. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 200);
