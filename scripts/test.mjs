/**
 * `npm test`: installs what is missing and runs what CI runs, every stage even when one fails.
 * The last line alone is the sum: each of jest's tests counts one, and each other stage one.
 * Arguments go to jest: `npm test -- tests/store`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const node = ensure({ pages: false });
const bin = (...path) => join('node_modules', ...path);
const report = join(root, 'node_modules', '.cache', 'oneroster-passback', 'jest.json');
/** Every screen as the page tests saw it, in light and dark and on a phone: to be looked at, and kept by CI. */
const pictures = join(root, 'tmp', 'screenshots');
// The slowest first, so that two at a time end together.
const stages = [
  ['lint', [bin('eslint', 'bin', 'eslint.js'), '.']],
  ['types', [bin('typescript', 'bin', 'tsc'), '-b', '.', 'src/pages', 'tests/pages']],
  ['migrations', ['scripts/migration.mjs', 'check']],
  ['format', [bin('prettier', 'bin', 'prettier.cjs'), '--check', '--cache', '--log-level=warn', '.']],
  ['openapi', ['scripts/openapi.ts', '--check']],
  ['pages', ['scripts/build-pages.mjs']],
];
const total = { passed: 0, failed: 0 };

const waiting = [...stages];
const worker = async () => {
  for (let stage = waiting.shift(); stage; stage = waiting.shift()) await check(...stage);
};
await Promise.all([worker(), worker()]);
await jest();
process.exitCode = total.failed > 0 ? 1 : 0;
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);

async function check(name, args) {
  const done = await run(args);
  total[done.ok ? 'passed' : 'failed'] += 1;
  tell(name, done);
  if (!done.ok) process.stdout.write(`${done.output.trimEnd()}\n`);
}

async function jest() {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const options = ['--ci', '--json', `--outputFile=${report}`, ...process.argv.slice(2)];
  const done = await run([...flags, bin('jest', 'bin', 'jest.js'), ...options], 'inherit');
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failed = (counts.numFailedTests ?? 0) + (counts.numRuntimeErrorTestSuites ?? 0);
  total.passed += counts.numPassedTests ?? 0;
  // Jest can also fail as a whole: in its set-up, or before it could report.
  total.failed += failed === 0 && !done.ok ? 1 : failed;
  tell('jest', done, counts.numPendingTests ? `${counts.numPendingTests} skipped` : '');
}

function run(args, stdout = 'pipe') {
  const started = performance.now();
  return new Promise((resolve) => {
    // Jest reports on stderr while it runs; what is left on stdout is its JSON, which goes to the file.
    const child = spawn(node, args, {
      cwd: root,
      env: { SCREENSHOTS: pictures, ...process.env },
      stdio: ['ignore', stdout === 'inherit' ? 'ignore' : 'pipe', stdout],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => (output += error));
    child.on('close', (code) => resolve({ ok: code === 0, output, ms: performance.now() - started }));
  });
}

function tell(name, { ok, ms }, note = '') {
  const line = `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(11)} ${(ms / 1000).toFixed(1).padStart(6)} s  ${note}`;
  process.stdout.write(`${line.trimEnd()}\n`);
}
