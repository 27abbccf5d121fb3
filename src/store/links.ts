/** Links made by hand: a lineItem of ours stands for one that the SIS has already. */
import { askLane } from './lane-reads.ts';
import { readClassFacts } from './class-facts.ts';
import { lineItemColumns, type LineItemRow } from './row-facts.ts';
import type { Database, Sql } from './database.ts';
import { forgetAcknowledged, haltLanes, raiseDirty, wakeLanes } from './duty.ts';
import type { Listener } from './listen.ts';
import { findClass, type ClassRef } from './scope.ts';
import type { SisLineItem } from './sis-line-items.ts';
import { followTitles } from './titles.ts';
import { categoryTitleKey } from '../gradebook/categories.ts';
import { explain } from '../gradebook/dictionary.ts';
import { lineItemLink } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Links } from '../passback/ports/links.ts';

export function createLinks(db: Database, listener: Listener): Links {
  return {
    async look(scope, classKey) {
      const cls = await findClass(db, scope, classKey);
      if (!cls.connection_id) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this class');
      await linkedClass(db, cls);
      await askLane(db, listener, { connectionId: cls.connection_id, kind: 'lineItems', classId: cls.id });
    },

    async sisLineItems(scope, classKey) {
      const cls = await findClass(db, scope, classKey);
      const { items, readAt } = await seen(db, cls);
      const rows = await db.rows<{ key: string; title: string; sourced_id: string | null }>(
        `SELECT key, title, sourced_id FROM line_item WHERE class_id = $1 ORDER BY key COLLATE "C"`,
        [cls.id],
      );
      const free = rows.filter((row) => row.sourced_id === null);
      return {
        readAt: readAt.toISOString(),
        items: items.map((item) => ({
          ...item,
          sameTitle: free
            .filter(({ title }) => categoryTitleKey(title) === categoryTitleKey(item.title))
            .map(({ key }) => key),
        })),
      };
    },

    link: (scope, classKey, key, sourcedId) =>
      db.transaction((sql) => link(sql, scope, classKey, key, sourcedId)),
  };
}

async function link(
  sql: Sql,
  scope: Scope,
  classKey: string,
  key: string,
  sourcedId: string | null,
): Promise<{ sourcedId: string | null }> {
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  const [item] = await sql.rows<LineItemRow>(
    `SELECT ${lineItemColumns} FROM line_item l WHERE l.class_id = $1 AND l.key = $2 FOR UPDATE`,
    [cls.id, key],
  );
  if (!item) throw notFound('lineItem');
  if (item.sourced_id === sourcedId) return { sourcedId };
  const classId = sourcedId === null ? null : await linkedClass(sql, cls);
  if (sourcedId !== null) await checkFree(sql, cls, item.id, sourcedId);
  if (sourcedId !== null) await withdrawDeletions(sql, cls, sourcedId);
  // an answer that is under way speaks of the lineItem that it was until now: it must not bring that back
  if (cls.connection_id && (await isInHand(sql, item))) await haltLanes(sql, [cls.connection_id], 'otherSis');
  await forgetAcknowledged(sql, 'line_item', 't.id = $1', [item.id]);
  // what was acknowledged in the former one would hide that somebody has entered scores in this one
  await forgetAcknowledged(sql, 'result', 't.line_item_id = $1', [item.id]);
  await sql.rows(`UPDATE line_item SET sourced_id = $2, linked_to = $3, hand_linked = $4 WHERE id = $1`, [
    item.id,
    sourcedId,
    classId && lineItemLink(classId),
    sourcedId !== null,
  ]);
  await raiseDirty(sql, 'line_item', 't.id = $1', [item.id]);
  await raiseDirty(sql, 'result', 't.line_item_id = $1', [item.id]);
  // what the SIS has in it is compared before anything is written over it
  await sql.rows(`UPDATE class SET read_due = coalesce(least(read_due, now()), now()) WHERE id = $1`, [
    cls.id,
  ]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
  return { sourcedId };
}

async function checkFree(sql: Sql, cls: ClassRef, lineItemId: string, sourcedId: string): Promise<void> {
  const [taken] = await sql.rows<{ key: string }>(
    `SELECT key FROM line_item WHERE class_id = $1 AND sourced_id = $2 AND id <> $3`,
    [cls.id, sourcedId, lineItemId],
  );
  if (taken) throw new Refusal('LINK_TAKEN', `The lineItem ${taken.key} is linked to it already`);
  const { items } = await seen(sql, cls);
  if (!items.some((item) => item.sourcedId === sourcedId))
    throw invalid('/sourcedId', 'is not the id of a lineItem that the SIS has in this class');
}

/** It, or a score of it, is in the hands of a lane. */
async function isInHand(sql: Sql, item: LineItemRow): Promise<boolean> {
  const [result] = await sql.rows(
    `SELECT 1 FROM result WHERE line_item_id = $1 AND sending_epoch IS NOT NULL LIMIT 1`,
    [item.id],
  );
  return item.sending_epoch !== null || result !== undefined;
}

/** Another of ours stood for it and was deleted here: what is still planned for that would take these scores away. */
async function withdrawDeletions(sql: Sql, cls: ClassRef, sourcedId: string): Promise<void> {
  const its = `class_id = $1 AND state <> 'done' AND CASE kind WHEN 'lineItem' THEN sourced_id ELSE linked_to::jsonb->>0 END = $2`;
  const open = await sql.rows<{ sent: boolean }>(
    `SELECT sending_epoch IS NOT NULL OR sent_at IS NOT NULL AS sent FROM deletion WHERE ${its} ORDER BY id FOR UPDATE`,
    [cls.id, sourcedId],
  );
  if (open.some(({ sent }) => sent))
    throw new Refusal('LINK_TAKEN', 'It, or a score of it, is being deleted in the SIS: try again later');
  if (open.length === 0) return;
  await followTitles(sql, cls, null, () =>
    sql.rows(`DELETE FROM deletion WHERE ${its}`, [cls.id, sourcedId]),
  );
}

async function seen(sql: Sql, cls: ClassRef): Promise<{ items: SisLineItem[]; readAt: Date }> {
  const [row] = await sql.rows<{ items: SisLineItem[] | null; at: Date | null }>(
    `SELECT sis_line_items AS items, sis_line_items_read_at AS at FROM class WHERE id = $1`,
    [cls.id],
  );
  if (!row?.items || !row.at)
    throw new Refusal('SIS_NO_ANSWER_YET', 'The SIS has not listed its assignments yet');
  return { items: row.items, readAt: row.at };
}

/** The SIS's id of the class. */
async function linkedClass(sql: Sql, cls: ClassRef): Promise<string> {
  const facts = (await readClassFacts(sql, [cls.id])).get(cls.id);
  const classId = facts && sisIdOf(facts, facts.settings);
  if (!classId) throw new Refusal('MAP_CLASS', explain({ code: 'MAP_CLASS' }).message);
  return classId;
}
