/** The demo SIS: a strict OneRoster gradebook provider over real HTTP, with OAuth 2 and a page to look at. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { controlRoutes } from './control-routes.ts';
import { Control } from './control.ts';
import type { RequestEntry } from './exchange.ts';
import { gradebookReads } from './gradebook-reads.ts';
import { Tokens } from './oauth.ts';
import type { Client, ClientAuth } from './oauth.ts';
import { gradebookPage } from './page.ts';
import { Records } from './records.ts';
import { rosterReads } from './roster-reads.ts';
import { oneRosterService, tokenService } from './service.ts';
import { openStateFile } from './state-file.ts';
import { Wires } from './wire.ts';
import { writes } from './writes.ts';

export interface DemoSisOptions {
  /** 0 (default): any free port */
  port?: number | undefined;
  host?: string | undefined;
  /** keep the gradebook across restarts in this file */
  stateFile?: string | undefined;
  /** default: `demo-client` with the secret `demo-secret`, all scopes */
  clients?: Client[] | undefined;
  /** fixed tokens that are accepted as well, with all scopes */
  accessTokens?: string[] | undefined;
  tokenLifeSeconds?: number | undefined;
  /** where clients may put their credentials; default `basic` and `body` */
  clientAuth?: ClientAuth[] | undefined;
  latencyMs?: number | undefined;
  /** default 1.2; with 1.1 there is one root for both services */
  oneRosterVersion?: '1.1' | '1.2' | undefined;
  /** root of the gradebook service; rostering lies beside it */
  basePath?: string | undefined;
  tokenPath?: string | undefined;
  /** serve the control under /control, for other processes */
  controlApi?: boolean | undefined;
  /** seed of the faults' chances */
  randomSeed?: number | undefined;
  /** told of every request when its body is read, before anything else happens to it */
  onRequest?: ((entry: RequestEntry) => void) | undefined;
}

export interface DemoSis {
  /** the origin, e.g. http://127.0.0.1:4100 */
  url: string;
  gradebookUrl: string;
  rosteringUrl: string;
  tokenUrl: string;
  control: Control;
  stop(): Promise<void>;
}

/** Starts the demo SIS and answers when it listens. */
export async function startDemoSis(options: DemoSisOptions = {}): Promise<DemoSis> {
  const version = options.oneRosterVersion ?? '1.2';
  const usual = version === '1.1' ? '/ims/oneroster/v1p1' : '/ims/oneroster/gradebook/v1p2';
  const basePath = options.basePath ?? usual;
  const rosterPath = basePath.replace('/gradebook', '/rostering');
  const tokenPath = options.tokenPath ?? '/oauth2/token';
  const app = express().disable('x-powered-by').disable('etag');
  const server = createServer(app);
  // Longer than the idle time of usual clients, else one now and then writes into a connection that is being closed.
  server.keepAliveTimeout = 70_000;
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const url = `http://${authority(host)}:${(server.address() as AddressInfo).port}`;

  const state = options.stateFile === undefined ? undefined : openStateFile(options.stateFile);
  const records = state?.records ?? new Records();
  const tokens = new Tokens(options.clients ?? [{ id: 'demo-client', secret: 'demo-secret' }], {
    fixed: options.accessTokens ?? [],
    lifeSeconds: options.tokenLifeSeconds ?? 3600,
    clientAuth: options.clientAuth ?? ['basic', 'body'],
    scopeRoot: `https://purl.imsglobal.org/spec/or/${version === '1.1' ? 'v1p1' : 'v1p2'}/scope/`,
  });
  const control = new Control(records, tokens, options.latencyMs ?? 0, options.randomSeed ?? 1);
  control.setRules({ oneRosterVersion: version });
  const stopping = new AbortController();
  const parts = { control, tokens, stopped: stopping.signal, onRequest: options.onRequest };
  const wires = new Wires(url + rosterPath, records);

  app.post(tokenPath, ...tokenService(parts));
  const graded = gradebookReads(records, wires, control.rules);
  const rostered = rosterReads(records, wires);
  const written = writes(records, control.rules, control.staleWrites);
  if (rosterPath === basePath) app.use(basePath, oneRosterService(parts, [...graded, ...rostered], written));
  else {
    app.use(basePath, oneRosterService(parts, graded, written));
    app.use(rosterPath, oneRosterService(parts, rostered));
  }
  if (options.controlApi) app.use('/control', controlRoutes(control));
  app.get('/', (request, response) => {
    const refreshSeconds = request.query['refresh'] === '0' ? 0 : 5;
    response.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.type('html').send(gradebookPage(records, new Date(), refreshSeconds));
  });

  return {
    url,
    gradebookUrl: url + basePath,
    rosteringUrl: url + rosterPath,
    tokenUrl: url + tokenPath,
    control,
    async stop() {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      state?.close();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

/** Everywhere is no address to call; whoever listens there is reached at localhost. */
function authority(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
