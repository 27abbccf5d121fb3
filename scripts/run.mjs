/** `node scripts/run.mjs <file.ts> [arguments]`: runs an entry file of the product on a fresh clone too. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const node = ensure();
const [file = 'src/main.ts', ...rest] = process.argv.slice(2);
// On a machine with much memory V8 lets garbage grow to half a gigabyte before it looks; with these it stays below 300 MB
// in 10,000 results, and there is room for the largest bodies (docs/operations.md, Sizing; the same in the Dockerfile).
process.env.NODE_OPTIONS ??= '--max-semi-space-size=16 --max-old-space-size=768';
// glibc otherwise takes ever larger buffers for small ones, and keeps them: 15 to 20 MiB that nobody uses. (That this is set
// holds its bounds where they begin, whatever it is set to.)
process.env.MALLOC_TRIM_THRESHOLD_ ??= '131072';
// what Node makes of the sources is kept: the next start is a third shorter
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/oneroster-passback/compiled');
const args = [join(root, file), ...rest];

if (node === process.execPath && typeof process.execve === 'function') {
  // In place of this process: signals, exit code and memory are then the service's own.
  process.removeAllListeners('warning'); // execve is marked experimental
  process.execve(node, [node, ...args]);
}

const child = spawn(node, args, { stdio: 'inherit' });
// The child decides when it is over. (Ctrl-C reaches it twice then: once from the terminal, once from here.)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
