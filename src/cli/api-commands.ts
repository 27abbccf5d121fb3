/** The commands that call the API of a service, wherever it runs, with a key of their own. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Api } from './api.ts';
import { exportClass, listConflicts, planClass, resolveConflict } from './classes.ts';
import { createKey, deleteKey, listDomains, listKeys, putDomain, showDomain, turnDomain } from './domains.ts';
import type { Following } from './follow-sync.ts';
import type { Report } from './report.ts';
import { getSettings, setSettings, testSettings, type TestAsked } from './settings.ts';
import { type Asked, againSync, cancelSync, listSyncs, showSync, syncClasses, syncDomain } from './syncs.ts';

/** Where the API is and who calls it, as typed. */
interface Called {
  url?: string;
  key?: string;
  tenant?: string;
}
type Around = Pick<Following, 'progress' | 'uptimeMs' | 'sleep'>;
type Run = (called: Called, action: (api: Api, around: Around) => Promise<Report>) => Promise<void>;
interface Waiting {
  wait?: true;
  timeout?: number;
}
const following = ({ wait, timeout }: Waiting, around: Around): Following => ({
  ...around,
  wait: wait ?? false,
  timeout: timeout ?? null,
});

export function describeApiCommands(program: Command, run: Run): void {
  domains(program, run);
  keys(program, run);
  settings(program, run);
  syncs(program, run);
  overApi(
    program,
    'plan <classId>',
    'what a sync of the class would do now; exit code 1 if something stands in its way',
  )
    .option('--all', 'send everything again, not only what has changed')
    .option('--read-sis', 'read the class from the SIS first')
    .action((classId: string, asked: Called & { all?: true; readSis?: true }) =>
      run(asked, (api) => planClass(api, classId, asked)),
    );
  overApi(program, 'export <classId>', 'the class as a OneRoster CSV package')
    .requiredOption('--out <file>', 'the .zip to write')
    .addOption(
      new Option('--only <what>', 'failed: what the SIS does not have as it is here').choices(['failed']),
    )
    .option('--force', 'write over a file that is there')
    .action((classId: string, asked: Called & { out: string; only?: string; force?: true }) =>
      run(asked, (api) => exportClass(api, classId, asked)),
    );
  const conflicts = program
    .command('conflicts')
    .description('where the SIS holds what was not sent from here');
  overApi(conflicts, 'list <classId>', 'those of a class; exit code 1 if there are any').action(
    (classId: string, asked: Called) => run(asked, (api) => listConflicts(api, classId)),
  );
  overApi(conflicts, 'resolve <conflictId>', 'say which one counts')
    .addOption(
      new Option('--keep <whose>', 'lms: it is sent over what is there · sis: what is there stays')
        .choices(['lms', 'sis'])
        .makeOptionMandatory(),
    )
    .action((id: string, asked: Called & { keep: string }) =>
      run(asked, (api) => resolveConflict(api, id, asked.keep)),
    );
}

function domains(program: Command, run: Run): void {
  const group = program.command('domains').description('districts and schools');
  overApi(group, 'list', 'those that the key sees').action((called: Called) => run(called, listDomains));
  overApi(group, 'show <domainId>', 'how its SIS connection is; exit code 1 if it is broken').action(
    (id: string, called: Called) => run(called, (api) => showDomain(api, id)),
  );
  overApi(group, 'put <domainId>', 'make or replace one')
    .requiredOption('--name <name>', 'as people know it')
    .option(
      '--parent <id>',
      'the domain that it belongs to; without it, it is a tenant, which takes a root key',
    )
    .option('--time-zone <zone>', 'such as America/Chicago')
    .action((id: string, asked: Called & { name: string; parent?: string; timeZone?: string }) =>
      run(asked, (api) => putDomain(api, id, asked)),
    );
  overApi(group, 'pause <domainId>', 'stop all sending of the subtree; what waits is kept').action(
    (id: string, called: Called) => run(called, (api) => turnDomain(api, id, 'pause')),
  );
  overApi(group, 'resume <domainId>', 'send again').action((id: string, called: Called) =>
    run(called, (api) => turnDomain(api, id, 'resume')),
  );
}

function keys(program: Command, run: Run): void {
  const group = program.commands.find((command) => command.name() === 'keys') ?? program.command('keys');
  overApi(group, 'list <domainId>', 'those of the subtree, without their secrets').action(
    (id: string, called: Called) => run(called, (api) => listKeys(api, id)),
  );
  overApi(group, 'create <domainId>', 'make one for the subtree; it is shown once')
    .addOption(
      new Option('--role <role>', 'no stronger than the caller’s own')
        .choices(['lms', 'admin', 'root'])
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'what the list of keys calls it')
    .action((id: string, asked: Called & { role: string; name: string }) =>
      run(asked, (api) => createKey(api, id, { role: asked.role, name: asked.name })),
    );
  overApi(group, 'delete <keyId>', 'take one back').action((id: string, called: Called) =>
    run(called, (api) => deleteKey(api, id)),
  );
}

