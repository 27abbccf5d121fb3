/** An address that is told what happens in a domain, as an LMS or admin says it; and what can happen. */
import { z } from 'zod';

/** What an address can ask to hear of. `webhook.test` comes to every one, when somebody asks for it. */
export const eventTypes = [
  'sync.finished',
  'problems.appeared',
  'connection.broken',
  'connection.recovered',
  'credentials.expiring',
] as const;
export type EventType = (typeof eventTypes)[number];

const plain = (max: number) =>
  z
    .string()
    .max(max)
    .refine((s) => !s.includes('\u0000') && s.isWellFormed(), 'must be valid Unicode without NUL');

export const WebhookInput = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an https address' })
      .max(2000)
      .refine((u) => !/^https?:\/\/[^/]*@/i.test(u), { message: 'must not contain a user name or password' })
      .meta({ description: 'https; plain http only where the operator has allowed the network' }),
    events: z
      .array(z.enum(eventTypes))
      .min(1)
      .max(eventTypes.length)
      .nullish()
      .meta({ description: 'left out or null: all, also those of later releases' }),
    description: plain(255).nullish(),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'WebhookInput' });
export type WebhookInput = z.infer<typeof WebhookInput>;
