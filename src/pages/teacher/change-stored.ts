/** One value among others that stand together: what somebody else has changed beside it stays. */
import { Problem, type Api } from '../api.ts';

const TRIES = 3;

/** Reads what is stored, changes it, and stores it; once more where somebody was quicker. */
export async function changeStored<T extends object>(
  api: Api,
  where: string,
  change: Partial<T>,
): Promise<T> {
  for (let left = TRIES; ; left--) {
    const { value, etag } = await api.request<T>('GET', where);
    try {
      return (await api.request<T>('PUT', where, { ...value, ...change }, asRead(etag))).value;
    } catch (error) {
      if (!isStale(error) || left === 1) throw error;
    }
  }
}

/** Only over what was read. */
export const asRead = (etag: string | null): Record<string, string> => (etag ? { 'if-match': etag } : {});
export const isStale = (error: unknown): boolean => error instanceof Problem && error.status === 412;
