/** What operators and orchestrators ask: alive, ready, and the text of the API. Anonymous, outside of /v1. */
import { type RequestHandler, Router } from 'express';
import type { Store } from '../passback/ports/store.ts';
import { Refusal } from '../passback/refusal.ts';
import { openApiYaml } from './openapi.ts';

/** A database that does not answer within this time does not serve anybody. */
const readyWithinMs = 2_000;

export function operations(store: Pick<Store, 'ready'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  let yaml: string | undefined;
  router.use(['/livez', '/readyz', '/openapi.yaml'], getOnly);
  router.get('/livez', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'alive' });
  });
  // An SIS that is down makes nobody unready: restarting us would not mend it.
  router.get('/readyz', async (_req, res) => {
    const ready = await isReady(store);
    res
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready' });
  });
  router.get('/openapi.yaml', (_req, res) => {
    yaml ??= openApiYaml();
    res.set('Cache-Control', 'no-cache').type('application/yaml').send(yaml);
  });
  return router;
}

const getOnly: RequestHandler = (req, res, next) => {
  res.locals['route'] = `${req.method} ${req.baseUrl}`;
  // Asked every few seconds by whoever watches us.
  res.locals['routine'] = true;
  if (req.method === 'GET' || req.method === 'HEAD') next();
  else {
    res.set('Allow', 'GET, HEAD');
    throw new Refusal('METHOD_NOT_ALLOWED', 'Use GET, HEAD here.');
  }
};

async function isReady(store: Pick<Store, 'ready'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), readyWithinMs)));
  try {
    return await Promise.race([store.ready(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
