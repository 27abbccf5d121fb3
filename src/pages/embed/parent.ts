/**
 * The page of an LMS that shows ours in a frame and hands it tokens by messages (docs/embedding.md): never in an
 * address, and each only from the one site that this page was opened for.
 */
import { Api } from '../api.ts';
import type { OwnToken } from '../answers.ts';

const ASK_EVERY_MS = 2_000;
const ASKS = 15;

/** What is said across the frame. */
export const WANTED = 'sync-grades-token-wanted';
export const GIVEN = 'sync-grades-token';

/** The site in whose frame this page stands, if it is the one that it was opened for. */
export const framedBy = (site: string | null): string | null => (window.parent === window ? null : site);

/** @throws NoAnswer, and what the API says of the token, also where its domain does not list the site */
export async function signInFrom(origin: string): Promise<OwnToken & { token: string }> {
  const token = await askFor(origin);
  const about = await new Api(token).get<OwnToken>(`token?origin=${encodeURIComponent(origin)}`);
  return { token, ...about };
}

/** Nobody out there hands over tokens. */
export class NoAnswer extends Error {}

function askFor(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    const ask = () => {
      if (asked++ === ASKS) done(() => reject(new NoAnswer('no token came')));
      else window.parent.postMessage({ type: WANTED }, origin);
    };
    const hear = ({ source, origin: from, data }: MessageEvent<unknown>) => {
      if (source !== window.parent || from !== origin || typeof data !== 'object' || data === null) return;
      const { type, token } = data as { type?: unknown; token?: unknown };
      if (type === GIVEN && typeof token === 'string') done(() => resolve(token));
    };
    const timer = setInterval(ask, ASK_EVERY_MS);
    const done = (then: () => void) => {
      clearInterval(timer);
      window.removeEventListener('message', hear);
      then();
    };
    window.addEventListener('message', hear);
    ask();
  });
}
