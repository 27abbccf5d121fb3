/**
 * How a body is written on the wire: pure, and the last step before it is sent. We keep one form of a lineItem and a
 * result, that of OneRoster 1.2 with full references; SISs that know less of it, or want it otherwise, get theirs
 * from it. What the SIS should hold (scores, statuses, days) is decided before, in line-item.ts and result.ts: two
 * bodies that differ on the wire alone are the same fact. Doing it twice changes nothing.
 */
import type { ClassFacts } from './facts.ts';
import type { OneRosterLineItem, OneRosterResult } from './oneroster.ts';
import type { EffectiveSettings, OneRosterVersion } from './settings.ts';

export interface WireForm {
  version: OneRosterVersion;
  references: EffectiveSettings['references'];
  scoreDateForm: EffectiveSettings['scoreDateForm'];
}
type Wire = Record<string, unknown>;

/** How the SIS of a class wants it. */
export function wireForm(cls: Pick<ClassFacts, 'oneRosterVersion' | 'settings'>): WireForm {
  const { references, scoreDateForm } = cls.settings;
  return { version: cls.oneRosterVersion, references, scoreDateForm };
}

/** OneRoster 1.1 has no school and no academicSession in a lineItem, and no unknown field is taken (§2.9 of either). */
export function wireLineItem(body: OneRosterLineItem | Wire, form: WireForm): Wire {
  return written(body, form, ['school', 'academicSession']);
}

/** OneRoster 1.1 has no class and none of the four flags in a result. */
export function wireResult(body: OneRosterResult | Wire, form: WireForm): Wire {
  const wire = written(body, form, ['class', 'inProgress', 'incomplete', 'late', 'missing']);
  const { scoreDate } = wire;
  if (form.scoreDateForm === 'date' || typeof scoreDate !== 'string' || scoreDate.length !== 10) return wire;
  // noon: the same day in every zone that an SIS may read it in (UTC−12 to UTC+11)
  return { ...wire, scoreDate: `${scoreDate}T12:00:00.000Z` };
}

function written(body: object, form: WireForm, unknownTo1p1: string[]): Wire {
  return Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => form.version === '1.2' || !unknownTo1p1.includes(name))
      .map(([name, value]) => {
        const refers = name !== 'metadata' && isReference(value);
        return [name, refers ? shortened(value, form.references) : value];
      }),
  );
}

interface Reference {
  sourcedId: string;
  type?: string;
  href?: string;
}
const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && 'sourcedId' in value;

function shortened(full: Reference, references: WireForm['references']): Reference {
  switch (references) {
    case 'full':
      return full;
    case 'idAndType':
      return { sourcedId: full.sourcedId, ...(full.type !== undefined && { type: full.type }) };
    case 'idOnly':
      return { sourcedId: full.sourcedId };
  }
}
