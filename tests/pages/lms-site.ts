/** An LMS with pages of its own, as docs/embedding.md says it: another site than ours, under several names. */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface LmsSite {
  /** as browsers know it */
  origin: string;
  /** the same server under the name of another site, in whose page the LMS's own stands in a frame */
  portal: string;
  /** the LMS of another district on the same service */
  rival: string;
  /** a site that nobody lists */
  stranger: string;
  /** what its server gives out instead of a token, oldest first */
  instead: string[];
  /** how often it was asked for one */
  asked: number;
  stop(): Promise<void>;
}

const [buttons = '', frame = ''] = [
  ...readFileSync(join(import.meta.dirname, '../../docs/embedding.md'), 'utf8').matchAll(
    /```html\n(.*?)```/gs,
  ),
].map(([, block]) => block ?? '');

/** What the page is told, kept for the test to read. */
const listening = `<script>
  window.told = [];
  for (const name of ['sync-started', 'sync-progress', 'sync-finished', 'sync-error', 'open-page'])
    addEventListener(name, (event) => window.told.push([name, event.detail]));
  addEventListener('message', ({ data }) => window.told.push([data.type, {}]));
</script>`;

const gradebook = (content: string) =>
  `<html lang="en"><title>Gradebook</title>${listening}<main><h1>Gradebook</h1>${content}</main>`;

/** `newToken` is what its server does with its key; the query of a page goes into the attributes of its buttons. */
export async function startLmsSite(serviceUrl: string, newToken: () => Promise<string>): Promise<LmsSite> {
  const asIn = (block: string) =>
    block.replaceAll('https://grades.example.org', serviceUrl).replaceAll('algebra-1', 'c1');

  const pages: Record<string, (query: URLSearchParams, res: ServerResponse) => string | Promise<string>> = {
    '/portal': (query) =>
      `<title>Portal</title><iframe width="600" height="300" src="${site.origin}/gradebook?${query.toString()}"></iframe>`,
    '/gradebook': (query, res) => {
      // as strict as a page can be that has a script of its own
      const policy = `default-src 'none'; script-src 'unsafe-inline' ${serviceUrl}; connect-src 'self' ${serviceUrl}`;
      res.setHeader('content-security-policy', policy);
      const attributes = [...query].map(([name, value]) => `${name}="${value}"`).join(' ');
      return gradebook(asIn(buttons).replaceAll('class-id="c1"', attributes));
    },
    '/pinned': async () => {
      const pinned = await fetch(`${serviceUrl}/embed/v1/integrity.json`);
      const { file, integrity } = (await pinned.json()) as { file: string; integrity: string };
      const release = `crossorigin="anonymous" integrity="${integrity}" src="${serviceUrl}/embed/v1/${file}"`;
      return gradebook(asIn(buttons).replace(/src="[^"]*"/, release));
    },
    '/frame': (query) =>
      `<title>Course</title>${listening}${asIn(frame).replace('/c1"', `/c1${query.get('as') ?? ''}"`)}`,
  };

  const server = createServer((req, res) => {
    void (async () => {
      const { pathname, searchParams } = new URL(req.url ?? '/', 'http://lms');
      if (pathname === '/grade-sync-token') {
        site.asked++;
        res.end(site.instead.shift() ?? (await newToken()));
        return;
      }
      res.setHeader('content-type', 'text/html');
      res.end(`<!doctype html>${(await pages[pathname]?.(searchParams, res)) ?? ''}`);
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = (name: string) => `http://${name}.localhost:${(server.address() as AddressInfo).port}`;
  const site: LmsSite = {
    ...{ origin: at('lms'), portal: at('portal'), rival: at('rival'), stranger: at('stranger') },
    ...{ instead: [], asked: 0 },
    stop: () => new Promise((done) => void server.close(() => done()).closeAllConnections()),
  };
  return site;
}
