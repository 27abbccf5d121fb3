/**
 * Who is calling. Keys and tokens are long random strings; only their SHA-256 is ever looked up.
 * Failures are limited per address: after too many, an unknown credential is not even looked up for a while,
 * while one that has worked here before still is, so that nobody's guesses slow down a working caller.
 */
import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Access, OpenedLink } from '../passback/ports/access.ts';
import type { Principal } from '../passback/ports/callers.ts';
import { Refusal } from '../passback/refusal.ts';

export const failuresPerMinute = 20;
const mostRemembered = 10_000;

export interface Authentication {
  /** @throws Refusal UNAUTHENTICATED or TOO_MANY_ATTEMPTS */
  identify(authorization: string | undefined, ip: string): Promise<Principal>;
  /** Opens a one-time link, under the same limit; `access`: of the transaction that it happens in. */
  openLink(access: Access, code: string, ip: string): Promise<OpenedLink>;
}

export function createAuthentication(access: Access): Authentication {
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 });
  /** hashes that worked, oldest use first; a Set keeps the order of insertion */
  const worked = new Set<string>();

  const remember = (hash: string) => {
    worked.delete(hash);
    worked.add(hash);
    const [oldest] = worked;
    if (worked.size > mostRemembered && oldest !== undefined) worked.delete(oldest);
  };
  const refuseIfBlocked = async (from: string) => {
    const record = await failures.get(from);
    if (record !== null && record.consumedPoints >= failuresPerMinute && record.msBeforeNext > 0)
      throw new Refusal('TOO_MANY_ATTEMPTS', 'Too many failed sign-ins from this address.', {
        retryAfterSeconds: record.msBeforeNext / 1000,
      });
  };

  return {
    async identify(authorization, ip) {
      if (authorization === undefined)
        throw new Refusal('UNAUTHENTICATED', 'Send an API key or token: Authorization: Bearer …');
      const from = network(ip);
      const hash = hashOfCredential(authorization);
      if (hash === undefined) {
        await refuseIfBlocked(from);
        await failures.penalty(from);
        throw new Refusal(
          'UNAUTHENTICATED',
          'The Authorization header must be: Bearer, a space, the key or token.',
        );
      }
      const name = hash.toString('base64');
      const known = worked.has(name);
      if (!known) await refuseIfBlocked(from);
      const principal = await access.authenticate(hash);
      if (principal !== null) {
        remember(name);
        return principal;
      }
      // An expired token in a page that is still open is no guess.
      if (!known) await failures.penalty(from);
      throw new Refusal('UNAUTHENTICATED', 'This key or token is unknown, expired or was taken back.');
    },

    async openLink(within, code, ip) {
      const from = network(ip);
      await refuseIfBlocked(from);
      const opened = await within.openLink(code);
      if (opened !== null) return opened;
      await failures.penalty(from);
      throw new Refusal('UNAUTHENTICATED', 'This link was used already or has expired: open it anew.');
    },
  };
}

/** As it is looked up; undefined: it is no Bearer credential at all. */
export function hashOfCredential(authorization: string | undefined): Buffer | undefined {
  const credential = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1];
  return credential === undefined ? undefined : createHash('sha256').update(credential).digest();
}

/** One caller owns a whole /64 of IPv6, so that is what is counted. */
export function network(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return (address as ipaddr.IPv6).parts.slice(0, 4).join(':');
}
