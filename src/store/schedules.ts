/** Schedules as people make, pause and start them; what workers do with them is in schedule-runs.ts. */
import { v7 as newId } from 'uuid';
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowTime, rowUuid } from './pages.ts';
import { runView, scheduleRows, scheduleView, type RunRow, type ScheduleRow } from './schedule-row.ts';
import { beginRun } from './schedule-runs.ts';
import { findDomain, type DomainRow } from './scope.ts';
import { refuseAdmins } from './sync-start.ts';
import { cronOf, type ScheduleInput } from '../passback/schedule-input.ts';
import { inWords, leaptOver, nextRun, nextRuns } from '../passback/schedule-times.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Schedules } from '../passback/ports/schedules.ts';

export function createSchedules(db: Database): Schedules {
  return {
    async list(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowUuid]);
      const rows = await scheduleRows(
        db,
        `d.path @> ARRAY[$1::bigint] AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3`,
        [domain.id, after?.[0] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, scheduleView, (row) => [row.id]);
    },

    get: (scope, id) => answer(db, scope, id),

    async preview(scope, domainKey, input) {
      const domain = await findDomain(db, scope, domainKey);
      await checkClasses(db, domain, input.classIds);
      const { now, ...timing } = await timed(db, domain.id, input);
      return {
        ...timing,
        interval: inWords(timing.cron),
        nextRuns: nextRuns(timing, now, 5).map((at) => at.toISOString()),
        warnings: leaptOver(timing, now).map(({ date, time, runsAt }) => ({
          code: 'CLOCK_LEAPS',
          message: `On ${date} the clock in ${timing.timeZone} leaps over ${time}: it runs right after.`,
          runsAt: runsAt.toISOString(),
        })),
      };
    },

    create: (scope, domainKey, input, by) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey, 'FOR SHARE OF d');
        await checkClasses(sql, domain, input.classIds);
        const { now, ...timing } = await timed(sql, domain.id, input);
        const id = newId();
        await sql.rows(
          `INSERT INTO schedule (id, tenant_id, domain_id, type, cron, every, time_zone, class_keys, posted_by, next_run_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [id, domain.tenant_id, domain.id, ...columnsOf(input, timing), by.name, nextRun(timing, now)],
        );
        return answer(sql, scope, id);
      }),

    put: (scope, id, input, ifRevision, by) =>
      db.transaction(async (sql) => {
        const row = await find(sql, scope, id, 'FOR UPDATE OF s');
        if (ifRevision !== null && ifRevision !== row.revision)
          throw new Refusal('STALE', `This schedule was changed by ${row.posted_by} meanwhile.`);
        const domain = await findDomain(sql, scope, row.domain_key);
        await checkClasses(sql, domain, input.classIds);
        const { now, ...timing } = await timed(sql, domain.id, input);
        await sql.rows(
          `UPDATE schedule SET type = $2, cron = $3, every = $4, time_zone = $5, class_keys = $6, posted_by = $7, revision = revision + 1,
                  next_run_at = CASE WHEN paused_at IS NULL THEN $8::timestamptz END
            WHERE id = $1`,
          [id, ...columnsOf(input, timing), by.name, nextRun(timing, now)],
        );
        return answer(sql, scope, id);
      }),

    remove: (scope, id) =>
      db.transaction(async (sql) => {
        await find(sql, scope, id, 'FOR UPDATE OF s');
        await sql.rows(`DELETE FROM schedule WHERE id = $1`, [id]);
      }),

    pause: (scope, id, by) =>
      db.transaction(async (sql) => {
        await find(sql, scope, id, 'FOR UPDATE OF s');
        await sql.rows(`${pausing} id = $2 AND paused_at IS NULL`, [by.name, id]);
        return scheduleView(await find(sql, scope, id));
      }),
    resume: (scope, id) =>
      db.transaction(async (sql) => {
        await resume(sql, await find(sql, scope, id, 'FOR UPDATE OF s'));
        return scheduleView(await find(sql, scope, id));
      }),
    pauseAll: (scope, domainKey, by) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey);
        const paused = await sql.rows(
          `${pausing} paused_at IS NULL AND id IN (SELECT s.id FROM schedule s JOIN domain d ON d.id = s.domain_id
             WHERE d.path @> ARRAY[$2::bigint] ORDER BY s.id FOR UPDATE OF s) RETURNING 1`,
          [by.name, domain.id],
        );
        return { changed: paused.length };
      }),
    resumeAll: (scope, domainKey) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey);
        const paused = await scheduleRows(
          sql,
          `d.path @> ARRAY[$1::bigint] AND s.paused_at IS NOT NULL ORDER BY s.id FOR UPDATE OF s`,
          [domain.id],
        );
        for (const row of paused) await resume(sql, row);
        return { changed: paused.length };
      }),

    run: (scope, id, by) =>
      db.transaction(async (sql) => {
        const row = await find(sql, scope, id, 'FOR UPDATE OF s');
        if (by.role === 'admin' && row.type === 'gradePassback') await refuseAdmins(sql, row);
        const runId = await beginRun(sql, row, { dueAt: row.now, startedBy: by.name, byHand: true });
        if (runId === null)
          throw new Refusal(
            'SCHEDULE_RUNNING',
            'A run of this schedule is under way: two at once would do everything twice.',
          );
        await sql.rows(`SELECT pg_notify('schedule', '')`);
        const [run] = await sql.rows<RunRow>(`SELECT * FROM schedule_run WHERE id = $1`, [runId]);
        if (!run) throw new Error('the run was not written');
        return runView(run);
      }),

    async runs(scope, id, page) {
      await find(db, scope, id);
      const after = decodeCursor(page.cursor, [rowTime, rowUuid]);
      const rows = await db.rows<RunRow & { started_at: Date }>(
        `SELECT * FROM schedule_run WHERE schedule_id = $1 AND ($2::timestamptz IS NULL OR (started_at, id) < ($2, $3::uuid))
          ORDER BY started_at DESC, id DESC LIMIT $4`,
        [id, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, runView, (row) => [row.started_at.toISOString(), row.id]);
    },
  };
}

async function find(
  sql: Sql,
  scope: Scope,
  id: string,
  lock: '' | 'FOR UPDATE OF s' = '',
): Promise<ScheduleRow> {
  // schedules are a domain's, and a teacher's token sees none
  if (scope.classKeys || !rowUuid.test(id)) throw notFound('schedule');
  const [row] = await scheduleRows(
    sql,
    `s.id = $1 AND s.tenant_id = $2 AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint]) ${lock}`,
    [id, scope.tenantId, scope.domainId],
  );
  if (!row) throw notFound('schedule');
  return row;
}

async function answer(sql: Sql, scope: Scope, id: string) {
  const row = await find(sql, scope, id);
  return { schedule: scheduleView(row), revision: row.revision };
}

/** What its expression comes to here and now, by the database's clock. */
async function timed(sql: Sql, domainId: string, input: ScheduleInput) {
  const [row] = await sql.rows<{ now: Date; zone: string }>(
    `SELECT now() AS now, effective_time_zone AS zone FROM domain WHERE id = $1`,
    [domainId],
  );
  if (!row) throw notFound('domain');
  return { cron: cronOf(input), timeZone: input.timeZone ?? row.zone, now: row.now };
}

const columnsOf = (input: ScheduleInput, { cron, timeZone }: { cron: string; timeZone: string }) => [
  input.type,
  cron,
  input.every ? JSON.stringify(input.every) : null,
  timeZone,
  input.classIds ? JSON.stringify([...new Set(input.classIds)]) : null,
];

async function checkClasses(
  sql: Sql,
  domain: DomainRow,
  classIds: string[] | null | undefined,
): Promise<void> {
  if (!classIds) return;
  const known = await sql.rows<{ key: string }>(
    `SELECT c.key FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.tenant_id = $1 AND c.key = ANY($2) AND d.path @> ARRAY[$3::bigint]`,
    [domain.tenant_id, classIds, domain.id],
  );
  const found = new Set(known.map((row) => row.key));
  const missing = classIds.findIndex((id) => !found.has(id));
  if (missing >= 0) throw invalid(`/classIds/${missing}`, 'is not the id of a class of this domain');
}

const pausing = `UPDATE schedule SET paused_at = now(), paused_by = $1, next_run_at = NULL WHERE`;

/** What it has missed meanwhile was not wanted. */
async function resume(sql: Sql, row: ScheduleRow): Promise<void> {
  if (row.paused_at === null) return;
  const timing = { cron: row.cron, timeZone: row.time_zone };
  await sql.rows(`UPDATE schedule SET paused_at = NULL, paused_by = NULL, next_run_at = $2 WHERE id = $1`, [
    row.id,
    nextRun(timing, row.now),
  ]);
}
