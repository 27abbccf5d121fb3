/**
 * Builds the pages (src/pages) into dist/pages: two HTML files beside an assets folder whose file names carry a hash
 * of their content, so that browsers may keep them for ever. Plain JavaScript: it also runs on the Node that a
 * machine has before ours is installed.
 *
 *   node scripts/build-pages.mjs [--out dist/pages]
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src/pages');
const PAGES = [
  { name: 'teacher', element: 'teacher-page', title: 'Sync grades' },
  { name: 'admin', element: 'admin-page', title: 'SIS settings' },
];

/** Builds all pages into a folder that a running service may be serving from. */
export async function buildPages(out) {
  const files = await bundle();
  await mkdir(join(out, 'assets'), { recursive: true });
  // Assets before the pages that name them, and each by rename: a server may be reading, another build be writing.
  for (const { path, contents } of files) await replace(join(out, path), contents);
  const current = new Set(files.map(({ path }) => basename(path)));
  for (const name of await readdir(join(out, 'assets'))) {
    if (!current.has(name) && !name.endsWith('.new')) await rm(join(out, 'assets', name), { force: true });
  }
}

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [...PAGES.map(({ name }) => `src/pages/${name}/${name}-page.ts`), 'src/pages/page.css'],
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
    minify: true,
    legalComments: 'eof',
    metafile: true,
    write: false,
    logLevel: 'warning',
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
