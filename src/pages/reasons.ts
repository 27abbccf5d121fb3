/** The error dictionary in another language than the service's own, fetched where it is spoken: it is long. */
import { spoken, type Language } from './language.ts';
import type { ReasonTexts } from './messages/reasons.ts';

const known: Partial<Record<Language, ReasonTexts>> = {};

/** Where it cannot be fetched, the service's own words are said. */
export async function learnReasons(language: Language): Promise<void> {
  if (language === 'es') known.es ??= (await import('./messages/reasons.ts')).es;
}

/** What happened, and the cure; undefined: the service's own words are all there is. */
export const reasonTexts = (code: string): ReasonTexts[string] | undefined => known[spoken()]?.[code];
