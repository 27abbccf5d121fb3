/** Which SIS category a local one stands for in a class, and which ones the SIS has there. */
import { readClassFacts } from './class-facts.ts';
import type { Database, Sql } from './database.ts';
import { replanClass } from './duty.ts';
import { askLane } from './lane-reads.ts';
import type { Listener } from './listen.ts';
import { findClass, type ClassRef } from './scope.ts';
import { chooseCategory, formerTitle } from '../gradebook/categories.ts';
import { copyMapping } from '../gradebook/copy-mapping.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import type { CategoryMapping } from '../gradebook/local.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { similarNames } from '../gradebook/similar-names.ts';
import { refuseUnlessAsRead } from '../passback/as-read.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Classes, MappingCopy, SisCategoriesView } from '../passback/ports/classes.ts';

type Categories = Pick<
  Classes,
  'mapping' | 'putMapping' | 'sisCategories' | 'readCategories' | 'copyMapping'
>;

/** What the SIS calls its categories now; whoever saves a mapping has seen that. Needs `c` (class). */
export const titlesReadSql = `(SELECT coalesce(jsonb_object_agg(e->>'sourcedId', e->>'title'), '{}') FROM jsonb_array_elements(coalesce(c.sis_categories, '[]')) e)`;
export const acknowledgeTitles = `category_titles = c.category_titles || ${titlesReadSql}`;

export function createCategories(db: Database, listener: Listener): Categories {
  const readNow = (cls: ClassRef & { connection_id: string }) =>
    askLane(db, listener, { connectionId: cls.connection_id, kind: 'categories', classId: cls.id });

  return {
    mapping: async (scope, key) => (await factsOf(db, await findClass(db, scope, key))).mapping,

    putMapping: (scope, key, mapping, ifTag) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR NO KEY UPDATE');
        refuseUnlessAsRead((await factsOf(sql, cls)).mapping, ifTag);
        await keep(sql, cls, mapping);
        return mapping;
      }),

    async sisCategories(scope, key, refresh) {
      const cls = await findClass(db, scope, key);
      if (!hasConnection(cls)) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this class');
      const before = await factsOf(db, cls);
      if (sisIdOf(before, before.settings) === null)
        throw new Refusal('MAP_CLASS', explain({ code: 'MAP_CLASS' }).message);
      if (refresh || (await unreadToday(db, [cls.id])).length > 0) await readNow(cls);
      const [read] = await db.rows<{ at: Date | null }>(
        `SELECT sis_categories_read_at AS at FROM class WHERE id = $1`,
        [cls.id],
      );
      if (!read?.at) throw notFound('class');
      return view(await factsOf(db, cls), read.at);
    },

    async readCategories(scope, key, others) {
      // whose class it is comes first
      await findClass(db, scope, key);
      const classes = await inScope(db, scope, others);
      const unread = new Set(
        await unreadToday(
          db,
          classes.map(({ id }) => id),
        ),
      );
      // one that cannot be read now is told as such by who needs it
      await Promise.all(
        classes
          .filter(hasConnection)
          .filter(({ id }) => unread.has(id))
          .map((cls) => readNow(cls).catch(onlyRefusals)),
      );
    },

    copyMapping: (scope, key, to) =>
      db.transaction(async (sql) => {
        const source = await findClass(sql, scope, key);
        const classes = await inScope(sql, scope, to);
        await sql.rows(`SELECT 1 FROM class WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`, [
          [source, ...classes].map(({ id }) => id),
        ]);
        const facts = await readClassFacts(
          sql,
          [source, ...classes].map(({ id }) => id),
        );
        const from = facts.get(source.id);
        if (!from) throw notFound('class');
        const copies: MappingCopy[] = [];
        for (const cls of classes) {
          const target = facts.get(cls.id);
          if (!target) continue;
          const sameSis = cls.connection_id === source.connection_id;
          const { mapping, ...told } = copyMapping(from, target, sameSis);
          if (told.copied.length > 0 || told.defaultCopied) await keep(sql, cls, mapping);
          copies.push({ classId: cls.key, ...told });
        }
        return copies;
      }),
  };
}

/** The classes of these keys, once each; one that the caller does not have is his mistake. */
async function inScope(sql: Sql, scope: Scope, keys: string[]): Promise<ClassRef[]> {
  const classes: ClassRef[] = [];
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) < index) throw invalid(`/classIds/${index}`, 'stands twice');
    classes.push(
      await findClass(sql, scope, key).catch((error: unknown) => {
        if (error instanceof Refusal && error.code === 'NOT_FOUND')
          throw invalid(`/classIds/${index}`, 'is not the id of a class');
        throw error;
      }),
    );
  }
  return classes;
}

const hasConnection = (cls: ClassRef): cls is ClassRef & { connection_id: string } =>
  cls.connection_id !== null;

function onlyRefusals(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

async function factsOf(sql: Sql, { id }: ClassRef): Promise<ClassFacts> {
  const facts = (await readClassFacts(sql, [id])).get(id);
  if (!facts) throw notFound('class');
  return facts;
}

/** Categories seldom change; what a press does not find is read anew all the same (sync-plan.ts). */
async function unreadToday(sql: Sql, classIds: string[]): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT id FROM class WHERE id = ANY($1::bigint[])
        AND (sis_categories IS NULL OR sis_categories_read_at IS NULL OR sis_categories_read_at < now() - interval '1 day')`,
    [classIds],
  );
  return rows.map(({ id }) => id);
}

/** Whoever saves a mapping has seen what the SIS calls its categories now. */
async function keep(sql: Sql, cls: ClassRef, mapping: CategoryMapping): Promise<void> {
  await sql.rows(`UPDATE class c SET mapping = $2, ${acknowledgeTitles} WHERE id = $1`, [
    cls.id,
    JSON.stringify(mapping),
  ]);
  await replanClass(sql, cls.id, cls.connection_id);
}

function view(cls: ClassFacts, readAt: Date): SisCategoriesView {
  const items = cls.sisCategories ?? [];
  return {
    items: items.map((item) => ({ ...item, formerly: formerTitle(cls, item) })),
    readAt: readAt.toISOString(),
    suggestions: cls.categories.map(({ id, title }) => {
      const choice = chooseCategory(cls, id);
      const found = choice.found && choice.how !== 'override' ? choice : null;
      return {
        categoryId: id,
        title,
        sourcedId: found?.sourcedId ?? null,
        how: found?.how === 'override' ? null : (found?.how ?? null),
        reason: 'reason' in choice ? explain(choice.reason) : null,
        similar: similarNames(title, items).filter((item) => item.sourcedId !== found?.sourcedId),
      };
    }),
  };
}
