/** Texts that are the same for everybody and all day, each at its path: pages of documentation, their styles. Anonymous. */
import { Router } from 'express';

export interface FixedText {
  path: string;
  type: 'html' | 'css' | 'js';
  /** made when it is first asked for */
  text: () => string;
}

export function fixedTexts(texts: readonly FixedText[]): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const { path, type, text } of texts) {
    let made: string | undefined;
    router.all(path, (req, res) => {
      res.locals['route'] = `${req.method} ${path}`;
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        res.set('Allow', 'GET, HEAD').status(405).end();
        return;
      }
      made ??= text();
      res.set('Cache-Control', 'no-cache').type(type).send(made);
    });
  }
  return router;
}
