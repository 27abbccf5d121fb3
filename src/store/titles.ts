/** What the lineItems of a class are called, as far as one has a say in what another is sent as. */
import type { Sql } from './database.ts';
import type { ClassRef } from './scope.ts';
import { raiseDirty, wakeLanes } from './duty.ts';
import type { TitleEntry } from '../gradebook/facts.ts';
import { defaultSettings, type EffectiveSettings } from '../gradebook/settings.ts';
import { goesToSis, sisTitles, type SisTitle } from '../gradebook/sis-titles.ts';
import { defaultsOf } from '../profiles/index.ts';

export type TitleRow =
  | {
      key: string;
      title: string;
      category_key: string | null;
      sync_to_sis: boolean;
      overrides: {
        syncToSis?: boolean | null;
        sisTitle?: string | null;
        sisCategorySourcedId?: string | null;
      };
      created_at: string;
      /** what the SIS acknowledged it as; null: it does not have it */
      acked: string | null;
    }
  /** deleted here, and in the SIS still: its title is taken until somebody has removed it there */
  | { deleted: string; title: string };

/** TitleRows of a class, as JSON; needs `c` (class). */
export const titlesSql = `(SELECT jsonb_agg(t.title) FROM (
    SELECT jsonb_build_object('key', l.key, 'title', l.title, 'category_key', l.category_key, 'sync_to_sis', l.sync_to_sis,
             'overrides', l.overrides, 'created_at', l.created_at,
             'acked', l.acked->>'title') AS title FROM line_item l WHERE l.class_id = c.id
    UNION ALL SELECT jsonb_build_object('deleted', x.id::text, 'title', coalesce(x.acked->>'title', x.title))
      FROM deletion x WHERE x.class_id = c.id AND x.kind = 'lineItem' AND x.state IN ('planned', 'toDoByHand', 'refused')) t)`;
/** `titlesMatter` of gradebook/sis-titles.ts; needs `d` (domain). What an older release wrote down has neither setting. */
export const titlesMatterSql = `(d.effective->>'titleLimit' IS NOT NULL OR d.effective->>'duplicateTitle' <> 'send')`;

/** No id of an LMS holds it. */
const NO_KEY = '\u0000';

export const titleEntries = (rows: TitleRow[]): TitleEntry[] =>
  rows.flatMap((row): TitleEntry[] => {
    // older than all that is here
    if ('deleted' in row)
      return [{ key: `${NO_KEY}${row.deleted}`, title: row.title, createdAt: new Date(0) }];
    const { key, overrides, category_key: categoryKey, sync_to_sis: syncToSis } = row;
    const createdAt = new Date(row.created_at);
    if (goesToSis({ syncToSis, categoryKey, overrides }))
      return [{ key, title: overrides.sisTitle ?? row.title, createdAt }];
    // switched off after it was sent: there it is still called what it was
    return row.acked === null ? [] : [{ key, title: row.acked, createdAt }];
  });

/**
 * What a change of one lineItem does to the titles of the others (a number that is free now, or taken): those are
 * planned anew. The caller holds the class, so that two changes take turns.
 */
export async function followTitles<T>(
  sql: Sql,
  cls: Pick<ClassRef, 'id' | 'connection_id'>,
  changedKey: string | null,
  change: () => Promise<T>,
): Promise<T> {
  const before = await titlesNow(sql, cls.id);
  const result = await change();
  const after = before && (await titlesNow(sql, cls.id));
  if (!before || !after) return result;
  const others = [...after].filter(([key, is]) => key !== changedKey && differs(before.get(key), is));
  const keys = others.map(([key]) => key).filter((key) => !key.startsWith(NO_KEY));
  if (keys.length === 0) return result;
  await raiseDirty(sql, 'line_item', 'c.id = $1 AND t.key = ANY($2)', [cls.id, keys]);
  await raiseDirty(sql, 'result', 'c.id = $1 AND li.key = ANY($2) AND t.dirty_n > t.clean_n', [cls.id, keys]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
  return result;
}

const differs = (was: SisTitle | undefined, is: SisTitle) =>
  was?.title !== is.title || (was.twinOf === null) !== (is.twinOf === null);

/** null: no setting lets one title have a say in another. */
async function titlesNow(sql: Sql, classId: string): Promise<Map<string, SisTitle> | null> {
  const [found] = await sql.rows<{ titles: TitleRow[] | null; settings: Partial<EffectiveSettings> }>(
    `SELECT d.effective AS settings, ${titlesSql} AS titles
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1 AND ${titlesMatterSql}`,
    [classId],
  );
  if (!found) return null;
  const settings = { ...defaultsOf(found.settings.profile ?? defaultSettings.profile), ...found.settings };
  return sisTitles(titleEntries(found.titles ?? []), settings);
}
