/** README's examples, run as they are written: the first thing that anybody tries must work. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../bench/ground/results.ts';
import { withSummary } from '../bench/ground/summary.ts';
import { ROOT_KEY, startService, type TestService } from './support/service.ts';

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
/** Neither comes with Node; a machine without them can still run all other tests. */
const testWithCurl = has('bash') && has('curl') ? test : test.skip;

let service: TestService;
const folder = mkdtempSync(join(tmpdir(), 'readme-'));
beforeAll(async () => {
  service = await startService({ sis: { clients: [{ id: 'demo-client', secret: 'demo-secret' }] } });
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/root-api-key'), `${ROOT_KEY}\n`);
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

/**
 * Every block of the README that is marked `bash`, one after the other as a reader would paste them, on this test's
 * ports; each command fails the script where the service says no.
 */
function blocks(): string {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const found = [...readme.matchAll(/^```bash\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  expect(found.length).toBeGreaterThan(5);
  const commandLine = join(import.meta.dirname, '../src/cli.ts');
  return `set -euo pipefail
curl() { command curl -sS --fail-with-body "$@"; echo; }
npx() { [ "$1" = oneroster-passback ] && shift && '${process.execPath}' '${commandLine}' "$@"; }
${found.join('\n')}`
    .replaceAll('http://127.0.0.1:3000', service.url)
    .replaceAll('http://127.0.0.1:4000', service.sis.url);
}

testWithCurl('a new LMS engineer gets a score into the SIS with what the README says', async () => {
  const shell = spawn('bash', ['-c', blocks()], { cwd: folder });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise((ended) => shell.on('close', ended));
  expect({ code, said }).toEqual({ code: 0, said: expect.any(String) });

  expect(said).toContain('"ok":true');
  expect(said).toContain('"score":17.5,"scoreDate"');
  expect(said).toContain('"pageUrl":"http');
  const { lineItems, results } = service.sis.control.contents();
  expect(lineItems).toMatchObject([{ title: 'Quiz 1', resultValueMax: 20 }]);
  expect(results).toMatchObject([{ score: 18, student: { sourcedId: 'student-1' } }]);
});

test('the table of what was measured says what bench/results.json says', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const results = readFileSync(join(import.meta.dirname, '../bench/results.json'), 'utf8');
  const made = withSummary(readme, JSON.parse(results) as Results);
  // the formatter aligns columns
  const words = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ');
  expect(words(made)).toBe(words(readme));
});
