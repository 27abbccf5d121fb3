/** The commands over the API, typed beside a running service; one service for all of them, in the order of a first day. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/program.ts';
import {
  addClass,
  district,
  putLineItem,
  putScores,
  sisDistrict,
  type District,
} from '../support/district.ts';
import { ROOT_KEY, startService, type TestService } from '../support/service.ts';

interface Ran {
  code: number;
  out: string;
  err: string;
}
const N = 3;
let service: TestService;
let d: District;
const folder = mkdtempSync(join(tmpdir(), 'cli-'));
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N, 2) } });
  d = await district(service, N);
  await addClass(d.lms, 'c2', N);
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', N);
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

/** As a root key's owner types it; `env` as given, or where the service is and who calls. */
async function type(
  line: string,
  env: Record<string, string> = {},
  columns: number | null = null,
): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' };
  ran.code = await runCommandLine(line.split(' '), {
    env: { PASSBACK_URL: service.url, PASSBACK_KEY: ROOT_KEY, ...env },
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
    columns,
  });
  return ran;
}
const json = (ran: Ran) => JSON.parse(ran.out);

describe('domains', () => {
  test('are made, listed, shown, paused and resumed', async () => {
    expect(await type('domains put other --name Other --time-zone Europe/Berlin')).toEqual({
      code: 0,
      out: 'Created.\n',
      err: '',
    });
    const list = await type('domains list');
    expect(list.out).toMatch(/^ID +NAME +PARENT +TIME ZONE\n/);
    expect(list.out).toMatch(/\nschool +School +district +–\n/);
    expect(json(await type('domains list --tenant other --json')).domains).toMatchObject([
      { domainId: 'other', timeZone: 'Europe/Berlin' },
    ]);
    expect((await type('domains pause district')).out).toMatch(/state +paused/);
    const shown = await type('domains show district');
    expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/paused by +\S/)]);
    expect((await type('domains resume district')).code).toBe(0);
    expect((await type('domains show district')).out).not.toContain('paused');
  });
});

describe('keys', () => {
  test('are made, shown once, listed without their secrets, and taken back', async () => {
    const made = json(await type('keys create district --role admin --name nightly --json'));
    expect(made).toEqual({ ok: true, id: expect.any(String), key: expect.stringMatching(/^orp_key_/) });
    const env = { PASSBACK_KEY: made.key };
    expect((await type('domains list', env)).code).toBe(0);
    const list = await type('keys list district', env);
    expect(list.out).toMatch(/admin +nightly/);
    expect(list.out).not.toContain('orp_key_');
    expect((await type(`keys delete ${made.id}`)).code).toBe(0);
    expect(await type('domains list', env)).toMatchObject({ code: 4, err: expect.stringContaining('401') });
  });
});

describe('settings', () => {
  test('what is got can be changed and set again, with its secrets kept; somebody else’s change in between is noticed', async () => {
    const got = json(await type('settings get district --json'));
    expect(JSON.stringify(got)).not.toContain(service.sis.auth.clientSecret);
    writeFileSync(file('settings.json'), JSON.stringify({ ...got.settings, sisName: 'Typed' }));
    const set = `settings set district --file ${file('settings.json')} --if-match ${got.etag}`;
    expect(await type(set)).toMatchObject({ code: 0, out: 'Replaced.\n' });
    expect(await type(set)).toMatchObject({ code: 4, err: expect.stringContaining('412 STALE') });
    const text = (await type('settings get district')).out;
    expect(JSON.parse(text)).toMatchObject({ sisName: 'Typed', auth: { clientSecretSet: true } });
  });

  test('are tested step by step, saved or not', async () => {
    const well = await type('settings test district --class c1');
    expect(well).toMatchObject({ code: 0, out: expect.stringMatching(/token .*\n.*scopes /) });
    writeFileSync(
      file('wrong.json'),
      JSON.stringify({
        baseUrl: service.sis.gradebookUrl,
        auth: { ...service.sis.auth, clientSecret: 'wrong' },
      }),
    );
    const wrong = await type(`settings test district --file ${file('wrong.json')} --json`);
    expect([wrong.code, json(wrong).ok]).toEqual([1, false]);
    expect(await type('settings test district --write')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--class'),
    });
  });
});

