/** Errors of sockets, TLS and HTTP parsing → why no answer came. */
import type { ErrorCode } from '../gradebook/dictionary.ts';
import type { SilenceReason } from '../gradebook/outcome.ts';
import { BLOCKED } from './network-guard.ts';
import { TOO_LARGE } from './watched-transport.ts';

const byCode: Record<string, SilenceReason> = {
  [BLOCKED]: 'blockedAddress',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  EADDRNOTAVAIL: 'refused',
  EACCES: 'refused',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls',
  HPE_HEADER_OVERFLOW: 'tooLarge',
  [TOO_LARGE]: 'tooLarge',
};

/** Node names the faults of a certificate by OpenSSL's words, without a common prefix. */
const certificate =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/;
const nameResolution = /^(ENOTFOUND|ENODATA|EAI_)/;

export function silenceReason(error: unknown): SilenceReason {
  const code = codeOf(error);
  const known = byCode[code];
  if (known) return known;
  if (nameResolution.test(code)) return 'dns';
  if (certificate.test(code)) return 'tls';
  return 'reset';
}

/** The code of an error, or of what it wraps (axios, happy eyeballs). Duck-typed: errors may come from another realm. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_BAD_'))
    return error.code;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : '';
}

/** What the silence of a token endpoint means to people. `aborted` was our own wish. */
export const codeOfSilence: Record<Exclude<SilenceReason, 'aborted'>, ErrorCode> = {
  dns: 'CONN_DNS',
  refused: 'CONN_REFUSED',
  timeout: 'CONN_TIMEOUT',
  reset: 'CONN_RESET',
  tls: 'CONN_TLS',
  blockedAddress: 'CONN_BLOCKED_ADDRESS',
  tooLarge: 'AUTH_TOKEN_ENDPOINT',
};
