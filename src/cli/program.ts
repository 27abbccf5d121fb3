/** The command line as a function: what is typed, in which environment, and where the answer goes. */
import { Command, CommanderError } from 'commander';
import { readConfig, type Config, type Environment } from '../config.ts';
import { redactText, type Log } from '../log.ts';
import { createRoot, migrate, rotate } from './commands.ts';
import { doctor } from './doctor.ts';
import { testConnection, type Asked } from './connection-test.ts';
import { explainCell, type Asked as AskedCell } from './explain.ts';
import { exitCodes, failureOf, type Failure, type Report } from './report.ts';

export interface Surroundings {
  /** by default the process's own */
  env?: Environment;
  /** the answer, and nothing else */
  out: (text: string) => void;
  /** what is to be said besides it */
  err: (text: string) => void;
}

/** Does what the arguments say; answers the exit code. */
export async function runCommandLine(args: readonly string[], around: Surroundings): Promise<number> {
  let exitCode: number = exitCodes.done;
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (text) => around.err(`${redactText(text)}\n`),
    error: (text) => around.err(`${redactText(text)}\n`),
  };
  const program = describe(async (command) => {
    const { json = false } = program.opts<{ json?: true }>();
    try {
      const report = await command(readConfig(around.env), log);
      around.out(`${json ? JSON.stringify({ ok: report.ok, ...report.data }) : report.text.join('\n')}\n`);
      exitCode = report.ok ? exitCodes.done : exitCodes.failed;
    } catch (error) {
      const failure = failureOf(error);
      if (json) around.out(`${JSON.stringify(failed(failure))}\n`);
      else around.err(`${failure.message}\n`);
      exitCode = failure.exitCode;
    }
  }, around);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // commander has said what is wrong; asked for help, it is content
    if (!(error instanceof CommanderError)) throw error;
    exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.unusable;
  }
  return exitCode;
}

const failed = ({ code, message, problems }: Failure) => ({
  ok: false,
  error: { code, message, ...(problems ? { problems } : {}) },
});

type Action = (config: Config, log: Log) => Promise<Report>;

/** The commands and their help. */
function describe(run: (action: Action) => Promise<void>, { out, err }: Surroundings): Command {
  const program = new Command('oneroster-passback')
    .description(
      'Commands for whoever runs the service. They read the same environment variables as the service.',
    )
    .option('--json', 'answer with one JSON object on stdout')
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .addHelpText(
      'after',
      '\nExit codes: 0 done · 1 failed, or doctor found something · 2 command line or configuration',
    );
  program
    .command('doctor')
    .description(
      'look at configuration, database, migrations and secrets, which changes nothing; with --domain, test its SIS connection',
    )
    .option('--domain <id>', 'the LMS’s id of a domain: its SIS connection is tested instead')
    .option('--tenant <id>', 'the top-level domain, where several have such a domain')
    .option('--class <id>', 'compare this class with the SIS too')
    .option(
      '--write',
      'write an assignment into that class to learn what the SIS does with it, and remove it',
    )
    .option('--student <id>', 'of a student for tests: scores are tried too')
    .action((asked: Partial<Asked>) =>
      run((config, log) =>
        asked.domain === undefined
          ? doctor(config, log)
          : testConnection(config, log, { ...asked, domain: asked.domain }),
      ),
    );
  program
    .command('explain')
    .description('why a score is, or is not, in the SIS: the answer, and what happened to it')
    .requiredOption('--class <id>', 'the LMS’s id of the class')
    .requiredOption('--line-item <id>', 'of the lineItem')
    .option('--student <id>', 'of the student; without it the lineItem itself is meant')
    .option('--tenant <id>', 'the top-level domain, where several have such a class')
    .action((asked: AskedCell) => run((config, log) => explainCell(config, log, asked)));
  program
    .command('migrate')
    .description('bring the database to the schema of this release (every start of the service does it too)')
    .action(() => run(migrate));
  program
    .command('secrets')
    .description('what SECRET_KEYS seals')
    .command('rotate')
    .description('seal every stored secret anew with the first key of SECRET_KEYS')
    .action(() => run(rotate));
  program
    .command('keys')
    .description('API keys')
    .command('create-root')
    .description('make a new root API key, for instance when the only one was lost')
    .option('--name <name>', 'what the list of keys calls it', 'command line')
    .action(({ name }: { name: string }) => run((config, log) => createRoot(config, log, name)));
  return program;
}
