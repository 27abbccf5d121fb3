/** Which names may mean the same: for suggestions to people, never to decide. */

/** Of the candidates those whose title is like `title`, the likeliest first; at most `most`. */
export function similarNames<T extends { title: string }>(title: string, candidates: T[], most = 3): T[] {
  return candidates
    .map((candidate) => ({ candidate, likeness: likeness(title, candidate.title) }))
    .filter(({ likeness }) => likeness >= LIKE)
    .sort((a, b) => b.likeness - a.likeness || (a.candidate.title < b.candidate.title ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

const LIKE = 0.5;

/** 1: the same but for case, accents, punctuation and plurals · 0.9: one has all words of the other */
function likeness(a: string, b: string): number {
  const [x, y] = [wordsOf(a), wordsOf(b)];
  if (x.length === 0 || y.length === 0) return 0;
  if (x.join('') === y.join('')) return 1;
  const [fewer, more] = x.length <= y.length ? [x, y] : [y, x];
  if (fewer.every((word) => more.includes(word))) return 0.9;
  return dice(pairsOf(x.join('')), pairsOf(y.join('')));
}

function wordsOf(title: string): string[] {
  return title
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !filler.has(word))
    .map((word) => (word.length > 3 ? word.replace(/(?<=[sxz])es$|(?<!s)s$/, '').replace(/zz$/, 'z') : word));
}
const filler = new Set(['and', 'the', 'of', 'or']);

/** How many neighbouring pairs of letters both have, of all that either has. */
function dice(a: string[], b: string[]): number {
  if (a.length + b.length === 0) return 0;
  const left = [...b];
  const shared = a.filter((pair) => {
    const at = left.indexOf(pair);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return (2 * shared.length) / (a.length + b.length);
}
const pairsOf = (text: string): string[] =>
  [...text].slice(1).map((letter, i) => `${[...text][i] ?? ''}${letter}`);
