/**
 * The one way out to an SIS: axios over guarded keep-alive agents, one pair per connection.
 * No redirects (Node would carry the score and the extra headers along), no proxy, a total deadline that also ends a
 * drip, caps on what arrives (decoded bytes too: 300 kB of gzip can be 300 MB of zeros).
 * Whatever the other side does becomes a value. Nothing is sent twice here: a request that died on a kept connection
 * may have been applied, and what that means is decided where versions are known.
 */
import axios, { AxiosHeaders } from 'axios';
import type { SilenceReason } from '../gradebook/outcome.ts';
import { type Agents, createAgents, type Handshake, openConnection } from './connections.ts';
import { decoded } from './decoded.ts';
import { checkedTarget, type NetworkGuard } from './network-guard.ts';
import { silenceReason } from './silence.ts';
import { watchedTransport } from './watched-transport.ts';

export interface EgressLimits {
  /** name, TCP and TLS together */
  connectMs: number;
  /** from the call to the last byte */
  totalMs: number;
  /** of an answer's body, on the wire and decoded alike */
  maxBodyBytes: number;
  maxHeaderBytes: number;
}
export const defaultLimits: EgressLimits = {
  connectMs: 5_000,
  totalMs: 30_000,
  maxBodyBytes: 5 * 1024 * 1024,
  maxHeaderBytes: 32 * 1024,
};

export interface WireRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
}
export type WireAnswer =
  /** text is null where the body could not be decoded */
  { kind: 'response'; status: number; headers: Record<string, string>; text: string | null } | WireSilence;
export interface WireSilence {
  kind: 'silence';
  sent: boolean;
  reason: SilenceReason;
  /** for the connection test: the certificate's fault in OpenSSL's words */
  detail: string;
}
export interface Egress {
  exchange(request: WireRequest): Promise<WireAnswer>;
  /** Opens and closes a connection without sending a request. */
  handshake(url: URL, signal?: AbortSignal): Promise<Handshake | WireSilence>;
  /** Ends kept connections and whatever is in flight; later requests are silence. */
  close(): void;
}

/**
 * axios' adapter by itself: what `axios.request` does before it (merging options, transforming, intercepting) is the
 * same for every request, and was a tenth of what a score costs us.
 */
const send = axios.getAdapter('http');
const { defaults } = axios.create({
  maxRedirects: 0,
  proxy: false,
  decompress: false,
  responseType: 'arraybuffer',
  validateStatus: () => true,
});

export function createEgress(options: {
  guard: NetworkGuard;
  caCertificates?: string | null;
  limits?: Partial<EgressLimits>;
  /** asked at the last moment before bytes leave; false: the request is given up unsent */
  mayLeave?: () => boolean;
}): Egress {
  const mayLeave = options.mayLeave ?? (() => true);
  const limits = { ...defaultLimits, ...options.limits };
  const closing = new AbortController();
  let opened: Agents | undefined;

  // Made at first use: malformed certificates of a connection are its fault, told as an answer of the first request.
  const agents = () => (opened ??= createAgents(options.guard, options.caCertificates));

  /** Runs `work` until it ends, the deadline passes, the caller aborts or the egress is closed. */
  const within = async <T>(
    signal: AbortSignal | undefined,
    state: { sent: boolean },
    work: (abort: AbortSignal, connected: () => void, giveUp: () => void) => Promise<T>,
  ): Promise<T | WireSilence> => {
    const abort = new AbortController();
    let why: SilenceReason | undefined;
    const stop = (reason: SilenceReason) => {
      why ??= reason;
      abort.abort();
    };
    const onAbort = () => stop('aborted');
    const sources = [closing.signal, ...(signal ? [signal] : [])];
    if (sources.some((s) => s.aborted) || !mayLeave()) return silence(false, 'aborted');
    for (const source of sources) source.addEventListener('abort', onAbort, { once: true });
    const deadline = setTimeout(stop, limits.totalMs, 'timeout');
    const connecting = setTimeout(stop, limits.connectMs, 'timeout');
    try {
      return await work(abort.signal, () => clearTimeout(connecting), onAbort);
    } catch (error) {
      return silence(state.sent, why ?? faultReason(error), why ? '' : messageOf(error));
    } finally {
      clearTimeout(deadline);
      clearTimeout(connecting);
      for (const source of sources) source.removeEventListener('abort', onAbort);
    }
  };

  const exchange = (request: WireRequest): Promise<WireAnswer> => {
    const state = { sent: false };
    return within(request.signal, state, async (abort, connected, giveUp) => {
      const target = checkedTarget(request.url);
      const { http: httpAgent, https: httpsAgent } = agents();
      const onConnected = () => {
        // a process may be paused while its connection is being made, and write when it wakes
        if (!mayLeave()) return giveUp();
        state.sent = true;
        connected();
      };
      const response = await send({
        ...defaults,
        url: target.href,
        method: request.method,
        headers: new AxiosHeaders({ 'Accept-Encoding': 'gzip', ...request.headers }),
        data: request.body,
        signal: abort,
        maxContentLength: limits.maxBodyBytes,
        httpAgent,
        httpsAgent,
        transport: watchedTransport(target.protocol, limits, onConnected),
      });
      const headers = plainHeaders(response.headers);
      const text = await decoded(response.data as Buffer, headers['content-encoding'], limits.maxBodyBytes);
      return { kind: 'response' as const, status: response.status, headers, text };
    });
  };

  const handshake = (url: URL, signal?: AbortSignal): Promise<Handshake | WireSilence> =>
    within(signal, { sent: false }, (abort) => openConnection(agents(), url, abort));

  const close = () => {
    closing.abort();
    opened?.http.destroy();
    opened?.https.destroy();
  };
  return { exchange, handshake, close };
}

const silence = (sent: boolean, reason: SilenceReason, detail = ''): WireSilence => ({
  kind: 'silence',
  sent,
  reason,
  detail,
});

function faultReason(error: unknown): SilenceReason {
  return /^maxContentLength size/.test(messageOf(error)) ? 'tooLarge' : silenceReason(error);
}

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
