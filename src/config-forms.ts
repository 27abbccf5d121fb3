/** How single values of the environment are written, and what is said of one that is not. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export interface SecretKey {
  id: string;
  key: Buffer;
}

export const portNumber = (cure: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/, cure)
    .transform(Number)
    .refine((n) => n <= 65_535, cure);
export const list = z.string().transform((s) =>
  s
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
export const wholeNumber = (min: number, cure: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, cure)
    .transform(Number)
    .refine((n) => n >= min, cure);
export const budget = wholeNumber(0, 'must be a number of requests per minute and caller; 0: no limit');
export const days = (min: number) => wholeNumber(min, `must be a number of days, at least ${min}`);
export const cidrCure = 'must be a comma-separated list of networks such as 10.20.0.0/16,fd00::/8';
export const proxyCure =
  'must list addresses, networks (10.0.0.0/8), loopback, linklocal or uniquelocal, with commas';
export const publicUrlCure = 'must be an http(s) address without query, such as https://passback.example.org';
export const keyCure =
  'must be id:base64 of 32 bytes, several with commas; make one: openssl rand -base64 32';

export function isDatabaseUrl(value: string): boolean {
  return /^postgres(ql)?:\/\/.+/.test(value) && URL.canParse(value);
}

export function isSmtpUrl(value: string): boolean {
  return /^smtps?:\/\/[^/\s]+/.test(value) && URL.canParse(value) && new URL(value).hostname !== '';
}

/** An address, with or without a name before it. */
export function isSender(value: string): boolean {
  const address = /^[^<>]*<([^<>]+)>$/.exec(value)?.[1] ?? value;
  return z.email().safeParse(address).success && !/[\r\n]/.test(value);
}

export function isNetwork(value: string): boolean {
  return value.includes('/') && ipaddr.isValidCIDR(value);
}

export function isProxy(value: string): boolean {
  // ipaddr also takes "1" or "0x7f.1" for IPv4, which nobody means here.
  const address = ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value);
  return address || isNetwork(value) || ['loopback', 'linklocal', 'uniquelocal'].includes(value);
}

type Ctx = z.RefinementCtx<string>;
export function readPublicUrl(value: string, ctx: Ctx): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const plain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!plain || !/^https?:$/.test(url.protocol)) {
    ctx.addIssue({ code: 'custom', message: publicUrlCure, input: value });
    return z.NEVER;
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

export function readSecretKeys(value: string, ctx: Ctx): SecretKey[] {
  const keys: SecretKey[] = [];
  for (const part of value.split(',').map((p) => p.trim())) {
    const [, id, base64] = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]{43}=?)$/.exec(part) ?? [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (id === undefined || key.length !== 32 || keys.some((k) => k.id === id)) {
      const which = `entry ${keys.length + 1} is not right${keys.some((k) => k.id === id) ? ' (its id is used twice)' : ''}`;
      ctx.addIssue({ code: 'custom', message: `${keyCure} (${which})`, input: '' });
      return z.NEVER;
    }
    keys.push({ id, key });
  }
  return keys;
}
