/** A document that is made from the source: written, or with `--check` only held against what is there. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export async function keepDocument(file: URL, text: string, command: string): Promise<void> {
  if (!process.argv.includes('--check')) return writeFile(file, text);
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return;
  console.error(`${fileURLToPath(file)} is stale: run \`${command}\``);
  process.exitCode = 1;
}
