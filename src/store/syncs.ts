/** One run: start (or join), follow, cancel, confirm, retry; its history is looked up in sync-history.ts. */
import type { Database } from './database.ts';
import type { Listener } from './listen.ts';
import { cancelSync } from './sync-cancel.ts';
import { confirmSync } from './sync-confirm.ts';
import { followSync, listEntries, listSyncs, syncDetails } from './sync-history.ts';
import { retrySync } from './sync-retry.ts';
import { readSync } from './sync-row.ts';
import { startSync } from './sync-start.ts';
import type { Syncs } from '../passback/ports/syncs.ts';

export function createSyncs(db: Database, listener: Pick<Listener, 'on'>): Syncs {
  return {
    start: (scope, classKey, request, by) =>
      db.transaction((sql) => startSync(sql, scope, classKey, { request }, by)),
    list: (scope, filter, page) => listSyncs(db, scope, filter, page),
    get: (scope, id) => readSync(db, scope, id),
    details: (scope, id) => syncDetails(db, scope, id),
    entries: (scope, id, filter, page) => listEntries(db, scope, id, filter, page),
    follow: (scope, id, after) => followSync(db, scope, id, after),
    // what is told is only that there may be news: whether the caller may see them, `follow` asks each time
    watch: async (_scope, id, heard) =>
      listener.on('sync', (changed) => {
        if (changed === null || changed === id) heard();
      }),
    cancel: (scope, id) => db.transaction((sql) => cancelSync(sql, scope, id)),
    confirm: (scope, id, evenIfChanged, by) =>
      db.transaction((sql) => confirmSync(sql, scope, id, evenIfChanged, by)),
    retry: (scope, id, by) => db.transaction((sql) => retrySync(sql, scope, id, by)),
  };
}
