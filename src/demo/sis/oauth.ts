/** OAuth 2 client credentials (RFC 6749 §4.4): the token endpoint and the check of bearer tokens. */
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { answer, jsonAnswer, refuse } from './exchange.ts';

const PREFIX = 'https://purl.imsglobal.org/spec/or/v1p2/scope/';
export const SCOPES = {
  read: `${PREFIX}gradebook.readonly`,
  readCore: `${PREFIX}gradebook-core.readonly`,
  put: `${PREFIX}gradebook.createput`,
  post: `${PREFIX}gradebook.createpost`,
  delete: `${PREFIX}gradebook.delete`,
  roster: `${PREFIX}roster.readonly`,
  rosterCore: `${PREFIX}roster-core.readonly`,
};
const ALL_SCOPES = Object.values(SCOPES);
/** 1.1 spells them under a root of its own. */
const shortName = (scope: string): string => scope.slice(scope.lastIndexOf('/') + 1);

export interface Client {
  id: string;
  secret: string;
  /** the scopes that it may have; default all */
  scopes?: string[];
}
/** Where a client may put its credentials; `basic-raw` is Basic without the form-encoding of RFC 6749 §2.3.1. */
export type ClientAuth = 'basic' | 'basic-raw' | 'body';

interface Grant {
  scopes: string[];
  expiresAt: number;
}
type TokenError = { status: 400 | 401; error: string; description: string };

export class Tokens {
  #clients: Map<string, Client>;
  #grants = new Map<string, Grant>();
  #lifeSeconds: number;
  #clientAuth: ClientAuth[];
  #known: string[];

  constructor(
    clients: Client[],
    options: { fixed: string[]; lifeSeconds: number; clientAuth: ClientAuth[]; scopeRoot: string },
  ) {
    this.#known = ALL_SCOPES.map((scope) => options.scopeRoot + shortName(scope));
    this.#clients = new Map(clients.map((client) => [client.id, client]));
    for (const token of options.fixed) this.#grants.set(token, { scopes: ALL_SCOPES, expiresAt: Infinity });
    this.#lifeSeconds = options.lifeSeconds;
    this.#clientAuth = options.clientAuth;
  }

  /** Every token, the fixed ones too, stops working. */
  revokeAll(): void {
    this.#grants.clear();
  }

  rotateSecret(clientId: string, secret: string): void {
    const client = this.#clients.get(clientId);
    if (client) this.#clients.set(clientId, { ...client, secret });
  }

  /** POST of the token endpoint. */
  answerTokenRequest(request: Request, response: Response): void {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const outcome = this.#grant(form, request.get('authorization'));
    const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };
    if ('error' in outcome) {
      const challenge = outcome.status === 401 ? { 'www-authenticate': 'Basic realm="demo-sis"' } : {};
      const body = { error: outcome.error, error_description: outcome.description };
      answer(response, jsonAnswer(outcome.status, body, { ...noStore, ...challenge }));
      return;
    }
    const token = randomBytes(24).toString('base64url');
    this.#grants.set(token, { scopes: outcome.scopes, expiresAt: Date.now() + this.#lifeSeconds * 1000 });
    const scope = outcome.scopes.join(' ');
    const body = { access_token: token, token_type: 'bearer', expires_in: this.#lifeSeconds, scope };
    answer(response, jsonAnswer(200, body, noStore));
  }

  /** True when the request may go on; otherwise it has been answered. Any one of the scopes is enough. */
  allow(request: Request, response: Response, anyOf: string[]): boolean {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    const grant = token === undefined ? undefined : this.#grants.get(token);
    if (!grant || grant.expiresAt <= Date.now()) {
      const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
      const description =
        token === undefined ? 'no bearer token' : 'the token is unknown, expired or revoked';
      const headers = { 'www-authenticate': challenge };
      refuse(response, { status: 401, codeMinor: 'unauthorisedrequest', description, headers });
      return false;
    }
    const granted = grant.scopes.map(shortName);
    if (anyOf.some((scope) => granted.includes(shortName(scope)))) return true;
    refuse(response, {
      status: 403,
      codeMinor: 'forbidden',
      description: `needs the scope ${anyOf.join(' or ')}`,
    });
    return false;
  }

  #grant(form: URLSearchParams, authorization: string | undefined): { scopes: string[] } | TokenError {
    const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1);
    if (repeated !== undefined) return tokenError('invalid_request', `${repeated} is given twice`);
    const client = this.#authenticate(form, authorization);
    if ('error' in client) return client;
    const grantType = form.get('grant_type');
    if (grantType === null) return tokenError('invalid_request', 'grant_type is missing');
    if (grantType !== 'client_credentials')
      return tokenError('unsupported_grant_type', 'client_credentials only');
    const allowed = client.scopes ?? this.#known;
    const wanted = form.get('scope')?.split(' ').filter(Boolean) ?? allowed;
    const scopes = wanted.filter((scope) => allowed.includes(scope));
    return scopes.length > 0 ? { scopes } : tokenError('invalid_scope', 'none of the scopes is available');
  }

  #authenticate(form: URLSearchParams, authorization: string | undefined): Client | TokenError {
    const inBody = form.has('client_secret');
    if (authorization !== undefined && inBody)
      return tokenError('invalid_request', 'two ways of authentication');
    const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? [];
    const tried: { id: string; secret: string }[] = [];
    if (encoded !== undefined) {
      const [rawId = '', rawSecret = ''] = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'));
      if (this.#clientAuth.includes('basic-raw')) tried.push({ id: rawId, secret: rawSecret });
      if (this.#clientAuth.includes('basic'))
        tried.push({ id: formDecode(rawId), secret: formDecode(rawSecret) });
    } else if (inBody && this.#clientAuth.includes('body')) {
      tried.push({ id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' });
    }
    const match = tried.find(({ id, secret }) => this.#clients.get(id)?.secret === secret);
    const client = match && this.#clients.get(match.id);
    return client ?? { status: 401, error: 'invalid_client', description: 'client authentication failed' };
  }
}

function tokenError(error: string, description: string): TokenError {
  return { status: 400, error, description };
}

function splitOnce(text: string): string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
