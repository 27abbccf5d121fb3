/** `node scripts/run.mjs <file.ts> [arguments]`: runs an entry file of the product on a fresh clone too. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const node = ensure();
const [file = 'src/main.ts', ...rest] = process.argv.slice(2);
const args = [join(root, file), ...rest];

if (node === process.execPath && typeof process.execve === 'function') {
  // In place of this process: signals, exit code and memory are then the service's own.
  process.removeAllListeners('warning'); // execve is marked experimental
  process.execve(node, [node, ...args]);
}

const child = spawn(node, args, { stdio: 'inherit' });
// Ctrl-C reaches the whole group by itself; the child decides when it is over.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
