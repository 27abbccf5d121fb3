/** How a class is sent, as far as its teacher is concerned: what is in force for it, and when it goes by itself. */
import type { Database } from './database.ts';
import { findClass } from './scope.ts';
import type { ClassSending, Classes } from '../passback/ports/classes.ts';

interface Row {
  time_zone: string;
  linked: boolean;
  own: 'inherit' | 'on' | 'off';
  by_domain: boolean;
  first_waits: boolean;
  conflict_policy: ClassSending['conflictPolicy'];
  title_limit: number | null;
  gather_seconds: number;
  next_at: Date | null;
}

export function createClassSending(db: Database): Pick<Classes, 'sending'> {
  return {
    async sending(scope, key) {
      const cls = await findClass(db, scope, key);
      const [row] = await db.rows<Row>(
        `SELECT coalesce(c.time_zone, d.effective_time_zone) AS time_zone, c.auto_sync AS own, d.auto_sync AS by_domain,
                CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL AS linked,
                d.confirm_first AND NOT c.send_confirmed
                  AND NOT EXISTS (SELECT 1 FROM line_item k WHERE k.class_id = c.id AND k.last_sent_at IS NOT NULL) AS first_waits,
                coalesce(c.conflict_policy, d.effective->>'conflictPolicy', 'ask') AS conflict_policy,
                (d.effective->>'titleLimit')::int AS title_limit, d.gather_seconds,
                (SELECT min(s.next_run_at) FROM schedule s
                  WHERE s.tenant_id = c.tenant_id AND s.domain_id = ANY(d.path) AND s.type = 'gradePassback' AND s.paused_at IS NULL
                    AND (s.class_keys IS NULL OR s.class_keys = 'null' OR s.class_keys ? c.key)) AS next_at
           FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
        [cls.id],
      );
      if (!row) throw new Error('the class was there a moment ago');
      const { own, by_domain: byDomain } = row;
      return {
        sending: cls.sending,
        linked: row.linked,
        timeZone: row.time_zone,
        automatic: {
          on: own === 'inherit' ? byDomain : own === 'on',
          byDomain,
          gatherSeconds: row.gather_seconds,
          firstWaits: row.first_waits,
        },
        nextScheduledAt: row.next_at?.toISOString() ?? null,
        conflictPolicy: row.conflict_policy,
        titleLimit: row.title_limit,
      };
    },
  };
}
