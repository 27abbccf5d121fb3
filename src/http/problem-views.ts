/** Causes of problems as they are answered. */
import { z } from 'zod';
import { ReasonView, Time } from './views.ts';

export const ProblemCauseView = z
  .strictObject({
    reason: ReasonView,
    retry: z.enum(['auto', 'manual', 'never', 'none']).meta({
      description: 'auto: goes on by itself; manual: once the cause is gone, by the next sync or by `retry`',
    }),
    rows: z.int().meta({ description: 'lineItems and results that it holds up' }),
    classes: z.int(),
    since: Time.meta({ description: 'in the class that has had it longest' }),
  })
  .meta({ id: 'ProblemCause' });
