/** Errors of the commands that stand beside the service, which has a database. */
import { errorFields, redactText } from '../log.ts';
import { sqlState } from '../store/database.ts';
import { EmbeddedDatabaseError } from '../store/embedded.ts';
import { MigrationError } from '../store/migrate.ts';
import { failure, type Failure } from './report.ts';

/** As whoever typed the command should read it; what is none of these is a defect of ours. */
export function houseFailureOf(error: unknown): Failure {
  if (error instanceof EmbeddedDatabaseError) return failure('DATABASE', error.message);
  if (error instanceof MigrationError) return failure('MIGRATION', error.message);
  const why = unreachable(error);
  if (why !== null) return failure('DATABASE', `The database cannot be reached: ${why}`);
  const fields = errorFields(error);
  return failure('DEFECT', [`This should not have happened. ${fields['error']}`, fields['stack']].join('\n'));
}

/** Why no connection to PostgreSQL came about, or null where the error is of another kind. */
function unreachable(error: unknown): string | null {
  // several addresses of one name, all refused: Node wraps them, and the wrapper says nothing
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = sqlState(first) ?? '';
  // of the system's calls, or SQLSTATE 08 (connection), 28 (sign-in), 3D (no such database), 53 (resources), 57P (shutdown)
  const isThat = /^(E[A-Z]{3,}|08...|28...|3D...|53...|57P..)$/.test(code);
  if (!isThat && !/timeout|terminated/i.test(first instanceof Error ? first.message : '')) return null;
  return redactText((first as Error).message);
}
