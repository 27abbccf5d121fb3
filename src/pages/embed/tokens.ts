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
  const token = await tokenOf(getToken);
  try {
    return await ask(new Api(token, 'omit', base));
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 401 && (error.status !== 404 || isNew))) throw error;
    // another button of the page may have got a new one meanwhile
    if ((await tokenOf(getToken)) === token) shared.delete(getToken);
    return ask(new Api(await tokenOf(getToken), 'omit', base));
  }
}

/** Some frameworks set a new function whenever they draw: it is the same token still. */
export function carryOn(from: GetToken, to: GetToken): void {
  const token = shared.get(from);
  if (token) shared.set(to, token);
}

async function tokenOf(getToken: GetToken): Promise<string> {
  const asked = shared.get(getToken) ?? Promise.resolve().then(getToken);
  shared.set(getToken, asked);
  try {
    const token = await asked;
    if (typeof token === 'string' && token !== '') return token;
  } catch {
    // said below; the page's own error stays the page's
  }
  shared.delete(getToken);
  throw new NoToken('getToken gave no token');
}
