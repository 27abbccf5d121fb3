/** Titles as an SIS can store them: one line (a normalizedString), and not longer than it allows. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line of text; a title of nothing but spaces gets a name, for the SIS requires one. */
export function oneLineTitle(title: string): string {
  return (
    title
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim() || 'Untitled'
  );
}

/** Length as we count it against a limit: code points. */
export function titleLength(title: string): number {
  return [...title].length;
}

/** At most `limit` code points, ending in `…` if cut; what people see as one character is not cut in half. */
export function shortenTitle(title: string, limit: number): string {
  if (titleLength(title) <= limit) return title;
  let kept = '';
  for (const { segment } of graphemes.segment(title)) {
    if (titleLength(kept + segment) > limit - 1) break;
    kept += segment;
  }
  // One "character" may be longer than the whole limit (stacked accents): then code points must do.
  if (kept.trimEnd() === '') kept = [...title].slice(0, limit - 1).join('');
  return `${kept.trimEnd()}…`;
}
