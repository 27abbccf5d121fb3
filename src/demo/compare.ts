/** Does the SIS hold exactly what it should? The expectation comes from the district's table, not from our mapping. */
import type { SisReader } from './callers.ts';
import { localText, type DemoDistrict } from './district.ts';

export interface Comparison {
  lineItems: number;
  results: number;
  differences: string[];
}

/** Reads the whole gradebook of the SIS and compares both ways: nothing missing, nothing wrong, nothing more. */
export async function compareWithSis(district: DemoDistrict, sis: SisReader): Promise<Comparison> {
  const wanted = expected(district);
  const [lineItems, results] = [await sis.all('lineItems'), await sis.all('results')];
  const held = new Map<string, string>();
  const titles = new Map<string, string>();
  const differences: string[] = [];
  const hold = (name: string, text: string) => {
    if (held.has(name)) differences.push(`twice in the SIS: ${name}`);
    held.set(name, text);
  };
  for (const item of lineItems) {
    const name = `${id(item['class'])} / ${String(item['title'])}`;
    titles.set(item.sourcedId, name);
    hold(
      name,
      lineItemText(id(item['category']), localText(String(item['dueDate'])), Number(item['resultValueMax'])),
    );
  }
  for (const result of results) {
    const { scoreStatus, score = null, late, missing, scoreDate } = result;
    const text = resultText({
      scoreStatus,
      score,
      late: late === 'true',
      missing: missing === 'true',
      scoreDate,
    });
    hold(`${titles.get(id(result['lineItem'])) ?? 'unknown lineItem'} / ${id(result['student'])}`, text);
  }
  for (const [name, text] of wanted) {
    const there = held.get(name);
    if (there === undefined) differences.push(`not in the SIS: ${name} (${text})`);
    else if (there !== text)
      differences.push(`different: ${name}: the SIS has ${there}, should have ${text}`);
  }
  for (const name of held.keys())
    if (!wanted.has(name)) differences.push(`should not be in the SIS: ${name}`);
  return { lineItems: lineItems.length, results: results.length, differences };
}

/** Everything that the SIS should hold, by name, as a text that can be compared. */
function expected({ classes }: DemoDistrict): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const { sourcedId, excluded, assignments } of classes) {
    if (excluded) continue;
    for (const { sis, cells } of assignments) {
      if (!sis) continue;
      const name = `${sourcedId} / ${sis.title}`;
      wanted.set(name, lineItemText(sis.categorySourcedId, sis.dueLocal, sis.max));
      for (const cell of cells) {
        if (cell.sis && cell.student.sourcedId)
          wanted.set(`${name} / ${cell.student.sourcedId}`, resultText(cell.sis));
      }
    }
  }
  return wanted;
}

const id = (reference: unknown) => (reference as { sourcedId: string }).sourcedId;
const lineItemText = (category: string, due: string, max: number) => `${category}, due ${due}, ${max} points`;
const resultText = (r: {
  scoreStatus: unknown;
  score: unknown;
  late: boolean;
  missing: boolean;
  scoreDate: unknown;
}) =>
  [r.scoreStatus, r.score ?? 'no score', r.late ? 'late' : '', r.missing ? 'missing' : '', r.scoreDate]
    .filter((part) => part !== '')
    .join(' ');