describe('sync', () => {
  test('a plan says what a sync would do, and a sync that is waited for does it, with a bar on a terminal', async () => {
    const plan = await type('plan c1');
    expect(plan).toMatchObject({ code: 0, out: expect.stringMatching(/^4 create ·/) });
    expect(plan.out).toMatch(/create +quiz +s01/);
    const synced = await type('sync class c1 --wait', {}, 80);
    expect(synced).toMatchObject({ code: 0, out: expect.stringMatching(/c1 +complete +4 /) });
    // the line is written over and gone at the end; no line of it is longer than the terminal
    expect(synced.err).toMatch(/^\r\[[#-]{24}\] \d\/\d/);
    expect(synced.err.endsWith('\r\u001b[K')).toBe(true);
    expect(json(await type('plan c1 --read-sis --json')).counts).toMatchObject({ create: 0, unchanged: 4 });
  });

  test('a domain’s classes are all synced; one that is refused is named and keeps nobody else from it', async () => {
    await service.root('PUT', '/domains/out', { name: 'Out', parentId: 'district' });
    await d.lms('PUT', '/classes/c3', { domainId: 'out', title: 'Out', sourcedId: 'sis-class-1' });
    const { body: own } = await service.root<object>('GET', '/domains/district/settings');
    await service.root('PUT', '/domains/district/settings', { ...own, excludedDomainIds: ['out'] });
    const ran = await type('sync domain district --wait --json', {}, 80);
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(json(ran)).toMatchObject({
      ok: false,
      syncs: [
        { classId: 'c1', status: 'complete' },
        { classId: 'c2', status: 'complete' },
      ],
      refused: [{ classId: 'c3', code: 'DOMAIN_EXCLUDED' }],
    });
  });

  test('a score that the SIS refuses is problems found: exit code 1, and a retry when it is mended', async () => {
    await putLineItem(d.lms, 'late', {}, 'c2');
    await d.lms('PUT', '/classes/c2/lineItems/late/results/s01', { score: 5 });
    service.sis.control.arm({ kind: 'status', status: 422, request: 'result' });
    const ran = await type('sync class c2 --wait --json');
    const [sync] = json(ran).syncs;
    expect([ran.code, sync.status]).toEqual([1, 'completeWithProblems']);
    service.sis.control.disarm();
    const again = await type(`sync retry ${sync.id} --wait`);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('complete')]);
    expect((await type(`sync show ${sync.id}`)).out).toContain('completeWithProblems');
    const list = json(await type('sync list --class c2 --status completeWithProblems --json'));
    expect(list.syncs.map(({ id }: { id: string }) => id)).toEqual([sync.id]);
  });

  test('while the SIS is away the waiting ends in the time given, says why, and the sync can be cancelled', async () => {
    service.sis.control.arm({ kind: 'status', status: 503 });
    await d.lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: 1 });
    const ran = await type('sync class c1 --wait --timeout 1');
    expect(ran).toMatchObject({
      code: 1,
      out: expect.stringMatching(/processing[^]*Not ended in the time given: 1/),
    });
    const id = /^(\S+) +c1/m.exec(ran.out)?.[1];
    expect(await type(`sync cancel ${id}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('cancelled'),
    });
    service.sis.control.disarm();
  });
});

describe('export', () => {
  test('writes a package that only its owner reads, and nothing over a file that is there', async () => {
    const line = `export c1 --out ${file('c1.zip')}`;
    expect(await type(line)).toMatchObject({ code: 0, out: expect.stringContaining('Written: ') });
    expect(readFileSync(file('c1.zip')).subarray(0, 2).toString()).toBe('PK');
    expect(statSync(file('c1.zip')).mode & 0o777).toBe(0o600);
    expect(await type(line)).toMatchObject({ code: 2, err: expect.stringContaining('--force') });
    expect((await type(`${line} --force`)).code).toBe(0);
  });
});

describe('what goes wrong has an exit code of its own', () => {
  test('no key, an address that is none, a file that is not there: 2, with the cure', async () => {
    const without = await type('domains list', { PASSBACK_KEY: '' });
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining('PASSBACK_KEY_FILE') });
    expect(await type('domains list --url ftp://x')).toMatchObject({ code: 2 });
    expect(await type('settings set district --file /nowhere')).toMatchObject({
      code: 2,
      err: '/nowhere cannot be read (ENOENT)\n',
    });
    writeFileSync(file('secret.txt'), '{"clientSecret": "hidden-word"');
    const unreadable = await type(`settings set district --file ${file('secret.txt')}`);
    expect(unreadable).toMatchObject({ code: 2, err: expect.not.stringContaining('hidden-word') });
  });

  test('a key in a file is read; typed ones come before the environment’s', async () => {
    writeFileSync(file('key'), `${d.adminKey}\n`);
    const env = { PASSBACK_KEY: '', PASSBACK_KEY_FILE: file('key') };
    expect(json(await type('domains list --json', env)).domains).toHaveLength(3);
    expect((await type(`domains list --key ${ROOT_KEY}`, env)).out).toContain('other');
  });

  test('what the service refuses: 4, with the code and the fields', async () => {
    const refused = await type('domains put d9 --name D --time-zone Mars/Olympus --json');
    expect(refused.code).toBe(4);
    expect(json(refused).error).toMatchObject({
      code: 'VALIDATION',
      errors: [{ pointer: '/timeZone', detail: expect.stringContaining('IANA') }],
    });
    expect((await type('sync show 00000000-0000-4000-8000-000000000000')).code).toBe(4);
  });

  test('nobody there, or somebody else: 3; a key is not carried to where a redirect points', async () => {
    const nobody = await listening(createServer());
    const port = (nobody.address() as AddressInfo).port;
    await new Promise((closed) => nobody.close(closed));
    expect(await type('domains list', { PASSBACK_URL: `http://127.0.0.1:${port}` })).toMatchObject({
      code: 3,
      err: expect.stringContaining('ECONNREFUSED'),
    });
    const seen: (string | undefined)[] = [];
    const other = await listening(
      createServer((req, res) => {
        seen.push(req.headers.authorization);
        if (req.url === '/v1/domains/there/connection') res.end('<html>');
        else res.writeHead(302, { location: '/elsewhere' }).end();
      }),
    );
    const env = { PASSBACK_URL: `http://127.0.0.1:${(other.address() as AddressInfo).port}` };
    expect(await type('domains list', env)).toMatchObject({
      code: 3,
      err: expect.stringContaining('redirect'),
    });
    expect(await type('domains show there', env)).toMatchObject({
      code: 3,
      err: expect.stringContaining('address right'),
    });
    expect(seen).toHaveLength(2);
    other.close();
  });

  test('a service that is busy is asked again when it says so', async () => {
    let asked = 0;
    const busy = await listening(
      createServer((_req, res) => {
        asked += 1;
        const problem = { 'content-type': 'application/problem+json', 'retry-after': '0' };
        if (asked === 1) res.writeHead(429, problem).end('{"code":"TOO_MANY_REQUESTS"}');
        else res.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[],"nextCursor":null}');
      }),
    );
    const env = { PASSBACK_URL: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` };
    expect((await type('domains list', env)).code).toBe(0);
    expect(asked).toBe(2);
    busy.close();
  });
});

const listening = (server: Server): Promise<Server> =>
  new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server)));
