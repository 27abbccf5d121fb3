/** The daily mail: one to each address, with what is new since its last one, whichever classes it hears of. */
import { tellProblems, type Telling } from './class-problems.ts';
import type { Sql } from './database.ts';
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

/** Sends what is due, of one tenant at a time: an address hears of all its classes in one mail. True: there was one. */
export async function sendDigest(sql: Sql, telling: Telling): Promise<boolean> {
  if (!telling.mail) return false;
  const [next] = await sql.rows<{ tenant_id: string }>(
    `SELECT c.tenant_id FROM class_problem p JOIN class c ON c.id = p.class_id WHERE p.mail_at <= now() LIMIT 1`,
  );
  if (!next) return false;
  const classes = await sql.rows<{ id: string }>(
    `SELECT DISTINCT c.id FROM class_problem p JOIN class c ON c.id = p.class_id WHERE c.tenant_id = $1 AND p.mail_at <= now()`,
    [next.tenant_id],
  );
  // what was put right since then is not told any more
  for (const { id } of classes) await tellProblems(sql, id, telling);
  const due = await sql.rows<Row>(
    `WITH due AS (UPDATE class_problem p SET mail_at = NULL FROM class c
                   WHERE c.id = p.class_id AND c.tenant_id = $1 AND p.mail_at <= now() RETURNING p.*, p.since > now() - ${NEWS_FOR} AS news)
     SELECT c.title AS class_title, p.code, p.count, d.effective->'noticeEmails' AS admins, c.notice_emails AS teachers
       FROM due p JOIN class c ON c.id = p.class_id JOIN domain d ON d.id = c.domain_id WHERE p.news ORDER BY c.id, p.code`,
    [next.tenant_id],
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
    const notice = digestNotice(problems, page, telling.mail.publicUrl);
    if (notice) await mail(sql, telling.background, [email], notice);
  }
  return true;
}

/** A code of a later release that was here has no words in this one. */
function problemOf(row: Row): ClassProblem | null {
  if (!Object.hasOwn(dictionary, row.code)) return null;
  return { classTitle: row.class_title, code: row.code as ErrorCode, count: row.count };
}
