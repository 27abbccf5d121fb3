/** Something that is said to the person: what came of a press, or why it did not. */
import { english } from '../parts.ts';
import type { Tone } from '../words.ts';

export interface Remark {
  tone: Tone;
  text: string;
  /** in the service's own words, which are English */
  english?: boolean;
}

export const wordsOf = ({ text, english: isEnglish = false }: Remark): unknown =>
  isEnglish ? english(text) : text;
