/** `plan`, `export` and `conflicts`: what a sync of a class would do, and what it cannot do. */
import { writeFile } from 'node:fs/promises';
import type { ConflictView } from '../passback/ports/conflicts.ts';
import { type Api, at } from './api.ts';
import type { Report } from './report.ts';
import { table } from './table.ts';
import { Unusable } from './unusable.ts';

interface Plan {
  planId: string;
  counts: Record<string, number>;
  entries: {
    kind: string;
    lineItemId: string;
    studentId: string | null;
    action: string;
    reason: { code: string; message: string } | null;
  }[];
}

export async function planClass(
  api: Api,
  classId: string,
  { all, readSis }: { all?: true; readSis?: true },
): Promise<Report> {
  const query = { readSis, ...(all ? { mode: 'all' } : {}) };
  const { body: plan } = await api.call<Plan>('GET', at`/classes/${classId}/plan`, { query });
  const counts = Object.entries(plan.counts).map(([action, n]) => `${n} ${action}`);
  const rows = plan.entries
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, lineItemId, studentId, reason }) => [
      ...[action, lineItemId, studentId],
      reason === null ? null : `${reason.message} [${reason.code}]`,
    ]);
  const text = [
    counts.join(' · '),
    ...(rows.length > 0 ? ['', ...table(['ACTION', 'LINEITEM', 'STUDENT', 'WHY'], rows)] : []),
  ];
  const stuck = plan.entries.some(({ action }) => action === 'blocked' || action === 'conflict');
  return { ok: !stuck, text, data: { ...plan } };
}

/** Writes the class as a OneRoster CSV package into a file that only its owner reads: it holds children's grades. */
export async function exportClass(
  api: Api,
  classId: string,
  { out, only, force }: { out: string; only?: string; force?: true },
): Promise<Report> {
  const { bytes, headers } = await api.file(at`/classes/${classId}/export.zip`, { only });
  try {
    await writeFile(out, bytes, { mode: 0o600, flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Unusable(
      code === 'EEXIST'
        ? `${out} is there already; --force writes over it`
        : `${out} cannot be written (${code})`,
    );
  }
  const leftOut = Number(headers.get('x-left-out') ?? 0);
  const text = [
    `Written: ${out} (${bytes.length} bytes)`,
    ...(leftOut > 0
      ? [`${leftOut} rows are not in it; GET /v1/classes/{classId}/export tells which, and why`]
      : []),
  ];
  return { ok: true, text, data: { file: out, bytes: bytes.length, leftOut } };
}

/** ok where there are none. */
export async function listConflicts(api: Api, classId: string): Promise<Report> {
  const conflicts = await api.all<ConflictView>(at`/classes/${classId}/conflicts`);
  const rows = conflicts.map(({ id, lineItemId, studentId, cause, since }) => [
    id,
    lineItemId,
    studentId,
    cause,
    since,
  ]);
  const text =
    rows.length > 0 ? table(['ID', 'LINEITEM', 'STUDENT', 'CAUSE', 'SINCE'], rows) : ['No conflicts.'];
  return { ok: conflicts.length === 0, text, data: { conflicts } };
}

export async function resolveConflict(api: Api, conflictId: string, keep: string): Promise<Report> {
  const { body } = await api.call<Record<string, unknown>>('POST', at`/conflicts/${conflictId}/resolve`, {
    body: { keep },
  });
  return { ok: true, text: ['Decided.'], data: body };
}
