/** Rows for a terminal, each column as wide as its widest cell. */

export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const lines = [head, ...rows.map((row) => row.map(cell))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => width(line[i] ?? ''))));
  return lines.map((line) =>
    line
      .map((text, i) => text + ' '.repeat((widths[i] ?? 0) - width(text)))
      .join('  ')
      .trimEnd(),
  );
}

/** Names and titles come from other systems: what would move a terminal's cursor or colour it is not printed. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : plain(typeof value === 'string' ? value : JSON.stringify(value));

/** in characters as people count them; wide ones (CJK) are counted as one */
const segments = new Intl.Segmenter();
const width = (text: string): number => [...segments.segment(text)].length;
