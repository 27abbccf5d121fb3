/** Reads a CSV file of ids: what stands in each line, or what is wrong with it. Refusals never repeat the file. */
import { CsvError, parse } from 'csv-parse/sync';
import type { BadIdRow, IdRow } from '../gradebook/id-mappings.ts';
import { LmsId, SourcedId } from '../gradebook/local.ts';
import { Refusal } from '../passback/refusal.ts';

const columns = ['kind', 'classId', 'studentId', 'lineItemId', 'sourcedId', 'customId'] as const;
type Column = (typeof columns)[number];
const mostRows = 50_000;

/** @throws Refusal where the file as a whole cannot be read; a line that cannot is one of the answer's */
export function readIdRows(text: string): (IdRow | BadIdRow)[] {
  const [header, ...records] = readCsv(text);
  if (!header) throw unreadable('A header is needed', `${columns.join(',')}, or some of these`);
  const names = header.record.map((name) => name.trim());
  const unknown = names.findIndex((name) => !columns.some((column) => column === name));
  if (unknown >= 0)
    throw unreadable('The header is not valid', `column ${unknown + 1} must be one of ${columns.join(', ')}`);
  if (new Set(names).size < names.length)
    throw unreadable('The header is not valid', 'a column stands twice');
  if (!names.includes('kind')) throw unreadable('The header is not valid', 'kind is missing');
  if (records.length > mostRows)
    throw new Refusal('PAYLOAD_TOO_LARGE', `The file may have at most ${mostRows} lines.`);
  return records.map(({ line, record }) =>
    record.length === names.length
      ? readRow(line, (column) => record[names.indexOf(column)] ?? '')
      : { line, detail: `has ${record.length} cells, and the header ${names.length}` },
  );
}

const kinds = ['class', 'student', 'lineItem'];
const forms = { classId: LmsId, studentId: LmsId, sourcedId: SourcedId, customId: SourcedId };

function readRow(line: number, cell: (column: Column) => string): IdRow | BadIdRow {
  const bad = (detail: string): BadIdRow => ({ line, detail });
  const given = (column: Column) => (cell(column) === '' ? null : cell(column));
  const kind = cell('kind');
  if (!kinds.includes(kind)) return bad('kind must be class or student');
  if (kind === 'lineItem')
    return bad(
      'lineItems are linked one by one (…/lineItems/{lineItemId}/link): the SIS is asked whether it has each',
    );
  const wanted = kind === 'class' ? ('classId' as const) : ('studentId' as const);
  if (given(wanted) === null) return bad(`${wanted} is needed`);
  const foreign = kind === 'class' ? (['studentId', 'lineItemId'] as const) : (['lineItemId'] as const);
  for (const column of foreign)
    if (given(column) !== null) return bad(`${column} must be empty for a ${kind}`);
  if (given('sourcedId') === null && given('customId') === null)
    return bad('sourcedId or customId is needed');
  for (const [column, form] of Object.entries(forms)) {
    const parsed = form.nullable().safeParse(given(column as Column));
    if (!parsed.success) return bad(`${column} ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  }
  return {
    line,
    kind: kind === 'class' ? 'class' : 'student',
    classKey: given('classId'),
    studentKey: given('studentId'),
    sourcedId: given('sourcedId'),
    customId: given('customId'),
  };
}

/** Every record with the line that it ends in; empty lines are none. */
function readCsv(text: string): { line: number; record: string[] }[] {
  try {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true } as const;
    const read = parse(text, options) as unknown as { info: { lines: number }; record: string[] }[];
    return read.map(({ info, record }) => ({ line: info.lines, record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw unreadable(
      'This is no CSV',
      `line ${lines ?? '?'}: a quote stands where none can, or does not end`,
    );
  }
}

const unreadable = (what: string, detail: string) =>
  new Refusal('VALIDATION', `${what}: ${detail}.`, { errors: [{ pointer: '', detail }] });
