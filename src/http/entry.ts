/** A path that a person's browser comes to in order to be let in: limited, refused by a page, and written down. */
import type { Request, RequestHandler, Response } from 'express';
import { errorFields, type Log } from '../log.ts';
import type { AuditEntry } from '../passback/ports/audit.ts';
import type { Identity } from '../passback/ports/sign-in.ts';
import type { Store } from '../passback/ports/store.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Denials } from './denials.ts';
import { type Entrance, isSafeAddress } from './entrance.ts';
import { requestIdOf } from './problem.ts';
import { problemText } from './problem-texts.ts';
import { NotLetIn, sendReason, sendWords } from './sign-in-pages.ts';

export interface EntryParts {
  store: Store;
  identity: Identity;
  entrance: Entrance;
  denials: Denials;
  log: Log;
  publicUrl: string;
}

/** `name` is what the audit trail calls a refusal here. */
export function entry(
  parts: EntryParts,
  name: string,
  path: string,
  handle: (req: Request, res: Response) => Promise<void>,
): RequestHandler {
  const up = '../'.repeat(path.split('/').length - 2);
  return async (req, res, next) => {
    res.locals['route'] = `${req.method} ${path}`;
    const address = req.ip ?? '';
    try {
      await parts.entrance.knock(address);
      if (!isSafeAddress(parts.publicUrl)) throw new NotLetIn({ code: 'SIGN_IN_NEEDS_HTTPS' }, 503);
      await handle(req, res);
    } catch (error) {
      if (error instanceof NotLetIn) {
        parts.log.info('not let in', { route: path, code: error.reason.code, requestId: requestIdOf(res) });
        const failed = new Refusal('UNAUTHENTICATED', error.reason.code);
        const around = { operationId: name, params: {}, requestId: requestIdOf(res), address };
        parts.denials.note({ error: failed, principal: null, ...around });
        sendReason(res, error, up);
      } else if (error instanceof Refusal && error.code === 'TOO_MANY_REQUESTS') {
        res.set('Retry-After', String(Math.ceil(error.retryAfterSeconds ?? 60)));
        sendWords(res, 429, up, problemText(error.code).title, 'Wait a minute, then open grade sync again.');
      } else if (error instanceof Refusal && error.code !== 'UNAVAILABLE') {
        parts.log.warn('a sign-in could not be carried out', errorFields(error));
        sendWords(res, 400, up, problemText(error.code).title, error.message);
      } else next(error);
    }
  };
}

/** One value of a query or form; one that is empty, or that no text of ours can be, is none. */
export function oneOf(values: Record<string, string>, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value !== undefined && value !== '' && !value.includes('\u0000') ? value : undefined;
}

/** Somebody came in: who, as what, by what. */
export const cameIn = (
  req: Request,
  res: Response,
  entered: Pick<AuditEntry, 'action' | 'place' | 'subject' | 'detail'> & { name: string; keyId: string },
): AuditEntry => {
  const { name, keyId, ...rest } = entered;
  return {
    ...rest,
    by: { kind: 'token', name, keyId },
    requestId: requestIdOf(res),
    address: req.ip ?? null,
  };
};
