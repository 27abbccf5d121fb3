/**
 * Keeps what the SIS held before a sync's first write to each cell: in the transaction that settles the write, two
 * statements for a whole batch. Nothing is read from the SIS for it.
 */
import { hot, type Sql } from './database.ts';
import type { Shown } from '../gradebook/values.ts';

/** One write that the SIS has stored, or may have. */
export interface Overwritten {
  syncId: string;
  lineItemKey: string;
  /** null: the lineItem itself */
  studentKey: string | null;
  sourcedId: string | null;
  held: Shown | null;
  version: number;
}

/** The first write of a sync to a cell counts: what comes later goes over our own. */
export async function capture(sql: Sql, writes: Overwritten[]): Promise<void> {
  if (writes.length === 0) return;
  const begun = sql.rows(
    hot(
      `INSERT INTO snapshot (id, class_id) SELECT id, class_id FROM sync WHERE id = ANY($1::uuid[]) ORDER BY id ON CONFLICT (id) DO NOTHING`,
    ),
    [[...new Set(writes.map((write) => write.syncId))]],
  );
  // a sync may be gone with its class
  const cells = sql.rows(
    hot(`INSERT INTO snapshot_cell (snapshot_id, line_item_key, student_key, sourced_id, held, version)
     SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::int[])
         AS n(snapshot_id, line_item_key, student_key, sourced_id, held, version)
       JOIN snapshot s ON s.id = n.snapshot_id
     -- a write that was not answered did not tell the id
     ON CONFLICT (snapshot_id, line_item_key, student_key) DO UPDATE SET sourced_id = excluded.sourced_id
       WHERE snapshot_cell.sourced_id IS NULL AND excluded.sourced_id IS NOT NULL`),
    [
      writes.map((write) => write.syncId),
      writes.map((write) => write.lineItemKey),
      writes.map((write) => write.studentKey ?? ''),
      writes.map((write) => write.sourcedId),
      writes.map((write) => (write.held ? JSON.stringify(write.held) : null)),
      writes.map((write) => write.version),
    ],
  );
  await Promise.all([begun, cells]);
}
