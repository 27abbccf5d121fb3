/**
 * Brings a clone into a state from which everything runs: packages, Prisma's client, the pages. Does only what is
 * missing or stale, and says what it does. Plain JavaScript, for it must run on Node 20 before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shippedNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** Installs, generates and builds what is missing; answers the Node to run TypeScript with. */
export function ensure({ pages = true } = {}) {
  if (!installedAsLocked()) {
    run('Installing packages', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  const node = modernNode();
  whenStale(
    'prisma-client',
    ['prisma/schema.prisma', 'package-lock.json'],
    'src/store/generated/client.ts',
    () =>
      run("Generating Prisma's client", node, [
        join('node_modules', 'prisma', 'build', 'index.js'),
        'generate',
      ]),
  );
  if (pages) {
    whenStale('pages', ['src/pages', 'scripts/build-pages.mjs', 'package-lock.json'], 'dist/pages', () =>
      run('Building the pages', node, [join('scripts', 'build-pages.mjs')]),
    );
  }
  return node;
}

/** Compares what npm says it installed with the lockfile; times of files say nothing after a clone or a checkout. */
function installedAsLocked() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!installed) return false;
  return Object.entries(readJson('package-lock.json').packages).every(([path, locked]) => {
    if (path === '' || (!installed[path] && locked.optional)) return true;
    return installed[path]?.version === locked.version;
  });
}

/** This Node where it runs TypeScript by itself, else the one that npm installed for the project. */
function modernNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  if (!runs(shippedNode)) {
    run('Installing Node 24', 'npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  }
  if (runs(shippedNode)) return shippedNode;
  fail(
    `This is Node ${process.versions.node}; 22.18 or newer is needed. The npm package "node", which brings Node 24,` +
      ' could not be set up here (its install script was skipped or failed). Install Node 24 and run this again.',
  );
}

function runs(program) {
  return existsSync(program) && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function whenStale(name, inputs, output, make) {
  const stamp = join(root, 'node_modules', '.cache', 'oneroster-passback', name);
  const hash = createHash('sha256');
  for (const input of inputs) addTo(hash, input);
  const now = hash.digest('hex');
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

function addTo(hash, path) {
  const file = join(root, path);
  if (!statSync(file).isDirectory()) {
    hash.update(path).update(readFileSync(file));
    return;
  }
  for (const name of readdirSync(file).sort()) addTo(hash, join(path, name));
}

/** The tool's output is shown only when it fails. */
function run(what, command, args) {
  const started = performance.now();
  process.stderr.write(`${what} …`);
  // On Windows npm is a script, which only a shell starts.
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  if (done.status !== 0) fail(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}\n${what}: failed`);
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function fail(text) {
  process.stderr.write(`${text.trim()}\n`);
  process.exit(1);
}
