/**
 * The test of a connection as a district admin reads it: one step after the other, each with one plain sentence. It
 * stops where going on would only repeat the same complaint. Nothing is written to the SIS, unless that is asked for.
 */
import { isIP } from 'node:net';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import type { SisSaid } from '../gradebook/outcome.ts';
import { untested } from '../gradebook/capabilities.ts';
import type {
  LeftBehind,
  PageSizes,
  SisConnection,
  TestExpectation,
  TestReport,
  TestStep,
} from '../passback/ports/sis.ts';
import { createClient } from './client.ts';
import { classSteps, classStepNames, describeProblem, type Found } from './class-test.ts';
import { hostOf, type NetworkGuard } from './network-guard.ts';
import type { Channel } from './request.ts';
import { findRoot } from './root-search.ts';
import { codeOf, codeOfSilence, silenceReason } from './silence.ts';
import { scopesStep, tokenStep, withoutHeader } from './token-test.ts';
import { writeStepNames, writeTest } from './write-probe.ts';

const order: TestStep['name'][] = ['address', 'tls', 'token', 'scopes', 'categories', ...classStepNames];

export async function testConnection(what: {
  channel: Channel;
  sizes: PageSizes;
  guard: NetworkGuard;
  expected: TestExpectation | null;
}): Promise<TestReport> {
  const { channel, guard, expected } = what;
  const { connection } = channel;
  const steps: TestStep[] = [];
  const capabilities: TestReport['capabilities'] = { ...untested, testedAt: new Date().toISOString() };
  const leftBehind: LeftBehind[] = [];
  let suggestedBaseUrl: string | null = null;
  const add = (name: TestStep['name'], found: Found) => {
    steps.push({ name, ...found });
    return found.status !== 'failed';
  };
  const report = (): TestReport => {
    for (const name of [...order, ...(expected?.probe ? writeStepNames : [])])
      if (!steps.some((step) => step.name === name))
        steps.push({ name, status: 'skipped', detail: 'Not tried, because of the problem above.' });
    const { largest, complete } = what.sizes;
    if (largest > 0) capabilities.pages = { largest, complete };
    const ok = steps.every((step) => step.status !== 'failed');
    return { ok, steps, capabilities, suggestedBaseUrl, leftBehind };
  };

  if (!add('address', await addressStep(connection, guard))) return report();
  if (!add('tls', await tlsStep(channel))) return report();

  const { found: signIn, token } = await tokenStep(channel, capabilities);
  add('token', signIn);
  if (!token) return report();
  add('scopes', scopesStep(connection, token));

  const client = createClient(channel, what.sizes);
  const { read, found } = await categoriesStep(client);
  capabilities.readCategories = read;
  if (!add('categories', withoutHeader(found, connection))) {
    const there = found.code && wrongPlace.has(found.code) ? await findRoot(channel) : null;
    if (there !== null) {
      suggestedBaseUrl = there;
      steps.at(-1)!.detail += ` A gradebook answers at ${there}: enter that address.`;
    }
    return report();
  }
  const there = await classSteps(client, expected, capabilities, add);
  if (expected?.probe && there) {
    const { probe, classSourcedId } = expected;
    const { categorySourcedId, schoolSourcedId } = there;
    if (categorySourcedId === null)
      add(
        'writing',
        skipped('The SIS names no category of this class, and takes no assignment without one.'),
      );
    else
      await writeTest({
        ...{ channel, sizes: what.sizes, probe, classSourcedId, categorySourcedId, schoolSourcedId },
        ...{ into: capabilities, leftBehind, add },
      });
  }
  return report();
}
/** Answers that come from somewhere else than a gradebook. */
const wrongPlace: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONN_URL',
  'CONN_NOT_ONEROSTER',
  'CONN_REDIRECT',
  'CONN_GATEWAY',
]);

async function addressStep(connection: SisConnection, guard: NetworkGuard): Promise<Found> {
  const { auth, gradebookUrl, rosteringUrl } = connection;
  const tokenUrl = auth.method === 'clientCredentials' ? auth.tokenUrl : null;
  const hosts = new Set(
    [gradebookUrl, rosteringUrl, ...(tokenUrl ? [tokenUrl] : [])].map((url) => new URL(url).origin),
  );
  for (const origin of hosts) {
    const url = new URL(origin);
    const { protocol } = url;
    const host = hostOf(url);
    try {
      await guard.resolve(host, protocol === 'https:');
    } catch (error) {
      const reason = silenceReason(error);
      if (reason === 'blockedAddress') return blockedFound(host, protocol, guard);
      const why = isIP(host) ? '' : ` (${codeOf(error)})`;
      return { status: 'failed', detail: `The server ${host} cannot be found${why}.`, code: 'CONN_DNS' };
    }
  }
  return { status: 'ok', detail: `The gradebook is asked at ${gradebookUrl}.` };
}

async function blockedFound(host: string, protocol: string, guard: NetworkGuard): Promise<Found> {
  const overTls = protocol === 'http:' && (await guard.resolve(host, true).catch(() => []));
  const detail =
    overTls && overTls.length > 0
      ? `${host} is a public address, and grades are sent there over https:// only.`
      : `${host} lies in a private network that this service may not reach; its operator can allow that network.`;
  return { status: 'failed', detail, code: 'CONN_BLOCKED_ADDRESS' };
}

async function tlsStep({ connection, egress, signal }: Channel): Promise<Found> {
  const url = new URL(connection.gradebookUrl);
  const answer = await egress.handshake(url, signal);
  if (answer.kind === 'silence') {
    const code = answer.reason === 'aborted' ? 'INTERRUPTED' : codeOfSilence[answer.reason];
    return failed(code, answer.reason === 'tls' ? answer.detail : '');
  }
  if (url.protocol === 'http:')
    return {
      status: 'warning',
      detail: 'The connection is not encrypted; it stays in a private network that was allowed.',
    };
  const until = answer.validTo ? `; the certificate is valid until ${answer.validTo}` : '';
  return { status: 'ok', detail: `The connection is encrypted (${answer.protocol ?? 'TLS'})${until}.` };
}

async function categoriesStep(
  client: ReturnType<typeof createClient>,
): Promise<{ read: boolean; found: Found }> {
  const probe = await client.probe();
  if (probe.kind === 'read')
    return { read: true, found: { status: 'ok', detail: 'The gradebook of the SIS answers.' } };
  return { read: false, found: failed(probe.code, probe.said.description ?? '', probe.said) };
}

function failed(code: ErrorCode, facts: string, said?: SisSaid): Found {
  return { status: 'failed', detail: describeProblem(code, facts), code, ...(said ? { said } : {}) };
}
const skipped = (detail: string): Found => ({ status: 'skipped', detail });
