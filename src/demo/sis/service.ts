/** One OneRoster service as a router: log, body, armed faults, token and scope, then reads and writes. */
import express from 'express';
import type { ErrorRequestHandler, RequestHandler, Router } from 'express';
import type { Control } from './control.ts';
import { exchangeOf, openExchange, refusalOf, refuse } from './exchange.ts';
import type { RequestEntry } from './exchange.ts';
import { hold, strike } from './fault-acts.ts';
import { SCOPES } from './oauth.ts';
import type { Tokens } from './oauth.ts';
import { answerRead } from './reads.ts';
import type { Read } from './reads.ts';
import type { Write } from './writes.ts';

export interface ServiceParts {
  control: Control;
  tokens: Tokens;
  stopped: AbortSignal;
  onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** Operations of the specification that this SIS does not offer, or not to every method. */
const NOT_OFFERED = [
  '/lineItems/:id/results',
  '/schools/:schoolId/lineItems',
  '/classes/:classId/academicSessions/:id/results',
];

export function oneRosterService(parts: ServiceParts, reads: Read[], writes: Write[] = []): Router {
  const { control, tokens } = parts;
  const held = hold(() => control.latencyMs, parts.stopped);
  const allow =
    (scopes: string[]): RequestHandler =>
    (request, response, next) => {
      if (tokens.allow(request, response, scopes)) next();
    };
  const router = express.Router({ caseSensitive: true });
  router.use(
    open(kindOf, control),
    gate(control),
    express.json({ limit: '1mb' }),
    noteBody(parts),
    strike(control.faults, parts.stopped),
    refuseAtDoor(control),
  );
  for (const read of reads) {
    router.get(read.path, allow(read.scopes), held, (request, response) =>
      answerRead(read, control.rules, request, response),
    );
  }
  for (const { collection, put, remove, postMany } of writes) {
    if (postMany) router.post(`/lineItems/:id/${collection}`, allow([SCOPES.post]), jsonOnly, held, postMany);
    router.put(`/${collection}/:id`, allow([SCOPES.put]), jsonOnly, held, put);
    router.delete(`/${collection}/:id`, allow([SCOPES.delete]), held, remove);
  }
  const writable = new Set(writes.map(({ collection }) => `/${collection}/:id`));
  for (const path of [...reads.map((read) => read.path), ...(writes.length > 0 ? NOT_OFFERED : [])]) {
    const methods = NOT_OFFERED.includes(path) ? '' : writable.has(path) ? 'GET, PUT, DELETE' : 'GET';
    router.all(path, (request, response) =>
      refuse(response, {
        ...refusalOf(405, `${request.method} is not offered here`),
        headers: { allow: methods },
      }),
    );
  }
  router.use((request, response) => refuse(response, refusalOf(404, `no such path: ${request.path}`)));
  router.use(refuseBrokenBody(parts));
  return router;
}

/** The handlers of the token endpoint. */
export function tokenService(parts: ServiceParts): RequestHandler[] {
  return [
    open(() => 'token', parts.control),
    express.text({ type: 'application/x-www-form-urlencoded' }),
    noteBody(parts),
    strike(parts.control.faults, parts.stopped),
    (request, response) => parts.tokens.answerTokenRequest(request, response),
  ];
}

function open(kind: (path: string) => string, { rules }: Control): RequestHandler {
  return (request, response, next) => {
    openExchange(request, response, kind(request.path), rules);
    next();
  };
}

/** Counts what is under way, and lets no more in than this SIS bears. */
function gate(control: Control): RequestHandler {
  return (_request, response, next) => {
    const underWay = control.begun();
    // its last byte may be answered by the next request before the connection tells that it is closed
    let open = true;
    for (const event of ['finish', 'close'])
      response.once(event, () => {
        if (open) control.ended();
        open = false;
      });
    const { atOnce } = control.rules;
    exchangeOf(response).crowded = atOnce !== null && underWay > atOnce.most;
    next();
  };
}

/** What is said before anything else is looked at: too many at once, or a key that is missing. */
function refuseAtDoor({ rules }: Control): RequestHandler {
  return (request, response, next) => {
    const { atOnce, requiredHeader: header } = rules;
    if (exchangeOf(response).crowded && atOnce)
      refuse(response, {
        status: atOnce.status,
        codeMinor: 'server_busy',
        description: atOnce.status === 403 ? 'Forbidden Rate Limit' : 'too many requests at once',
      });
    else if (header && request.get(header.name) !== header.value)
      refuse(response, { status: 401, codeMinor: 'unauthorisedrequest', description: 'not authorized' });
    else next();
  };
}

function noteBody({ control, onRequest }: ServiceParts): RequestHandler {
  return (request, response, next) => {
    const { entry } = exchangeOf(response);
    if (request.body !== undefined) entry.body = request.body;
    control.record(entry);
    onRequest?.(entry);
    next();
  };
}

const jsonOnly: RequestHandler = (request, response, next) => {
  if (request.body !== undefined) next();
  else refuse(response, refusalOf(415, 'a JSON body with Content-Type application/json is required'));
};

/** Reached by what the body parser or the router could not read, and by defects of our own. */
function refuseBrokenBody({ control }: ServiceParts): ErrorRequestHandler {
  return (error: { status?: number; message?: string }, _request, response, _next) => {
    const { entry } = exchangeOf(response);
    if (entry.body === undefined && entry.status === 0) control.record(entry);
    const status = error.status ?? 500;
    if (status === 500) console.error(error);
    const refusal = refusalOf(status, error.message ?? 'internal error');
    refuse(response, status === 400 ? { ...refusal, codeMinor: 'invaliddata' } : refusal);
  };
}

const SINGULAR: Record<string, string> = { categories: 'category', classes: 'class' };

/** `/lineItems/7` is a lineItem, `/classes/3/results` are results. */
function kindOf(path: string): string {
  const segments = path.split('/').filter(Boolean);
  const collection = segments[Math.floor((segments.length - 1) / 2) * 2] ?? '';
  if (segments.length % 2 === 1) return collection;
  return SINGULAR[collection] ?? collection.replace(/s$/, '');
}
