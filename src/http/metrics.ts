/** /metrics: on the main port for a root key, or on a port of its own for whoever reaches that. */
import type { RequestListener } from 'node:http';
import { type RequestHandler, Router } from 'express';
import { Refusal } from '../passback/refusal.ts';
import type { Authentication } from './auth.ts';
import { routeOf } from './problem.ts';

export interface Measured {
  read(): Promise<{ type: string; text: string }>;
  httpRequest(request: { method: string; route: string; status: number; seconds: number | null }): void;
}

/** On the main port: what it tells of all tenants is nobody's but an operator's. */
export function metricsOnMainPort(metrics: Measured, authentication: Authentication): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/metrics', async (req, res) => {
    res.locals['route'] = 'GET /metrics';
    res.locals['routine'] = true;
    const by = await authentication.identify(req.headers.authorization, req.ip ?? '');
    if (by.role !== 'root') throw new Refusal('FORBIDDEN', 'Metrics are for a root key alone.');
    const { type, text } = await metrics.read();
    res.set('Cache-Control', 'no-store').set('Content-Type', type).send(text);
  });
  return router;
}

/** On a port of its own: this and nothing else. */
export function metricsAlone(metrics: Measured): RequestListener {
  return (req, res) => {
    const known = req.url === '/metrics' && (req.method === 'GET' || req.method === 'HEAD');
    if (!known) return void res.writeHead(404).end();
    metrics.read().then(
      ({ type, text }) => res.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text),
      () => res.writeHead(500).end(),
    );
  };
}

/** Counts every request by the template of its path: what is not one of ours shares one name. */
export function counted(metrics: Pick<Measured, 'httpRequest'>): RequestHandler {
  return (req, res, next) => {
    const from = performance.now();
    res.once('close', () => {
      const route = routeOf(res);
      const goesOn = String(res.getHeader('content-type')).startsWith('text/event-stream');
      metrics.httpRequest({
        method: req.method,
        route: route.startsWith('(') ? 'none' : route,
        status: res.statusCode,
        seconds: goesOn ? null : (performance.now() - from) / 1000,
      });
    });
    next();
  };
}
