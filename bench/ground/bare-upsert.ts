/**
 * What scores are held against: a table with the same key and one upsert of many rows, by the driver that we use; and,
 * run as a program, the same behind an Express route that does nothing else. No keys, tenants, versions, checks.
 */
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';

export interface Cell {
  lineItemId: string;
  studentId: string;
  score: number;
}

export async function bareTable(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined);
  await pool.query(
    `CREATE TABLE IF NOT EXISTS bare (line_item text, student text, score numeric, at timestamptz, PRIMARY KEY (line_item, student))`,
  );
  return {
    upsert: (cells: Cell[]) =>
      pool.query({
        name: 'bare',
        text: `INSERT INTO bare SELECT l, s, v, now() FROM unnest($1::text[], $2::text[], $3::numeric[]) AS i(l, s, v)
               ON CONFLICT (line_item, student) DO UPDATE SET score = excluded.score, at = excluded.at`,
        values: [cells.map((c) => c.lineItemId), cells.map((c) => c.studentId), cells.map((c) => c.score)],
      }),
    close: () => pool.end(),
  };
}

if (import.meta.main) {
  const table = await bareTable(process.env['DATABASE_URL'] ?? '');
  const app = express();
  app.use(express.json({ limit: '10mb' }));
  app.put('/classes/:classId/lineItems/:lineItemId/results/:studentId', async (req, res) => {
    const { lineItemId, studentId } = req.params;
    await table.upsert([{ lineItemId, studentId, score: (req.body as Cell).score }]);
    res.status(202).json({ accepted: 1 });
  });
  app.post('/classes/:classId/results/batch', async (req, res) => {
    const { results } = req.body as { results: Cell[] };
    await table.upsert(results);
    res.status(202).json({ accepted: results.length });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
  });
}
