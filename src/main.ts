/** The process: configuration, log, signals. What it runs is built in service.ts. */
import { ConfigError, readConfig, type Config } from './config.ts';
import { createLog, errorFields } from './log.ts';
import { startService, type Service } from './service.ts';
import { EmbeddedDatabaseError } from './store/embedded.ts';
import { MigrationError } from './store/migrate.ts';

/** Longer than the HTTP edge's grace, shorter than the 20 s that operators are promised. */
const LAST_RESORT_MS = 19_000;

let stopping = false;
const config = configOrExit();
const log = createLog({ level: config.logLevel });
process.on('unhandledRejection', (error) => log.error('unhandled rejection', errorFields(error)));

try {
  const service = await startService(config, log, {
    onFatal: (error) => {
      log.error('the database was lost for good', errorFields(error));
      process.exit(1);
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(service, signal));
  await greet(service);
} catch (error) {
  // these two are written for whoever starts the service; anything else is a defect and keeps its stack
  if (error instanceof EmbeddedDatabaseError || error instanceof MigrationError)
    process.stderr.write(`${error.message}\n`);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const { port } = error as { port?: number };
    const name = port === config.metricsPort ? 'METRICS_PORT' : 'PORT';
    process.stderr.write(
      `${name}: ${config.host}:${port ?? config.port} is in use by another program; choose another ${name}.\n`,
    );
  } else log.error('could not start', errorFields(error));
  process.exit(1);
}

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function stop(service: Service, signal: string): Promise<void> {
  if (stopping) return; // Ctrl-C comes twice: from the terminal, and from npm, which hands it on
  stopping = true;
  log.info('stopping', { signal });
  setTimeout(() => {
    log.error('something would not stop in time');
    process.exit(1);
  }, LAST_RESORT_MS).unref();
  await service.stop();
  log.info('stopped');
  process.exit(0);
}

/** Said once on stdout and never logged: a new root key, and on one's own machine links to the pages. */
async function greet(service: Service): Promise<void> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (service.newRootKey)
    say(`\nRoot API key (shown once, kept in ${config.dataDir}/root-api-key): ${service.newRootKey}\n`);
  if (config.databaseUrl !== null || config.role === 'worker') return;
  const links = await service.pageLinks(config.publicUrl);
  if (links.length === 0)
    say(`No district yet. Make one: PUT ${service.url}/v1/domains/{id} with the root key; README shows how.`);
  for (const { page, url } of links) say(`${page} (opens once, within an hour): ${url}`);
}
