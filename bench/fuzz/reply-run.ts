/** Mutated answers of an SIS through the real client, over a real socket. */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { SisClient, SisConnection } from '../../src/passback/ports/sis.ts';
import { createSis } from '../../src/sis/sis.ts';
import { replies, type Reply } from './replies.ts';

export interface ReplyReport {
  replies: number;
  seconds: number;
  /** `acknowledged`, `retry CONN_RESET`, … */
  outcomes: Record<string, number>;
  faults: string[];
}
type Call = (client: SisClient) => Promise<{ kind: string; code?: string }>;
const writes: Record<string, Call> = {
  putLineItem: (client) => client.putLineItem('l', {}),
  putResult: (client) => client.putResult('r', {}),
};
const others: Record<string, Call> = {
  // what is gone already is deleted, so that a 404 is an acknowledgement
  deleteResult: (client) => client.deleteResult('r'),
  readCategories: (client) => client.readCategories('c'),
  readClassSchool: (client) => client.readClassSchool('c'),
  readClassStudents: (client) => client.readClassStudents('c'),
  readLineItems: (client) => client.readLineItems('c'),
  readResults: (client) => client.readResults('c', 'l'),
  probe: (client) => client.probe(),
};
const all = { ...writes, ...others };
const LIMITS = { connectMs: 2_000, totalMs: 400 };
/** Above any deadline of the client, below boredom. */
const PATIENCE_MS = 20_000;
const AFTERWARDS = Buffer.from('HTTP/1.1 500 Enough\r\nContent-Length: 0\r\n\r\n');

export async function fuzzReplies(options: {
  replies: number;
  seed: number;
  lanes?: number;
}): Promise<ReplyReport> {
  const report: ReplyReport = { replies: 0, seconds: 0, outcomes: {}, faults: [] };
  const started = performance.now();
  const plan = fc.record({
    name: fc.oneof(fc.constantFrom(...Object.keys(writes)), fc.constantFrom(...Object.keys(all))),
    reply: replies,
    token: fc.oneof(
      { arbitrary: fc.constant(false), weight: 9 },
      { arbitrary: fc.constant(true), weight: 1 },
    ),
  });
  let round = 0;
  const lane = async () => {
    const sis = await oneSis();
    try {
      while (report.replies < options.replies && report.faults.length < 20) {
        const seed = options.seed * 1_000_003 + round++;
        for (const { name, reply, token } of fc.sample(plan, { seed, numRuns: 50 })) {
          report.replies++;
          const said = await sis.ask(name, reply, token);
          report.outcomes[said.outcome] = (report.outcomes[said.outcome] ?? 0) + 1;
          if (said.fault)
            report.faults.push(
              `${said.fault}: ${name}, ${JSON.stringify(reply.bytes.toString('latin1')).slice(0, 800)}`,
            );
        }
      }
    } finally {
      await sis.close();
    }
  };
  await Promise.all(Array.from({ length: options.lanes ?? 8 }, lane));
  report.seconds = (performance.now() - started) / 1000;
  if ('polluted' in {}) report.faults.push('Object.prototype was changed');
  return report;
}

/** An SIS that answers one request as it is told and every further one with a 500; and its client. */
async function oneSis() {
  let next: Reply | null = null;
  /** the next reply is the token endpoint's */
  let atToken = false;
  const live = new Set<Socket>();
  const server = createServer((socket) => {
    live.add(socket.setNoDelay(true));
    let got = '';
    socket
      .on('error', () => undefined)
      .on('close', () => live.delete(socket))
      .on('data', (chunk: Buffer) => {
        got += chunk.toString('latin1');
        for (let end = requestEnd(got); end > 0; end = requestEnd(got)) {
          const tokenAsked = got.startsWith('POST /token');
          got = got.slice(end);
          answer(socket, tokenAsked);
        }
      });
  });
  const answer = (socket: Socket, tokenAsked: boolean) => {
    if (tokenAsked && !atToken) {
      const body = '{"access_token":"tok","token_type":"bearer","expires_in":3600}';
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    const reply = tokenAsked === atToken ? next : null;
    if (reply) next = null;
    if (!reply) socket.write(AFTERWARDS);
    else {
      if (reply.bytes.length > 0) socket.write(reply.bytes);
      if (reply.then === 'end') socket.end();
      if (reply.then === 'reset') setImmediate(() => socket.resetAndDestroy());
    }
  };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sis = createSis({ allowedNetworks: ['127.0.0.0/8'], limits: LIMITS });
  let asked = 0;
  const fixed = sis.open(
    connection(origin, { method: 'accessToken', accessToken: 'fixed-token' }, 'fixed'),
    never,
  );

  const ask = async (name: string, reply: Reply, token: boolean) => {
    next = reply;
    atToken = token;
    // a token that was fetched is kept: each try has a connection of its own to fetch one for
    const client = token ? sis.open(connection(origin, credentials(origin), `n${asked++}`), never) : fixed;
    try {
      const outcome = await Promise.race([all[name as keyof typeof all]!(client), hung()]);
      const { kind, code } = outcome;
      return {
        outcome: code === undefined ? kind : `${kind} ${code}`,
        fault: faultOf(name, reply, token, outcome),
      };
    } catch (error) {
      return { outcome: 'threw', fault: `threw ${String(error)}` };
    } finally {
      if (token) client.close();
    }
  };
  const close = async () => {
    fixed.close();
    for (const socket of live) socket.destroy();
    await new Promise((closed) => server.close(closed));
  };
  return { ask, close };
}

function faultOf(name: string, reply: Reply, token: boolean, outcome: { kind: string }): string | null {
  if (outcome.kind === 'hung') return 'no outcome in time';
  if (!(name in writes) || outcome.kind !== 'acknowledged') return longWords(outcome);
  // what was mutated stood at the token endpoint: the gradebook itself answered 500
  if (token) return 'acknowledged, although the gradebook said 500';
  return reply.success ? longWords(outcome) : 'acknowledged, although it was no success';
}

/** What is kept for people must fit into a row and a line. */
function longWords(outcome: object): string | null {
  const text = JSON.stringify(outcome, (_key, value: unknown) => {
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      throw new Error('no text');
    return value;
  });
  return outcome.constructor === Object && text.length > 200_000 ? 'an outcome without measure' : null;
}

const never = new AbortController().signal;
const hung = () =>
  new Promise<{ kind: 'hung'; code?: string }>((resolve) =>
    setTimeout(resolve, PATIENCE_MS, { kind: 'hung' }).unref(),
  );
const requestEnd = (text: string): number => {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : 0;
};
const credentials = (origin: string): SisConnection['auth'] => ({
  ...{
    method: 'clientCredentials',
    clientId: 'id',
    clientSecret: 'secret-of-ours',
    tokenUrl: `${origin}/token`,
  },
  ...{ scopes: null, clientAuthMethod: 'body' },
});
const connection = (origin: string, auth: SisConnection['auth'], cacheKey: string): SisConnection => ({
  ...{ cacheKey, auth, extraHeaders: {}, caCertificates: null, learned: {} },
  oneRosterVersion: '1.2',
  profile: 'spec',
  gradebookUrl: `${origin}/ims/oneroster/gradebook/v1p2`,
  rosteringUrl: `${origin}/ims/oneroster/rostering/v1p2`,
});
