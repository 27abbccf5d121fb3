/**
 * When credentials end, as far as it can be known: an access token that is a JWT says so itself (RFC 7519 §4.1), and so
 * does a certificate that somebody has entered. A client secret and an opaque token do not.
 */
import { X509Certificate } from 'node:crypto';

/** `from` null: it does not say since when. */
export interface Life {
  from: Date | null;
  to: Date;
}

const DAY_MS = 86_400_000;
/** Told when so many days are left, and once more at the second. */
const DAYS_LEFT = [14, 2] as const;

/**
 * The marks that a credential has passed on the way to its end. What lives for less than twice such a time never was
 * further from its end: a token that a machine renews every night would be announced every night.
 */
export function marksPassed({ from, to }: Life, now: Date): number[] {
  const left = to.getTime() - now.getTime();
  const life = from === null ? Infinity : to.getTime() - from.getTime();
  return DAYS_LEFT.filter((days) => left <= days * DAY_MS && life >= 2 * days * DAY_MS);
}

/** null: it is no JWT, or one without an end. */
export function tokenLife(token: string): Life | null {
  const said = payload(token);
  const to = instant(said?.['exp']);
  return to && { from: instant(said?.['iat']) ?? instant(said?.['nbf']), to };
}

function payload(token: string): Record<string, unknown> | null {
  try {
    const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

/** Seconds since 1970; a date that no calendar has is none. */
const instant = (seconds: unknown): Date | null =>
  typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : null;

/** Of the certificate that ends first; null: there is none that can be read. */
export function certificateLife(pem: string | null): Life | null {
  const blocks = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const lives = blocks.flatMap((block) => {
    try {
      const { validFromDate: from, validToDate: to } = new X509Certificate(block);
      return [{ from, to }];
    } catch {
      return [];
    }
  });
  return lives.sort((a, b) => a.to.getTime() - b.to.getTime())[0] ?? null;
}
