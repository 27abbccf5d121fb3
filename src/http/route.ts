/**
 * One endpoint, said once: the table of routes registers, authorises, validates, documents and tests itself by it.
 */
import type { z } from 'zod';
import type { AuditAction } from '../passback/audit-actions.ts';
import type { OpenedLink } from '../passback/ports/access.ts';
import type { Principal, Role, Scope } from '../passback/ports/callers.ts';
import type { Store } from '../passback/ports/store.ts';
import type { Events } from './event-stream.ts';
import type { Kind } from './limits.ts';

export type Method = 'get' | 'put' | 'post' | 'delete';

/** What a handler answers; `body` undefined: none (204). */
export interface Answer {
  status: number;
  body?: unknown;
  /** instead of a body: a file that the caller keeps */
  file?: { type: FileType; name: string; bytes: Buffer };
  /** instead of a body: what happens from now on, as it happens (event-stream.ts) */
  events?: Events;
  headers?: Record<string, string>;
}
export type FileType = 'application/zip' | 'text/csv';

/** An object that tells in which tenant a root key's request is meant. */
export interface Holder {
  /** `tenant`: the top-level domain that a root key makes or replaces */
  what: 'domain' | 'class' | 'sync' | 'snapshot' | 'conflict' | 'schedule' | 'rosterPull' | 'tenant';
  key: string;
}

/** The names in `{}` of a path; every one is an id of the caller's (LmsId). */
export type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;
export type Params<Path extends string> = Record<ParamNames<Path>, string>;

/** The request as a handler sees it: authorised, valid, and bound to one tenant. */
export interface Context<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  store: Store;
  principal: Principal;
  /** what this caller may touch */
  scope: Scope;
  /** null: a root key that means no tenant in particular (routes with `allTenants`) */
  scopeOrAll: Scope | null;
  /** a request header's value */
  header(name: string): string | undefined;
  /** opens a one-time link, under the limit of failed sign-ins; whoever it is for becomes the principal */
  openLink(code: string): Promise<OpenedLink>;
  publicUrl: string;
  /** what `prepare` of the route answered */
  prepared: unknown;
}

export type AnyContext = Context<Record<string, string>, Record<string, unknown>, unknown>;

export interface ResponseText {
  description: string;
  schema?: z.ZodType;
  /** the answer is a file of this type instead of JSON */
  file?: FileType;
  /** the answer is a stream of events */
  events?: true;
  headers?: Record<string, string>;
}

/** What the audit trail says of a request, beside who, when, and where the ids in the path lie. */
export interface Audited<C> {
  action: AuditAction;
  /** what stands there before (undefined: nothing): the names of the fields that are different afterwards are kept */
  before?(context: C): Promise<unknown>;
  /** the LMS's ids of what it was done to, where the path does not say it; never a student's */
  subject?(context: C, answer: Answer): Record<string, string>;
  /** names, counts, roles; never a value that was set */
  detail?(context: C, answer: Answer): Record<string, unknown>;
}

export interface RouteDefinition<Path extends string, Q extends z.ZodObject, B extends z.ZodType> {
  method: Method;
  path: Path;
  operationId: string;
  summary: string;
  tag: string;
  /** who may call it (DESIGN §8); `anyone`: an entry point of sign-in */
  roles: readonly Role[] | 'anyone';
  /** refused to people's tokens, which live an hour and must not make what lives longer */
  keysOnly?: true;
  /** refused to keys: it is about the token itself */
  tokensOnly?: true;
  query?: Q;
  body?: B;
  /** no body means `{}` */
  bodyOptional?: true;
  /** the body is a text of this type instead of JSON, and `body` a schema of strings */
  bodyType?: 'text/csv';
  /** bytes; default 1 MB */
  bodyLimit?: number;
  /** kept in the audit trail, in the transaction of what was done */
  audit?: Audited<Context<Params<Path>, z.output<Q>, z.output<B>>>;
  /**
   * An Idempotency-Key is honoured: the same request again is answered as the first one. `secret`: the answer is shown
   * once, and a repeat is told so.
   */
  once?: 'answer' | 'secret';
  /** which budget of the caller it is taken from; default: by the method */
  limit?: Kind;
  /** request headers that mean something here, for the documentation */
  requestHeaders?: Record<string, string>;
  responses: Record<number, ResponseText>;
  /** where a root key without `?tenant=` means; default: by the ids in the path */
  holders?(input: { params: Params<Path>; query: z.output<Q>; body: z.output<B> }): Holder[];
  /** a root key may mean no tenant at all */
  allTenants?: true;
  /** what asks an SIS, and must not hold a transaction meanwhile: it is done before the handler's begins */
  prepare?(context: Context<Params<Path>, z.output<Q>, z.output<B>>): Promise<unknown>;
  handle(context: Context<Params<Path>, z.output<Q>, z.output<B>>): Promise<Answer>;
}

export type Route = RouteDefinition<string, z.ZodObject, z.ZodType>;

/** Says one endpoint; only its types are worth a function. */
export function route<
  const Path extends string,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<Path, Q, B>): Route {
  return definition;
}

export const everyone: readonly Role[] = ['root', 'admin', 'lms', 'teacher'];
/** the settings of a subtree */
export const admins: readonly Role[] = ['root', 'admin'];
/** who may look at settings */
export const settingsReaders: readonly Role[] = ['root', 'admin', 'lms'];
/** roster and gradebook are the LMS's to write */
export const gradebookWriters: readonly Role[] = ['root', 'lms'];
/** What a teacher decides, an LMS may decide too: it could make itself a teacher's token anyway. */
export const teaching: readonly Role[] = ['root', 'lms', 'teacher'];

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const noContent: Answer = { status: 204 };
export const putAnswer = (put: { created: boolean; value: unknown }): Answer => ({
  status: put.created ? 201 : 200,
  body: put.value,
});
