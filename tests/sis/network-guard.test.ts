import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { createEgress } from '../../src/sis/egress.ts';
import { createNetworkGuard, type Resolve } from '../../src/sis/network-guard.ts';
import { clientCredentials, closeAll, clientOf, connection, json, never, serve, sisOf } from './fixtures.ts';

afterEach(closeAll);

/** A name server that answers from a list, one entry per question. */
const names =
  (...answers: string[][]): Resolve =>
  (_hostname, done) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    done(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

const loopbackForms = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  'localhost',
  'localhost.',
  'LOCALHOST',
  '127.0.0.1%2e',
  '127。0。0。1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::7f00:1]',
];
const otherForms = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fec0::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
];

describe.each(['http', 'https'])('A24: over %s', (scheme) => {
  test.each(loopbackForms)('%s does not reach a server on this machine', async (host) => {
    const v4 = await serve((_q, r) => json(r, 200, { categories: [] }));
    const v6 = await serve((_q, r) => json(r, 200, { categories: [] }), '::1');
    const sis = sisOf({ allowedNetworks: [] });
    for (const server of [v4, v6]) {
      const url = `${scheme}://${host}:${new URL(server.origin).port}/ims/oneroster/gradebook/v1p2`;
      const outcome = await clientOf(connection({ gradebookUrl: url }), sis).probe();
      expect(outcome).toMatchObject({ kind: 'broken', code: 'CONN_BLOCKED_ADDRESS' });
    }
    expect([v4.sockets(), v6.sockets()]).toEqual([0, 0]);
  });

  test.each(otherForms)('%s is not connected to', async (host) => {
    const sis = sisOf({ allowedNetworks: [] });
    const url = `${scheme}://${host}/ims/oneroster/gradebook/v1p2`;
    expect(await clientOf(connection({ gradebookUrl: url }), sis).probe()).toMatchObject({
      kind: 'broken',
      code: 'CONN_BLOCKED_ADDRESS',
    });
  });
});

test('A24: the token address is guarded as well, and so is the test of a connection', async () => {
  const inside = await serve((_q, r) => json(r, 200, { access_token: 't' }));
  const auth = clientCredentials({ tokenUrl: `${inside.origin}/token` });
  const of = connection({ gradebookUrl: 'https://93.184.215.14/ims/oneroster/gradebook/v1p2' }, { auth });
  const sis = sisOf({ allowedNetworks: [] });
  expect(await clientOf(of, sis).probe()).toMatchObject({ kind: 'broken', code: 'CONN_BLOCKED_ADDRESS' });
  const report = await sis.test(of, null, never);
  expect(report.steps[0]).toMatchObject({ name: 'address', status: 'failed', code: 'CONN_BLOCKED_ADDRESS' });
  expect(inside.sockets()).toBe(0);
});

test('A24: a name that turns from a public to a private address between two questions is connected to neither', async () => {
  const inside = await serve((_q, r) => json(r, 200, {}));
  const guard = createNetworkGuard([], names(['203.0.114.1'], ['127.0.0.1']));
  expect(await guard.resolve('sis.example.org', true)).toEqual(['203.0.114.1']);
  const egress = createEgress({ guard });
  const url = `https://sis.example.org:${new URL(inside.origin).port}/`;
  expect(await egress.exchange({ method: 'GET', url, headers: {} })).toMatchObject({
    reason: 'blockedAddress',
  });
  expect(inside.sockets()).toBe(0);
  egress.close();
});

test('of a name with a private and a permitted address the permitted one is connected to', async () => {
  const server = await serve((_q, r) => json(r, 200, {}));
  const guard = createNetworkGuard(['127.0.0.1'], names(['10.0.0.1', '127.0.0.1']));
  const egress = createEgress({ guard });
  const url = `http://sis.example.org:${new URL(server.origin).port}/`;
  expect(await egress.exchange({ method: 'GET', url, headers: {} })).toMatchObject({ status: 200 });
  expect(server.requests[0]?.headers.host).toContain('sis.example.org');
  egress.close();
});

describe('A24: when an address is entered', () => {
  const url = (scheme: string, host: string) => new URL(`${scheme}://${host}/ims/oneroster/gradebook/v1p2`);

  test.each([...loopbackForms, ...otherForms])('%s is refused at once, with or without TLS', (host) => {
    for (const scheme of ['http', 'https'])
      expect(createNetworkGuard([]).refusal(url(scheme, host))).toMatch(/may not reach/);
  });
  test('a public address without TLS is told what it lacks', () => {
    expect(createNetworkGuard([]).refusal(url('http', '93.184.215.14'))).toMatch(/needs https/);
    expect(createNetworkGuard([]).refusal(url('https', '93.184.215.14'))).toBeNull();
  });
  test('a name is judged when it is connected to, and what the operator has allowed is taken', () => {
    expect(createNetworkGuard([]).refusal(url('http', 'sis.example.org'))).toBeNull();
    for (const host of ['127.1', 'localhost', '[::ffff:127.0.0.1]'])
      expect(createNetworkGuard(['127.0.0.0/8']).refusal(url('http', host))).toBeNull();
    expect(createNetworkGuard(['127.0.0.0/8']).refusal(url('http', '10.0.0.1'))).not.toBeNull();
  });
});

test('plain http is for allowed networks alone; https also for the public ones', () => {
  const guard = createNetworkGuard(['10.1.0.0/16', 'fd12::/16']);
  expect(guard.permits('10.1.2.3', false)).toBe(true);
  expect(guard.permits('::ffff:10.1.2.3', false)).toBe(true);
  expect(guard.permits('fd12::1', false)).toBe(true);
  expect(guard.permits('10.2.2.3', true)).toBe(false);
  expect(guard.permits('93.184.215.14', true)).toBe(true);
  expect(guard.permits('93.184.215.14', false)).toBe(false);
  expect(guard.permits('2606:2800:21f:cb07::1', true)).toBe(true);
  expect(guard.permits('::ffff:93.184.215.14', true)).toBe(false);
  expect(guard.permits('no address', true)).toBe(false);
});

test('a public address without TLS is explained as such', async () => {
  const report = await sisOf({ allowedNetworks: [] }).test(
    connection({ gradebookUrl: 'http://93.184.215.14/ims/oneroster/gradebook/v1p2' }),
    null,
    never,
  );
  expect(report.steps[0]?.detail).toContain('https://');
});

test('a malformed network is a fault of the configuration, seen at once', () => {
  for (const text of ['10.0.0.0/33', 'loopback', '127.1', ''])
    expect(() => createNetworkGuard([text])).toThrow(text);
});

test('no address of a special range is ever permitted, however it is written', () => {
  const guard = createNetworkGuard([]);
  const octet = fc.nat(255);
  const special = fc.oneof(
    fc.tuple(fc.constantFrom(0, 10, 127), octet, octet, octet),
    fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
  );
  fc.assert(
    fc.property(special, (octets) => {
      const dotted = octets.join('.');
      const hex = Buffer.from(octets)
        .toString('hex')
        .replace(/^(....)/, '$1:');
      for (const text of [dotted, `::ffff:${dotted}`, `::${hex}`, `64:ff9b::${hex}`, `2002:${hex}::`])
        expect(guard.permits(text, true)).toBe(false);
    }),
  );
});
