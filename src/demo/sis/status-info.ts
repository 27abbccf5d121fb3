/** Refusals of the demo SIS, in the bare imsx_StatusInfo form of OneRoster 1.2. */

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
