/** LineItems that the SIS has in a class and that are none of ours: what a new one of ours could be linked to. */
import { readClassFacts } from './class-facts.ts';
import { lineItemFacts, readLineItems, type LineItemRow } from './row-facts.ts';
import type { Sql } from './database.ts';
import { hold } from './hold.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { categoryTitleKey } from '../gradebook/categories.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { lineItemSourcedId } from '../gradebook/source-ids.ts';
import type { Fence } from '../passback/ports/lanes.ts';

export interface SisLineItem {
  sourcedId: string;
  title: string;
}

export interface Listed {
  items: Record<string, unknown>[];
  /** what is not among them is not there; else they are known beside those of before */
  whole: boolean;
  /** rows that this epoch has taken were not sent yet */
  aheadOf?: string | null;
}

/** The caller holds the class. */
export async function keepStrangers(sql: Sql, cls: ClassFacts, listed: Listed): Promise<void> {
  const { items, whole, aheadOf = null } = listed;
  const rows = await readLineItems(sql, cls.id);
  const classId = sisIdOf(cls, cls.settings) ?? '';
  const ours = new Set(
    rows.flatMap((row) => [
      lineItemIdOf(cls, lineItemFacts(row)),
      // what is not answered yet, or was unlinked, may be there under the id that it has with us
      lineItemSourcedId(cls.tenantKey, cls.key, row.key, classId),
    ]),
  );
  for (const id of await ofOtherClasses(sql, cls, classId)) ours.add(id);
  const mayBeThere = ({ acked_version, last_sent_at, sending_epoch }: LineItemRow) =>
    acked_version === 0 && (last_sent_at !== null || (sending_epoch !== null && sending_epoch !== aheadOf));
  const unanswered = rows.filter(mayBeThere);
  const strangers = items.flatMap(({ sourcedId, title: shown, status }): SisLineItem[] => {
    const title = typeof shown === 'string' ? shown : '';
    const known = status === 'tobedeleted' || ours.has(String(sourcedId));
    return known || unanswered.some((row) => mayBe(row, title))
      ? []
      : [{ sourcedId: String(sourcedId), title }];
  });
  const seen = new Set(items.map(({ sourcedId }) => String(sourcedId)));
  const before = whole ? [] : (cls.sisLineItems ?? []).filter(({ sourcedId }) => !seen.has(sourcedId));
  const now = [...before.filter(({ sourcedId }) => !ours.has(sourcedId)), ...strangers];
  const same = cls.sisLineItems && canonicalHash(cls.sisLineItems) === canonicalHash(now);
  if (same && !whole) return;
  // of a part that was listed nobody may conclude that there are no others
  await sql.rows(
    `UPDATE class SET sis_line_items = $2, sis_line_items_read_at = CASE WHEN $3 THEN now() ELSE sis_line_items_read_at END WHERE id = $1`,
    [cls.id, JSON.stringify(now), whole],
  );
}

/** Two classes here may be one there: what the other one has there is ours too. */
async function ofOtherClasses(sql: Sql, cls: ClassFacts, classId: string): Promise<string[]> {
  const rows = await sql.rows<{ class_key: string; key: string; sourced_id: string | null }>(
    `SELECT o.key AS class_key, l.key, l.sourced_id FROM class c JOIN class o ON o.tenant_id = c.tenant_id JOIN line_item l ON l.class_id = o.id
      WHERE c.id = $1 AND o.id <> c.id AND $2 IN (o.sourced_id, o.custom_id)`,
    [cls.id, classId],
  );
  return rows.map(
    (row) => row.sourced_id ?? lineItemSourcedId(cls.tenantKey, row.class_key, row.key, classId),
  );
}

/** It was sent and never answered: the SIS may have it, under an id of its own and with its title cut (look-first.ts). */
function mayBe(row: LineItemRow, title: string): boolean {
  const kept = categoryTitleKey(title.replace(/(…|\.\.\.)$/, ''));
  return kept !== '' && categoryTitleKey(row.overrides.sisTitle ?? row.title).startsWith(kept);
}

/** false: the lane has moved on */
export async function keepLineItems(
  sql: Sql,
  fence: Fence,
  classId: string,
  { ahead, ...listed }: Listed & { ahead?: boolean },
): Promise<boolean> {
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [classId]);
  const here = await hold(sql, fence, [classId]);
  if (!here) return false;
  const cls = (await readClassFacts(sql, [classId])).get(classId);
  const aheadOf = ahead ? fence.epoch : null;
  if (cls && here.has(classId)) await keepStrangers(sql, cls, { ...listed, aheadOf });
  return true;
}
