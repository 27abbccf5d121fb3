/**
 * RFC 4180, with CRLF between records. The package is read by programs: a cell that a spreadsheet would take for a
 * formula (`=1+1` as a title) stays as it is, for a quote put before it would become part of the title in the SIS.
 */
export function csvText(header: readonly string[], rows: readonly Record<string, string>[]): string {
  const record = (cells: string[]) => `${cells.map(cell).join(',')}\r\n`;
  return [header.slice(), ...rows.map((row) => header.map((name) => row[name] ?? ''))].map(record).join('');
}

function cell(text: string): string {
  const line = oneLine(text);
  return /[",]|^\s|\s$/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

/** The binding allows no carriage return in a cell, and many readers no other line break either. */
const oneLine = (text: string) =>
  text
    .replace(/\r\n|[\n\r\u2028\u2029]/g, ' ')
    .replaceAll('\u0000', '')
    .toWellFormed();
