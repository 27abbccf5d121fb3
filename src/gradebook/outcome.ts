/** What an SIS's answer, or silence, means for what we sent. Outcomes are values, never thrown. */
import type { ErrorCode, Reason } from './dictionary.ts';

/** What happened on the wire, without credentials and without anyone's names. */
export type SisAnswer =
  | {
      kind: 'response';
      status: number;
      /** lower-case media type without parameters, '' if absent */
      contentType: string;
      /** the parsed JSON, undefined for an empty body, `NotJson` for anything else */
      body: unknown;
      retryAfter?: string;
    }
  /** sent=false: nothing can have reached the SIS (DNS, refused, TLS); sent=true: it may have been applied. */
  | { kind: 'silence'; sent: boolean; reason: SilenceReason }
  /** no token was to be had, so nothing was sent; `later`: the sign-in answered that it is busy or out of order */
  | { kind: 'noToken'; code: ErrorCode; later: boolean; description: string; retryAfter?: string };
export type SilenceReason =
  'dns' | 'refused' | 'tls' | 'blockedAddress' | 'timeout' | 'reset' | 'tooLarge' | 'aborted';

/** Put in `body` where the answer was not JSON (HTML of a maintenance page, cut text). */
export const NotJson: unique symbol = Symbol('not JSON');

/** What the SIS said, kept for support: never a token, a body we sent, or a name. */
export interface SisSaid {
  status?: number;
  codeMinor?: string;
  description?: string;
}

export type Outcome =
  | { kind: 'acknowledged'; allocatedSourcedId?: string }
  /** ambiguous: the SIS may have stored it; the same version is sent again and the dirty counter rises */
  | { kind: 'retry'; code: ErrorCode; ambiguous: boolean; retryAfterMs?: number; said: SisSaid }
  | { kind: 'refused'; code: ErrorCode; said: SisSaid }
  /** ambiguous: a write may have been stored although the answer shows a broken connection (a web page in a 200) */
  | { kind: 'broken'; code: ErrorCode; said: SisSaid; ambiguous?: boolean; retryAfterMs?: number };

/** Why it is not acknowledged, with the SIS's words as the facts of the message. */
export function reasonOf(outcome: { code: ErrorCode; said: SisSaid }): Reason {
  const { status, codeMinor, description } = outcome.said;
  const params = {
    ...(status !== undefined && { status }),
    ...(codeMinor !== undefined && { codeMinor }),
    ...(description !== undefined && { description }),
  };
  return Object.keys(params).length > 0 ? { code: outcome.code, params } : { code: outcome.code };
}
