/**
 * The operator's command line: `npm run cli -- …`, or `node src/cli.ts …` in the image. It reads the same environment
 * as the service and may run beside it. stdout is the answer alone, warnings and errors of people's go to stderr.
 */
import { Command, CommanderError } from 'commander';
import { createRoot, migrate, rotate } from './cli/commands.ts';
import { doctor } from './cli/doctor.ts';
import { exitCodes, failureOf, type Failure, type Report } from './cli/report.ts';
import { readConfig, type Config } from './config.ts';

const program = new Command('oneroster-passback')
  .description(
    'Commands for whoever runs the service. They read the same environment variables as the service.',
  )
  .option('--json', 'answer with one JSON object on stdout')
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done · 1 failed, or doctor found something · 2 command line or configuration',
  );

program
  .command('doctor')
  .description('look at configuration, database, migrations and secrets; changes nothing')
  .action(() => run(doctor));
program
  .command('migrate')
  .description('bring the database to the schema of this release (every start of the service does it too)')
  .action(() => run(migrate));
const secrets = program.command('secrets').description('what SECRET_KEYS seals');
secrets
  .command('rotate')
  .description('seal every stored secret anew with the first key of SECRET_KEYS')
  .action(() => run(rotate));
const keys = program.command('keys').description('API keys');
keys
  .command('create-root')
  .description('make a new root API key, for instance when the only one was lost')
  .option('--name <name>', 'what the list of keys calls it', 'command line')
  .action(({ name }: { name: string }) => run((config) => createRoot(config, name)));

try {
  await program.parseAsync();
} catch (error) {
  // commander has said what is wrong; asked for help, it is content
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.unusable;
}

async function run(command: (config: Config) => Promise<Report>): Promise<void> {
  try {
    const report = await command(readConfig());
    tell(report, report.text.join('\n'));
    process.exitCode = report.ok ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    const failure = failureOf(error);
    fail(failure);
    process.exitCode = failure.exitCode;
  }
}

function tell({ ok, data }: Report, text: string): void {
  const { json } = program.opts<{ json?: true }>();
  process.stdout.write(`${json ? JSON.stringify({ ok, ...data }) : text}\n`);
}

function fail({ code, message, problems }: Failure): void {
  const { json } = program.opts<{ json?: true }>();
  const error = { code, message, ...(problems ? { problems } : {}) };
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error })}\n`);
  else process.stderr.write(`${message}\n`);
}
