/**
 * The test of a connection as a district admin reads it: one step after the other, each with one plain sentence. It
 * stops where going on would only repeat the same complaint. Nothing is written to the SIS.
 */
import { isIP } from 'node:net';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import type { SisSaid } from '../gradebook/outcome.ts';
import type { SisConnection, TestExpectation, TestReport, TestStep } from '../passback/ports/sis.ts';
import { createClient } from './client.ts';
import { classSteps, classStepNames, describeProblem, type Found } from './class-test.ts';
import { hostOf, type NetworkGuard } from './network-guard.ts';
import type { PageSizes } from './pages.ts';
import type { Channel } from './request.ts';
import { missingScopes } from './scopes.ts';
import { codeOf, codeOfSilence, silenceReason } from './silence.ts';

const order: TestStep['name'][] = ['address', 'tls', 'token', 'scopes', 'categories', ...classStepNames];

export async function testConnection(what: {
  channel: Channel;
  sizes: PageSizes;
  guard: NetworkGuard;
  expected: TestExpectation | null;
}): Promise<TestReport> {
  const { channel, guard, expected } = what;
  const { connection, tokens, egress, signal } = channel;
  const steps: TestStep[] = [];
  const capabilities: TestReport['capabilities'] = {
    readCategories: null,
    readClass: null,
    grantedScopes: null,
    tokenUrl: null,
    clientAuthMethod: null,
  };
  const add = (name: TestStep['name'], found: Found) => {
    steps.push({ name, ...found });
    return found.status !== 'failed';
  };
  const report = (): TestReport => {
    for (const name of order)
      if (!steps.some((step) => step.name === name))
        steps.push({ name, status: 'skipped', detail: 'Not tried, because of the problem above.' });
    return { ok: steps.every((step) => step.status !== 'failed'), steps, capabilities };
  };

  if (!add('address', await addressStep(connection, guard))) return report();
  if (!add('tls', await tlsStep(channel))) return report();

  const token = await tokens.get(egress, signal);
  if (token.kind === 'aborted') {
    add('token', {
      status: 'failed',
      detail: 'The test was stopped before it was done.',
      code: 'INTERRUPTED',
    });
    return report();
  }
  if (token.kind === 'noToken') {
    add('token', failed(token.code, token.description));
    return report();
  }
  const fixed = connection.auth.method === 'accessToken';
  const learned = tokens.learned();
  if (connection.auth.method === 'clientCredentials') {
    capabilities.tokenUrl = connection.auth.tokenUrl ?? learned.tokenUrl ?? null;
    capabilities.clientAuthMethod = connection.auth.clientAuthMethod ?? learned.clientAuthMethod ?? null;
  }
  capabilities.grantedScopes = token.grantedScopes;
  add('token', {
    status: 'ok',
    detail: fixed
      ? 'A fixed access token is used; whether the SIS accepts it shows below.'
      : `The SIS accepts the key and secret (${capabilities.tokenUrl ?? ''}).`,
  });
  add(
    'scopes',
    fixed ? skipped('A fixed access token does not tell its permissions.') : missingScopes(token),
  );

  const client = createClient(channel, what.sizes);
  const { read, found } = await categoriesStep(client);
  capabilities.readCategories = read;
  if (!add('categories', found)) return report();
  await classSteps(client, expected, capabilities, add);
  return report();
}

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
