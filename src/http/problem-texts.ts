/** What each refusal of the API means and what a caller does about it; its status stands in passback/refusal.ts. */
import { dictionary, type ErrorCode, explain } from '../gradebook/dictionary.ts';
import { type RefusalCode, refusalStatus } from '../passback/refusal.ts';

export type ProblemCode = RefusalCode | 'INTERNAL';
export interface ProblemText {
  title: string;
  /** when it is given */
  means: string;
  /** what to do */
  cure: string;
}

/** Reasons that people read in a gradebook as well: their texts are in the error dictionary. */
type Shared = Extract<ProblemCode, ErrorCode>;

const own: Record<Exclude<ProblemCode, Shared>, ProblemText> = {
  VALIDATION: {
    title: 'The request is not valid',
    means:
      'The body, the query or an id in the path is not as openapi.yaml describes it; nothing was changed.',
    cure: 'Correct what `errors` points at. The same request will be refused again.',
  },
  UNAUTHENTICATED: {
    title: 'Sign-in needed',
    means: 'The Authorization header is missing, or its key or token is unknown, expired or deleted.',
    cure: 'Send `Authorization: Bearer` with a valid API key, or get a new token.',
  },
  FORBIDDEN: {
    title: 'Not allowed',
    means: 'The key or token is valid, but its role may not do this.',
    cure: 'Use a key or token of one of the roles that openapi.yaml names for this route.',
  },
  ORIGIN_NOT_ALLOWED: {
    title: 'This site may not show grade sync',
    means:
      'A page of another site asks with a person’s token, and the domain of the token does not list that site; nothing was done.',
    cure: 'Add the origin of the page (scheme, host and port, without a path) to the setting `embedOrigins` of the domain, or use a token of a domain that lists it. If it is a page of this very service, `PUBLIC_URL` is not the address that browsers reach it by.',
  },
  NOT_FOUND: {
    title: 'Not found',
    means: 'There is nothing under this path, or it belongs to a domain that this caller may not see.',
    cure: 'Check the ids and how they are percent-encoded, and the domain of the key.',
  },
  METHOD_NOT_ALLOWED: {
    title: 'Method not allowed',
    means: 'The path exists, but not with this method.',
    cure: 'Use a method of the `Allow` header.',
  },
  REQUEST_TIMEOUT: {
    title: 'The request came too slowly',
    means: 'The body did not arrive in time; nothing was changed.',
    cure: 'Send the request again.',
  },
  AMBIGUOUS_TENANT: {
    title: 'The id exists in several tenants',
    means: 'A root key sees all tenants, and more than one of them has this id.',
    cure: 'Name the tenant: `?tenant=`.',
  },
  CONFIRM_NEEDED: {
    title: 'Confirmation needed',
    means: 'The request would change more than usually is meant, such as a class that loses many students.',
    cure: 'If it is meant, send it again with `?confirm=true`.',
  },
  PLAN_CHANGED: {
    title: 'The plan has changed',
    means:
      'The sync would do something else than the plan that was named: scores, settings or the SIS have changed since. Nothing was sent.',
    cure: 'Look at what `errors` names, get the plan anew, and send its `planId`.',
  },
  CONFLICT_CHANGED: {
    title: 'The conflict has changed',
    means: 'The value here or in the SIS is another one than when the conflict was listed. Nothing was done.',
    cure: 'Get the list of conflicts anew and decide again.',
  },
  LINK_TAKEN: {
    title: 'Linked already',
    means: 'Another assignment of the class stands for this one of the SIS; two would overwrite each other.',
    cure: 'Unlink the other one first, or choose another assignment of the SIS.',
  },
  LTI_TAKEN: {
    title: 'Registered already',
    means:
      'This deployment of the LMS has a registration, or its client is registered with other addresses; nothing was changed.',
    cure: 'Change the registration that there is, or use the addresses that it has. If it is not yours, ask the operator.',
  },
  DOMAIN_NOT_EMPTY: {
    title: 'The domain is not empty',
    means: 'It still has sub-domains or classes.',
    cure: 'Delete or move those first.',
  },
  SYNC_FINISHED: {
    title: 'The sync is finished',
    means: 'A sync that has ended cannot be cancelled.',
    cure: 'Nothing has to be done; start a new one if something is left.',
  },
  WEBHOOK_DISABLED: {
    title: 'This webhook is switched off',
    means:
      'Nothing is sent to an address that is switched off, by its owner or because it took nothing for days.',
    cure: 'Put the address right, then PUT the webhook with enabled: true.',
  },
  DELETION_DONE: {
    title: 'It is done already',
    means: 'It was ticked off before, or the SIS has deleted it.',
    cure: 'Nothing has to be done.',
  },
  SCHEDULE_RUNNING: {
    title: 'A run of the schedule is under way',
    means: 'A schedule never runs twice at once.',
    cure: 'Wait until `lastRun` of the schedule has ended, or cancel its syncs.',
  },
  SYNC_UNDER_WAY: {
    title: 'A sync of the class is under way',
    means:
      'A restore is a sync of its own, so that it can be undone by itself; another one has not ended yet.',
    cure: 'Wait until it has ended, or cancel it, then send the same request again.',
  },
  IDEMPOTENCY_KEY_BUSY: {
    title: 'The first request with this Idempotency-Key is not done yet',
    means: 'A request with the same key is being worked on at this moment.',
    cure: 'Send the same request again after `Retry-After`: it is answered as the first one was.',
  },
  ANSWER_SHOWN_ONCE: {
    title: 'The answer was shown once',
    means:
      'The first request with this Idempotency-Key was done; its answer held a secret, which is not kept.',
    cure: 'If the first answer was lost, make another with a new key, and delete the API key that nobody has (a token runs out by itself).',
  },
  IDEMPOTENCY_KEY_REUSED: {
    title: 'The Idempotency-Key was used for another request',
    means: 'The same key came with another body or path before; nothing was done.',
    cure: 'Use a new key for each new request, the same key only to repeat the very same request.',
  },
  STALE: {
    title: 'Changed by somebody else meanwhile',
    means: 'The `If-Match` header names a revision that is no longer the current one; nothing was changed.',
    cure: 'Read it again, make the change on what is there now, and send it with the new `ETag`.',
  },
  PAYLOAD_TOO_LARGE: {
    title: 'The request is too large',
    means: 'The body or one of its lists is longer than is taken at once.',
    cure: 'Send it in several parts.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    title: 'Unsupported media type',
    means: 'The body is not JSON (or CSV, where that is taken), or is compressed.',
    cure: 'Send `Content-Type: application/json` (or `text/csv`), uncompressed, in UTF-8.',
  },
  SECRET_NEEDED: {
    title: 'The secret is needed again',
    means:
      'A stored secret is used only at the address that it was entered for, and the address was changed.',
    cure: 'Send the new address together with the secret.',
  },
  TOO_MANY_ATTEMPTS: {
    title: 'Too many attempts',
    means: 'Too many failed sign-ins came from this address.',
    cure: 'Wait as long as `Retry-After` says, then use a valid key.',
  },
  TOO_MANY_REQUESTS: {
    title: 'Too many requests',
    means: 'This key or token has sent more requests than are taken in this time; nothing was changed.',
    cure: 'Wait as long as `Retry-After` says, then send the same request; use the batch routes.',
  },
  HEADERS_TOO_MANY: {
    title: 'Too many headers',
    means: 'The headers of the request are more, or longer, than are taken.',
    cure: 'Send fewer of them; this is usually the doing of a proxy or of cookies.',
  },
  SIS_UNREACHABLE: {
    title: 'The SIS cannot be reached',
    means: 'This needs an answer of the SIS, and the connection to it does not work at the moment.',
    cure: 'Try again later; the connection of the domain tells the cause.',
  },
  UNAVAILABLE: {
    title: 'Not available for the moment',
    means: 'Our database does not answer; nothing was changed unless an earlier answer said so.',
    cure: 'Send the same request again after `Retry-After`.',
  },
  SIS_NO_ANSWER_YET: {
    title: 'The SIS has not answered yet',
    means: 'This needs an answer of the SIS, and none came in time.',
    cure: 'Ask again: the answer is kept once it has come.',
  },
  INTERNAL: {
    title: 'Something went wrong in this service',
    means: 'A defect of ours. Its details are in our log under the `requestId`.',
    cure: 'Tell the operator of this service the `requestId`.',
  },
};

export const problemCodes: [ProblemCode, ...ProblemCode[]] = [
  ...(Object.keys(refusalStatus) as [RefusalCode]),
  'INTERNAL',
];
export const problemStatus = (code: ProblemCode): number => (code === 'INTERNAL' ? 500 : refusalStatus[code]);
export const isShared = (code: ProblemCode): code is Shared => Object.hasOwn(dictionary, code);

/** The texts of a code, wherever they stand. */
export function problemText(code: ProblemCode): ProblemText {
  if (!isShared(code)) return own[code];
  const { means, fix } = dictionary[code];
  return { title: explain({ code }).message.replace(/\.$/, ''), means, cure: fix };
}

/** RFC 9457 §3.1.1: a reference, resolved against the request: our own page of errors, wherever we run. */
export const problemType = (code: ProblemCode): string => `/docs/errors#${code}`;
