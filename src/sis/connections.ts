/** The guarded keep-alive agents of one SIS connection, and a handshake over them. */
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { hostOf, type NetworkGuard } from './network-guard.ts';

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}
export interface Handshake {
  kind: 'open';
  /** null: not encrypted */
  protocol: string | null;
  /** of the certificate */
  validTo: string | null;
}

/**
 * Kept connections are left before common servers close theirs (Node and Apache after 5 s): a request written into a
 * connection that is just being closed would be an ambiguous one.
 */
const idleMs = 4_000;

/** Throws if the certificates are not PEM. */
export function createAgents(guard: NetworkGuard, caCertificates: string | null | undefined): Agents {
  const keep = { keepAlive: true, timeout: idleMs };
  const agents = {
    http: new http.Agent(keep),
    https: new https.Agent({ ...keep, minVersion: 'TLSv1.2', ...trust(caCertificates) }),
  };
  guard.protect(agents.http, false);
  guard.protect(agents.https, true);
  return agents;
}

/** The certificates of the connection in addition to those that Node trusts anyway; never instead, never "any". */
function trust(caCertificates: string | null | undefined): { secureContext?: tls.SecureContext } {
  if (!caCertificates?.trim()) return {};
  const ca = [...tls.getCACertificates('default'), caCertificates];
  return { secureContext: tls.createSecureContext({ ca, minVersion: 'TLSv1.2' }) };
}

/** Opens a connection as a request would, and closes it without having asked anything. */
export function openConnection(agents: Agents, url: URL, abort: AbortSignal): Promise<Handshake> {
  const secure = url.protocol === 'https:';
  const agent = secure ? agents.https : agents.http;
  const host = hostOf(url);
  return new Promise((done, fail) => {
    const socket = agent.createConnection(
      {
        ...optionsOf(agent),
        host,
        port: Number(url.port || (secure ? 443 : 80)),
        ...(secure && !isIP(host) ? { servername: host } : {}),
      },
      (error) => {
        if (error) fail(error);
      },
    );
    if (!socket) return; // refused by the guard, which tells it through the callback
    abort.addEventListener('abort', () => socket.destroy(new Error('aborted')), { once: true });
    socket.once('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      const shown = socket instanceof tls.TLSSocket ? socket : undefined;
      done({
        kind: 'open',
        protocol: shown?.getProtocol() ?? null,
        validTo: shown?.getPeerCertificate().valid_to || null,
      });
      socket.destroy();
    });
  });
}

/** What an agent gives to each of its connections; the types do not know it. */
const optionsOf = (agent: http.Agent) =>
  (agent as unknown as { options: http.ClientRequestArgs & { servername?: string } }).options;
