/** The gradebook as files. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Scope } from './callers.ts';

export interface ClassExport {
  /** a OneRoster CSV package, manifest.csv first */
  files: { name: string; text: string }[];
  counts: { categories: number; lineItems: number; results: number };
  leftOut: {
    kind: 'lineItem' | 'result';
    lineItemId: string;
    studentId: string | null;
    reason: ReasonText;
  }[];
}

export interface Exports {
  /** what the SIS should hold of this class; failed: what it does not have as it is here */
  csv(scope: Scope, classKey: string, only: 'failed' | null): Promise<ClassExport>;
}
