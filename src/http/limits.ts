/**
 * How many requests a caller has per minute, by kind: a budget for each key and for each person, so that nobody uses
 * up another one's. Counted in the memory of this process: with n of them a caller has up to n times as much.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Principal } from '../passback/ports/callers.ts';
import { Refusal } from '../passback/refusal.ts';

/** write: single rows of the gradebook · bulk: batches and rosters · costly: presses, plans, what asks the SIS, keys */
export const kinds = ['read', 'write', 'bulk', 'costly'] as const;
export type Kind = (typeof kinds)[number];
/** per minute; 0: no limit */
export type Budgets = Readonly<Record<Kind, number>>;

export interface Limits {
  /**
   * Takes one request off the caller's budget, and answers the headers that tell what is left.
   * @throws Refusal TOO_MANY_REQUESTS
   */
  take(kind: Kind, by: Principal): Promise<Record<string, string>>;
}

const seconds = (left: RateLimiterRes) => Math.ceil(left.msBeforeNext / 1000);

export function createLimits(budgets: Budgets): Limits {
  const limiters = new Map(
    kinds
      .filter((kind) => budgets[kind] > 0)
      .map((kind) => [kind, new RateLimiterMemory({ points: budgets[kind], duration: 60 })]),
  );
  return {
    async take(kind, by) {
      const limiter = limiters.get(kind);
      if (!limiter) return {};
      try {
        const left = await limiter.consume(by.subject === null ? by.keyId : `${by.keyId} ${by.subject}`);
        return headers(kind, budgets[kind], left);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        throw new Refusal(
          'TOO_MANY_REQUESTS',
          `More than ${budgets[kind]} requests of this kind (${kind}) in a minute.`,
          { retryAfterSeconds: refused.msBeforeNext / 1000, headers: headers(kind, budgets[kind], refused) },
        );
      }
    },
  };
}

/** draft-ietf-httpapi-ratelimit-headers */
function headers(kind: Kind, budget: number, left: RateLimiterRes): Record<string, string> {
  return {
    'RateLimit-Policy': `"${kind}";q=${budget};w=60`,
    RateLimit: `"${kind}";r=${left.remainingPoints};t=${seconds(left)}`,
  };
}
