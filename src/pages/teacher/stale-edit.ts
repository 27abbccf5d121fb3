/** Has somebody else changed it since it was read? What is absent and what is null are the same to the API. */
export function sameValues(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** Of what is typed, what is otherwise than it was when it was sent. */
export function changedSince<T extends object>(sent: T, typed: T): T {
  const before = new Map(Object.entries(sent));
  return Object.fromEntries(
    Object.entries(typed).filter(([name, value]) => !before.has(name) || before.get(name) !== value),
  ) as T;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, held]) => held !== null && held !== undefined)
            .sort(([x], [y]) => (x < y ? -1 : 1)),
        )
      : part,
  );
}
