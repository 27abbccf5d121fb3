/** Against an authorisation server that others wrote. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { clientCredentials, clientOf, closeAll, connection, json, never, serve, sisOf } from './fixtures.ts';

const scopes = ['gradebook.readonly', 'gradebook.createput'].map(
  (name) => `https://purl.imsglobal.org/spec/or/v1p2/scope/${name}`,
);
// The provider says on the console that its keys and its memory are for tests; they are.
/* eslint-disable no-console */
const { warn } = console;
beforeAll(() => {
  console.warn = () => undefined;
});
afterAll(() => {
  console.warn = warn;
});
/* eslint-enable no-console */

const stop: (() => unknown)[] = [];
afterEach(async () => {
  await closeAll();
  for (const end of stop.splice(0)) await end();
});

async function authorisationServer() {
  const client = {
    client_id: 'lms client:1',
    client_secret: 'secret with +/%: and ~',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: scopes.join(' '),
  };
  const server = http.createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    ttl: { ClientCredentials: 600 },
    scopes,
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  stop.push(() => (server.closeAllConnections(), new Promise((done) => server.close(done))));
  const accepts = async (authorization = '') =>
    (await provider.ClientCredentials.find(authorization.replace('Bearer ', '')))?.isValid === true;
  return { tokenUrl: `${issuer}/token`, client, accepts };
}

test.each(['basic', 'body'] as const)('it grants a token by %s, and knows it afterwards', async (method) => {
  const { tokenUrl, client, accepts } = await authorisationServer();
  const gradebook = await serve(async (q, r) =>
    (await accepts(q.headers.authorization)) ? json(r, 200, { categories: [] }) : json(r, 401, {}),
  );
  const { client_id: clientId, client_secret: clientSecret } = client;
  const auth = clientCredentials({ clientId, clientSecret, tokenUrl, clientAuthMethod: method });
  expect(await clientOf(connection(gradebook, { auth })).probe()).toEqual({ kind: 'read', value: null });
});

test('without a hint the standard way is found first, and a scope that it does not know is given up', async () => {
  const { tokenUrl, client } = await authorisationServer();
  const gradebook = await serve((_q, r) => json(r, 200, { categories: [] }));
  const auth = clientCredentials({
    clientId: client.client_id,
    clientSecret: client.client_secret,
    tokenUrl,
  });
  const report = await sisOf().test(connection(gradebook, { auth }), null, never);
  expect(report.capabilities).toMatchObject({ clientAuthMethod: 'basic', grantedScopes: scopes });
});

test('it refuses a wrong secret, and we say so', async () => {
  const { tokenUrl, client } = await authorisationServer();
  const gradebook = await serve((_q, r) => json(r, 200, {}));
  const auth = clientCredentials({ clientId: client.client_id, clientSecret: 'not the secret', tokenUrl });
  expect(await clientOf(connection(gradebook, { auth })).probe()).toMatchObject({
    kind: 'broken',
    code: 'AUTH_INVALID_CLIENT',
  });
  expect(gradebook.sockets()).toBe(0);
});
