/** Tokens that the page of the LMS hands over, and the API asked with them. They are kept in memory only. */
import { Api, Problem } from '../api.ts';

export type GetToken = () => Promise<string>;

/** The page gave no token: its server did not answer, or its person is signed out there. */
export class NoToken extends Error {}

/** The buttons of one page share what they are given. */
const shared = new WeakMap<GetToken, Promise<string>>();

/** Asks with the token that there is; where that one has ended, or is for other classes, once more with a new one. */
export async function withToken<T>(
  getToken: GetToken,
  base: string,
  ask: (api: Api) => Promise<T>,
): Promise<T> {
  const isNew = !shared.has(getToken);
  const given = tokenOf(getToken);
  try {
    return await ask(new Api(await given, 'omit', base));
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 401 && (error.status !== 404 || isNew))) throw error;
    // unless another button of the page has got a new one meanwhile
    if (shared.get(getToken) === given) shared.delete(getToken);
    return ask(new Api(await tokenOf(getToken), 'omit', base));
  }
}

/** Whose it was has left: the same function may give another person's from now on. */
export function forget(getToken: GetToken): void {
  shared.delete(getToken);
}

function tokenOf(getToken: GetToken): Promise<string> {
  const known = shared.get(getToken);
  if (known) return known;
  const given = checked(getToken);
  shared.set(getToken, given);
  // one that did not come is asked for again the next time
  given.catch(() => shared.get(getToken) === given && shared.delete(getToken));
  return given;
}

async function checked(getToken: GetToken): Promise<string> {
  let token: unknown;
  try {
    token = await getToken();
  } catch {
    // the page's own error is the page's
  }
  if (typeof token === 'string' && token !== '') return token;
  throw new NoToken('getToken gave no token');
}
