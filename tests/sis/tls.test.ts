import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { clientOf, closeAll, connection, never, sisOf } from './fixtures.ts';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();
const withOpenssl = hasOpenssl ? describe : describe.skip;

interface Certificate {
  key: string;
  cert: string;
}
const folder = mkdtempSync(join(tmpdir(), 'tls-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function selfSigned(names: string): Certificate {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`];
  openssl('req', '-x509', ...newKey, keyFile, '-out', certFile, '-days', '2', ...subject);
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}

/** Of OpenSSL's commands only `ca` dates a certificate back, in all its versions; it wants a small office around it. */
function expired(names: string): Certificate {
  const at = (name: string) => join(folder, name);
  const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=${at('index')}\nserial=${at('serial')}\nnew_certs_dir=${folder}
default_md=sha256\npolicy=any\nx509_extensions=named\n[any]\ncommonName=supplied\n[named]\nsubjectAltName=${names}\n`;
  for (const [name, text] of Object.entries({ index: '', serial: '01\n', config }))
    writeFileSync(at(name), text);
  openssl('req', '-new', ...newKey, at('key.pem'), '-out', at('request.pem'), '-subj', '/CN=test');
  const then = ['-startdate', '200101000000Z', '-enddate', '200102000000Z'];
  const own = ['-selfsign', '-keyfile', at('key.pem'), '-in', at('request.pem'), '-out', at('old.pem')];
  openssl('ca', '-batch', '-notext', '-config', at('config'), ...own, ...then);
  return { key: readFileSync(at('key.pem'), 'utf8'), cert: readFileSync(at('old.pem'), 'utf8') };
}
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];
function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

async function tlsServer(certificate: Certificate, maxVersion?: SecureVersion) {
  let requests = 0;
  const old = maxVersion ? { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } : {};
  const server = https.createServer({ ...certificate, ...old }, (_request, response) => {
    requests++;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"categories":[]}');
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const gradebookUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/ims/oneroster/gradebook/v1p2`;
  const stop = () => (server.closeAllConnections(), new Promise((done) => server.close(done)));
  return { gradebookUrl, requests: () => requests, stop };
}

withOpenssl('certificates', () => {
  let own: Certificate;
  let server: Awaited<ReturnType<typeof tlsServer>>;
  beforeAll(() => (own = selfSigned('IP:127.0.0.1')));
  afterEach(async () => {
    await closeAll();
    await server.stop();
  });

  test('A27: a self-signed certificate is refused before anything is sent', async () => {
    server = await tlsServer(own);
    const of = connection(server);
    expect(await clientOf(of).probe()).toMatchObject({ kind: 'broken', code: 'CONN_TLS' });
    const report = await sisOf().test(of, null, never);
    expect(report.steps.find((step) => step.name === 'tls')).toMatchObject({
      status: 'failed',
      code: 'CONN_TLS',
    });
    expect(server.requests()).toBe(0);
  });

  test('it is trusted when it stands in the connection, beside those that are trusted anyway', async () => {
    server = await tlsServer(own);
    const other = selfSigned('DNS:other.example.org').cert;
    const of = connection(server, { caCertificates: `${other}\n${own.cert}` });
    expect(await clientOf(of).probe()).toMatchObject({ kind: 'read' });
    const tls = (await sisOf().test(of, null, never)).steps.find((step) => step.name === 'tls');
    expect(tls).toMatchObject({ status: 'ok', detail: expect.stringMatching(/TLSv1\.3.*valid until/) });
  });

  test('A27: a certificate for another host is refused although its authority is trusted', async () => {
    const other = selfSigned('DNS:other.example.org');
    server = await tlsServer(other);
    const outcome = await clientOf(connection(server, { caCertificates: other.cert })).probe();
    expect(outcome).toMatchObject({ kind: 'broken', code: 'CONN_TLS' });
  });

  test('A27: an expired certificate is refused although it is trusted, and no setting forgives it', async () => {
    const old = expired('IP:127.0.0.1');
    server = await tlsServer(old);
    const client = clientOf(connection(server, { caCertificates: old.cert }));
    expect(await client.probe()).toMatchObject({ kind: 'broken', code: 'CONN_TLS' });
    expect(await client.deleteResult('r')).toEqual({ kind: 'broken', code: 'CONN_TLS', said: {} });
    expect(server.requests()).toBe(0);
  });

  test('A27: TLS 1.1 is refused', async () => {
    server = await tlsServer(own, 'TLSv1.1');
    const outcome = await clientOf(connection(server, { caCertificates: own.cert })).probe();
    expect(outcome).toMatchObject({ kind: 'broken' });
    expect(server.requests()).toBe(0);
  });

  test('what is no certificate is an answer, not an exception', async () => {
    server = await tlsServer(own);
    const caCertificates = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----';
    const of = connection(server, { caCertificates });
    expect(await clientOf(of).probe()).toMatchObject({ kind: 'broken', code: 'CONN_TLS' });
    expect((await sisOf().test(of, null, never)).ok).toBe(false);
  });
});
