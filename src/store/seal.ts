/**
 * Secrets at rest: AES-256-GCM. The sealed text carries the id of its key; the additional data (domain, field and
 * the origin that the secret was entered for) ties it to its place, so that a ciphertext copied to another row or
 * used for another host does not open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface KeyRing {
  /** id → 32 bytes; the first seals, all open */
  keys: { id: string; key: Buffer }[];
}
export class SealError extends Error {}

export interface Seal {
  seal(plain: string, place: string[]): string;
  open(sealed: string, place: string[]): string;
  /** sealed with a key that is not the first one any more */
  isOld(sealed: string): boolean;
  /** a key for something else, of the first key alone: another one once that is another */
  derived(purpose: string[]): Buffer;
}

const VERSION = 'v1';
const TAG_BYTES = 16;

export function createSeal(ring: KeyRing): Seal {
  const [first] = ring.keys;
  if (!first) throw new SealError('no secret key is configured');
  const byId = new Map(ring.keys.map((k) => [k.id, k.key]));
  return {
    seal(plain, place) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', first.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(aad(place));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, first.id, iv.toString('base64url'), text.toString('base64url')].join('.');
    },
    open(sealed, place) {
      const [version, id, iv, text] = sealed.split('.');
      const key = id === undefined ? undefined : byId.get(id);
      if (version !== VERSION || !iv || !text) throw new SealError('not a sealed secret');
      if (!key) throw new SealError(`the key "${id ?? ''}" that sealed this secret is not in SECRET_KEYS`);
      const bytes = Buffer.from(text, 'base64url');
      // Node would accept a tag of 4 bytes: the length is fixed here and above
      if (bytes.length < TAG_BYTES) throw new SealError('the sealed secret is cut');
      const opener = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      opener.setAAD(aad(place));
      opener.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      try {
        return (
          opener.update(bytes.subarray(0, bytes.length - TAG_BYTES), undefined, 'utf8') + opener.final('utf8')
        );
      } catch {
        throw new SealError(
          'the sealed secret does not belong here, or its key is another one of the same name',
        );
      }
    },
    isOld: (sealed) => sealed.split('.')[1] !== first.id,
    derived: (purpose) => Buffer.from(hkdfSync('sha256', first.key, '', aad(purpose), 32)),
  };
}

/** Unambiguous for any parts. */
const aad = (place: string[]) => Buffer.from(JSON.stringify(place), 'utf8');
