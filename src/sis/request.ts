/** One authorised request to the gradebook or the rostering root: token, our headers, one repeat after a 401. */
import type { Asked } from '../gradebook/outcome-table.ts';
import { ourHeaders } from '../gradebook/settings.ts';
import type { SisMetrics } from '../passback/ports/metrics.ts';
import type { SisConnection } from '../passback/ports/sis.ts';
import { missingHeaders } from '../profiles/index.ts';
import { type Secrets, type SisReply, toSisAnswer } from './answer.ts';
import type { Egress } from './egress.ts';
import type { HeldToken, TokenAnswer, TokenSource } from './token.ts';
import { userAgent } from './token-request.ts';

/** The part of the log that is used here; never a body, a header or an id. */
export interface SisLog {
  debug(message: string, facts?: Record<string, string | number | boolean>): void;
}

/** What a client is made of; tokens and secrets outlive it. */
export interface Channel {
  connection: SisConnection;
  egress: Egress;
  tokens: TokenSource;
  secrets: Secrets;
  signal: AbortSignal;
  log?: SisLog | undefined;
  metrics?: SisMetrics | undefined;
}
export type Send = (asked: Asked, url: string, body?: object) => Promise<SisReply>;

export function createSend(channel: Channel): Send {
  const { connection, egress: bare, tokens, secrets, signal, log, metrics } = channel;
  const egress = timed(bare, 'token', metrics);
  const host = URL.canParse(connection.gradebookUrl) ? new URL(connection.gradebookUrl).host : '';
  const extra = Object.fromEntries(
    Object.entries(connection.extraHeaders)
      // pasted values come with line ends, which Node refuses to send
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([name, value]) => !ourHeaders.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)),
  );
  secrets.add(...Object.values(extra));

  const once = async (asked: Asked, url: string, accessToken: string, body?: string) => {
    const started = performance.now();
    const headers: Record<string, string> = {
      ...extra,
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'user-agent': userAgent,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const wire = await timed(bare, asked.about, metrics).exchange({
      method: asked.method,
      url,
      headers,
      body,
      signal,
    });
    const answer = toSisAnswer(wire, secrets);
    log?.debug('SIS request', {
      // which SIS: a process talks to many
      host,
      method: asked.method,
      about: asked.about,
      ...(answer.kind === 'response'
        ? { status: answer.status }
        : { silence: answer.reason, sent: answer.sent }),
      ms: Math.round(performance.now() - started),
    });
    return { answer, headers: wire.kind === 'response' ? wire.headers : {} };
  };

  return async (asked, url, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const first = await tokens.get(egress, signal);
    if (first.kind !== 'token') return unsent(first);
    const reply = await once(asked, url, first.accessToken, text);
    const refused = reply.answer.kind === 'response' && reply.answer.status === 401;
    if (!refused) return reply;
    if (connection.auth.method === 'accessToken') return explained(reply);
    // Expired early, revoked, or forgotten in a restart: a 401 applied nothing, so the same goes once more.
    tokens.invalidate(first.accessToken);
    const renewed = await tokens.get(egress, signal);
    return renewed.kind === 'token'
      ? explained(await once(asked, url, renewed.accessToken, text))
      : unsent(renewed);
  };

  /** A 401 says nothing of a key that the SIS is known to want besides the token. */
  function explained(reply: SisReply): SisReply {
    const [missing] = missingHeaders(connection.profile, Object.keys(extra));
    if (!missing || reply.answer.kind !== 'response' || reply.answer.status !== 401) return reply;
    const description = `the header ${missing.name} is missing: ${missing.what}`;
    return { ...reply, answer: { kind: 'noToken', code: 'AUTH_VENDOR_HEADER', later: false, description } };
  }
}

/** With a note of how long each exchange takes. */
function timed(egress: Egress, about: string, metrics: SisMetrics | undefined): Egress {
  if (!metrics) return egress;
  return {
    ...egress,
    async exchange(request) {
      const started = performance.now();
      const wire = await egress.exchange(request);
      const status = wire.kind === 'response' ? wire.status : null;
      metrics.sisAnswered(about, status, (performance.now() - started) / 1000);
      return wire;
    },
  };
}

const unsent = (answer: Exclude<TokenAnswer, HeldToken>): SisReply => ({
  answer: answer.kind === 'noToken' ? answer : { kind: 'silence', sent: false, reason: 'aborted' },
  headers: {},
});

/**
 * An id as one segment of a path. `.` and `..` survive percent-encoding as path steps (WHATWG URL), so an id like that
 * is sent as one that no SIS has, and gets its 404.
 */
export const segment = (id: string): string =>
  /^\.{1,2}$/.test(id) ? encodeURIComponent(`${id}%`) : encodeURIComponent(id);
