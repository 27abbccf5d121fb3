/**
 * What we refuse a caller, thrown where it is noticed and turned into problem+json by one table in http/problem.ts.
 * Only for the caller's faults: an SIS's answers are Outcomes, our own failures ordinary exceptions.
 */
export const refusalStatus = {
  VALIDATION: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  ORIGIN_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  AMBIGUOUS_TENANT: 409,
  PASSBACK_OFF: 409,
  DOMAIN_EXCLUDED: 409,
  NO_CONNECTION: 409,
  MAP_CLASS: 409,
  CONFIRM_NEEDED: 409,
  PLAN_CHANGED: 409,
  CONFLICT_CHANGED: 409,
  LINK_TAKEN: 409,
  ROSTER_PULL_OFF: 409,
  LTI_TAKEN: 409,
  DOMAIN_NOT_EMPTY: 409,
  SYNC_FINISHED: 409,
  SYNC_UNDER_WAY: 409,
  SCHEDULE_RUNNING: 409,
  DELETION_DONE: 409,
  WEBHOOK_DISABLED: 409,
  IDEMPOTENCY_KEY_BUSY: 409,
  ANSWER_SHOWN_ONCE: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  STALE: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  SECRET_NEEDED: 400,
  TOO_MANY_ATTEMPTS: 429,
  TOO_MANY_REQUESTS: 429,
  HEADERS_TOO_MANY: 431,
  SIS_UNREACHABLE: 502,
  UNAVAILABLE: 503,
  SIS_NO_ANSWER_YET: 504,
} as const;
export type RefusalCode = keyof typeof refusalStatus;

export interface FieldError {
  /** JSON pointer into the body (RFC 6901), or `?name` of a query parameter */
  pointer: string;
  detail: string;
}

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** more headers of the answer */
  readonly headers: Readonly<Record<string, string>> | undefined;
  constructor(
    code: RefusalCode,
    detail: string,
    more: { errors?: FieldError[]; retryAfterSeconds?: number; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = 'Refusal';
    this.code = code;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.headers = more.headers;
  }
}

/** A body field is wrong in a way that only the store can see (an unknown id in it). */
export const invalid = (pointer: string, detail: string) =>
  new Refusal('VALIDATION', detail, { errors: [{ pointer, detail }] });
/** Also for what exists, but not for this caller: nobody learns of another tenant's objects. */
export const notFound = (what: string) => new Refusal('NOT_FOUND', `${what} not found`);
