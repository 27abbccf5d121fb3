/** Ids of the SIS for many classes and students at once, as if each had been put: their rows are planned anew. */
import { forgetRead } from './classes.ts';
import type { Database, Sql } from './database.ts';
import { raiseDirty, wakeLanes } from './duty.ts';
import { findDomain } from './scope.ts';
import { replanOf, replanShared } from './students.ts';
import {
  isFine,
  planIds,
  type BadIdRow,
  type IdPlan,
  type IdRow,
  type KnownClass,
  type KnownStudent,
} from '../gradebook/id-mappings.ts';
import { Refusal } from '../passback/refusal.ts';
import type { IdMappings } from '../passback/ports/id-mappings.ts';

interface ClassRow extends KnownClass {
  id: string;
  connection_id: string | null;
}
interface StudentRow extends KnownStudent {
  id: string;
}
interface Known {
  classes: ClassRow[];
  students: StudentRow[];
}
/** As many faults as a refusal can name. */
const MOST_NAMED = 100;

export function createIdMappings(db: Database): IdMappings {
  return {
    put: (scope, domainKey, rows, { dryRun, partial }) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey);
        const ids = await touched(sql, domain.id, rows);
        // all of them, in the order of everybody who locks several: answers of the SIS wait until this is done
        if (!dryRun)
          await sql.rows(`SELECT 1 FROM class WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`, [
            ids,
          ]);
        const known = await read(sql, domain.id, ids);
        const plan = planIds(rows, known.classes, known.students);
        const wrong = plan.rows.filter((row) => !isFine(row));
        if (wrong.length > 0 && !dryRun && !partial)
          throw new Refusal(
            'VALIDATION',
            `Nothing was written, for ${wrong.length} of ${plan.rows.length} lines cannot be: ask with ?dryRun=true for all of them, or write the others with ?partial=true.`,
            {
              errors: wrong.slice(0, MOST_NAMED).map((row) => ({
                pointer: `line ${row.line}`,
                detail: `${row.outcome}: ${row.detail ?? ''}`,
              })),
            },
          );
        if (!dryRun) await write(sql, known, plan);
        return {
          dryRun,
          counts: countsOf(plan),
          rows: plan.rows.map(({ changes, ...row }) => ({
            ...row,
            changes: changes.map(({ classKey, studentKey, ...c }) => ({
              ...{ classId: classKey, studentId: studentKey },
              ...c,
            })),
          })),
        };
      }),
  };
}

function countsOf(plan: IdPlan) {
  const counts = { changed: 0, unchanged: 0, unknown: 0, duplicate: 0, invalid: 0 };
  for (const { outcome } of plan.rows) counts[outcome]++;
  return counts;
}

/** The classes of the subtree that are named, or have a student who is. */
async function touched(sql: Sql, domainId: string, rows: (IdRow | BadIdRow)[]): Promise<string[]> {
  const good = rows.filter((row): row is IdRow => !('detail' in row));
  const keys = (of: (row: IdRow) => string | null) => [...new Set(good.flatMap((row) => of(row) ?? []))];
  const found = await sql.rows<{ id: string }>(
    `WITH c AS (SELECT c.id, c.key FROM domain d JOIN class c ON c.domain_id = d.id WHERE d.path @> ARRAY[$1::bigint])
     SELECT c.id FROM c WHERE c.key = ANY($2)
     UNION SELECT c.id FROM c JOIN student s ON s.class_id = c.id WHERE s.key = ANY($3)`,
    [
      domainId,
      keys((row) => row.classKey),
      // of one class alone, that class is named
      keys((row) => (row.classKey === null ? row.studentKey : null)),
    ],
  );
  return found.map((row) => row.id);
}

async function read(sql: Sql, domainId: string, ids: string[]): Promise<Known> {
  const classes = await sql.rows<ClassRow>(
    `SELECT c.id, c.key, c.sourced_id AS "sourcedId", c.custom_id AS "customId", d.connection_id FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.id = ANY($2::bigint[]) AND d.path @> ARRAY[$1::bigint] ORDER BY c.id`,
    [domainId, ids],
  );
  const students = await sql.rows<StudentRow>(
    `SELECT s.id, s.key, c.key AS "classKey", s.sourced_id AS "sourcedId", s.custom_id AS "customId", s.active
       FROM student s JOIN class c ON c.id = s.class_id WHERE s.class_id = ANY($1::bigint[]) ORDER BY s.id`,
    [classes.map((c) => c.id)],
  );
  return { classes, students };
}

/** An id that somebody has named is no longer what a roster pull read; `n` holds the new ones. */
const givenNow = (t: 'c' | 's') =>
  `filled = ARRAY(SELECT f FROM unnest(${t}.filled) f WHERE (f <> 'sourcedId' OR n.sourced_id = ${t}.sourced_id) AND (f <> 'customId' OR n.custom_id = ${t}.custom_id))`;

async function write(sql: Sql, known: Known, { writes }: IdPlan): Promise<void> {
  const classes = writes.classes as ClassRow[];
  const students = writes.students as StudentRow[];
  const idsOf = (rows: { id: string; sourcedId: string | null; customId: string | null }[]) => [
    rows.map((row) => row.id),
    rows.map((row) => row.sourcedId),
    rows.map((row) => row.customId),
  ];
  const ids = `unnest($1::bigint[], $2::text[], $3::text[]) AS n(id, sourced_id, custom_id)`;
  await sql.rows(
    `UPDATE class c SET sourced_id = n.sourced_id, custom_id = n.custom_id, ${givenNow('c')}, ${forgetRead} FROM ${ids} WHERE c.id = n.id`,
    idsOf(classes),
  );
  await sql.rows(
    `UPDATE student s SET sourced_id = n.sourced_id, custom_id = n.custom_id, ${givenNow('s')} FROM ${ids} WHERE s.id = n.id`,
    idsOf(students),
  );
  const whole = classes.map((c) => c.id);
  await raiseDirty(sql, 'line_item', 'c.id = ANY($1::bigint[])', [whole]);
  const classOf = new Map(known.classes.map((c) => [c.key, c.id]));
  const partly = [...new Set(students.flatMap((s) => classOf.get(s.classKey) ?? []))];
  await raiseDirty(sql, 'result', 'c.id = ANY($1::bigint[])', [whole]);
  await replanOf(
    sql,
    partly.filter((id) => !whole.includes(id)),
    students.map((s) => s.id),
  );
  await replanShared(sql, partly);
  // last, for it holds the lane's row until all of this is written
  const of = new Set([...whole, ...partly]);
  await wakeLanes(sql, [
    ...new Set(known.classes.flatMap((c) => (of.has(c.id) && c.connection_id ? [c.connection_id] : []))),
  ]);
}
