/**
 * Where this service may connect to. Addresses are typed in by district admins, so without a guard any of them could
 * make us call the operator's own network (SSRF). The guard stands where the connection is made:
 * - names are resolved by our own lookup, and the socket connects to exactly the addresses that were checked, so that
 *   a name cannot resolve differently between check and use (DNS rebinding);
 * - a lookup hook is skipped for IP literals, so these are checked before the socket is made;
 * - the address that the socket in fact reached is checked again.
 * Public unicast is permitted over https only: grades of children do not cross the internet in clear text. Plain http
 * is permitted within the networks that the operator has allowed, private as they are.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type http from 'node:http';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ipaddr from 'ipaddr.js';

export const BLOCKED = 'SIS_BLOCKED_ADDRESS';
export class BlockedAddress extends Error {
  readonly code = BLOCKED;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** Resolves a name to all its addresses; replaced in tests to play a name that changes its mind. */
export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface NetworkGuard {
  /** May this very address be connected to, with TLS (`secure`) or without? */
  permits(address: string, secure: boolean): boolean;
  /** Makes every connection of this agent obey the guard. */
  protect(agent: http.Agent, secure: boolean): void;
  /** The permitted addresses of a host, as the connector would see them; rejects with `BlockedAddress` or a DNS error. */
  resolve(hostname: string, secure: boolean): Promise<string[]>;
  /** Why this address can never be connected to, as far as it shows without a name server; null: it may be. */
  refusal(url: URL): string | null;
}

/** Throws on a malformed network: that is configuration, noticed at start. */
export function createNetworkGuard(
  allowedNetworks: readonly string[],
  resolveName = resolveBySystem,
): NetworkGuard {
  const allowed = allowedNetworks.map(parseNetwork);

  const permits = (text: string, secure: boolean): boolean => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    return inside(address, allowed) || (secure && isPublic(address));
  };

  const lookupFor =
    (secure: boolean): LookupFunction =>
    (hostname, options, callback) => {
      resolveName(hostname, (error, addresses) => {
        if (error) return callback(error, []);
        // A name with both kinds of addresses (DNS64 makes such) is reached by the permitted ones alone.
        const permitted = addresses.filter(({ address }) => permits(address, secure));
        const [first] = permitted;
        if (!first) return callback(blocked(hostname), []);
        return options.all ? callback(null, permitted) : callback(null, first.address, first.family);
      });
    };

  const protect = (agent: http.Agent, secure: boolean): void => {
    const connect = agent.createConnection.bind(agent);
    const lookup = lookupFor(secure);
    agent.createConnection = (options, callback) => {
      const host = options.host ?? options.hostname ?? '';
      if (isIP(host) && !permits(host, secure)) return refuse(host, callback);
      const socket = connect({ ...options, lookup }, callback) as Socket | null | undefined;
      socket?.once('connect', () => {
        // without an address it is closed already, and nothing can be sent
        const reached = socket.remoteAddress;
        if (reached !== undefined && !permits(reached, secure)) socket.destroy(blocked(host));
      });
      return socket;
    };
  };

  const resolve = (hostname: string, secure: boolean): Promise<string[]> => {
    if (isIP(hostname))
      return permits(hostname, secure) ? Promise.resolve([hostname]) : Promise.reject(blocked(hostname));
    return new Promise((done, fail) => {
      lookupFor(secure)(hostname, { all: true }, (error, addresses) => {
        if (error) fail(error);
        else done((addresses as LookupAddress[]).map(({ address }) => address));
      });
    });
  };

  const refusal = (url: URL): string | null => {
    const host = hostOf(url);
    // the one name that means the same everywhere (RFC 6761 §6.3)
    const local = /(^|\.)localhost$/i.test(host);
    const addresses = local ? ['127.0.0.1', '::1'] : isIP(host) ? [host] : [];
    const secure = url.protocol === 'https:';
    if (addresses.length === 0 || addresses.some((address) => permits(address, secure))) return null;
    if (addresses.some((address) => permits(address, true)))
      return 'needs https:// outside of private networks';
    return 'lies in a network that this service may not reach (its operator can allow it: see SIS_ALLOWED_NETWORKS)';
  };

  return { permits, protect, resolve, refusal };
}

/** The host as a connector takes it: no brackets, no final dot (`name.` is `name` to DNS, but not to a certificate). */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');

/** The URL as it may be requested. Throws `BlockedAddress` for other schemes and for credentials in the URL. */
export function checkedTarget(text: string): URL {
  const url = new URL(text);
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isHttp || url.username || url.password) throw new BlockedAddress('not a plain http or https address');
  if (url.hostname.endsWith('.')) url.hostname = hostOf(url);
  return url;
}

const blocked = (host: string) => new BlockedAddress(`${host} lies in a network that may not be reached`);

function refuse(host: string, callback?: (error: Error | null, stream: Duplex) => void): undefined {
  // Without a socket; the agent passes the error on to the request.
  process.nextTick(() => callback?.(blocked(host), undefined as never));
}

function resolveBySystem(hostname: string, done: Parameters<Resolve>[1]): void {
  systemLookup(hostname, { all: true }, done);
}

/** `10.0.0.0/8`, or one address. */
function parseNetwork(text: string): [Address, number] {
  const network = text.trim();
  if (ipaddr.isValidCIDR(network)) return ipaddr.parseCIDR(network);
  if (!isIP(network)) throw new Error(`not a network in CIDR notation: ${text}`);
  const address = ipaddr.parse(network);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function inside(address: Address, networks: [Address, number][]): boolean {
  const plain =
    address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
  return networks.some(([network, bits]) => plain.kind() === network.kind() && plain.match(network, bits));
}

const globalIPv6 = ipaddr.parseCIDR('2000::/3');

/**
 * `unicast` is what ipaddr.js calls an address that is none of the special ones (private, loopback, link-local, CGNAT,
 * reserved, multicast, 6to4, NAT64, v4-mapped, …). IANA has given out no IPv6 outside 2000::/3; ranges that the
 * library does not know (deprecated v4-compatible ::/96, for one) fall with it.
 */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(globalIPv6);
}
