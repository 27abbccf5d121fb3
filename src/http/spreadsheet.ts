/** Tables as people open them: in a spreadsheet. */
import { stringify } from 'csv-stringify/sync';

/** With a byte order mark: without it Excel takes UTF-8 for something else. */
export function spreadsheet(columns: readonly string[], rows: readonly (readonly unknown[])[]): Buffer {
  const text = stringify([columns, ...rows.map((row) => row.map(harmless))], {
    record_delimiter: '\r\n',
    bom: true,
  });
  return Buffer.from(text, 'utf8');
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
