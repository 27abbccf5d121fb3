/** Answers kept for a repeat of the request. */
import type { Principal } from './callers.ts';

/** Answers kept for a repeat of the request. Used inside of `transact`. */
export interface Once {
  /**
   * What the key was answered with; null: it was not used, and is held until the transaction ends.
   * Refuses with IDEMPOTENCY_KEY_REUSED (another request) or IDEMPOTENCY_KEY_BUSY (the first one is not done yet).
   */
  claim(by: Principal, key: string, request: string): Promise<KeptAnswer | null>;
  keep(by: Principal, key: string, request: string, tenantId: string | null, kept: KeptAnswer): Promise<void>;
}

export interface KeptAnswer {
  status: number;
  /** null: it held a secret */
  answer: { body: unknown; headers: Record<string, string> } | null;
}
