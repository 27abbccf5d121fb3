/** What a schedule is made of: a cron expression, or a simple form that becomes one. */
import { z } from 'zod';
import { LmsId, TimeZone } from '../gradebook/local.ts';
import { flawOf } from './schedule-times.ts';

const at = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 18:00')
  .meta({ example: '18:00' });
export const scheduleForm = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.literal('day'), at }),
  z.strictObject({ unit: z.literal('weekday'), at }).meta({ description: 'Monday to Friday' }),
  z.strictObject({
    unit: z.literal('hours'),
    hours: z
      .union([1, 2, 3, 4, 6, 8, 12].map((n) => z.literal(n)))
      .meta({ description: 'parts of a day without a remainder' }),
    minute: z.int().min(0).max(59).default(0).meta({ description: 'past the hour' }),
  }),
]);
export type Every = z.infer<typeof scheduleForm>;

export const scheduleTypes = ['gradePassback', 'driftAudit', 'rosterPull'] as const;
const fields = {
  type: z.enum(scheduleTypes).default('gradePassback').meta({
    description:
      'send what has changed; or only compare what the SIS holds, as a drift audit does; or read classes and rosters from the SIS, as a roster pull of the domain does',
  }),
  cron: z
    .string()
    .trim()
    .max(200)
    .transform((text) => text.replace(/\s+/g, ' '))
    .superRefine((text, ctx) => {
      const flaw = flawOf(text);
      if (flaw) ctx.addIssue({ code: 'custom', message: flaw, input: text });
    })
    .optional()
    .meta({
      override: { type: 'string' },
      description: 'minute, hour, day of the month, month, day of the week; instead of `every`',
      example: '0 18 * * 1-5',
    }),
  every: scheduleForm.optional().meta({ description: 'the simple form, instead of `cron`' }),
  timeZone: TimeZone.nullish().meta({ description: 'left out: the domain’s' }),
  classIds: z
    .array(LmsId)
    .min(1)
    .max(5000)
    .nullish()
    .meta({ description: 'left out: every class of the domain and below, whichever there are when it runs' }),
};
export const ScheduleInput = z
  .strictObject(fields)
  .superRefine((input, ctx) => {
    if ((input.cron === undefined) === (input.every === undefined))
      ctx.addIssue({
        code: 'custom',
        path: ['cron'],
        message: 'or `every` is needed: exactly one of them',
        input,
      });
    if (input.type === 'rosterPull' && input.classIds)
      ctx.addIssue({
        code: 'custom',
        path: ['classIds'],
        message: 'must be left out: a roster pull is of the whole domain',
        input,
      });
  })
  .meta({ id: 'ScheduleInput' });
export type ScheduleInput = z.infer<typeof ScheduleInput>;

/** The expression that it comes to. */
export function cronOf({ cron, every }: Pick<ScheduleInput, 'cron' | 'every'>): string {
  if (!every) return cron ?? '';
  if (every.unit === 'hours') return `${every.minute} ${every.hours === 1 ? '*' : `*/${every.hours}`} * * *`;
  const [hour, minute] = every.at.split(':').map(Number);
  return `${minute} ${hour} * * ${every.unit === 'weekday' ? '1-5' : '*'}`;
}
