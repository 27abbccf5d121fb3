/** From a route of the table to an express handler: who, may he, what does he say, where is it meant, answer. */
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import 'zod-openapi';
import { LmsId } from '../gradebook/local.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { Store } from '../passback/ports/store.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Authentication } from './auth.ts';
import { defaultBodyLimit, hasBody, readJson, readText } from './body.ts';
import type { CrossOrigin } from './cross-origin.ts';
import type { Denials } from './denials.ts';
import { effect } from './effect.ts';
import type { Entrance } from './entrance.ts';
import type { Streams } from './event-stream.ts';
import type { Kind, Limits } from './limits.ts';
import { requestIdOf } from './problem.ts';
import type { AnyContext, Answer, Route } from './route.ts';
import { authorise, holdersInPath, scopeFor } from './scope.ts';
import { readQuery, validate } from './validate.ts';

export interface DispatchParts {
  store: Store;
  authentication: Authentication;
  limits: Limits;
  denials: Denials;
  entrance: Entrance;
  streams: Streams;
  crossOrigin: CrossOrigin;
  publicUrl: string;
  /** compare every answer with its documented schema (tests) */
  checkAnswers: boolean;
}

export const paramNames = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '');
export const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');
const Tenant = LmsId.optional().meta({
  param: { id: 'tenant' },
  description:
    'Only with a root key: the tenant (top-level domain) that is meant. Without it, an id that exists in exactly one tenant is meant.',
});

/** All that a route takes in its query: what it says, and `tenant` where somebody has to be authorised. */
export function querySchema(route: Route): z.ZodObject {
  const own = route.query ?? z.strictObject({});
  return route.roles === 'anyone' ? own : own.extend({ tenant: Tenant });
}

export function handlerOf(route: Route, parts: DispatchParts): RequestHandler {
  const params = z.strictObject(Object.fromEntries(paramNames(route.path).map((name) => [name, LmsId])));
  const query = querySchema(route);
  return async (req, res) => {
    res.locals['route'] = `${route.method.toUpperCase()} ${route.path}`;
    const address = req.ip ?? '';
    const requestId = requestIdOf(res);
    let principal: Principal | null = null;
    try {
      principal = await principalOf(route, parts, req, res, address);
      await parts.crossOrigin.admit(req, res, principal);
      if (principal) authorise(route, principal);
      const given = {
        params: validate(params, req.params, 'path'),
        query: validate(query, readQuery(req.originalUrl), 'query'),
        body: await bodyOf(route, req),
      };
      const scope = principal && (await scopeOf(route, parts, principal, given));
      const context: AnyContext = {
        ...given,
        store: parts.store,
        // Both are there wherever a route does not say otherwise; a handler that misuses one must not go on.
        get principal() {
          return there(principal, 'principal');
        },
        get scope() {
          return there(scope, 'scope');
        },
        scopeOrAll: scope,
        header: (name) => req.get(name),
        async openLink(code) {
          const opened = await parts.authentication.openLink(this.store.access, code, address);
          principal = opened.principal;
          return opened;
        },
        publicUrl: parts.publicUrl,
        prepared: undefined,
      };
      const around = { requestId, address, scope, principal: () => principal };
      const answer = await effect(route, context, { ...around, idempotencyKey: req.get('idempotency-key') });
      begin(res, route, answer, parts.checkAnswers);
      if (answer.events) {
        const stillThere = () => parts.authentication.identify(req.headers.authorization, address);
        const of = { req, res, principal: context.principal, stillThere };
        await parts.streams.serve(of, answer.events);
      } else send(res, answer);
    } catch (error) {
      const { operationId } = route;
      const ids = req.params as Record<string, string>;
      if (route.roles === 'anyone' || req.headers.authorization !== undefined)
        parts.denials.note({ error, principal, operationId, params: ids, requestId, address });
      throw error;
    }
  };
}

/** Reading is cheap, one row is cheaper; what carries megabytes counts apart, and a route may say that it is costly. */
const kindOf = (route: Route): Kind =>
  route.limit ?? (route.method === 'get' ? 'read' : route.bodyLimit === undefined ? 'write' : 'bulk');

async function principalOf(route: Route, parts: DispatchParts, req: Request, res: Response, ip: string) {
  if (route.roles === 'anyone') {
    await parts.entrance.knock(ip);
    return null;
  }
  const principal = await parts.authentication.identify(req.headers.authorization, ip);
  res.locals['keyId'] = principal.keyId;
  res.set(await parts.limits.take(kindOf(route), principal));
  return principal;
}

async function bodyOf(route: Route, req: Request): Promise<unknown> {
  if (!route.body) return undefined;
  const limit = route.bodyLimit ?? defaultBodyLimit;
  if (route.bodyType) return validate(route.body, await readText(req, route.bodyType, limit), 'body');
  if (hasBody(req)) return validate(route.body, await readJson(req, limit), 'body');
  if (route.bodyOptional) return validate(route.body, {}, 'body');
  throw new Refusal('VALIDATION', 'A JSON body is needed.', {
    errors: [{ pointer: '', detail: 'a JSON body is needed' }],
  });
}

interface Given {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
}
async function scopeOf(
  route: Route,
  parts: DispatchParts,
  principal: Principal,
  given: Given,
): Promise<Scope | null> {
  const holders = route.holders ? route.holders(given) : holdersInPath(given.params);
  const tenant = given.query['tenant'] as string | undefined;
  const scope = await scopeFor(parts.store.access, principal, tenant, holders);
  if (scope === null && !route.allTenants)
    throw new Refusal('VALIDATION', 'A root key must name the tenant here.', {
      errors: [{ pointer: '?tenant', detail: 'is needed, or an id that tells the tenant' }],
    });
  return scope;
}

function there<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`this route has no ${what}`);
  return value;
}

/** Status and headers; as documented, where that is looked at. */
function begin(res: Response, route: Route, answer: Answer, check: boolean): void {
  const documented = route.responses[answer.status];
  if (check) {
    if (!documented) throw new Error(`${route.operationId} answered an undocumented ${answer.status}`);
    if (documented.file !== answer.file?.type || documented.events !== (answer.events && true))
      throw new Error(`${route.operationId} answered a file or a stream other than documented`);
    documented.schema?.parse(answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body)));
  }
  res.set('Cache-Control', 'no-store');
  if (answer.headers) res.set(answer.headers);
  res.status(answer.status);
}

function send(res: Response, answer: Answer): void {
  if (answer.file) sendFile(res, answer.file);
  else if (answer.body === undefined) res.end();
  else res.type('application/json').send(JSON.stringify(answer.body));
}

/** The name is ours; `attachment`, so that no browser shows what somebody wrote into a gradebook. */
function sendFile(res: Response, { type, name, bytes }: NonNullable<Answer['file']>): void {
  res.set('Content-Disposition', `attachment; filename="${name}"`);
  res.type(type).send(bytes);
}
