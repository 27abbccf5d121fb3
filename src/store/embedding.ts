/** Which sites may have parts of our pages in theirs. */
import type { Database } from './database.ts';
import type { Embedding } from '../passback/ports/embedding.ts';

export function createEmbedding(db: Database): Embedding {
  return {
    async origins() {
      const rows = await db.rows<{ origin: string }>(
        `SELECT DISTINCT o.origin FROM domain d,
           jsonb_array_elements_text(CASE jsonb_typeof(d.settings->'embedOrigins') WHEN 'array' THEN d.settings->'embedOrigins' ELSE '[]' END) AS o(origin)`,
      );
      return asBrowsersSay(rows.map(({ origin }) => origin));
    },

    async originsOf(domainId) {
      const [row] = await db.rows<{ origins: string[] | null }>(
        `SELECT effective->'embedOrigins' AS origins FROM domain WHERE id = $1`,
        [domainId],
      );
      return asBrowsersSay(row?.origins ?? []);
    },
  };
}

/** In small letters, and without a port that goes without saying; one that no browser could be at is left out. */
const asBrowsersSay = (origins: string[]): string[] =>
  origins.flatMap((origin) => (URL.canParse(origin) ? [new URL(origin).origin] : []));
