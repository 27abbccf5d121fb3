/** Tokens of the buttons: asked for once, again when they have ended, and never the former person's. */
import { Problem } from '../../src/pages/api.ts';
import { forget, NoToken, withToken, type GetToken } from '../../src/pages/embed/tokens.ts';

const base = 'https://grades.example/';
/** A page's function that gives these, one after another. */
function giving(...tokens: (string | Error)[]): GetToken & { asked: number } {
  const getToken = Object.assign(
    () => {
      const token = tokens[Math.min(getToken.asked++, tokens.length - 1)];
      return token instanceof Error ? Promise.reject(token) : Promise.resolve(token ?? '');
    },
    { asked: 0 },
  );
  return getToken;
}
const fine = () => Promise.resolve('answered');
const refusing = (status: number, times: number) => () =>
  times-- > 0 ? Promise.reject(new Problem(status, { code: 'REFUSED' })) : fine();

test('buttons with the same function share a token, also while it is on its way', async () => {
  const getToken = giving('one');
  await Promise.all([withToken(getToken, base, fine), withToken(getToken, base, fine)]);
  await withToken(getToken, base, fine);
  expect(getToken.asked).toBe(1);
});

test('one that did not come is asked for again the next time', async () => {
  const getToken = giving(new Error('signed out'), '', 'one');
  await expect(withToken(getToken, base, fine)).rejects.toBeInstanceOf(NoToken);
  await expect(withToken(getToken, base, fine)).rejects.toBeInstanceOf(NoToken);
  expect(await withToken(getToken, base, fine)).toBe('answered');
  expect(getToken.asked).toBe(3);
});

test('one that has ended is asked for again at once, and once', async () => {
  const getToken = giving('one', 'two');
  expect(await withToken(getToken, base, refusing(401, 1))).toBe('answered');
  expect(getToken.asked).toBe(2);
  await expect(withToken(getToken, base, refusing(401, 2))).rejects.toMatchObject({ status: 401 });
  // for other classes: only where it was not new
  expect(await withToken(getToken, base, refusing(404, 1))).toBe('answered');
  await expect(withToken(giving('new'), base, refusing(404, 1))).rejects.toMatchObject({ status: 404 });
  await expect(withToken(getToken, base, refusing(409, 1))).rejects.toMatchObject({ status: 409 });
});

test('a function of somebody else is asked, and the same one too once he has left', async () => {
  const [former, next] = [giving('former'), giving('next')];
  await withToken(former, base, fine);
  await withToken(next, base, fine);
  expect([former.asked, next.asked]).toEqual([1, 1]);
  forget(former);
  await withToken(former, base, fine);
  expect(former.asked).toBe(2);
});
