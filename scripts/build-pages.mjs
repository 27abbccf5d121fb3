/**
 * Builds the pages (src/pages) into dist/pages: two HTML files beside an assets folder whose file names carry a hash
 * of their content, so that browsers may keep them for ever; and embed/v1, what LMSs load into pages of their own: one
 * file under a name that stays and under one with its hash, and integrity.json for whoever pins it. Plain JavaScript: it also runs on the Node that a
 * machine has before ours is installed.
 *
 *   node scripts/build-pages.mjs [--out dist/pages]
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src/pages');
const EMBED = 'embed/v1';
const PAGES = [
  { name: 'teacher', element: 'teacher-page', title: 'Sync grades' },
  { name: 'admin', element: 'admin-page', title: 'SIS settings' },
];

/** Builds all pages into a folder that a running service may be serving from. */
export async function buildPages(out) {
  const files = [...(await bundle()), ...(await bundleEmbedded())];
  const current = new Set(files.map(({ path }) => basename(path)));
  for (const folder of ['assets', EMBED]) await mkdir(join(out, folder), { recursive: true });
  // Assets before the pages that name them, and each by rename: a server may be reading, another build be writing.
  for (const { path, contents } of files) await replace(join(out, path), contents);
  for (const folder of ['assets', EMBED]) {
    for (const name of await readdir(join(out, folder))) {
      if (!current.has(name) && !name.endsWith('.new')) await rm(join(out, folder, name), { force: true });
    }
  }
}

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
  minify: true,
  metafile: true,
  write: false,
  logLevel: 'warning',
};

/** One file, whatever else the pages share: a page of an LMS loads nothing more of ours. */
async function bundleEmbedded() {
  const result = await build({
    ...options,
    entryPoints: ['src/pages/embed/sync-grades.ts'],
    outdir: EMBED,
    entryNames: '[name]-[hash]',
    legalComments: 'inline',
  });
  const [{ path, contents }] = result.outputFiles;
  const file = basename(path);
  const integrity = `sha384-${createHash('sha384').update(contents).digest('base64')}`;
  return [
    { path: `${EMBED}/${file}`, contents },
    { path: `${EMBED}/sync-grades.js`, contents },
    { path: `${EMBED}/integrity.json`, contents: `${JSON.stringify({ file, integrity }, null, 2)}\n` },
  ];
}

async function bundle() {
  const result = await build({
    ...options,
    entryPoints: [...PAGES.map(({ name }) => `src/pages/${name}/${name}-page.ts`), 'src/pages/page.css'],
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    splitting: true,
    legalComments: 'eof',
  });
  const assetOf = (entry) =>
    Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry)?.[0];
  const assets = result.outputFiles.map((file) => ({
    path: relative(root, file.path),
    contents: file.contents,
  }));
  const template = await readFile(join(source, 'page.html'), 'utf8');
  const pages = PAGES.map(({ name, element, title }) => {
    const values = {
      title,
      element,
      style: assetOf('src/pages/page.css'),
      script: assetOf(`src/pages/${name}/${name}-page.ts`),
    };
    return {
      path: `${name}.html`,
      contents: template.replace(/\{(\w+)\}/g, (_, key) => values[key]),
    };
  });
  return [...assets, ...pages];
}

async function replace(path, contents) {
  const aside = `${path}.${process.pid}.new`;
  await writeFile(aside, contents);
  await rename(aside, path);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist/pages') } } });
  const started = performance.now();
  await buildPages(resolve(values.out));
  console.log(`pages: ${values.out} built in ${Math.round(performance.now() - started)} ms`);
}
