/**
 * Requests that pages of other sites send (Fetch Standard, "HTTP-CORS protocol"): the button in the page of an LMS.
 * No cookie has a part in it. Before anybody is known, whoever stands in the `embedOrigins` of some domain may ask;
 * once the token is known, its own domain must list the site, and else nothing is done.
 */
import type { Request, RequestHandler, Response } from 'express';
import type { Principal } from '../passback/ports/callers.ts';
import type { Embedding } from '../passback/ports/embedding.ts';
import { Refusal } from '../passback/refusal.ts';

/** A site that is taken off the list is let in for so long still; one that is put on it waits no longer. */
const REMEMBERED_MS = 5_000;
const mostDomains = 1_000;
/** How long a browser need not ask before it asks: it is the answer after that counts. */
const PREFLIGHT_SECONDS = 600;

const exposed = 'ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Disposition';
const leave = {
  'Access-Control-Allow-Methods': 'GET, HEAD, PUT, POST, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id, traceparent',
  'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
};

export interface CrossOrigin {
  /** before the API: answers what browsers ask beforehand, and lets listed sites read what they are refused */
  before: RequestHandler;
  /** @throws Refusal ORIGIN_NOT_ALLOWED where a person's token is used in a page that its domain does not list */
  admit(req: Request, res: Response, principal: Principal | null): Promise<void>;
  /** does any domain list it? */
  isListed(origin: string): Promise<boolean>;
  isListedBy(domainId: string | null, origin: string): Promise<boolean>;
}

export function createCrossOrigin(embedding: Embedding, publicUrl: string): CrossOrigin {
  const ours = new URL(publicUrl).origin;
  const remembered = memory((of: string) => (of === '' ? embedding.origins() : embedding.originsOf(of)));
  const isListed = async (origin: string) => (await remembered('')).has(origin);
  const isListedBy = async (domainId: string | null, origin: string) =>
    domainId !== null && (await remembered(domainId)).has(origin);

  return {
    isListed,
    isListedBy,

    async before(req, res, next) {
      const origin = otherOrigin(req, ours);
      if (origin === null) return next();
      res.vary('Origin');
      if (!(await isListed(origin))) return next();
      if (req.method === 'OPTIONS' && req.get('access-control-request-method') !== undefined) {
        res.locals['route'] = 'OPTIONS (preflight)';
        res.locals['routine'] = true;
        res.vary('Access-Control-Request-Method').vary('Access-Control-Request-Headers');
        res
          .set({ ...leave, 'Access-Control-Allow-Origin': origin })
          .status(204)
          .end();
        return;
      }
      allow(res, origin);
      next();
    },

    async admit(req, res, principal) {
      const origin = otherOrigin(req, ours);
      if (origin === null) return;
      if (principal?.kind === 'token' && (await isListedBy(principal.domainId, origin)))
        return allow(res, origin);
      // Who signs in does so in a page of ours, and an API key is a server's: no page gets to read these answers.
      res.removeHeader('Access-Control-Allow-Origin');
      res.removeHeader('Access-Control-Expose-Headers');
      if (principal?.kind === 'token')
        throw new Refusal(
          'ORIGIN_NOT_ALLOWED',
          `The domain of this token does not list ${origin} among the sites that may show grade sync (embedOrigins).`,
        );
    },
  };
}

function allow(res: Response, origin: string): void {
  res.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposed });
}

/** The site whose page asks, where it is not one of ours; null: one of ours, or no page at all. */
function otherOrigin(req: Request, ours: string): string | null {
  const origin = req.get('origin');
  if (origin === undefined || origin === ours || req.get('sec-fetch-site') === 'same-origin') return null;
  // Behind a proxy we may not know our own name, nor that we are reached by TLS; the browser knows the name.
  const host = URL.canParse(origin) ? new URL(origin).host : null;
  return host !== null && host === req.host ? null : origin;
}

/** Lists as they were a moment ago; several who ask at once ask together. */
function memory(ask: (of: string) => Promise<string[]>): (of: string) => Promise<Set<string>> {
  const known = new Map<string, { until: number; list: Promise<Set<string>> }>();
  return async (of) => {
    const entry = known.get(of);
    if (entry && entry.until > performance.now()) return entry.list;
    if (known.size >= mostDomains) known.clear();
    const list = ask(of).then((origins) => new Set(origins));
    known.set(of, { until: performance.now() + REMEMBERED_MS, list });
    try {
      return await list;
    } catch (error) {
      known.delete(of);
      throw error;
    }
  };
}
