/**
 * The language of the pages. Each screen keeps its own words in messages/, in every language under one type, so that a
 * sentence that is missing in one of them does not compile; sentences with numbers or names are functions.
 */

export const languages = ['en', 'es'] as const;
export type Language = (typeof languages)[number];

/** What was asked for (`?lang=`, or the element's own attribute), else the first of the browser's that we speak. */
export function languageOf(asked: string | null, wanted: readonly string[] = navigator.languages): Language {
  for (const tag of asked ? [asked, ...wanted] : wanted) {
    const known = languages.find((language) => tag.toLowerCase().split(/[-_]/)[0] === language);
    if (known) return known;
  }
  return 'en';
}

let current: Language = 'en';
/** Dates and numbers follow the reader's own region where it is of that language: 6:00 PM, 18:00. */
let region = 'en-US';

/** Before anything is drawn. */
export function speak(language: Language, wanted: readonly string[] = navigator.languages): void {
  current = language;
  region =
    wanted.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ??
    (language === 'en' ? 'en-US' : language);
}
export const spoken = (): Language => current;
/** For Intl and toLocale…String. */
export const locale = (): string => region;

/** `const words = inEach({ en, es })`, then `words().syncGrades` wherever something is drawn. */
export const inEach =
  <T>(catalogue: Record<Language, T>): (() => T) =>
  () =>
    catalogue[current];

/** "1 score", "3 scores": the forms of a language that tells one from many. */
export const count = (n: number, one: string, many: string): string =>
  `${new Intl.NumberFormat(region).format(n)} ${n === 1 ? one : many}`;

/** Everything that is drawn is drawn anew in the language of now, in place; `root` and whatever is inside of it. */
export function redraw(root: ParentNode): void {
  for (const element of root.querySelectorAll('*')) {
    if ('requestUpdate' in element) (element.requestUpdate as () => void)();
    if (element.shadowRoot) redraw(element.shadowRoot);
  }
}
