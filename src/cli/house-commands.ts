/**
 * The commands that stand beside the service: they open its database with its configuration. Each loads what it needs
 * when it is run, for that takes longer than anything that a command over the API does.
 */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Asked } from './connection-test.ts';
import type { Asked as AskedCell } from './explain.ts';
import type { Report } from './report.ts';

const commands = () => import('./commands.ts');
type Action = (config: Config, log: Log) => Promise<Report>;

export function describeHouseCommands(program: Command, run: (action: Action) => Promise<void>): void {
  program
    .command('doctor')
    .description(
      'look at configuration, database, migrations, secrets and addresses, which changes nothing; with --domain, test its SIS connection',
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
      run(async (config, log) => {
        const { domain } = asked;
        if (domain === undefined) return (await import('./doctor.ts')).doctor(config, log);
        return (await import('./connection-test.ts')).testConnection(config, log, { ...asked, domain });
      }),
    );
  program
    .command('explain')
    .description('why a score is, or is not, in the SIS: the answer, and what happened to it')
    .requiredOption('--class <id>', 'the LMS’s id of the class')
    .requiredOption('--line-item <id>', 'of the lineItem')
    .option('--student <id>', 'of the student; without it the lineItem itself is meant')
    .option('--tenant <id>', 'the top-level domain, where several have such a class')
    .action((asked: AskedCell) =>
      run(async (config, log) => (await import('./explain.ts')).explainCell(config, log, asked)),
    );
  const migrating = program.command('migrate').description('the schema of the database');
  migrating
    .command('apply', { isDefault: true })
    .description('bring the database to the schema of this release (every start of the service does it too)')
    .action(() => run(async (config, log) => (await commands()).migrate(config, log)));
  migrating
    .command('status')
    .description('which migrations are missing; exit code 1 if there are any')
    .action(() => run(async (config, log) => (await commands()).migrationStatus(config, log)));
  program
    .command('secrets')
    .description('what SECRET_KEYS seals')
    .command('rotate')
    .description('seal every stored secret anew with the first key of SECRET_KEYS')
    .action(() => run(async (config, log) => (await commands()).rotate(config, log)));
  program
    .command('keys')
    .description('API keys; but for create-root over the API')
    .command('create-root')
    .description('make a new root API key in the database, for instance when the only one was lost')
    .option('--name <name>', 'what the list of keys calls it', 'command line')
    .action(({ name }: { name: string }) =>
      run(async (config, log) => (await commands()).createRoot(config, log, name)),
    );
}
