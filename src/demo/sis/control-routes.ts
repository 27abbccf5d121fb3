/** The control over HTTP, for another process: `POST /control/{lever}` with a JSON array of its arguments. */
import express from 'express';
import type { Router } from 'express';
import type { Control } from './control.ts';

type Lever = (...given: never[]) => unknown;

/** Routes that pull the levers of the control; reads without arguments can be had by GET too. */
export function controlRoutes(control: Control): Router {
  const levers: Record<string, Lever> = {
    requests: () => control.requests,
    tokenRequests: () => control.tokenRequests,
    staleWrites: () => control.staleWrites.count,
    rules: () => control.rules,
  };
  const methods = [
    'counts', 'count', 'writes', 'resetCounts', 'seed', 'setRules', 'setLatency', 'arm', 'disarm', 'armed',
    'revokeTokens', 'rotateSecret', 'contents', 'get', 'resultOf', 'put', 'edit', 'remove', 'lock', 'unlock', 'dropStudent',
  ] as const; // prettier-ignore
  for (const name of methods) levers[name] = control[name].bind(control);

  const router = express.Router();
  router.use(express.json({ limit: '50mb' }));
  router.all('/:lever', (request, response) => {
    const lever = Object.hasOwn(levers, request.params.lever) ? levers[request.params.lever] : undefined;
    if (!lever)
      return void response
        .status(404)
        .json({ error: `unknown lever; known: ${Object.keys(levers).join(', ')}` });
    const given: unknown = request.body ?? [];
    if (!Array.isArray(given))
      return void response.status(400).json({ error: 'the body is an array of arguments' });
    try {
      response.json({ value: lever(...(given as never[])) ?? null });
    } catch (error) {
      response.status(400).json({ error: error instanceof Error ? error.message : String(error) });
    }
  });
  return router;
}
