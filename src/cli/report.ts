/** What a command answers: sentences for people, data for programs, and whether all is well. */
import { ConfigError } from '../config.ts';
import { redactText } from '../log.ts';
import { Refused, Unreachable } from './api.ts';
import { Unusable } from './unusable.ts';

export interface Report {
  ok: boolean;
  text: string[];
  data: Record<string, unknown>;
}

/**
 * 0: done · 1: it failed, or something is wrong · 2: the command line or the configuration cannot be used ·
 * 3: the service cannot be reached · 4: the service refused
 */
export const exitCodes = { done: 0, failed: 1, unusable: 2, unreachable: 3, refused: 4 } as const;

/** How each check of a list went, before its text. */
export const signs = { ok: '✓', failed: '✕', warning: '!', skipped: '–' } as const;

export interface Failure {
  exitCode: number;
  code: string;
  message: string;
  /** each with its cure, of a configuration */
  problems?: { name: string; cure: string }[];
  /** the fields at fault, of a request */
  errors?: readonly { pointer: string; detail: string }[];
}

/** An error as whoever typed the command should read it; null: it is none of a command over the API. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof ConfigError) {
    const { message, problems } = error;
    return { exitCode: exitCodes.unusable, code: 'CONFIGURATION', message, problems };
  }
  if (error instanceof Unusable) return failure('COMMAND_LINE', error.message, exitCodes.unusable);
  if (error instanceof Unreachable) return failure('UNREACHABLE', error.message, exitCodes.unreachable);
  if (error instanceof Refused) {
    const { status, code, message, errors } = error;
    const fields = errors.map(({ pointer, detail }) => `  ${pointer} ${detail}`);
    const text = [`Refused (${status} ${code}): ${message}`, ...fields].join('\n');
    return { ...failure(code, text, exitCodes.refused), ...(errors.length > 0 ? { errors } : {}) };
  }
  return null;
}

export const failure = (code: string, message: string, exitCode: number = exitCodes.failed): Failure => ({
  exitCode,
  code,
  message: redactText(message),
});
