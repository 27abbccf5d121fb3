/**
 * The doors that stand open to nobody in particular: how often an address may knock, and what a browser is given to
 * keep while somebody signs in elsewhere.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { SignInState } from '../passback/ports/sign-in.ts';
import { Refusal } from '../passback/refusal.ts';
import { network } from './auth.ts';

/** A school sits behind one address, and all its teachers begin at eight. */
export const knocksPerMinute = 600;
const STATE_MS = 10 * 60_000;

export interface Entrance {
  /** @throws Refusal TOO_MANY_REQUESTS */
  knock(ip: string): Promise<void>;
}

export function createEntrance(): Entrance {
  const limiter = new RateLimiterMemory({ points: knocksPerMinute, duration: 60 });
  return {
    async knock(ip) {
      try {
        await limiter.consume(network(ip));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        throw new Refusal('TOO_MANY_REQUESTS', 'Too many sign-ins from this address in a minute.', {
          retryAfterSeconds: refused.msBeforeNext / 1000,
        });
      }
    },
  };
}

export const secret = () => randomBytes(32).toString('base64url');
export const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** A state, and what the browser that begins is given to keep beside it. */
export function newState(kind: SignInState['kind'], of: string[]): { state: SignInState; kept: string } {
  const kept = secret();
  const expiresAt = new Date(Date.now() + STATE_MS).toISOString();
  return { state: { kind, id: randomUUID(), expiresAt, nonce: secret(), browser: digest(kept), of }, kept };
}

/** Several sign-ins may be under way in one browser: each has a cookie of its own. */
export const stateCookie = ({ kind, id }: Pick<SignInState, 'kind' | 'id'>) =>
  `__Host-passback-${kind}-${id.slice(0, 8)}`;
export const sessionCookie = '__Host-passback-session';
/** for scripts: there is a session to ask for */
export const signedInCookie = '__Host-passback-signed-in';

export interface CookieOptions {
  seconds: number;
  /** `frame`: kept in frames of other sites too, apart for each site (CHIPS) */
  where: 'here' | 'frame';
  readable?: boolean;
}
/** `__Host-`: only from us over TLS, for all of our paths, and for no other host of the domain. */
export function cookie(name: string, value: string, { seconds, where, readable }: CookieOptions): string {
  const site = where === 'frame' ? 'SameSite=None; Partitioned' : 'SameSite=Lax';
  return `${name}=${value}; Path=/; Max-Age=${seconds}; Secure; ${readable ? '' : 'HttpOnly; '}${site}`;
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Cookies, codes and tokens of sign-ins travel over TLS alone; on one's own machine there is nobody in between. */
export function isSafeAddress(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}
