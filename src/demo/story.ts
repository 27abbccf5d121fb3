/** What the demo does once everything runs: load, test, sync, compare, change one score, compare again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller, SisReader } from './callers.ts';
import { compareWithSis, type Comparison } from './compare.ts';
import type { DemoClass, DemoDistrict } from './district.ts';
import { loadClass, makeTenant, settingsOf, type Keys } from './load.ts';
import type { RunningSis } from './processes.ts';

const SYNC_WITHIN_MS = 120_000;
const EDIT_WITHIN_MS = 30_000;

interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}
interface Sync {
  id: string;
  status: string;
  counts: Counts;
  byKind: { lineItems: Counts; results: Counts };
  pending: number;
  waitingFor: { message: string } | null;
}
type Tell = (line: string) => void;

/** Answers the keys that it made and whether the SIS ended equal to the LMS. */
export async function tellStory(
  district: DemoDistrict,
  url: string,
  rootKey: string,
  sis: RunningSis,
  tell: Tell,
): Promise<{ keys: Keys; equal: boolean }> {
  const reader = new SisReader(sis);
  const keys = await load(district, url, rootKey, sis, tell);
  await syncAll(district, keys.lms, tell);
  const first = await compareWithSis(district, reader);
  tellComparison(first, tell);
  if (first.differences.length > 0) return { keys, equal: false };
  await changeOneScore(district, keys, sis, reader, tell);
  const second = await compareWithSis(district, reader);
  tellComparison(second, tell);
  return { keys, equal: second.differences.length === 0 };
}

async function load(
  district: DemoDistrict,
  url: string,
  rootKey: string,
  sis: RunningSis,
  tell: Tell,
): Promise<Keys> {
  const started = performance.now();
  const keys = await makeTenant(district, new Caller(url, rootKey));
  await keys.admin.put(`domains/${district.domainId}/settings`, settingsOf(district, sis, false));
  let scores = 0;
  for (const c of district.classes) scores += await loadClass(keys.lms, c, district);
  const students = district.classes.reduce((n, c) => n + c.students.length, 0);
  const assignments = district.classes.reduce((n, c) => n + c.assignments.length, 0);
  const excluded = district.schools.filter((s) => s.excluded).map((s) => s.name);
  tell(`Loaded ${district.name} through the API in ${seconds(started)} (${Caller.requests} requests):`);
  tell(
    `  ${district.schools.length} schools (${excluded.join(', ')} is excluded), ${district.classes.length} classes,`,
  );
  tell(`  ${students} students, ${assignments} assignments, ${scores} scores.`);

  const classId = district.classes[0]?.classId;
  type Report = { ok: boolean; steps: { name: string; status: string; detail: string }[] };
  const report = await keys.admin.post<Report>(`domains/${district.domainId}/settings/test`, { classId });
  tell(`Tested the connection: ${report.ok ? 'it works.' : 'it does not work.'}`);
  for (const step of report.steps.filter((s) => s.status !== 'ok')) tell(`  ${step.name}: ${step.detail}`);
  return keys;
}

async function syncAll({ classes }: DemoDistrict, lms: Caller, tell: Tell): Promise<void> {
  const started = performance.now();
  const answers = await Promise.all(classes.map(async (c) => ({ c, line: await syncClass(c, lms) })));
  tell(`Synced in ${seconds(started)}:`);
  for (const { c, line } of answers) tell(`  ${c.title}: ${line}`);
}

async function syncClass(c: DemoClass, lms: Caller): Promise<string> {
  const asked = await lms.try<Sync & { code?: string; detail?: string }>(
    'POST',
    `classes/${c.classId}/syncs`,
    {},
  );
  if (asked.status === 409) return `refused, as it should be (${asked.value.code ?? ''})`;
  if (asked.status >= 300) throw new Error(`A sync was refused: ${JSON.stringify(asked.value)}`);
  const deadline = performance.now() + SYNC_WITHIN_MS;
  let sync: Sync = asked.value;
  while (sync.status === 'processing') {
    if (performance.now() > deadline) {
      throw new Error(
        `The sync of ${c.title} is not done after ${SYNC_WITHIN_MS / 1000} s: ${JSON.stringify(sync)}`,
      );
    }
    await sleep(50);
    sync = await lms.get<Sync>(`syncs/${sync.id}`);
  }
  const { lineItems, results } = sync.byKind;
  const parts = [
    `${lineItems.created + lineItems.updated} assignments and ${results.created + results.updated} scores sent`,
  ];
  if (sync.counts.skipped > 0) parts.push(`${sync.counts.skipped} skipped by choice`);
  if (sync.counts.failed > 0) parts.push(`${sync.counts.failed} need attention`);
  return parts.join(', ');
}

/** With automatic sending on, a changed score goes by itself; the expectation changes with it. */
async function changeOneScore(
  district: DemoDistrict,
  { admin, lms }: Keys,
  sis: RunningSis,
  reader: SisReader,
  tell: Tell,
): Promise<void> {
  await admin.put(`domains/${district.domainId}/settings`, settingsOf(district, sis, true));
  const c = district.classes[0];
  const assignment = c?.assignments[0];
  const cell = assignment?.cells.find(
    ({ sis: held }) => held?.scoreStatus === 'fully graded' && !held.missing && !held.late,
  );
  if (!c || !assignment || !cell?.sis) throw new Error('The district has no score to change.');
  const score = 9.75;
  const { scoreDate } = cell.sis;
  cell.sis = { ...cell.sis, score };
  const started = performance.now();
  const where = `classes/${c.classId}/lineItems/${assignment.lineItemId}/results/${cell.student.studentId}`;
  await lms.put(where, { score, scoreDate });
  while ((await compareWithSis(district, reader)).differences.length > 0) {
    if (performance.now() - started > EDIT_WITHIN_MS) break;
    await sleep(50);
  }
  tell(`Switched automatic sending on and changed one score: it was in the SIS after ${seconds(started)}`);
  tell('  (of which 1 s is for gathering quick edits).');
}

function tellComparison({ lineItems, results, differences }: Comparison, tell: Tell): void {
  if (differences.length === 0) {
    tell(`Read the SIS back: ${lineItems} assignments and ${results} scores, exactly what it should hold.`);
    return;
  }
  tell(`The SIS is NOT what it should be, ${differences.length} differences:`);
  for (const difference of differences.slice(0, 40)) tell(`  ${difference}`);
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
