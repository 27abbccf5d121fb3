/**
 * What is said about a lineItem or result before it is sent. A rule is data: its code, what it is about, which settings
 * decide it, and how to find it. Bodies are built by the same rules (line-item.ts, result.ts), so that what is told here
 * is what happens: what blocks, blocks.
 */
import { z } from 'zod';
import { explain, type ErrorCode, type Reason } from '../dictionary.ts';
import type { SettingName } from '../settings.ts';
import type { Kind } from '../values.ts';

/** blocks: not sent until somebody mends it · skips: stays here by choice · warns: sent, and this is to be known */
export const severities = ['blocks', 'skips', 'warns'] as const;
export type Severity = (typeof severities)[number];

const Automatic = z.strictObject({
  field: z.string().meta({ description: 'of what the SIS gets' }),
  gives: z.union([z.string(), z.number()]).meta({ description: 'what the SIS gets, or would get' }),
  setting: z.string().meta({ description: 'the setting of the domain that applies it' }),
  value: z.union([z.string(), z.boolean()]).meta({ description: 'with this value' }),
  applied: z.boolean(),
});

export const Finding = z
  .strictObject({
    code: z.string().meta({ description: 'stable; see docs/errors.md' }),
    severity: z.enum(severities).meta({
      description:
        'blocks: not sent until somebody mends it; skips: stays here by choice; warns: it is sent, and this is to be known',
    }),
    message: z.string(),
    fix: z.string(),
    fixBy: z.enum(['teacher', 'admin', 'sis', 'vendor', 'nobody']),
    automatic: Automatic.nullable().meta({ description: 'the safe change that we can make by ourselves' }),
    seenIn: z
      .strictObject({
        where: z.enum(['here', 'sis']),
        of: z.enum(['lineItem', 'result']),
        field: z.string().nullable(),
      })
      .meta({
        description: 'where people will see it: in the SIS, or, for it does not get there, only here',
      }),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

export interface Automatic {
  field: string;
  gives: string | number;
  setting: SettingName;
  value: string | boolean;
  applied: boolean;
}
/** What one rule found. */
export interface Hit {
  severity: Severity;
  params?: NonNullable<Reason['params']>;
  automatic?: Automatic;
}
export interface Rule<Draft> {
  code: ErrorCode;
  about: Kind;
  /** the field of the SIS's object that it is about */
  field: string | null;
  /** the settings that have a say; none: it is so by the specification, or by what it is */
  decidedBy: readonly SettingName[];
  /** it is not for the SIS at all: nothing else is worth saying */
  ends?: true;
  find(draft: Draft): Hit | null;
}
export interface Found extends Hit {
  rule: Pick<Rule<never>, 'code' | 'about' | 'field'>;
}

/** All that the rules find, in their order. */
export function findAll<Draft>(rules: readonly Rule<Draft>[], draft: Draft): Found[] {
  const found: Found[] = [];
  for (const rule of rules) {
    const hit = rule.find(draft);
    if (!hit) continue;
    found.push({ ...hit, rule });
    if (rule.ends) break;
  }
  return found;
}

export const reasonOf = ({ rule, params }: Found): Reason =>
  params ? { code: rule.code, params } : { code: rule.code };

/** The first that keeps it here, in the builders' words. */
export function stopOf(found: Found[]): { action: 'skip' | 'blocked'; reason: Reason } | null {
  const stop = found.find(({ severity }) => severity !== 'warns');
  return stop ? { action: stop.severity === 'skips' ? 'skip' : 'blocked', reason: reasonOf(stop) } : null;
}
export const warningsOf = (found: Found[]): Reason[] =>
  found.filter(({ severity }) => severity === 'warns').map(reasonOf);

export function toFinding(found: Found): Finding {
  const { about: of, field } = found.rule;
  return {
    ...explain(reasonOf(found)),
    severity: found.severity,
    automatic: found.automatic ?? null,
    seenIn: { where: found.severity === 'warns' ? 'sis' : 'here', of, field },
  };
}
