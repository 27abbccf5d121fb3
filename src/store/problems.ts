/** Problems over all classes of a domain, from what was last found in each (class-problems.ts), and their bulk retry. */
import { planned } from './cells.ts';
import type { Database, Sql } from './database.ts';
import { decodeCursor, encodeCursor, pageOf, rowId } from './pages.ts';
import { findClass, findDomain, type ClassRef } from './scope.ts';
import { planPress, sends, type CellName } from './sync-plan.ts';
import { refuseAdmins, startSync } from './sync-start.ts';
import { dictionary, explain, type ErrorCode } from '../gradebook/dictionary.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { ProblemCause, ProblemRetry, Problems } from '../passback/ports/problems.ts';

/** So many classes are tried by one request: each is planned, and that takes its time. */
const CLASSES_AT_ONCE = 50;

interface CauseRow {
  code: string;
  rows: number;
  classes: number;
  since: Date;
}

/** Where nothing is sent at all, nothing needs anybody, whatever was found there before. */
const inDomain = `FROM class_problem p JOIN class c ON c.id = p.class_id JOIN domain d ON d.id = c.domain_id
  WHERE d.path @> ARRAY[$1::bigint] AND d.sending IN ('on', 'paused')`;

export async function problemCauses(sql: Sql, domainId: string): Promise<ProblemCause[]> {
  const rows = await sql.rows<CauseRow>(
    `SELECT p.code, sum(p.count)::int AS rows, count(*)::int AS classes, min(p.since) AS since ${inDomain}
      GROUP BY p.code ORDER BY sum(p.count) DESC, p.code`,
    [domainId],
  );
  // a code of a later release that was here has no words in this one
  return rows.flatMap((row) => (isKnown(row.code) ? [causeView(row, row.code)] : []));
}

export function createProblems(db: Database): Problems {
  return {
    list: async (scope, domainKey) => problemCauses(db, (await findDomain(db, scope, domainKey)).id),

    async classes(scope, domainKey, code, page) {
      const domain = await findDomain(db, scope, domainKey);
      known(code);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<{
        id: string;
        key: string;
        title: string;
        domain: string;
        count: number;
        since: Date;
      }>(
        `SELECT c.id, c.key, c.title, d.key AS domain, p.count, p.since ${inDomain} AND p.code = $2 AND c.id > $3 ORDER BY c.id LIMIT $4`,
        [domain.id, code, after?.[0] ?? '0', page.limit + 1],
      );
      const view = (row: (typeof rows)[number]) => ({
        ...{ classId: row.key, title: row.title, domainId: row.domain, rows: row.count },
        since: row.since.toISOString(),
      });
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },

    async retry(scope, domainKey, code, by, cursor) {
      const domain = await findDomain(db, scope, domainKey);
      const wanted = known(code);
      const after = decodeCursor(cursor, [rowId]);
      // later pages may find only those left that it may not send, which are told as held
      if (by.role === 'admin' && !after) await refuseUnlessAnywhere(db, domain.id, wanted);
      const classes = await db.rows<{ id: string; key: string }>(
        `SELECT c.id, c.key ${inDomain} AND p.code = $2 AND c.id > $3 ORDER BY c.id LIMIT $4`,
        [domain.id, wanted, after?.[0] ?? '0', CLASSES_AT_ONCE + 1],
      );
      const now = classes.slice(0, CLASSES_AT_ONCE);
      const tried = { classes: 0, rows: 0, held: 0 };
      const refused = new Map<ErrorCode, number>();
      // one by one, each in a transaction of its own: nobody who enters scores waits for more than his class
      for (const cls of now) {
        const done = await retryClass(db, scope, cls.key, wanted, by);
        if (typeof done === 'string') {
          refused.set(done, (refused.get(done) ?? 0) + 1);
          continue;
        }
        if (done.rows > 0) tried.classes++;
        tried.rows += done.rows;
        tried.held += done.held;
      }
      const last = now.at(-1);
      return {
        ...tried,
        leftOut: [...refused].map(([why, n]) => ({ reason: explain({ code: why }), classes: n })),
        nextCursor: classes.length > now.length && last ? encodeCursor([last.id]) : null,
      };
    },
  };
}

/** Where not one of the classes may be sent by an admin, he is told so; where some may, these are tried. */
async function refuseUnlessAnywhere(sql: Sql, domainId: string, code: ErrorCode): Promise<void> {
  const [freest] = await sql.rows<{ domain_id: string }>(
    `SELECT c.domain_id ${inDomain} AND p.code = $2 ORDER BY coalesce((d.effective->>'adminsMaySync')::boolean, true) DESC LIMIT 1`,
    [domainId, code],
  );
  if (freest) await refuseAdmins(sql, freest);
}

/** How many rows of the class are tried again, and how many can still not go; or why none may be tried. */
async function retryClass(
  db: Database,
  scope: Scope,
  classKey: string,
  code: ErrorCode,
  by: Principal,
): Promise<Pick<ProblemRetry, 'rows' | 'held'> | ErrorCode> {
  let cells: CellName[] = [];
  try {
    return await db.transaction(async (sql) => {
      const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
      cells = await cellsWith(sql, cls, code);
      if (cells.length === 0) return { rows: 0, held: 0 };
      const press = { request: { mode: 'changes' as const, dryRun: false }, cells };
      await startSync(sql, scope, classKey, press, by);
      // as the press has left them: what it could only tell again was not tried
      const plan = await planPress(sql, cls, { ...press, request: { ...press.request, dryRun: true } });
      const all = [...plan.lineItems, ...plan.results];
      const rows = all.filter(sends).length;
      return { rows, held: all.length - rows };
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // the class went away meanwhile
    if (error.code === 'NOT_FOUND') return { rows: 0, held: 0 };
    // its school leaves the button to the teachers: for this caller they can still not go
    if (error.code === 'FORBIDDEN') return { rows: 0, held: cells.length };
    // what is refused to the caller everywhere is no news of one class
    if (!isKnown(error.code)) throw error;
    return error.code;
  }
}

/** Those that it holds up now: what was mended since the class was looked at is left alone. */
async function cellsWith(sql: Sql, cls: ClassRef, code: ErrorCode): Promise<CellName[]> {
  const plan = await planned(sql, cls);
  const has = ({ row, decision }: Pick<(typeof plan.lineItems)[number], 'decision'> & { row: Row }) => {
    const { state, reason } = plan.stateOf(row, decision);
    return (state === 'needsAttention' || state === 'conflict') && reason?.code === code;
  };
  type Row = Parameters<typeof plan.stateOf>[0];
  return [
    ...plan.lineItems.filter(has).map((l): CellName => [l.row.key, null]),
    ...plan.results.filter(has).map((r): CellName => [r.lineItemKey, r.row.student_key]),
  ];
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(dictionary, code);
function known(code: string): ErrorCode {
  if (!isKnown(code)) throw notFound('code');
  return code;
}

const causeView = (row: CauseRow, code: ErrorCode): ProblemCause => ({
  reason: explain({ code }),
  retry: dictionary[code].retry,
  rows: row.rows,
  classes: row.classes,
  since: row.since.toISOString(),
});
