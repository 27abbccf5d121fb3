/** What was accepted against what the SIS holds, cell by cell, and against what our own database says of it. */
import pg from 'pg';
import type { BenchSis } from '../ground/ground.ts';
import type { Size } from '../ground/district.ts';
import type { Lms } from './lms.ts';

interface Held {
  lineItems: { sourcedId: string; title: string; class: { sourcedId: string } }[];
  results: { score?: number; lineItem: { sourcedId: string }; student: { sourcedId: string } }[];
}

/** Every difference, one sentence each; none is what is wanted. */
export async function differences(
  sis: BenchSis,
  lms: Lms,
  size: Size,
  databaseUrl: string,
): Promise<string[]> {
  const { lineItems, results } = await sis.lever<Held>('contents');
  const found: string[] = [];
  const names = new Map<string, string>();
  const seen = new Set<string>();
  for (const { sourcedId, title, class: of } of lineItems) {
    const name = `${of.sourcedId} ${title.replace('Assignment ', 'l')}`;
    if (seen.has(name)) found.push(`the SIS has the lineItem ${name} twice`);
    seen.add(name);
    names.set(sourcedId, name);
  }
  if (seen.size !== size.classes * size.lineItems)
    found.push(`the SIS has ${seen.size} lineItems instead of ${size.classes * size.lineItems}`);
  const held = new Map<string, number | undefined>();
  for (const { score, lineItem, student } of results) {
    const name = `${names.get(lineItem.sourcedId) ?? 'no lineItem'} ${student.sourcedId}`;
    if (held.has(name)) found.push(`the SIS has the result ${name} twice`);
    held.set(name, score);
  }
  for (const [name, score] of lms.accepted)
    if (!held.has(name)) found.push(`lost: ${name}, accepted as ${score}`);
    else if (held.get(name) !== score) found.push(`wrong: ${name} is ${held.get(name)} instead of ${score}`);
  for (const name of held.keys()) if (!lms.accepted.has(name)) found.push(`never graded: ${name}`);
  return [...found, ...(await unsettled(databaseUrl))];
}

/** Rows that our own database does not hold for done. */
async function unsettled(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const answer = await client.query<{ what: string; n: number }>(
      `SELECT 'results' AS what, count(*)::int AS n FROM result WHERE dirty_n <> clean_n OR acked_version <> version
       UNION ALL SELECT 'lineItems', count(*)::int FROM line_item WHERE dirty_n <> clean_n OR acked_version <> version`,
    );
    return answer.rows.flatMap(({ what, n }) =>
      n > 0 ? [`${n} ${what} are not acknowledged in their last version`] : [],
    );
  } finally {
    await client.end();
  }
}

export interface Pending {
  /** not acknowledged in the last version */
  unsent: number;
  /** acknowledged, and not yet read back */
  unverified: number;
  causes: string[];
}
export async function pending(databaseUrl: string): Promise<Pending> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const [rows, lanes] = [
      await client.query<{ unsent: number; unverified: number }>(
        `SELECT count(*) FILTER (WHERE dirty_n <> clean_n)::int AS unsent,
                count(*) FILTER (WHERE dirty_n = clean_n AND verified_version < version)::int AS unverified
           FROM (SELECT dirty_n, clean_n, verified_version, version FROM result
                 UNION ALL SELECT dirty_n, clean_n, verified_version, version FROM line_item) r`,
      ),
      await client.query<{ cause: string }>('SELECT cause FROM lane WHERE cause IS NOT NULL'),
    ];
    const [counts = { unsent: 0, unverified: 0 }] = rows.rows;
    return { ...counts, causes: lanes.rows.map((row) => row.cause) };
  } finally {
    await client.end();
  }
}

/** What waits for minutes after a failure goes now, as if they had passed. */
export async function hasten(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const soon = `next_attempt_at > now() AND release_n > clean_n AND sending_epoch IS NULL`;
    await client.query(`UPDATE line_item SET next_attempt_at = now() WHERE ${soon}`);
    await client.query(`UPDATE result SET next_attempt_at = now() WHERE ${soon}`);
    await client.query(
      `UPDATE line_item l SET verify_at = now() WHERE verify_at > now() AND (verified_version < version
         OR EXISTS (SELECT 1 FROM result r WHERE r.line_item_id = l.id AND r.verified_version < r.version))`,
    );
    await client.query(`UPDATE lane SET paused_until = NULL, wake_at = now() WHERE owner IS NULL`);
  } finally {
    await client.end();
  }
}
