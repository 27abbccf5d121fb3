/** Edits that name what they were made on (RFC 9110 §13.1.1): its revision, or what stood there. */
import type { z } from 'zod';
import { contentTag } from '../gradebook/canonical.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Answer, ResponseText } from './route.ts';

export const ifMatch = {
  'If-Match': 'the ETag of a GET: refused with 412 if somebody changed it since',
};

/** The answer of what has no revision: its content names it. */
export const tagged = (body: object): Answer => ({
  status: 200,
  body,
  headers: { ETag: `"${contentTag(body)}"` },
});
export const taggedAnswers = (
  schema: z.ZodType,
  description = 'Here it is',
): Record<number, ResponseText> => ({
  200: { description, schema, headers: { ETag: 'of what stands there, for If-Match' } },
});

/** null: no condition. What is asked for always exists, so `*` is none either. */
export function readIfMatch(header: string | undefined): number | null {
  const tag = readIfTag(header);
  // a foreign tag never matches; nothing ever has the revision -1
  return tag === null ? null : /^\d{1,15}$/.test(tag) ? Number(tag) : -1;
}

/** The same as it stands there; a weak tag never matches and is '', which nothing has. */
export function readIfTag(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '*') return null;
  const tag = /^\s*(W\/)?"([\x21\x23-\x7e]*)"\s*$/.exec(header);
  if (!tag) throw new Refusal('VALIDATION', 'If-Match must be one ETag in quotes, as GET answered it, or *.');
  return tag[1] === undefined ? (tag[2] ?? '') : '';
}
