/** The history as a file for spreadsheets. */
import type { SyncEntryLine, SyncView } from '../passback/ports/syncs.ts';
import type { Items } from '../passback/ports/callers.ts';
import type { Answer } from './route.ts';
import { spreadsheet } from './spreadsheet.ts';

/** As many lines as one file has; a spreadsheet of more helps nobody, and all of them are held at once. */
export const MOST_LINES = 10_000;

const ofSync: Record<string, (sync: SyncView) => unknown> = {
  startedAt: (s) => s.startedAt,
  finishedAt: (s) => s.finishedAt,
  seconds: (s) =>
    s.finishedAt === null ? null : (Date.parse(s.finishedAt) - Date.parse(s.startedAt)) / 1000,
  classId: (s) => s.classId,
  classTitle: (s) => s.classTitle,
  domainId: (s) => s.domainId,
  trigger: (s) => s.trigger,
  startedBy: (s) => s.startedBy,
  status: (s) => s.status,
  dryRun: (s) => s.dryRun,
  created: (s) => s.counts.created,
  updated: (s) => s.counts.updated,
  deleted: (s) => s.counts.deleted,
  unchanged: (s) => s.counts.unchanged,
  skipped: (s) => s.counts.skipped,
  failed: (s) => s.counts.failed,
  conflicts: (s) => s.counts.conflicts,
  pending: (s) => s.pending,
  syncId: (s) => s.id,
};
const ofEntry: Record<string, (entry: SyncEntryLine) => unknown> = {
  at: (e) => e.at,
  kind: (e) => e.kind,
  lineItemId: (e) => e.lineItemId,
  title: (e) => e.title,
  studentId: (e) => e.studentId,
  action: (e) => e.action,
  code: (e) => e.reason?.code,
  message: (e) => e.reason?.message,
  fix: (e) => e.reason?.fix,
  fixBy: (e) => e.reason?.fixBy,
  version: (e) => e.version,
};

export const syncsFile = (syncs: Items<SyncView>) => fileOf('syncs', ofSync, syncs);
export const entriesFile = (syncId: string, entries: Items<SyncEntryLine>) =>
  fileOf(`sync-${syncId}`, ofEntry, entries);

/** A file that is cut says so, where people look and where programs do. */
export const cutHeader = 'Lines-Left-Out';
function fileOf<T>(name: string, columns: Record<string, (of: T) => unknown>, lines: Items<T>): Answer {
  const rows = lines.items.map((line) => Object.values(columns).map((cell) => cell(line)));
  const cut = lines.nextCursor !== null;
  const names = Object.keys(columns);
  if (cut) {
    const more = `There is more: these are ${lines.items.length} lines. Ask for less at once.`;
    rows.push(names.map((_name, i) => (i === 0 ? more : '')));
  }
  const bytes = spreadsheet(names, rows);
  return {
    status: 200,
    file: { type: 'text/csv', name: `${name}.csv`, bytes },
    headers: { [cutHeader]: String(cut) },
  };
}
