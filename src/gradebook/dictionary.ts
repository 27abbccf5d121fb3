/**
 * The error dictionary: everything that people may read about a score that is not (yet) in the SIS, or not quite as it
 * was meant. Texts, no logic; one file per group in dictionary/, and a new code is one entry in one of them.
 * docs/errors.md and the page /docs/errors are made from it. The words are for teachers: no protocol terms where a
 * plain one exists. Codes are stable; some are there for what a profile or a conflict may raise later.
 */
import { answers } from './dictionary/answers.ts';
import { assignment } from './dictionary/assignment.ts';
import { byChoice } from './dictionary/by-choice.ts';
import { connection } from './dictionary/connection.ts';
import type { Entries, Entry, FixBy } from './dictionary/entry.ts';
import { matching } from './dictionary/matching.ts';
import { ours } from './dictionary/ours.ts';
import { pageSignIn } from './dictionary/page-sign-in.ts';
import { roster } from './dictionary/roster.ts';
import { score } from './dictionary/score.ts';
import { signIn } from './dictionary/sign-in.ts';

const groups = {
  matching,
  assignment,
  score,
  'answer of the SIS': answers,
  connection,
  'sign-in to the SIS': signIn,
  'sign-in to the pages': pageSignIn,
  'not sent by choice': byChoice,
  'roster pull': roster,
  'this service': ours,
} satisfies Record<string, Entries>;

export type ErrorGroup = keyof typeof groups;
export type ErrorCode = { [G in ErrorGroup]: keyof (typeof groups)[G] }[ErrorGroup];
export interface DictionaryEntry extends Entry {
  group: ErrorGroup;
}

/** A code with the facts that its message is filled with (a title's length, the SIS's words); no student names. */
export interface Reason {
  code: ErrorCode;
  params?: Record<string, string | number>;
}

/** Every code with its texts, group by group. */
export const dictionary = Object.fromEntries(
  Object.entries(groups).flatMap(([group, entries]) =>
    Object.entries(entries).map(([code, entry]) => [code, { group, ...entry }]),
  ),
) as Readonly<Record<ErrorCode, DictionaryEntry>>;
export const errorCodes = Object.keys(dictionary) as ErrorCode[];

/** Of what a later release writes while both run side by side, no more than this is known here. */
const ofLaterRelease: DictionaryEntry = {
  group: 'this service',
  message: 'Grade sync is being brought up to date, and this part of it has no words for this yet.',
  means: 'A newer release of grade sync wrote down what happened.',
  fix: 'Look again in a few minutes.',
  fixBy: 'nobody',
  retry: 'auto',
};
/** What the dictionary says of a code that comes from the database. */
export const entryOf = (code: string): DictionaryEntry =>
  Object.hasOwn(dictionary, code) ? dictionary[code as ErrorCode] : ofLaterRelease;

/** A reason in words, as the API and the pages show it. */
export interface ReasonText {
  code: ErrorCode;
  message: string;
  fix: string;
  fixBy: FixBy;
}

/** Fills the dictionary's texts with the facts of one case. */
export function explain(reason: Reason): ReasonText {
  const { message, fix, fixBy } = entryOf(reason.code);
  return { code: reason.code, message: filled(message, reason.params ?? {}), fix, fixBy };
}

function filled(message: string, params: Record<string, string | number>): string {
  const known = (name: string) => (Object.hasOwn(params, name) ? oneLine(params[name]) : '');
  const text = message.replace(/\[([^\]]*)\]/g, (_, part: string) => {
    const names = [...part.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '');
    return names.every(known) ? part.replace(/\{(\w+)\}/g, (_all, name: string) => known(name)) : '';
  });
  // The SIS's own words often end in a full stop of theirs.
  return text.replace(/([.!?…])\.$/, '$1').replace(/([^.!?…])$/, '$1.');
}

function oneLine(value: string | number | undefined): string {
  return String(value ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}
