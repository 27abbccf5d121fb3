/**
 * What needs somebody in a class, compared with what was announced of it: a cause is told when it appears, once for the
 * class however many scores it holds up, and again only after it was gone.
 */
import type { Background } from './background.ts';
import { planned } from './cells.ts';
import type { Sql } from './database.ts';
import { placeOf, publish } from './publish.ts';
import type { ClassRef } from './scope.ts';
import { entryOf, type ErrorCode } from '../gradebook/dictionary.ts';
import { nextDigest } from '../passback/notices.ts';

export interface Telling {
  background: Pick<Background, 'add'>;
  /** notices are sent by mail, with links to the pages there; null: nobody is mailed */
  mail: { publicUrl: string } | null;
  now(): Date;
  /** something could not be announced; the rest is. `about` names nobody. */
  failed(about: string, error: unknown): void;
}

export async function tellProblems(sql: Sql, classId: string, telling: Telling): Promise<void> {
  const [cls] = await sql.rows<ClassRef>(
    `SELECT c.id, c.key, c.tenant_id, c.domain_id, d.key AS domain_key, d.connection_id, d.sending
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
    [classId],
  );
  const place = cls && (await placeOf(sql, cls.domain_id));
  if (!place) return;
  const now = await countByCode(sql, cls);
  await sql.rows(`DELETE FROM class_problem WHERE class_id = $1 AND code <> ALL($2)`, [
    classId,
    [...now.keys()],
  ]);
  const kept = await sql.rows<{ code: string; appeared: boolean }>(
    `INSERT INTO class_problem (class_id, code, count, mail_at)
     SELECT $1, p.code, p.count, $4 FROM unnest($2::text[], $3::int[]) AS p(code, count)
     ON CONFLICT (class_id, code) DO UPDATE SET count = excluded.count RETURNING code, xmax = 0 AS appeared`,
    [
      classId,
      [...now.keys()],
      [...now.values()],
      telling.mail ? nextDigest(telling.now(), place.timeZone) : null,
    ],
  );
  const fresh = new Set(kept.flatMap(({ code, appeared }) => (appeared ? [code] : [])));
  const appeared = [...now].filter(([code]) => fresh.has(code));
  if (appeared.length === 0) return;
  await publish(sql, telling.background, cls.domain_id, {
    type: 'problems.appeared',
    timestamp: telling.now().toISOString(),
    data: {
      tenantId: place.tenantKey,
      domainId: place.key,
      classId: cls.key,
      problems: appeared.map(([code, count]) => ({ code, count, fixBy: entryOf(code).fixBy })),
    },
  });
}

/** How many lineItems and results need somebody, by cause. Where nothing is sent at all, nothing needs anybody. */
async function countByCode(sql: Sql, cls: ClassRef): Promise<Map<ErrorCode, number>> {
  const counts = new Map<ErrorCode, number>();
  if (cls.sending !== 'on' && cls.sending !== 'paused') return counts;
  const plan = await planned(sql, cls);
  for (const { row, decision } of [...plan.lineItems, ...plan.results]) {
    const { state, reason } = plan.stateOf(row, decision);
    if ((state === 'needsAttention' || state === 'conflict') && reason && reason.fixBy !== 'nobody')
      counts.set(reason.code, (counts.get(reason.code) ?? 0) + 1);
  }
  return counts;
}
