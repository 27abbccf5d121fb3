/** The daily mail: one to each address, with what is new since its last one, whichever classes it hears of. */
import { tellProblems, type Telling } from './class-problems.ts';
import type { Database, Sql } from './database.ts';
import { mail } from './publish.ts';
import { dictionary, type ErrorCode } from '../gradebook/dictionary.ts';
import { digestNotice, type ClassProblem } from '../passback/notices.ts';

interface Row {
  class_title: string;
  code: string;
  count: number;
  admins: string[] | null;
  teachers: string[];
}
/** Older than this, nobody was there to send it: it would be no news any more. */
const NEWS_FOR = `interval '2 days'`;
const MOST_TENANTS = 1_000;

/** A transaction of its own, while no other replica does this; null: one does. */
export type Alone = (work: (sql: Sql) => Promise<void>) => Promise<unknown>;

/**
 * Sends what is due, of one tenant after the other: an address hears of all its classes in one mail. Each class is
 * looked at in a transaction of its own, for it is kept from changing meanwhile; a stop comes between two.
 */
export async function sendDigests(
  db: Database,
  alone: Alone,
  telling: Telling,
  stopping: () => boolean,
): Promise<void> {
  if (!telling.mail) return;
  const { publicUrl } = telling.mail;
  for (const tenantId of await tenantsDue(db)) {
    // what was put right since then is not told any more
    for (const classId of await classesDue(db, tenantId)) {
      if (stopping()) return;
      const look = () => alone((sql) => tellProblems(sql, classId, telling));
      // without it the mail would tell what is put right: whoever looks at them now sends it
      if ((await contained(telling, `class ${classId}`, look)) === null) return;
    }
    if (stopping()) return;
    await contained(telling, `the daily mail of tenant ${tenantId}`, () =>
      alone((sql) => mailAll(sql, tenantId, telling, publicUrl)),
    );
  }
}

/** One that fails keeps no other from its mail; it is due again next time. */
const contained = (telling: Telling, about: string, work: () => Promise<unknown>): Promise<unknown> =>
  work().catch((error: unknown) => telling.failed(about, error));

async function tenantsDue(db: Database): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT DISTINCT c.tenant_id AS id FROM class_problem p JOIN class c ON c.id = p.class_id WHERE p.mail_at <= now() LIMIT ${MOST_TENANTS}`,
  );
  return rows.map(({ id }) => id);
}

async function classesDue(db: Database, tenantId: string): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT DISTINCT c.id FROM class_problem p JOIN class c ON c.id = p.class_id WHERE c.tenant_id = $1 AND p.mail_at <= now()`,
    [tenantId],
  );
  return rows.map(({ id }) => id);
}

async function mailAll(sql: Sql, tenantId: string, telling: Telling, publicUrl: string): Promise<void> {
  const due = await sql.rows<Row>(
    `WITH due AS (UPDATE class_problem p SET mail_at = NULL FROM class c
                   WHERE c.id = p.class_id AND c.tenant_id = $1 AND p.mail_at <= now() RETURNING p.*, p.since > now() - ${NEWS_FOR} AS news)
     SELECT c.title AS class_title, p.code, p.count, d.effective->'noticeEmails' AS admins, c.notice_emails AS teachers
       FROM due p JOIN class c ON c.id = p.class_id JOIN domain d ON d.id = c.domain_id WHERE p.news ORDER BY c.id, p.code`,
    [tenantId],
  );
  const to = new Map<string, { page: 'admin' | 'teacher'; problems: ClassProblem[] }>();
  for (const row of due) {
    const problem = problemOf(row);
    if (!problem) continue;
    const admins = (row.admins ?? []).map((email) => email.toLowerCase());
    const teachers = row.teachers.map((email) => email.toLowerCase());
    for (const email of new Set([...admins, ...teachers])) {
      const its = to.get(email) ?? { page: 'teacher', problems: [] };
      its.problems.push(problem);
      if (admins.includes(email)) its.page = 'admin';
      to.set(email, its);
    }
  }
  for (const [email, { page, problems }] of to) {
    const notice = digestNotice(problems, page, publicUrl);
    if (notice) await mail(sql, telling.background, [email], notice);
  }
}

/** A code of a later release that was here has no words in this one. */
function problemOf(row: Row): ClassProblem | null {
  if (!Object.hasOwn(dictionary, row.code)) return null;
  return { classTitle: row.class_title, code: row.code as ErrorCode, count: row.count };
}
