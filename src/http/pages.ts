/** The pages that people see: two HTML files and their hashed assets, as built into `pagesDir`. Anonymous. */
import express, { type Response, Router } from 'express';
import { join } from 'node:path';

export function pages(pagesDir: string): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const name of ['teacher', 'admin']) {
    router.get(`/${name}`, (_req, res, next) => {
      res.locals['route'] = `GET /${name}`;
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
