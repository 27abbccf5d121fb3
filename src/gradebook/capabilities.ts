/**
 * What the connection test found out about one SIS: facts about it, not wishes of ours (those are settings). A fact that
 * was not tried, or that the answers did not settle, is null.
 */
import { z } from 'zod';
import type { EffectiveSettings } from './settings.ts';

export const Capabilities = z
  .strictObject({
    testedAt: z.iso.datetime().nullable(),
    /** when something was written to find out; the facts from `keepsIds` on are of then */
    writeTestedAt: z.iso.datetime().nullable(),
    tokenUrl: z.string().nullable(),
    clientAuthMethod: z.enum(['basic', 'basicRaw', 'body']).nullable(),
    grantedScopes: z.array(z.string()).nullable(),
    readCategories: z.boolean().nullable(),
    readClass: z.boolean().nullable(),
    readLineItems: z.boolean().nullable(),
    readResults: z.boolean().nullable(),
    pages: z.strictObject({ largest: z.int(), complete: z.int() }).nullable().meta({
      description: 'the largest page that came, and the longest list that was proved to come in one page',
    }),
    keepsIds: z.boolean().nullable().meta({ description: 'what we PUT stays under the id that we gave it' }),
    updateStatus: z.int().nullable().meta({ description: 'what a PUT of something that is there answers' }),
    longTitle: z
      .enum(['kept', 'cut', 'refused'])
      .nullable()
      .meta({ description: 'a title of 255 characters' }),
    titleLimit: z
      .int()
      .nullable()
      .meta({ description: 'the longest title that was kept whole, where a longer one was not' }),
    overMax: z.enum(['kept', 'capped', 'refused']).nullable(),
    exempt: z.enum(['kept', 'zero', 'otherStatus', 'needsNumber', 'refused']).nullable().meta({
      description: 'zero: exempt, and a score of 0 is shown; needsNumber: taken only with a score of 0',
    }),
    bulkResults: z
      .enum(['array', 'object', 'no'])
      .nullable()
      .meta({ description: 'POST of results: how the new ids are told; no: not offered' }),
    deleteResult: z.boolean().nullable(),
    deleteLineItem: z.boolean().nullable(),
    latencyMs: z.int().nullable().meta({ description: 'median of the requests of the test' }),
  })
  .meta({ id: 'Capabilities' });
export type Capabilities = z.infer<typeof Capabilities>;

/** Nothing was tried. */
export const untested = Object.fromEntries(
  Object.keys(Capabilities.shape).map((name) => [name, null]),
) as Capabilities;

/** As they were kept, by whatever release: what cannot be read was not tried. */
export function keptCapabilities(kept: unknown): Capabilities {
  const known = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(Capabilities.shape).map(([name, schema]) => {
      const read = schema.safeParse(known[name]);
      return [name, read.success ? read.data : null];
    }),
  ) as Capabilities;
}

/** A test that tried less takes nothing back that an earlier one found out; what it did try is newer. */
export function mergedCapabilities(before: Capabilities, found: Capabilities): Capabilities {
  const tried = Object.entries(found).filter(([, value]) => value !== null);
  const merged: Capabilities = { ...before, ...Object.fromEntries(tried) };
  // the limit goes with what became of the long title
  return found.longTitle === null ? merged : { ...merged, titleLimit: found.titleLimit };
}

/** What was proved of this SIS in place of the default; what a domain sets itself is stronger. */
export function provedSettings({ longTitle, titleLimit, overMax, exempt }: Capabilities): ProvedSettings {
  const title = longTitle === 'kept' ? { titleLimit: null } : titleLimit === null ? {} : { titleLimit };
  return {
    ...title,
    // what it refuses is told before it is sent; what it cuts off is sent as it will stand there
    ...(overMax === 'refused' && { overMax: 'block' as const }),
    ...(overMax === 'capped' && { overMax: 'cap' as const }),
    ...(exempt === 'needsNumber' && { exemptScore: 'zero' as const }),
    ...(exempt === 'refused' && { excused: 'block' as const }),
  };
}
export type ProvedSettings = Partial<
  Pick<EffectiveSettings, 'titleLimit' | 'overMax' | 'exemptScore' | 'excused'>
>;
