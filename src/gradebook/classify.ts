/** Holds an SIS's answer, or its silence, against the outcome table. Pure; nothing that an SIS can say throws. */
import type { Outcome, SisAnswer, SisSaid } from './outcome.ts';
import {
  answers,
  silences,
  withoutToken,
  type Asked,
  type Case,
  type Failure,
  type Verdict,
} from './outcome-table.ts';
import { refusalCode } from './refusals.ts';
import { retryAfterMs } from './retry-after.ts';
import { readStatusInfo, type StatusInfo } from './status-info.ts';

type Response = Extract<SisAnswer, { kind: 'response' }>;

/** What the answer means; `now` for a Retry-After that is a date. */
export function classify(asked: Asked, answer: SisAnswer, now: Date): Outcome {
  switch (answer.kind) {
    case 'noToken': {
      const words = said({ description: answer.description });
      return finish(asked, withoutToken(answer), words, delay(answer.retryAfter, now));
    }
    case 'silence': {
      const { sent, unsent } = silences[answer.reason];
      return finish(asked, answer.sent ? sent : unsent, {}, {});
    }
    case 'response': {
      const c = caseOf(asked, answer);
      const verdict = judged(c);
      if (verdict.kind === 'acknowledged') return acknowledged(asked, answer.body);
      const words = said({ ...c.info, status: c.status });
      return finish(asked, verdict, words, delay(answer.retryAfter, now));
    }
  }
}

function judged(c: Case): Verdict {
  const means = answers.find((row) => row.fits(c))?.means ?? 'refused';
  return means === 'refused' ? { kind: 'refused', code: refusalCode(c) } : means;
}

/** What the rows of the table look at. */
export function caseOf(asked: Asked, { status, contentType, body }: Response): Case {
  const info = readStatusInfo(body);
  const failed = info.codeMajor === 'failure' || info.codeMajor === 'unsupported';
  // a list may come with complaints about a part of it; a write is done or not
  const complains = info.complains === true && info.codeMajor === undefined && asked.method !== 'GET';
  return {
    asked,
    status,
    info,
    words: `${info.codeMinor ?? ''} ${info.oauthError ?? ''} ${info.description ?? ''}`,
    body,
    html: contentType.includes('html'),
    saysFailure: complains || (failed && info.severity !== 'warning' && info.severity !== 'status'),
  };
}

/** An SIS may answer with an id of its own: in the object, bare or wrapped, or as a pair of supplied and allocated. */
function acknowledged(asked: Asked, body: unknown): Outcome {
  const at = (of: unknown, key: string | number): unknown =>
    typeof of === 'object' && of !== null ? (of as Record<string | number, unknown>)[key] : undefined;
  const id =
    at(at(body, asked.about) ?? body, 'sourcedId') ??
    at(at(at(body, 'sourcedIdPairs'), 0), 'allocatedSourcedId');
  const usable =
    typeof id === 'string' && id !== '' && id.length <= 255 && id.isWellFormed() && !id.includes('\0');
  return usable ? { kind: 'acknowledged', allocatedSourcedId: id } : { kind: 'acknowledged' };
}

function finish(asked: Asked, verdict: Failure, words: SisSaid, wait: { retryAfterMs?: number }): Outcome {
  const { kind, code } = verdict;
  // a read changes nothing
  const ambiguous = asked.method !== 'GET' && 'ambiguous' in verdict;
  switch (kind) {
    case 'refused':
      return { kind, code, said: words };
    case 'retry':
      return { kind, code, ambiguous, said: words, ...wait };
    case 'broken':
      return { kind, code, said: words, ...(ambiguous && { ambiguous }), ...wait };
  }
}

function delay(retryAfter: string | undefined, now: Date): { retryAfterMs?: number } {
  const ms = retryAfterMs(retryAfter, now);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function said(from: { status?: number } & StatusInfo): SisSaid {
  return {
    ...(from.status !== undefined && { status: from.status }),
    ...(from.codeMinor !== undefined && { codeMinor: from.codeMinor }),
    ...(from.description !== undefined && { description: from.description }),
  };
}
