/** What the head of a request must be, before anybody looks at what it asks for. */
import type { RequestHandler } from 'express';
import { Refusal } from '../passback/refusal.ts';

/** Node drops what is beyond its limit without a word, and one of those might have been Idempotency-Key. */
export const mostHeaders = 100;

/**
 * Nothing of ours is found by the Host header: tenants come from credentials, links from PUBLIC_URL. A form that no
 * client sends is refused all the same, for whoever sits in front or behind might read it otherwise (RFC 9112 §3.2).
 */
export const checkHead: RequestHandler = (req, _res, next) => {
  if (req.rawHeaders.length > 2 * mostHeaders)
    throw new Refusal('HEADERS_TOO_MANY', `A request may have at most ${mostHeaders} header fields.`);
  const hosts = req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (
    hosts > 1 ||
    !/^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])?(?::\d{1,5})?$/.test(req.get('host') ?? '')
  )
    throw new Refusal('VALIDATION', 'The Host header is not the name of one host.');
  next();
};
