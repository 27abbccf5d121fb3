/** Rows that were deleted: a sync that waited for them must not wait for ever. */
export interface Gone {
  sync_id: string | null;
}

/** The syncs that had taken them in, for `finishSyncs`. */
export const syncsOf = (gone: Gone[]): string[] => [
  ...new Set(gone.flatMap(({ sync_id }) => (sync_id === null ? [] : [sync_id]))),
];
