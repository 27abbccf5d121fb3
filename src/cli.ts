/**
 * The operator's command line: `npm run cli -- …`, or `node src/cli.ts …` in the image. Some commands read the same
 * environment as the service and may run beside it; the others call its API.
 */
import { runCommandLine } from './cli/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  columns: process.stderr.isTTY ? process.stderr.columns : null,
});
