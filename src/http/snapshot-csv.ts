/** A snapshot as people open it: in a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import type { SnapshotLine } from '../passback/ports/snapshots.ts';

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

/** With a byte order mark: without it Excel takes UTF-8 for something else. */
export function snapshotCsv(lines: SnapshotLine[]): Buffer {
  const text = stringify([[...columns], ...lines.map(cells)], { record_delimiter: '\r\n', bom: true });
  return Buffer.from(text, 'utf8');
}

function cells(line: SnapshotLine): (string | number)[] {
  const known: Record<string, unknown> = {
    ...line.held,
    ...line,
    title: line.held?.['title'] ?? line.title,
    inSis: line.held === null ? 'no' : 'yes',
  };
  return columns.map((name) => harmless(known[name]));
}

/**
 * Titles, names and comments come from anywhere, and a spreadsheet runs a cell that begins so as a formula (OWASP, "CSV
 * Injection"). Numbers are numbers: a score of -5 is no formula.
 */
function harmless(value: unknown): string | number {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return value;
  const text =
    typeof value === 'boolean'
      ? value
        ? 'yes'
        : 'no'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  return /^\s*[=+\-@\t\r\n＝＋－＠]/u.test(text) ? `'${text}` : text;
}
