/**
 * Reads a JSON body by hand, with limits of size and time: body-parser attaches the whole body to its errors,
 * guesses charsets and waits as long as the caller likes.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Refusal } from '../passback/refusal.ts';

export const megabyte = 1024 * 1024;
export const defaultBodyLimit = megabyte;
/** whole rosters and batches of 10,000 rows */
export const bulkBodyLimit = 20 * megabyte;
/**
 * A body that has not come within this time is a stuck or hostile caller's; each megabyte that has come buys a second
 * more, so that a drip ends as soon as any other, and the largest body within the time of a whole request (server.ts).
 */
const bodyMs = 10_000;
const msPerMegabyte = 1_000;

/** Is there a body at all? An empty one counts as none. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** @throws Refusal for a wrong content type, size, encoding or syntax; its text never repeats the body */
export async function readJson(req: IncomingMessage, limit = defaultBodyLimit): Promise<unknown> {
  checkType(req, 'application/json');
  const bytes = await readBytes(req, limit);
  if (!isUtf8(bytes)) throw badJson('must be UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw badJson('is not valid JSON');
  }
  refuseHarmful(value, limit <= megabyte);
  return value;
}

/** @throws Refusal for a wrong content type, size or encoding */
export async function readText(req: IncomingMessage, type: TextType, limit: number): Promise<string> {
  checkType(req, type);
  const bytes = await readBytes(req, limit);
  if (!isUtf8(bytes)) throw badJson('must be UTF-8');
  return bytes.toString('utf8');
}

/** A form as browsers post it; a name that is given twice is refused, never guessed at. */
export async function readForm(
  req: IncomingMessage,
  limit = defaultBodyLimit,
): Promise<Record<string, string>> {
  const text = await readText(req, 'application/x-www-form-urlencoded', limit);
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw badJson(`gives ${JSON.stringify(name.slice(0, 50))} more than once`);
    form.set(name, value);
  }
  // fromEntries defines, it does not assign: a field called __proto__ stays a field
  return Object.fromEntries(form);
}

const badJson = (detail: string) =>
  new Refusal('VALIDATION', `The request body ${detail}.`, { errors: [{ pointer: '', detail }] });

type TextType = 'text/csv' | 'application/x-www-form-urlencoded';

function checkType(req: IncomingMessage, type: 'application/json' | TextType): void {
  const { 'content-type': contentType = '', 'content-encoding': contentEncoding = 'identity' } = req.headers;
  const [media = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((p) => p.trim());
  const charset = parameters
    .find((p) => p.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (media !== type || (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8'))
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', `Send the body as Content-Type: ${type}, in UTF-8.`);
  if (contentEncoding.toLowerCase() !== 'identity')
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Send the body without Content-Encoding.');
}

function readBytes(req: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new Refusal('PAYLOAD_TOO_LARGE', `The request body may have at most ${limit / megabyte} MB.`);
  return new Promise((resolve, reject) => {
    if (Number(req.headers['content-length'] ?? 0) > limit) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const from = performance.now();
    const look = () => {
      const left = bodyMs + Math.floor(size / megabyte) * msPerMegabyte - (performance.now() - from);
      if (left > 0) deadline = setTimeout(look, left);
      else finish(new Refusal('REQUEST_TIMEOUT', 'The request body did not come in time.'));
    };
    let deadline = setTimeout(look, bodyMs);
    const finish = (refusal: Error | null) => {
      clearTimeout(deadline);
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      // An error of a request that is already refused must not bring the process down.
      req.on('error', () => {});
      if (refusal) reject(refusal);
      else resolve(Buffer.concat(chunks, size));
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) finish(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => finish(null);
    const onGone = () => finish(new Refusal('VALIDATION', 'The request ended before its body was complete.'));
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/**
 * JSON.parse makes `__proto__` an own property; any later copy by assignment would make it a prototype.
 * NUL and lone surrogates are refused here too, since no text of PostgreSQL can hold them; not in bulk bodies,
 * whose rows are checked one by one so that the good ones are kept.
 * A loop, not a recursion: a body of a million brackets must not exhaust the stack.
 */
function refuseHarmful(root: unknown, textsToo: boolean): void {
  const rest: unknown[] = [root];
  const checkText = (text: string) => {
    if (text.includes('\u0000') || !text.isWellFormed()) throw badJson('must hold valid Unicode without NUL');
  };
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === 'string' && textsToo) checkText(value);
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) throw badJson('must not hold a field named __proto__');
    if (textsToo && !Array.isArray(value)) Object.keys(value).forEach(checkText);
    // One by one: an array spread over the arguments of push would exhaust the stack as well.
    for (const inner of Object.values(value) as unknown[]) rest.push(inner);
  }
}
