/** What a body must hold, and may hold, by the version that is spoken and by how strict this SIS is about references. */
import type { Rules } from './rules.ts';
import type { Refusal } from './status-info.ts';
import { invalidData } from './status-info.ts';

type Body = Record<string, unknown>;
type Kind = 'lineItem' | 'result' | 'category';

const required: Record<Rules['oneRosterVersion'], Record<Kind, string[]>> = {
  '1.1': { lineItem: ['gradingPeriod', 'resultValueMin', 'resultValueMax'], result: ['score'], category: [] },
  '1.2': { lineItem: ['school'], result: [], category: [] },
};
/** Fields of 1.2 that 1.1 does not have. */
const unknownTo1p1: Record<Kind, string[]> = {
  lineItem: ['school', 'academicSession', 'scoreScale', 'learningObjectiveSet'],
  result: [
    'class',
    'scoreScale',
    'textScore',
    'learningObjectiveSet',
    'inProgress',
    'incomplete',
    'late',
    'missing',
  ],
  category: ['weight'],
};

/** Refuses what the schemas alone let pass. */
export function ungrammatical(kind: Kind, body: Body, rules: Rules): Refusal | undefined {
  const missing = required[rules.oneRosterVersion][kind].find((name) => body[name] === undefined);
  if (missing !== undefined) return invalidData(`${kind}.${missing}: is required`);
  const strange = rules.oneRosterVersion === '1.1' && unknownTo1p1[kind].find((name) => name in body);
  if (strange) return invalidData(`${kind}: Unrecognized key: "${strange}"`);
  const { scoreDate } = body;
  if (typeof scoreDate === 'string' && (scoreDate.length === 10) !== (rules.scoreDateForm === 'date'))
    return invalidData(`${kind}.scoreDate: must be a ${rules.scoreDateForm}`);
  for (const [name, value] of Object.entries(body)) {
    const incomplete = isReference(value) && lacking(value, rules.references);
    if (incomplete) return invalidData(`${kind}.${name}.${incomplete}: is required`);
  }
  return undefined;
}

const isReference = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && 'sourcedId' in value;

function lacking(reference: Body, least: Rules['references']): string | undefined {
  const wanted = { full: ['href', 'type'], idAndType: ['type'], idOnly: [] }[least];
  return wanted.find((name) => reference[name] === undefined);
}
