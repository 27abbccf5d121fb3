/**
 * The operator's command line: `npm run cli -- …`, or `node src/cli.ts …` in the image. It reads the same environment
 * as the service and may run beside it.
 */
import { runCommandLine } from './cli/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
