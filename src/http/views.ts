/** Pieces that several nouns answer or ask for: lists, reasons, states, flags in the query. */
import { z } from 'zod';
import { Instant } from '../gradebook/local.ts';
import type { Page } from '../passback/ports/callers.ts';
import { cellStates } from '../passback/state.ts';
import type { ResponseText } from './route.ts';

export const Time = z.iso.datetime({ offset: true });
export const CellStateName = z.enum(cellStates).meta({ id: 'CellState' });

/** The dictionary's words for one case. */
export const ReasonView = z
  .strictObject({
    code: z.string().meta({ description: 'stable; see docs/errors.md' }),
    message: z.string(),
    fix: z.string(),
    fixBy: z.enum(['teacher', 'admin', 'sis', 'vendor', 'nobody']),
  })
  .meta({ id: 'Reason' });

/** What a plan does with a row; and how often, for each kind of row. */
export const planActions = [
  ...(['create', 'update', 'unchanged', 'skip', 'blocked', 'conflict', 'delete'] as const),
] as const;
export const PlanCounts = z.strictObject(Object.fromEntries(planActions.map((action) => [action, z.int()])));
export const PlanNumbers = z
  .strictObject({ lineItems: PlanCounts, results: PlanCounts })
  .meta({ id: 'PlanNumbers' });

/** A text that PostgreSQL can keep and UTF-8 can carry. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((s) => !s.includes('\u0000') && s.isWellFormed(), 'must be valid Unicode without NUL');

/** `{items, nextCursor}` */
export const listOf = (item: z.ZodType): z.ZodType =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'for ?cursor=; null: this was the last page' }),
  });

/** Every field of an input as it is answered: all there, null where there is none. */
export const answered = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape).required().shape;

/** Which fields of a class or student are not the LMS's. */
export const FromSis = z
  .array(z.string())
  .meta({ description: 'fields that a roster pull has filled in, for the LMS left them empty' });

/** A body for requests that say everything by their path. */
export const NoFields = z.strictObject({});

export const pageQuery = {
  cursor: z.string().min(1).max(8000).optional().meta({ description: '`nextCursor` of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number, 1 to 200')
    .transform(Number)
    .refine((n) => n >= 1 && n <= 200, 'must be a whole number, 1 to 200')
    .optional()
    .meta({ override: { type: 'integer', minimum: 1, maximum: 200, default: 100, pattern: undefined } }),
};
export const PageQuery = z.strictObject(pageQuery);
export const pageOf = (query: { cursor?: string | undefined; limit?: number | undefined }): Page => ({
  cursor: query.cursor ?? null,
  limit: query.limit ?? 100,
});

/** `true` or `false`, and nothing that merely looks so. */
export const flag = z
  .enum(['true', 'false'])
  .transform((v) => v === 'true')
  .optional()
  .meta({ override: { type: 'boolean', enum: undefined } });

/** An instant in the query, where an unescaped `+` has become a space. */
export const queryTime = z
  .string()
  .max(40)
  .transform((v) => v.replace(/ (\d\d:\d\d)$/, '+$1'))
  .pipe(Instant)
  .optional()
  .meta({ override: { type: 'string', format: 'date-time' } });

/** The answers of a PUT that may create. */
export const putResponses = (schema: z.ZodType): Record<number, ResponseText> => ({
  200: { description: 'Replaced', schema },
  201: { description: 'Created', schema },
});
export const answers = (schema: z.ZodType, description = 'Here it is'): Record<number, ResponseText> => ({
  200: { description, schema },
});
export const removed: Record<number, ResponseText> = { 204: { description: 'Gone' } };
