/** docs/doctor.md says what the connection test answers in a few situations; here they are, and it still does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runCommandLine } from '../../src/cli/program.ts';
import { SCOPES } from '../../src/demo/sis/oauth.ts';
import { district, expectOk, sisDistrict, type District } from '../support/district.ts';
import { SIS_CLIENT, type TestSisOptions } from '../support/sis.ts';
import { startService, type TestService } from '../support/service.ts';

const file = new URL('../../docs/doctor.md', import.meta.url);
const N = 5;
let service: TestService;
let d: District;
afterEach(() => service.stop());

async function begin(options: TestSisOptions = {}): Promise<void> {
  service = await startService({ sis: { district: sisDistrict(N), ...options } });
  d = await district(service, N);
}
async function settings(change: object): Promise<void> {
  const saved = { passbackEnabled: true, baseUrl: service.sis.gradebookUrl, auth: service.sis.auth };
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...saved, ...change }));
}

/** As a terminal shows it, with what differs from run to run made the same. */
async function typed(...args: string[]): Promise<{ text: string; code: number }> {
  let out = '';
  const write = (text: string) => void (out += text);
  const code = await runCommandLine(['doctor', ...args], { env: service.env, out: write, err: write });
  const plain = out
    .replaceAll(service.sis.url, 'http://127.0.0.1:4100')
    .replaceAll(/\d+ ms/g, '12 ms')
    .trimEnd();
  return { code, text: `$ npm run cli -- doctor ${args.join(' ')}\n${plain}` };
}
const blockOf = (name: string) => new RegExp(`(<!-- run: ${name} -->\n\n\`\`\`\n)([^]*?)(\`\`\`\n)`);

/** Holds the output against the page; WRITE_DOCS=1 writes it there. */
function expectAsWritten(name: string, text: string): void {
  const page = readFileSync(file, 'utf8');
  expect(page).toMatch(blockOf(name));
  if (process.env['WRITE_DOCS'])
    writeFileSync(
      file,
      page.replace(blockOf(name), (_all, a: string, _b, c: string) => `${a}${text}\n${c}`),
    );
  else expect(`${text}\n`).toBe(blockOf(name).exec(page)?.[2]);
}

test('a wrong address: the right one is found on the same server and offered', async () => {
  await begin();
  const wrong = `${service.sis.url}/sis/ims/oneroster/gradebook/v1p2`;
  await settings({ baseUrl: wrong });
  const { text, code } = await typed('--domain', 'district');
  expect(code).toBe(1);
  expect(text).toContain('Try as baseUrl: http://127.0.0.1:4100/ims/oneroster/gradebook/v1p2');
  expectAsWritten('address', text);
  await settings({ auth: { ...service.sis.auth, clientSecret: SIS_CLIENT.secret } });
  expect((await typed('--domain', 'district')).code).toBe(0);
});

test('a key that may only read: what is missing is named', async () => {
  await begin({ clients: [{ ...SIS_CLIENT, scopes: [SCOPES.read, SCOPES.roster] }] });
  const { text, code } = await typed('--domain', 'district', '--class', 'c1');
  expect(code).toBe(1);
  expect(text).toContain('gradebook.createput');
  expectAsWritten('permissions', text);
});

test('a key of a partner that is missing: the header is named', async () => {
  await begin();
  service.sis.control.setRules({ requiredHeader: { name: 'x-vendor-authorization', value: 'key:secret' } });
  await settings({ profile: 'infinite-campus' });
  const { text, code } = await typed('--domain', 'district');
  expect(code).toBe(1);
  expect(text).toContain('x-vendor-authorization');
  expectAsWritten('header', text);
  await settings({ profile: 'infinite-campus', extraHeaders: { 'x-vendor-authorization': 'key:secret' } });
  expect((await typed('--domain', 'district')).code).toBe(0);
});

test('the wrong way of presenting the key: the right one is named', async () => {
  await begin({ clientAuth: ['basic'] });
  await settings({ auth: { ...service.sis.auth, clientAuthMethod: 'body' } });
  const { text, code } = await typed('--domain', 'district');
  expect(code).toBe(1);
  expect(text).toContain('“basic”');
  expectAsWritten('form', text);
});

test('all is well: the SIS is known afterwards, and nothing of the test stays there', async () => {
  await begin();
  service.sis.control.setRules({ bulkPost: 'array', titleLimit: 60 });
  const { text, code } = await typed('--domain', 'district', '--class', 'c1', '--write', '--student', 's05');
  expect(code).toBe(0);
  expectAsWritten('well', text);
  expect(service.sis.control.contents().lineItems).toEqual([]);
  const { body } = await d.admin<{ capabilities: object }>('GET', '/domains/district/connection');
  expect(body.capabilities).toMatchObject({ bulkResults: 'array', titleLimit: 60 });
  expect(text).not.toContain(SIS_CLIENT.secret);
});

test('what is asked wrongly is said, and nothing is tried', async () => {
  await begin();
  for (const [args, words] of [
    [['--domain', 'nobody'], 'domain not found'],
    [['--domain', 'district', '--write'], '--write needs --class'],
    [['--domain', 'district', '--class', 'c9'], 'class not found'],
  ] as const) {
    const { text, code } = await typed(...args);
    expect([code, text]).toEqual([1, expect.stringContaining(words)]);
  }
  expect(service.sis.control.requests).toEqual([]);
});
