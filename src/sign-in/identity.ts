/** The port `Identity`: whom LMSs and OpenID providers say that people are. */
import type { Identity, Outgoing } from '../passback/ports/sign-in.ts';
import { createIdTokens } from './id-token.ts';
import { createOpenId } from './openid.ts';

/** `outgoing`: the guarded way out; nothing here reaches anybody but by it. */
export function createIdentity(outgoing: Outgoing): Identity {
  return { idToken: createIdTokens(outgoing), ...createOpenId(outgoing) };
}
