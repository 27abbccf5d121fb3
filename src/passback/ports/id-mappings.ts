/** Ids of the SIS, brought by a file. */
import type { BadIdRow, IdOutcome, IdRow } from '../../gradebook/id-mappings.ts';
import type { Scope } from './callers.ts';

export interface IdMappingsReport {
  dryRun: boolean;
  counts: Record<IdOutcome, number>;
  rows: {
    line: number;
    outcome: IdOutcome;
    detail: string | null;
    changes: {
      classId: string;
      studentId: string | null;
      field: 'sourcedId' | 'customId';
      from: string | null;
      to: string;
    }[];
    sharedIn: string[];
  }[];
}

export interface IdMappings {
  /** ids of the SIS for classes and students of the subtree; VALIDATION while a line is wrong, unless `partial` */
  put(
    scope: Scope,
    domainKey: string,
    rows: (IdRow | BadIdRow)[],
    how: { dryRun: boolean; partial: boolean },
  ): Promise<IdMappingsReport>;
}
