/**
 * A process of its own that puts a result to each address it is given, one after the other, and prints what came of
 * it, how long it took and how much memory it cost. Its memory is that of the client alone.
 *
 *   node tests/sis/hostile-caller.ts '{"urls": {"<name>": "<gradebook url>"}, "good": "<url>", "totalMs": 2000}'
 */
import { createSis } from '../../src/sis/sis.ts';

const { urls, good, totalMs } = JSON.parse(process.argv[2] ?? '') as {
  urls: Record<string, string>;
  good: string;
  totalMs: number;
};
const sis = createSis({ allowedNetworks: ['127.0.0.0/8'], limits: { totalMs, connectMs: 1000 } });
/** the most that this process ever held, in MB */
const peak = () => process.resourceUsage().maxRSS / 1024;

async function put(gradebookUrl: string) {
  const client = sis.open(
    {
      cacheKey: gradebookUrl,
      gradebookUrl,
      rosteringUrl: gradebookUrl,
      auth: { method: 'accessToken', accessToken: 'a-fixed-token' },
      extraHeaders: {},
      oneRosterVersion: '1.2',
      profile: 'spec',
      caCertificates: null,
      learned: {},
    },
    new AbortController().signal,
  );
  const started = performance.now();
  const outcome = await client.putResult('r', { sourcedId: 'r' });
  const list = await client.readLineItems('c');
  client.close();
  return { outcome, list: list.kind, ms: Math.round(performance.now() - started) };
}

for (let i = 0; i < 20; i++) await put(good);
const before = peak();
const answers: Record<string, unknown> = {};
for (const [name, url] of Object.entries(urls)) {
  const had = peak();
  answers[name] = { ...(await put(url)), mb: Math.round(peak() - had) };
}
const after = await put(good);
process.stdout.write(`${JSON.stringify({ answers, after, grownMb: Math.round(peak() - before) })}\n`);
