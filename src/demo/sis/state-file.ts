/**
 * Keeps the records across restarts: a JSON file, replaced atomically at start and stop, and beside it a journal
 * with one line per change, so that what was answered 201 is still there after a kill -9.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { COLLECTION_NAMES, Records } from './records.ts';
import type { Change, Contents } from './records.ts';

export interface StateFile {
  records: Records;
  close(): void;
}

/** Opens (or begins) a state file; every later change of the records is written to it. */
export function openStateFile(path: string): StateFile {
  const journalPath = `${path}.journal`;
  const records = new Records();
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) loadContents(records, JSON.parse(readFileSync(path, 'utf8')) as Partial<Contents>);
  if (existsSync(journalPath)) replay(records, readFileSync(journalPath, 'utf8'));
  writeContents(path, records);
  const journal = openSync(journalPath, 'w');
  records.onChange = (change) => void writeSync(journal, `${JSON.stringify(change)}\n`);
  return {
    records,
    close() {
      records.onChange = () => {};
      writeContents(path, records);
      closeSync(journal);
      writeFileSync(journalPath, '');
    },
  };
}

function loadContents(records: Records, contents: Partial<Contents>): void {
  for (const name of COLLECTION_NAMES) for (const object of contents[name] ?? []) records.put(name, object);
}

function replay(records: Records, journal: string): void {
  // Whatever follows the last line feed was being written at the kill, and was not yet answered.
  for (const line of journal.split('\n').slice(0, -1)) records.apply(JSON.parse(line) as Change);
}

function writeContents(path: string, records: Records): void {
  writeFileSync(`${path}.new`, JSON.stringify(records.contents()));
  renameSync(`${path}.new`, path);
}
