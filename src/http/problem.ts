/** Whose fault becomes which answer: the one table of refusals, as application/problem+json (RFC 9457). */
import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import { errorFields, type Log } from '../log.ts';
import { Refusal } from '../passback/refusal.ts';
import { problemCodes, problemStatus, problemText, problemType } from './problem-texts.ts';

export const Problem = z
  .strictObject({
    type: z.string().meta({
      description: 'names the kind of problem, the same for the same code; it leads to what the code means',
      example: '/docs/errors#VALIDATION',
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(problemCodes),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({
            description:
              'JSON pointer into the body, `?name` of a query parameter, `{name}` of an id in the path',
          }),
          detail: z.string(),
        }),
      )
      .optional(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });
export type Problem = z.infer<typeof Problem>;

/** The last handler of the app. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const refusal = refusalOf(error);
    if (refusal === null || refusal.code === 'UNAVAILABLE')
      log.error('request failed', {
        ...errorFields(error),
        route: routeOf(res),
        requestId: requestIdOf(res),
      });
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendProblem(res, refusal);
    // Nobody reads the rest of this body: let it run into the void, but not for long.
    if (!req.complete) {
      const timer = setTimeout(() => req.socket.destroy(), 2_000).unref();
      req.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
      req.resume();
    }
  };
}

function sendProblem(res: Response, refusal: Refusal | null): void {
  const code = refusal?.code ?? 'INTERNAL';
  const status = problemStatus(code);
  const problem: Problem = {
    type: problemType(code),
    title: problemText(code).title,
    status,
    ...(refusal ? { detail: refusal.message } : {}),
    code,
    ...(refusal?.errors ? { errors: refusal.errors } : {}),
    requestId: requestIdOf(res),
  };
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="oneroster-passback"');
  const retryAfter = refusal?.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  if (refusal?.headers) res.set(refusal.headers);
  if (retryAfter !== undefined) res.set('Retry-After', String(Math.max(1, Math.ceil(retryAfter))));
  res.set('Cache-Control', 'no-store');
  res.removeHeader('ETag');
  res.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** null: a defect. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  // The router could not decode an id in the path.
  if (error instanceof URIError)
    return new Refusal('VALIDATION', 'The path is not correctly percent-encoded.');
  if (isGone(error)) return new Refusal('NOT_FOUND', 'What this is about was deleted meanwhile.');
  if (isInfrastructure(error)) return new Refusal('UNAVAILABLE', 'Our database does not answer; try again.');
  // What express' file server throws for odd paths.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 400 || status === 403 || status === 404)
    return new Refusal('NOT_FOUND', 'There is nothing here.');
  return null;
}

/** A broken foreign key: what a row was to stand on was looked up, and deleted by somebody else before it was written. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === '23503' || code === 'P2003';
}

const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  // Prisma: unreachable, timed out, closed, pool exhausted, transaction not started
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'],
]);

/** Our infrastructure failed, not our code: connection classes of PostgreSQL, Prisma and the network. */
function isInfrastructure(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // 08 connection, 53 resources, 57P shutdown and start-up, 40001/40P01 lost a race, 55P03 lock not available
  if (/^(08|53|57P)...?$|^(40001|40P01|55P03|57014)$/.test(code) || networkCodes.has(code)) return true;
  // a database on a local socket that is not there
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true;
  if (
    /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Cannot use a pool after/.test(
      error.message,
    )
  )
    return true;
  return isInfrastructure(error.cause, depth + 1);
}

/** Kept by the first middleware, for answers and log lines. */
export const requestIdOf = (res: Response): string => String(res.locals['requestId'] ?? '');
export const routeOf = (res: Response): string => String(res.locals['route'] ?? '(none)');
