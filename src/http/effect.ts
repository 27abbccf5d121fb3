/**
 * What a request does, it does once, and it stands in the trail: the handler, the record of it and the answer kept for
 * a repeat share one transaction, so that there is never one without the others.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { Actor } from '../passback/ports/audit.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { KeptAnswer } from '../passback/ports/once.ts';
import type { AnyContext, Answer, Audited, Route } from './route.ts';

/** What the handler's context does not say. */
export interface Circumstances {
  requestId: string;
  address: string;
  /** asked for after the handler, for a link makes one */
  principal(): Principal | null;
  scope: Scope | null;
  idempotencyKey: string | undefined;
}

/** Routes without audit and requests without key run as they are: a score shares its transaction with its neighbours. */
export async function effect(route: Route, asked: AnyContext, around: Circumstances): Promise<Answer> {
  const context = route.prepare ? within(asked, 'prepared', await route.prepare(asked)) : asked;
  const key = route.once ? onceKey(around.idempotencyKey) : null;
  if (!route.audit && key === null) return route.handle(context);
  return context.store.transact(async (store) => {
    const inside = within(context, 'store', store);
    const done = () => (route.audit ? audited(route, route.audit, inside, around) : route.handle(inside));
    return key === null ? done() : once(route, key, inside, around, done);
  });
}

const within = <K extends keyof AnyContext>(context: AnyContext, name: K, value: AnyContext[K]): AnyContext =>
  Object.defineProperty(Object.create(context) as AnyContext, name, { value });

async function once(
  route: Route,
  key: string,
  context: AnyContext,
  around: Circumstances,
  done: () => Promise<Answer>,
): Promise<Answer> {
  const { store, principal } = context;
  const request = fingerprint([route.operationId, context.params, context.query, context.body]);
  const before = await store.once.claim(principal, key, request);
  if (before) return replayed(before);
  // a refusal is thrown, undoes all of this and is not kept: whoever repeats it is judged anew
  const answer = await done();
  const kept = route.once === 'secret' ? null : { body: answer.body, headers: answer.headers ?? {} };
  const tenantId = around.scope?.tenantId ?? null;
  await store.once.keep(principal, key, request, tenantId, { status: answer.status, answer: kept });
  return answer;
}

function replayed({ status, answer }: KeptAnswer): Answer {
  if (answer === null)
    throw new Refusal(
      'ANSWER_SHOWN_ONCE',
      'This was done by the first request with this Idempotency-Key; its answer held a secret and is not shown again.',
    );
  return { status, body: answer.body, headers: { ...answer.headers, 'Idempotent-Replayed': 'true' } };
}

const fingerprint = (of: unknown): string =>
  createHash('sha256').update(JSON.stringify(of)).digest('base64url');

function onceKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Refusal('VALIDATION', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
  return key;
}

async function audited(
  route: Route,
  audit: Audited<AnyContext>,
  context: AnyContext,
  around: Circumstances,
): Promise<Answer> {
  const { store } = context;
  const ids = (answer?: Answer) => ({
    ...withoutStudent(context.params),
    ...(answer && audit.subject?.(context, answer)),
  });
  // what is deleted has no place afterwards, what is made had none before
  const placeBefore = await store.audit.place(around.scope, ids());
  const before = await audit.before?.(context).catch(nothing);
  const answer = await route.handle(context);
  const by = around.principal();
  // a link makes its holder only now
  const scope =
    around.scope ?? (by?.tenantId ? { tenantId: by.tenantId, domainId: by.domainId, classKeys: null } : null);
  await store.audit.add({
    action: audit.action,
    by: actor(by),
    place: placeBefore ?? (await store.audit.place(scope, ids(answer))),
    subject: ids(answer),
    detail: {
      ...(audit.before ? { fields: differing(before, answer.body) } : {}),
      ...audit.detail?.(context, answer),
    },
    requestId: around.requestId,
    address: around.address,
  });
  return answer;
}

/** What is made now was not there before; every other refusal is the request's. */
function nothing(error: unknown): undefined {
  if (error instanceof Refusal && error.code === notFound('').code) return undefined;
  throw error;
}

const withoutStudent = ({ studentId: _personal, ...ids }: Record<string, string>) => ids;

export const actor = (by: Principal | null): Actor =>
  by ? { kind: by.kind, name: by.name, keyId: by.keyId } : { kind: 'nobody', name: '', keyId: null };

/** The names of the fields in which two objects differ; one that is left out is as good as null. */
function differing(before: unknown, after: unknown): string[] {
  const fields = (of: unknown) => (of ?? {}) as Record<string, unknown>;
  const [was, is] = [fields(before), fields(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => !isDeepStrictEqual(was[name] ?? null, is[name] ?? null))
    .sort();
}
