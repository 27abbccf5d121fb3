#!/usr/bin/env node
/** `npx oneroster-passback …` in a clone, `oneroster-passback …` in the image: the command line (src/cli.ts). */
import { existsSync } from 'node:fs';

const run = new URL('../scripts/run.mjs', import.meta.url);
if (existsSync(run)) {
  // a fresh clone: installs what is missing, and finds a Node that runs TypeScript
  process.argv.splice(2, 0, 'src/cli.ts');
  await import(run.href);
} else await import('../src/cli.ts');
