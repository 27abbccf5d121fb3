/** Many who ask the same question at once ask the database once. */
import DataLoader from 'dataloader';

/** More than this in one statement make its first callers wait longer than they gain. */
const MOST = 500;

/**
 * Those who ask in one turn of the loop go together, and those who come while the database is being asked go with the
 * next one: alone nobody waits, and under load the statements grow instead of the queue. Nothing is kept.
 * `ask` answers in the order of its keys.
 */
export function together<K, V>(ask: (keys: readonly K[]) => Promise<V[]>): DataLoader<K, V> {
  const waiting: (() => void)[] = [];
  let asking = false;
  const next = () => {
    const go = waiting.shift();
    asking = go !== undefined;
    go?.();
  };
  const asked = async (keys: readonly K[]) => {
    try {
      return await ask(keys);
    } finally {
      next();
    }
  };
  return new DataLoader<K, V>(asked, {
    cache: false,
    maxBatchSize: MOST,
    batchScheduleFn(go) {
      waiting.push(go);
      if (asking) return;
      asking = true;
      setImmediate(next);
    },
  });
}
