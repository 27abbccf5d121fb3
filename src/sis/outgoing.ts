/** The guarded way out for whoever is asked besides an SIS: an LMS for its keys, a provider of sign-in. */
import type { Outgoing } from '../passback/ports/sign-in.ts';
import { createEgress, type EgressLimits } from './egress.ts';
import { createNetworkGuard } from './network-guard.ts';

/** Somebody waits in front of a browser, and what is read are keys and claims. */
const limits: Partial<EgressLimits> = { connectMs: 4_000, totalMs: 10_000, maxBodyBytes: 1024 * 1024 };

export function createOutgoing(allowedNetworks: readonly string[]): { outgoing: Outgoing; close(): void } {
  const egress = createEgress({ guard: createNetworkGuard(allowedNetworks), limits });
  return {
    async outgoing(request) {
      const answer = await egress.exchange(request);
      if (answer.kind === 'silence' || answer.text === null) return null;
      return { status: answer.status, headers: answer.headers, text: answer.text };
    },
    close: () => egress.close(),
  };
}
