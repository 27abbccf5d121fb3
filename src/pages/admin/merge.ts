/** Two people change the same: what each of them has changed stays, in lists entry by entry, in pairs name by name. Pure. */

/** Absent and null are two things here: inherited, and cleared. */
export const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  if (value === undefined) return 'absent';
  return JSON.stringify(value, (_key, part: unknown) =>
    isPairs(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0)))
      : part,
  );
}

type Pairs = Record<string, unknown>;
const isPairs = (value: unknown): value is Pairs =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `mine` makes of `base`, made of `theirs`, which began with the same `base`. */
export function merged(base: unknown, mine: unknown, theirs: unknown): unknown {
  if (same(mine, base)) return theirs;
  if (same(theirs, base)) return mine;
  if (Array.isArray(mine)) return mergedList(listOf(base), mine, listOf(theirs));
  // whoever empties a list takes out what he saw
  if (mine === undefined && Array.isArray(base) && Array.isArray(theirs)) {
    const rest = mergedList(base, [], theirs);
    return rest.length > 0 ? rest : undefined;
  }
  if (isPairs(mine)) return mergedPairs(pairsOf(base), mine, pairsOf(theirs));
  return mine;
}

/** Names of pairs that both have changed, and to something else. */
export function clashesOf(base: Pairs, mine: Pairs, theirs: Pairs): string[] {
  return Object.keys({ ...base, ...mine, ...theirs }).filter(
    (name) =>
      !same(base[name], mine[name]) && !same(base[name], theirs[name]) && !same(mine[name], theirs[name]),
  );
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const pairsOf = (value: unknown): Pairs => (isPairs(value) ? value : {});

/** An entry that one of them has taken out is gone, one that one of them has put in is there. */
function mergedList(base: unknown[], mine: unknown[], theirs: unknown[]): unknown[] {
  const has = (list: unknown[]) => {
    const entries = new Set(list.map(canonical));
    return (one: unknown) => entries.has(canonical(one));
  };
  const [before, wanted, there] = [has(base), has(mine), has(theirs)];
  return [
    ...theirs.filter((one) => wanted(one) || !before(one)),
    ...mine.filter((one) => !before(one) && !there(one)),
  ];
}

function mergedPairs(base: Pairs, mine: Pairs, theirs: Pairs): Pairs {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  return Object.fromEntries(
    names
      .map((name): [string, unknown] => [name, merged(base[name], mine[name], theirs[name])])
      .filter(([, value]) => value !== undefined),
  );
}
