/** Writes openapi.yaml; with --check exits 1 when it is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { openApiYaml } from '../src/http/openapi.ts';

const file = new URL('../openapi.yaml', import.meta.url);
const fresh = openApiYaml();
if (!process.argv.includes('--check')) writeFileSync(file, fresh);
else if (read() !== fresh) {
  console.error('openapi.yaml is stale: run npm run openapi');
  process.exitCode = 1;
}

function read(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
