/** Cursor pagination: an opaque cursor that carries the last row's sort key. */
import { invalid } from '../passback/refusal.ts';
import type { Items } from '../passback/ports/store.ts';

export function encodeCursor(parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
}

/** The parts of a cursor of ours; a made-up one is the caller's fault. */
export function decodeCursor(cursor: string | null, parts: number): string[] | null {
  if (cursor === null) return null;
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(decoded) && decoded.length === parts && decoded.every((p) => typeof p === 'string'))
      return decoded as string[];
  } catch {
    // falls through to the refusal
  }
  throw invalid('?cursor', 'is not a cursor that this list has answered');
}

/** `rows` holds one more than the limit when there is a next page. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  view: (row: Row) => T,
  cursorOf: (row: Row) => string[],
): Items<T> {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  return {
    items: shown.map(view),
    nextCursor: rows.length > limit && last ? encodeCursor(cursorOf(last)) : null,
  };
}
