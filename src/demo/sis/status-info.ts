/** Refusals of the demo SIS: the bare imsx_StatusInfo of OneRoster 1.2, or the statusInfoSet of 1.1. */
import type { Rules } from './rules.ts';

export type CodeMinor =
  | 'invalid_filter_field'
  | 'invalid_selection_field'
  | 'invaliddata'
  | 'unauthorisedrequest'
  | 'internal_server_error'
  | 'server_busy'
  | 'deletefailure'
  | 'unknownobject'
  | 'forbidden';

export interface Refusal {
  status: number;
  codeMinor: CodeMinor;
  description: string;
  headers?: Record<string, string>;
}

/** Builds the error body that the specification shows for every failed request. */
export function statusInfo(codeMinor: CodeMinor, description: string) {
  return {
    imsx_codeMajor: 'failure',
    imsx_severity: 'error',
    imsx_description: description,
    imsx_CodeMinor: {
      imsx_codeMinorField: [
        { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: codeMinor },
      ],
    },
  };
}

/** How OneRoster 1.1 spells them. */
const spelled1p1: Partial<Record<CodeMinor, string>> = {
  invaliddata: 'invalid data',
  unknownobject: 'unknown object',
  unauthorisedrequest: 'unauthorized',
};

/** The error body as this SIS writes it; some never say why. */
export function errorBody(refusal: Refusal, { oneRosterVersion, reasons }: Rules): object {
  const { codeMinor, description } = refusal;
  const bare = { imsx_codeMajor: 'failure', imsx_severity: 'error' };
  const said =
    reasons === 'none'
      ? bare
      : { ...bare, imsx_description: description, imsx_codeMinor: spelled1p1[codeMinor] ?? codeMinor };
  if (oneRosterVersion === '1.1') return { statusInfoSet: [said] };
  return reasons === 'none' ? bare : statusInfo(codeMinor, description);
}

export const lockedItem: Refusal = {
  status: 409,
  codeMinor: 'forbidden',
  description: 'Assignment is locked',
};

export function unknownObject(what: string, id: string): Refusal {
  return { status: 404, codeMinor: 'unknownobject', description: `Unknown Object: ${what} '${id}'` };
}

export function invalidData(description: string): Refusal {
  return { status: 422, codeMinor: 'invaliddata', description };
}

/** The code minor that fits a status for which a caller gave none (fault injection). */
export function codeMinorFor(status: number): CodeMinor {
  switch (status) {
    case 400:
      return 'invalid_selection_field';
    case 401:
      return 'unauthorisedrequest';
    case 403:
    case 405:
    case 409:
      return 'forbidden';
    case 404:
      return 'unknownobject';
    case 422:
      return 'invaliddata';
    case 429:
    case 503:
      return 'server_busy';
    default:
      return 'internal_server_error';
  }
}
