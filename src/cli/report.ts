/** What a command answers: sentences for people, data for programs, and whether all is well. */
import { ConfigError } from '../config.ts';
import { errorFields, redactText } from '../log.ts';
import { EmbeddedDatabaseError } from '../store/embedded.ts';
import { MigrationError } from '../store/migrate.ts';
import { sqlState } from '../store/database.ts';
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

/** An error as whoever typed the command should read it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConfigError) {
    const { message, problems } = error;
    return { exitCode: exitCodes.unusable, code: 'CONFIGURATION', message, problems };
  }
  const failed = (code: string, message: string, exitCode: number = exitCodes.failed): Failure => ({
    exitCode,
    code,
    message: redactText(message),
  });
  if (error instanceof Unusable) return failed('COMMAND_LINE', error.message, exitCodes.unusable);
  if (error instanceof Unreachable) return failed('UNREACHABLE', error.message, exitCodes.unreachable);
  if (error instanceof Refused) {
    const { status, code, message, errors } = error;
    const fields = errors.map(({ pointer, detail }) => `  ${pointer} ${detail}`);
    const text = [`Refused (${status} ${code}): ${message}`, ...fields].join('\n');
    return { ...failed(code, text, exitCodes.refused), ...(errors.length > 0 ? { errors } : {}) };
  }
  if (error instanceof EmbeddedDatabaseError) return failed('DATABASE', error.message);
  if (error instanceof MigrationError) return failed('MIGRATION', error.message);
  const why = unreachable(error);
  if (why !== null) return failed('DATABASE', `The database cannot be reached: ${why}`);
  const fields = errorFields(error);
  return failed('DEFECT', [`This should not have happened. ${fields['error']}`, fields['stack']].join('\n'));
}

/** Why no connection to PostgreSQL came about, or null where the error is of another kind. */
export function unreachable(error: unknown): string | null {
  // several addresses of one name, all refused: Node wraps them, and the wrapper says nothing
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = sqlState(first) ?? '';
  // of the system's calls, or SQLSTATE 08 (connection), 28 (sign-in), 3D (no such database), 53 (resources), 57P (shutdown)
  const isThat = /^(E[A-Z]{3,}|08...|28...|3D...|53...|57P..)$/.test(code);
  if (!isThat && !/timeout|terminated/i.test(first instanceof Error ? first.message : '')) return null;
  return redactText((first as Error).message);
}
