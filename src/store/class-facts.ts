/** All that the planner must know of classes, read set-wise (their rows: row-facts.ts). */
import { serviceRoots } from '../gradebook/service-roots.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import type { CategoryMapping, GradingPeriod, LocalCategory } from '../gradebook/local.ts';
import { defaultSettings, type EffectiveSettings, type OneRosterVersion } from '../gradebook/settings.ts';
import { defaultsOf } from '../profiles/index.ts';
import { hot, listSql, type Sql } from './database.ts';
import { titleEntries, titlesMatterSql, titlesSql, type TitleRow } from './titles.ts';

interface ClassRow {
  id: string;
  tenant_key: string;
  key: string;
  title: string;
  sourced_id: string | null;
  custom_id: string | null;
  school_sourced_id: string | null;
  read_school_sourced_id: string | null;
  sis_class_missing: boolean;
  published: boolean;
  time_zone: string;
  grading_periods: GradingPeriod[];
  categories: LocalCategory[];
  mapping: CategoryMapping;
  domain_mapping: CategoryMapping;
  sis_categories: { sourcedId: string; title: string }[] | null;
  category_titles: Record<string, string>;
  sis_students: string[] | null;
  sis_line_items: { sourcedId: string; title: string }[] | null;
  line_items_listed: boolean;
  conflict_policy: EffectiveSettings['conflictPolicy'] | null;
  titles: TitleRow[] | null;
  /** an older release knew fewer settings */
  settings: Partial<EffectiveSettings>;
  base_url: string | null;
  rostering_url: string | null;
  one_roster_version: OneRosterVersion | null;
}

/** Someone may have made one there since. Needs `c` (class). */
const listedSql = `coalesce(c.sis_line_items IS NOT NULL AND c.sis_line_items_read_at > now() - interval '15 minutes', false)`;

type Titles = 'always' | 'whereTheyMatter' | 'never';
const titlesOf: Record<Titles, string> = {
  always: titlesSql,
  whereTheyMatter: `CASE WHEN ${titlesMatterSql} THEN ${titlesSql} END`,
  never: 'NULL',
};
const classRows = (titles: Titles) =>
  hot(`SELECT c.id, t.key AS tenant_key, c.key, c.title, c.sourced_id, c.custom_id, c.school_sourced_id,
          c.read_school_sourced_id, c.sis_class_missing, c.published, coalesce(c.time_zone, d.effective_time_zone) AS time_zone,
          c.grading_periods, c.categories, c.mapping, d.effective_mapping AS domain_mapping, c.sis_categories,
          c.conflict_policy, c.sis_line_items, ${listedSql} AS line_items_listed, c.category_titles, CASE WHEN c.sis_students_read_at > now() - interval '1 day' THEN c.sis_students END AS sis_students,
          ${titlesOf[titles]} AS titles,
          d.effective AS settings, k.base_url, k.rostering_url, k.one_roster_version
     FROM class c JOIN domain d ON d.id = c.domain_id JOIN domain t ON t.id = c.tenant_id
     LEFT JOIN connection k ON k.id = d.connection_id
    WHERE c.id = ANY(${listSql('$1')})`);

/** What is built needs titles only where one has a say in another; people are told of two that are the same anyway. */
export async function readClassFacts(
  sql: Sql,
  ids: string[],
  { titles = 'whereTheyMatter' }: { titles?: Titles } = {},
): Promise<Map<string, ClassFacts>> {
  const rows = await sql.rows<ClassRow>(classRows(titles), [ids]);
  return new Map(rows.map((row) => [row.id, classFacts(row)]));
}

function classFacts(row: ClassRow): ClassFacts {
  const oneRosterVersion = row.one_roster_version ?? '1.2';
  const roots =
    row.base_url === null ? null : serviceRoots(row.base_url, row.rostering_url, oneRosterVersion);
  return {
    id: row.id,
    tenantKey: row.tenant_key,
    key: row.key,
    title: row.title,
    sourcedId: row.sourced_id,
    customId: row.custom_id,
    schoolSourcedId: row.school_sourced_id ?? (row.read_school_sourced_id || null),
    classMissing: row.sis_class_missing,
    schoolMissing: row.school_sourced_id === null && row.read_school_sourced_id === '',
    published: row.published,
    timeZone: row.time_zone,
    gradingPeriods: row.grading_periods,
    categories: row.categories,
    mapping: row.mapping,
    domainMapping: row.domain_mapping,
    sisCategories: row.sis_categories,
    categoryTitles: row.category_titles,
    sisStudents: row.sis_students,
    sisLineItems: row.sis_line_items,
    lineItemsListed: row.line_items_listed,
    titles: row.titles && titleEntries(row.titles),
    settings: {
      ...defaultsOf(row.settings.profile ?? defaultSettings.profile),
      ...row.settings,
      // the class's own is the stronger one
      ...(row.conflict_policy && { conflictPolicy: row.conflict_policy }),
    },
    oneRosterVersion,
    gradebookUrl: roots?.gradebookUrl ?? null,
    rosteringUrl: roots?.rosteringUrl ?? null,
  };
}
