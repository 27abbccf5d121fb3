/** The HTTP edge as a whole: what every request passes through, and in which order. */
import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Identity } from '../passback/ports/sign-in.ts';
import type { Store } from '../passback/ports/store.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import { createAuthentication } from './auth.ts';
import { createCrossOrigin } from './cross-origin.ts';
import { createDenials } from './denials.ts';
import { type DispatchParts, expressPath, handlerOf } from './dispatch.ts';
import { docsPage } from './docs-page.ts';
import { errorsPage } from './errors-page.ts';
import { createStreams, type StreamParts } from './event-stream.ts';
import { createEntrance } from './entrance.ts';
import type { EntryParts } from './entry.ts';
import { checkHead } from './head.ts';
import { type Budgets, createLimits } from './limits.ts';
import { counted, type Measured, metricsOnMainPort } from './metrics.ts';
import { ltiEntries } from './lti.ts';
import { operations } from './operations.ts';
import { pages } from './pages.ts';
import { problemHandler, requestIdOf, routeOf } from './problem.ts';
import { routes } from './routes.ts';
import { signInEntries } from './sign-in.ts';

export interface AppParts {
  store: Store;
  /** whom others say that people are */
  identity: Identity;
  log: Log;
  clock: Clock;
  config: {
    /** whose X-Forwarded-For is believed; empty: nobody's */
    trustedProxies: string[];
    /** without trailing slash; stands in links that are handed out */
    publicUrl: string;
    /** requests of one caller per minute */
    budgets: Budgets;
  };
  /** built pages: teacher.html, admin.html, assets/, embed/ */
  pagesDir: string;
  /** a worker answers how it is, and nothing else */
  operationsOnly?: boolean;
  metrics?: Measured;
  /** they have no port of their own */
  metricsOnMainPort?: boolean;
  /** of answers that go on (event-stream.ts) */
  streams?: StreamParts;
  /** compare every answer with its documented schema: for tests, too slow and too strict for a school day */
  checkAnswers?: boolean;
}

/** The whole app; listens nowhere yet (see startServer). */
export function createApp(parts: AppParts): Express {
  const { store, log, clock, config } = parts;
  const app = express();
  // Ids are opaque: `A` is not `a`, and a slash at the end is another path.
  app.set('case sensitive routing', true).set('strict routing', true);
  // The query is read by readQuery; an automatic weak ETag would stand beside our own revisions.
  app.set('query parser', false).set('etag', false).disable('x-powered-by');
  app.set('trust proxy', config.trustedProxies.length > 0 ? config.trustedProxies : false);

  app.use(requestId);
  app.use(logged(log, clock));
  if (parts.metrics) app.use(counted(parts.metrics));
  app.use(securityHeaders(config.publicUrl));
  app.use(checkHead);
  app.use(operations(store));
  app.use(errorsPage());
  const authentication = createAuthentication(store.access);
  if (parts.metrics && parts.metricsOnMainPort) app.use(metricsOnMainPort(parts.metrics, authentication));
  if (!parts.operationsOnly) {
    const entrance = createEntrance();
    const denials = createDenials(store.audit, log);
    const { publicUrl } = config;
    const crossOrigin = createCrossOrigin(store.embedding, publicUrl);
    app.use('/v1', crossOrigin.before);
    const doors: EntryParts = { store, identity: parts.identity, entrance, denials, log, publicUrl };
    app.use(
      api({
        store,
        authentication,
        limits: createLimits(config.budgets),
        denials,
        entrance,
        streams: createStreams(parts.streams ?? {}),
        crossOrigin,
        publicUrl,
        checkAnswers: parts.checkAnswers ?? false,
      }),
    );
    app.use(docsPage());
    app.use(ltiEntries(doors));
    app.use(signInEntries(doors));
    const framesOf = (platformId: string) => store.ltiPlatforms.frames(platformId);
    app.use(pages({ pagesDir: parts.pagesDir, framesOf, crossOrigin }));
  }
  app.use((_req, _res, next) => next(notFound('This path was')));
  app.use(problemHandler(log));
  return app;
}

function api(parts: DispatchParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    router[route.method](expressPath(route.path), handlerOf(route, parts));
    const known = methods.get(route.path) ?? [];
    methods.set(route.path, [
      ...known,
      ...(route.method === 'get' ? ['GET', 'HEAD'] : [route.method.toUpperCase()]),
    ]);
  }
  for (const [path, known] of methods) {
    router.all(expressPath(path), (req, res) => {
      res.locals['route'] = `(${req.method}) ${path}`;
      res.set('Allow', known.join(', '));
      throw new Refusal('METHOD_NOT_ALLOWED', `Use ${known.join(', ')} here.`);
    });
  }
  return router;
}

/** The caller's own id of the request if it is a plain word, so that both sides' logs can be joined. */
const requestId: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id');
  const id = given !== undefined && /^[A-Za-z0-9._-]{1,100}$/.test(given) ? given : randomUUID();
  res.locals['requestId'] = id;
  res.set('X-Request-Id', id);
  next();
};

/** One line per request: the route's template, never the path, for ids in it may be names of people. */
function logged(log: Log, clock: Clock): RequestHandler {
  return (req, res, next) => {
    const from = clock.now().getTime();
    res.once('close', () => {
      const keyId: unknown = res.locals['keyId'];
      log[res.locals['routine'] === true ? 'debug' : 'info']('request', {
        method: req.method,
        route: routeOf(res),
        status: res.statusCode,
        ms: clock.now().getTime() - from,
        requestId: requestIdOf(res),
        ...(typeof keyId === 'string' ? { keyId } : {}),
        ...(res.writableFinished ? {} : { aborted: true }),
      });
    });
    next();
  };
}

function securityHeaders(publicUrl: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // Said over plain HTTP it is ignored; said for a host that has no TLS it would lock people out later.
    strictTransportSecurity: publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
  });
}
