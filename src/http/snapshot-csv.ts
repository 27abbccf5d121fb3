/** A snapshot as people open it: in a spreadsheet. */
import type { SnapshotLine } from '../passback/ports/snapshots.ts';
import { spreadsheet } from './spreadsheet.ts';

const columns = [
  'lineItemId',
  'title',
  'studentId',
  'givenName',
  'familyName',
  'inSis',
  'score',
  'scoreStatus',
  'late',
  'missing',
  'scoreDate',
  'comment',
  'dueDate',
  'categorySourcedId',
  'resultValueMax',
] as const;

export const snapshotCsv = (lines: SnapshotLine[]): Buffer => spreadsheet(columns, lines.map(cells));

function cells(line: SnapshotLine): unknown[] {
  const known: Record<string, unknown> = {
    ...line.held,
    ...line,
    title: line.held?.['title'] ?? line.title,
    inSis: line.held === null ? 'no' : 'yes',
  };
  return columns.map((name) => known[name]);
}
