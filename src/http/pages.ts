/**
 * The pages that people see: two HTML files and their hashed assets, as built into `pagesDir`; and what LMSs put into
 * pages of their own. Anonymous.
 */
import express, { type RequestHandler, type Response, Router } from 'express';
import { join } from 'node:path';
import type { CrossOrigin } from './cross-origin.ts';
import { frameable } from './sign-in-pages.ts';
import { readQuery } from './validate.ts';

export interface PageParts {
  /** built: teacher.html, admin.html, assets/, embed/ */
  pagesDir: string;
  /** which sites may show a page that an LTI platform has opened */
  framesOf: (platformId: string) => Promise<string[]>;
  crossOrigin: Pick<CrossOrigin, 'isListed'>;
}

export function pages({ pagesDir, framesOf, crossOrigin }: PageParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const name of ['teacher', 'admin']) {
    router.get(`/${name}`, async (req, res, next) => {
      res.locals['route'] = `GET /${name}`;
      const query = new URLSearchParams(req.originalUrl.replace(/^[^?]*/, ''));
      const platformId = /^[0-9a-f-]{36}$/.exec(query.get('lti') ?? '')?.[0];
      const sites = platformId === undefined ? [] : await framesOf(platformId);
      const origin = originIn(query.get('embed'));
      if (name === 'teacher' && origin !== null && (await crossOrigin.isListed(origin))) sites.push(origin);
      frameable(res, sites);
      // Revalidated each time: it names the assets of this very release.
      const headers = { 'Cache-Control': 'no-cache' };
      res.sendFile(`${name}.html`, { root: pagesDir, headers, cacheControl: false }, (error?: Error) => {
        if (error) next(error);
      });
    });
  }
  router.get('/embed/classes/:classId', framed);
  router.use('/embed/v1', embedded, files(join(pagesDir, 'embed', 'v1'), forOtherSites));
  router.use(
    '/assets',
    files(join(pagesDir, 'assets'), (res) => res.set('Cache-Control', forEver)),
  );
  return router;
}

const forEver = 'public, max-age=31536000, immutable';

const files = (folder: string, setHeaders: (res: Response, path: string) => unknown): RequestHandler =>
  express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders,
  });

/**
 * The page of a class in a frame of the LMS (docs/embedding.md). Who may show it has to be said before anybody is
 * known, so the frame's address names the site, or the browser does; the token that the site then hands over must be
 * one of a domain that lists it.
 */
const framed: RequestHandler = (req, res) => {
  res.locals['route'] = 'GET /embed/classes/{classId}';
  const query = readQuery(req.originalUrl);
  const origin = originIn(query['origin'] ?? req.get('referer') ?? null);
  // in the query, not the fragment: a frame that is loaded anew still shows the same
  const opens = new URLSearchParams({ class: String(req.params['classId']) });
  if (origin !== null) opens.set('embed', origin);
  if (query['lang'] !== undefined) opens.set('lang', query['lang']);
  res.set('Cache-Control', 'no-store').redirect(302, `../../teacher?${opens.toString()}`);
};

function originIn(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, origin } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}

const embedded: RequestHandler = (_req, res, next) => {
  res.locals['route'] = 'GET /embed/v1';
  next();
};

/** A script that holds nothing of anybody's: every site may load it, with `integrity` too (which needs CORS). */
function forOtherSites(res: Response, path: string): void {
  res.set({
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    // the stable name is the newest release, a few minutes late
    'Cache-Control': /-[0-9A-Z]{8}\.js$/.test(path) ? forEver : 'public, max-age=300',
  });
}
