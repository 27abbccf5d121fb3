/** Answers that no client should swallow: cut, dripped, bloated, or not what the specification describes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Response } from 'express';
import { exchangeOf, jsonAnswer, send } from './exchange.ts';
import type { Answer } from './exchange.ts';
import type { FaultSpec } from './faults.ts';
import { codeMinorFor, statusInfo } from './status-info.ts';

const MIB = 1024 * 1024;

/** Sends what the fault wants; `real` is what would have been answered. */
export function wrongAnswer(fault: FaultSpec, response: Response, real: Answer): void {
  switch (fault.kind) {
    case 'reset-after-store':
      response.socket?.resetAndDestroy();
      return;
    case 'redirect': {
      const location = fault.location ?? 'https://elsewhere.example.org/sign-in';
      return send(response, { status: fault.status ?? 302, headers: { location }, body: Buffer.alloc(0) });
    }
    case 'html':
      return send(
        response,
        text(fault.status ?? 200, 'text/html', '<!doctype html><title>Sign in</title><form></form>'),
      );
    case 'badjson':
      return send(response, text(fault.status ?? 200, 'application/json', '{"lineItem":{"sourcedId":'));
    case 'token-refused':
      return send(
        response,
        jsonAnswer(fault.status ?? 401, { error: fault.error ?? 'invalid_client' }, fault.headers),
      );
    case 'truncate':
      return truncate(response, real);
    case 'drip':
      return void drip(response, real, fault.ms ?? 100);
    case 'huge':
      return void pour(response, fault.status ?? 200, fault.bytes ?? 64 * MIB);
    case 'gzipbomb': {
      const body = gzipSync(Buffer.alloc(fault.bytes ?? 64 * MIB, ' '));
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      return send(response, { status: fault.status ?? 200, headers, body });
    }
    case 'hugeheader':
      return send(
        response,
        jsonAnswer(fault.status ?? 200, {}, { 'x-filler': 'a'.repeat(fault.bytes ?? 65_536) }),
      );
    default:
      return send(response, statusAnswer(fault));
  }
}

export function statusAnswer(fault: FaultSpec): Answer {
  const status = fault.status ?? 500;
  if (typeof fault.body === 'string') return text(status, 'text/plain', fault.body, fault.headers);
  return jsonAnswer(
    status,
    fault.body ?? statusInfo(codeMinorFor(status), `armed fault ${status}`),
    fault.headers,
  );
}

function text(status: number, type: string, body: string, headers?: Record<string, string>): Answer {
  return {
    status,
    headers: { 'content-type': `${type}; charset=utf-8`, ...headers },
    body: Buffer.from(body),
  };
}

/** An answer without a body (PUT, DELETE) gets one that can be cut or dripped. */
function withBody(real: Answer): Answer {
  return real.body.length > 0 ? real : text(200, 'application/json', `{${' '.repeat(254)}}`);
}

function truncate(response: Response, real: Answer): void {
  const { status, headers, body } = withBody(real);
  exchangeOf(response).entry.status = status;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

async function drip(response: Response, real: Answer, ms: number): Promise<void> {
  const { status, headers, body } = withBody(real);
  exchangeOf(response).entry.status = status;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await sleep(ms, undefined, { ref: false });
  }
  response.end();
}

async function pour(response: Response, status: number, bytes: number): Promise<void> {
  exchangeOf(response).entry.status = status;
  response.writeHead(status, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  for (let sent = 0; sent < bytes && !response.destroyed; sent += chunk.length) {
    // Waiting for the write keeps the SIS itself small when the caller stops reading.
    if (!response.write(chunk))
      await Promise.race([drained(response), sleep(1000, undefined, { ref: false })]);
  }
  if (!response.destroyed) response.end('{}');
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve));
}
