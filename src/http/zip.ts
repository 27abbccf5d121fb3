/** Files → the bytes of a zip: the same files always give the same bytes. */
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

/**
 * Stored, not deflated, for another release of zlib packs otherwise. The time is the first that a zip can write, by
 * the calendar of wherever we run, as zips keep it; the mode that of a plain file.
 */
const stable = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644, compress: false };

export async function zipOf(files: readonly { name: string; text: string }[]): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const { name, text } of files) zip.addBuffer(Buffer.from(text, 'utf8'), name, stable);
  zip.end();
  return buffer(zip.outputStream);
}
