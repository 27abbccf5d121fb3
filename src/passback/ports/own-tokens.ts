/** What the holder of a person's token may ask about it: known by the SHA-256 of what stands in the Authorization header. */
import type { Scope } from './callers.ts';

export interface TokenView {
  expiresAt: string;
  /** the person's id in the LMS */
  subject: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  sisName: string | null;
}

export interface OwnTokens {
  about(scope: Scope, hash: Buffer): Promise<TokenView>;
  /** a one-time link for the same person: as long and as far as the token, and with the same death */
  newLink(scope: Scope, hash: Buffer): Promise<{ linkCode: string; expiresAt: string }>;
}
