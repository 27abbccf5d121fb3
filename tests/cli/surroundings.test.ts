import { clock, publicAddress, sisAddresses } from '../../src/cli/surroundings.ts';
import { readConfig, type Environment } from '../../src/config.ts';
import { createNetworkGuard } from '../../src/sis/network-guard.ts';
import type { Database } from '../../src/store/database.ts';

const config = (env: Environment) =>
  readConfig({
    DATABASE_URL: 'postgresql://u@db/p',
    SECRET_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
    ...env,
  });
const answering = (...rows: object[]) => ({ rows: () => Promise.resolve(rows) }) as unknown as Database;

describe('the clock', () => {
  test.each([
    [0, 'ok', 'the same'],
    [4_000, 'ok', 'the same'],
    [60_000, 'failed', '60.0 s behind the database’s'],
    [-7_200_000, 'failed', '7200.0 s ahead of the database’s'],
  ])('that differs by %d ms from the database’s', async (difference, status, said) => {
    const seen = await clock(answering({ ms: 1_000_000 + difference }), () => 1_000_000);
    expect(seen).toEqual({ status, detail: expect.stringContaining(said) });
  });
});

describe('the public address', () => {
  const https = { PUBLIC_URL: 'https://passback.example', TRUSTED_PROXIES: 'loopback' };
  test.each([
    ['that nobody set', {}, 'warning', 'set PUBLIC_URL'],
    ['without TLS', { PUBLIC_URL: 'http://passback.example' }, 'warning', 'not encrypted'],
    ['behind a proxy that is not named', { ...https, TRUSTED_PROXIES: '' }, 'warning', 'TRUSTED_PROXIES'],
    ['as it should be', https, 'ok', 'https://passback.example'],
    ['of one’s own machine', { DATABASE_URL: '' }, 'ok', 'http://127.0.0.1:3000'],
  ])('%s', (_name, env, status, said) => {
    expect(publicAddress(config(env))).toEqual({ status, detail: expect.stringContaining(said) });
  });
});

describe('the addresses of SISs', () => {
  const names: Record<string, string> = { 'sis.example': '192.0.43.8', 'inside.example': '10.1.2.3' };
  const look = (env: Environment, ...urls: string[]) => {
    const guard = createNetworkGuard(config(env).sisAllowedNetworks, (name, done) => {
      const address = names[name];
      if (address) done(null, [{ address, family: 4 }]);
      else done(Object.assign(new Error('?'), { code: 'ENOTFOUND' }), []);
    });
    return sisAddresses(answering(...urls.map((url) => ({ key: 'lakeside', url }))), config(env), guard);
  };

  test('that may be connected to are well', async () => {
    expect(await look({}, 'https://sis.example/or')).toEqual({
      status: 'ok',
      detail: '1 of 1 may be connected to',
    });
    const allowed = { SIS_ALLOWED_NETWORKS: '10.0.0.0/8' };
    expect(await look(allowed, 'http://inside.example/or', 'https://10.9.9.9')).toMatchObject({
      status: 'ok',
    });
  });

  test.each([
    [
      'in a private network',
      'https://inside.example',
      'lies in a network that may not be reached; see SIS_ALLOWED_NETWORKS',
    ],
    ['in a private network, as a number', 'https://10.1.2.3', 'see SIS_ALLOWED_NETWORKS'],
    ['without TLS', 'http://192.0.43.8', 'needs https://'],
    ['whose name nobody knows', 'https://gone.example', 'not known to the name server (ENOTFOUND)'],
  ])('%s', async (_name, url, said) => {
    const seen = await look({}, url, 'https://sis.example');
    expect(seen.status).toBe('failed');
    expect(seen.detail).toMatch(/^1 of 2 cannot be connected to \(domain lakeside: /);
    expect(seen.detail).toContain(said);
  });

  test('without any, there is nothing to see', async () => {
    expect(await look({})).toMatchObject({ status: 'skipped' });
  });
});
