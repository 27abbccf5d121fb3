/** Cursor pagination: an opaque cursor that carries the last row's sort key. */
import { invalid } from '../passback/refusal.ts';
import type { Items } from '../passback/ports/callers.ts';

export function encodeCursor(parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
}

/** What a part of a cursor looks like where the database is strict about it. */
export const rowId = /^\d{1,18}$/;
export const rowUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const rowTime = {
  test: (text: string) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text,
};

/** The parts of a cursor of ours (so many, or of these shapes); a made-up one is the caller's fault. */
export function decodeCursor(cursor: string | null, parts: number | Pick<RegExp, 'test'>[]): string[] | null {
  if (cursor === null) return null;
  const shapes = typeof parts === 'number' ? new Array<Pick<RegExp, 'test'>>(parts).fill(/^/) : parts;
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(decoded) &&
      decoded.length === shapes.length &&
      decoded.every((p, i): p is string => typeof p === 'string' && shapes[i]!.test(p))
    )
      return decoded;
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