function settings(program: Command, run: Run): void {
  const group = program.command('settings').description('settings of a domain');
  overApi(group, 'get <domainId>', 'its own, as JSON that `settings set` takes')
    .option('--effective', 'with what is inherited, and from where')
    .action((id: string, asked: Called & { effective?: true }) =>
      run(asked, (api) => getSettings(api, id, asked)),
    );
  overApi(group, 'set <domainId>', 'replace its own; a secret that is left out is kept')
    .requiredOption('--file <file>', 'JSON; - is standard input')
    .option('--if-match <etag>', 'refuse if somebody changed them since (`settings get --json` tells it)')
    .action((id: string, asked: Called & { file: string; ifMatch?: string }) =>
      run(asked, (api) => setSettings(api, id, asked)),
    );
  overApi(group, 'test <domainId>', 'try its SIS, step by step; exit code 1 if something is wrong')
    .option('--file <file>', 'unsaved settings to test; - is standard input')
    .option('--class <id>', 'compare this class with the SIS too')
    .option('--write', 'write an assignment into that class, and remove it')
    .option('--student <id>', 'of a student for tests: scores are tried too')
    .action((id: string, asked: Called & TestAsked) => run(asked, (api) => testSettings(api, id, asked)));
}

function syncs(program: Command, run: Run): void {
  const group = program.command('sync').description('make the SIS equal to the LMS');
  const start = (usage: string, text: string) =>
    waiting(overApi(group, usage, text))
      .option('--line-item <id...>', 'only these')
      .option('--student <id...>', 'only these')
      .option('--all', 'send everything again, not only what has changed')
      .option('--dry-run', 'write down what would be done, and send nothing')
      .option('--read-sis', 'read the class from the SIS first');
  type Started = Called & Asked & Waiting;
  start('class <classId...>', 'one class or several').action((ids: string[], asked: Started) =>
    run(asked, (api, around) => syncClasses(api, ids, asked, following(asked, around))),
  );
  start('domain <domainId>', 'every class of a domain and below').action((id: string, asked: Started) =>
    run(asked, (api, around) => syncDomain(api, id, asked, following(asked, around))),
  );
  waiting(overApi(group, 'show <syncId>', 'one sync')).action((id: string, asked: Called & Waiting) =>
    run(asked, (api, around) => showSync(api, id, following(asked, around))),
  );
  waiting(overApi(group, 'retry <syncId>', 'send again what failed in it')).action(
    (id: string, asked: Called & Waiting) =>
      run(asked, (api, around) => againSync(api, id, 'retry', {}, following(asked, around))),
  );
  waiting(overApi(group, 'confirm <syncId>', 'let one begin that waits for it'))
    .option('--even-if-changed', 'also if it would do something else by now')
    .action((id: string, asked: Called & Waiting & { evenIfChanged?: true }) =>
      run(asked, (api, around) =>
        againSync(api, id, 'confirm', { evenIfChanged: asked.evenIfChanged }, following(asked, around)),
      ),
    );
  overApi(group, 'cancel <syncId>', 'stop it; what was sent stays sent').action(
    (id: string, called: Called) => run(called, (api) => cancelSync(api, id)),
  );
  overApi(group, 'list', 'the newest fifty')
    .option('--class <id>', 'of one class')
    .option('--domain <id>', 'of a domain and below')
    .option('--status <status>', 'such as processing, completeWithProblems')
    .action((asked: Called & { class?: string; domain?: string; status?: string }) =>
      run(asked, (api) => listSyncs(api, asked)),
    );
}

/** What every command over the API may be told. */
const overApi = (group: Command, usage: string, text: string): Command =>
  group
    .command(usage)
    .description(text)
    .option('--url <url>', 'where the service is; else PASSBACK_URL, else http://127.0.0.1:3000')
    .option(
      '--key <key>',
      'an API key; better PASSBACK_KEY or PASSBACK_KEY_FILE, which no list of processes shows',
    )
    .option('--tenant <id>', 'with a root key: the top-level domain that is meant');

const waiting = (command: Command): Command =>
  command
    .option(
      '--wait',
      'until it has ended; exit code 1 if something failed (Ctrl-C ends the waiting, not the sync)',
    )
    .option('--timeout <seconds>', 'with --wait: no longer than this', (text) => {
      const seconds = Number(text);
      if (!(seconds > 0)) throw new InvalidArgumentError('must be a number of seconds');
      return seconds;
    });
