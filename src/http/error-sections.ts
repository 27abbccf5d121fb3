/** Every code that people or callers meet, as one document: docs/errors.md and the page /docs/errors are made of it. */
import { dictionary, type ErrorCode, errorCodes, type ErrorGroup } from '../gradebook/dictionary.ts';
import type { FixBy, Retry } from '../gradebook/dictionary/entry.ts';
import { isShared, problemCodes, problemStatus, problemText } from './problem-texts.ts';

export interface ErrorSection {
  title: string;
  entries: ErrorEntry[];
}
export interface ErrorEntry {
  /** its anchor too: stable */
  code: string;
  /** what happened */
  headline: string;
  means: string;
  facts: [label: string, text: string][];
}

export const introduction = {
  title: 'Errors and reasons',
  text: [
    'Everything that people may read about an assignment or a score that is not (yet) in the SIS, and every refusal of the API. Codes are stable, texts may be improved. A part in [brackets] appears only where its facts are known.',
    'The `type` of a problem that the API answers (RFC 9457) is `/docs/errors#CODE` on the same host.',
  ],
};

const whoFixes: Record<FixBy, string> = {
  teacher: 'the teacher',
  admin: 'the administrator',
  sis: 'the operator or support of the SIS',
  vendor: 'the operator of this service',
  nobody: 'nobody has to',
};
const whenRetried: Record<Retry, string> = {
  auto: 'by itself',
  manual: 'once it is fixed, or when it is sent again',
  never: 'not, until the choice is changed',
  none: 'no need: it is in the SIS',
};

export function errorSections(): ErrorSection[] {
  const groups = [...new Set(errorCodes.map((code) => dictionary[code].group))];
  return [...groups.map(ofGroup), refusals()];
}

function ofGroup(group: ErrorGroup): ErrorSection {
  const entries = errorCodes
    .filter((code) => dictionary[code].group === group)
    .map((code): ErrorEntry => {
      const { message, means, fix, fixBy, retry } = dictionary[code];
      return {
        code,
        headline: message,
        means,
        facts: [
          ['What to do', fix],
          ['Who', whoFixes[fixBy]],
          ['Tried again', whenRetried[retry]],
          ...alsoRefused(code),
        ],
      };
    });
  return { title: `${group.charAt(0).toUpperCase()}${group.slice(1)}`, entries };
}

function alsoRefused(code: ErrorCode): ErrorEntry['facts'] {
  const problem = problemCodes.find((p) => p === code);
  return problem ? [['As a refusal of the API', `status ${problemStatus(problem)}`]] : [];
}

function refusals(): ErrorSection {
  const entries = problemCodes
    .filter((code) => !isShared(code))
    .map((code): ErrorEntry => {
      const { title, means, cure } = problemText(code);
      return {
        code,
        headline: `${title}.`,
        means,
        facts: [
          ['What to do', cure],
          ['Status', String(problemStatus(code))],
        ],
      };
    });
  return { title: 'Refused by the API', entries };
}
