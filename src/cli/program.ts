/** The command line as a function: what is typed, in which environment, and where the answer goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { readCaller, readConfig, type Environment } from '../config.ts';
import { redactText, type Log } from '../log.ts';
import { createApi } from './api.ts';
import { describeApiCommands } from './api-commands.ts';
import { describeHouseCommands } from './house-commands.ts';
import { createProgress } from './progress.ts';
import { exitCodes, failureOf, type Failure, type Report } from './report.ts';

export interface Surroundings {
  /** by default the process's own */
  env?: Environment;
  /** the answer, and nothing else */
  out: (text: string) => void;
  /** what is to be said besides it */
  err: (text: string) => void;
  /** how wide the terminal is that `err` writes to; null or absent: it is none */
  columns?: number | null;
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
  const program = new Command('oneroster-passback')
    .description(
      'Commands for whoever runs the service. Some stand beside it and read the same environment variables; the others call its API with a key.',
    )
    .option('--json', 'answer with one JSON object on stdout')
    .exitOverride()
    .configureOutput({ writeOut: around.out, writeErr: around.err })
    .addHelpText(
      'after',
      '\nExit codes: 0 done · 1 failed, or problems were found · 2 command line or configuration · 3 the service cannot be reached · 4 the service refused',
    );
  const run = async (command: () => Promise<Report>) => {
    const { json = false } = program.opts<{ json?: true }>();
    try {
      const report = await command();
      around.out(`${json ? JSON.stringify({ ok: report.ok, ...report.data }) : report.text.join('\n')}\n`);
      exitCode = report.ok ? exitCodes.done : exitCodes.failed;
    } catch (error) {
      // what a database can do wrong is loaded only where one was used
      const failure = failureOf(error) ?? (await import('./house-failure.ts')).houseFailureOf(error);
      if (json) around.out(`${JSON.stringify(failed(failure))}\n`);
      else around.err(`${failure.message}\n`);
      exitCode = failure.exitCode;
    }
  };
  program.commandsGroup('Beside the service, with its environment:');
  describeHouseCommands(program, (action) => run(() => action(readConfig(around.env), log)));
  program.commandsGroup('Over the API, with a key:');
  describeApiCommands(program, (called, action) =>
    run(() => {
      const { json = false } = program.opts<{ json?: true }>();
      const progress = createProgress(around.err, json ? null : (around.columns ?? null));
      const time = { uptimeMs: () => performance.now(), sleep };
      return action(createApi(readCaller(called, around.env)), { progress, ...time });
    }),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // commander has said what is wrong; asked for help, it is content
    if (!(error instanceof CommanderError)) throw error;
    exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.unusable;
  }
  return exitCode;
}

const failed = ({ code, message, problems, errors }: Failure) => ({
  ok: false,
  error: { code, message, ...(problems ? { problems } : {}), ...(errors ? { errors } : {}) },
});
