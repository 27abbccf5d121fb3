/** Texts on the page of the API, in which a code leads to what it means. */
import { errorCodes } from '../gradebook/dictionary.ts';
import { inline } from './html.ts';
import { problemCodes } from './problem-texts.ts';

const known: ReadonlySet<string> = new Set([...problemCodes, ...errorCodes]);

export const codeLink = (code: string): string => `<a href="/docs/errors#${code}"><code>${code}</code></a>`;

export const withCodes = (text: string): string =>
  inline(text).replace(/(<code>)?\b([A-Z][A-Z_]{3,})\b(<\/code>)?/g, (whole, _open, word: string) =>
    known.has(word) ? codeLink(word) : whole,
  );
