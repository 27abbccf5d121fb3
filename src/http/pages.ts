/** The pages that people see: two HTML files and their hashed assets, as built into `pagesDir`. Anonymous. */
import express, { type Response, Router } from 'express';
import { join } from 'node:path';
import { frameable } from './sign-in-pages.ts';

/** `frames`: which sites may show a page that an LTI platform has opened. */
export function pages(pagesDir: string, frames: (platformId: string) => Promise<string[]>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const name of ['teacher', 'admin']) {
    router.get(`/${name}`, async (req, res, next) => {
      res.locals['route'] = `GET /${name}`;
      const platformId = /[?&]lti=([0-9a-f-]{36})(?:&|$)/.exec(req.originalUrl)?.[1];
      const sites = platformId === undefined ? [] : await frames(platformId);
      if (sites.length > 0) frameable(res, sites.join(' '));
      // Revalidated each time: it names the assets of this very release.
      const headers = { 'Cache-Control': 'no-cache' };
      res.sendFile(`${name}.html`, { root: pagesDir, headers, cacheControl: false }, (error?: Error) => {
        if (error) next(error);
      });
    });
  }
  router.use(
    '/assets',
    express.static(join(pagesDir, 'assets'), {
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders: (res: Response) => res.set('Cache-Control', 'public, max-age=31536000, immutable'),
    }),
  );
  return router;
}
