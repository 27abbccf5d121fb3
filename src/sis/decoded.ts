/**
 * What a compressed answer says. Not axios' business: it flushes what there is, so that a body that was cut in the
 * middle looks whole, and one that was cut early looks empty, which for a write means "stored".
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { codeOf } from './silence.ts';
import { TooLarge } from './watched-transport.ts';

type Decode = (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;
// only gzip is asked for; the others come all the same
const decoders: Record<string, Decode> = {
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress),
};

/**
 * null: it cannot be decoded, or not to its end.
 * @throws TooLarge when it decodes to more than `most` bytes (300 kB of gzip can be 300 MB of zeros)
 */
export async function decoded(
  bytes: Buffer,
  encoding: string | undefined,
  most: number,
): Promise<string | null> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (bytes.length === 0 || name === '' || name === 'identity') return textOf(bytes);
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (!decode) return null;
  try {
    return textOf(await decode(bytes, { maxOutputLength: most }));
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge();
    return null;
  }
}

const textOf = (bytes: Buffer) => bytes.toString('utf8').replace(/^\uFEFF/, '');
