import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pullLever } from '../support/sis.ts';

const folder = mkdtempSync(join(tmpdir(), 'demo-sis-'));
const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function run(...flags: string[]): Promise<{ child: ChildProcess; url: string; tokenUrl: string }> {
  const child = spawn(process.execPath, ['src/demo/sis-main.ts', ...flags], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  running.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const told = JSON.parse(line) as { ready: boolean; url: string; tokenUrl: string };
  expect(told.ready).toBe(true);
  return { child, ...told };
}

test('it runs alone, says where it listens, and keeps what it held through a kill -9', async () => {
  const state = join(folder, 'state.json');
  const seed = join(folder, 'seed.json');
  const student = { sourcedId: 's-1', givenName: 'Ada', familyName: 'Byron' };
  const schoolClass = { sourcedId: 'c-1', title: 'Art', schoolSourcedId: 'x', studentSourcedIds: ['s-1'] };
  const district = { schools: [{ sourcedId: 'x', title: 'X' }], students: [student], classes: [schoolClass] };
  writeFileSync(seed, JSON.stringify(district));
  const first = await run('--control', '--state', state, '--seed', seed);
  await pullLever(first.url, 'edit', 'students', 's-1', { givenName: 'Augusta' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await run('--control', '--state', state);
  expect(await pullLever(second.url, 'get', 'students', 's-1')).toMatchObject({ givenName: 'Augusta' });
  expect(await pullLever(second.url, 'get', 'classes', 'c-1')).toMatchObject({ termSourcedIds: ['term-1'] });
});

test('it can be told to be another SIS: version, paths, rules', async () => {
  const flags = [
    '--oneroster-version',
    '1.1',
    '--base-path',
    '/sub/ims/oneroster/v1p1',
    '--token-path',
    '/t',
  ];
  const sis = await run(...flags, '--rules', '{"titleLimit":30}', '--control', '--access-token', 'a-token');
  expect(sis.tokenUrl).toBe(`${sis.url}/t`);
  const headers = { authorization: 'Bearer a-token' };
  expect((await fetch(`${sis.url}/sub/ims/oneroster/v1p1/classes`, { headers })).status).toBe(200);
  expect(await pullLever(sis.url, 'rules')).toMatchObject({ oneRosterVersion: '1.1', titleLimit: 30 });
  await expect(pullLever(sis.url, 'setRules', { titleLimits: 30 })).rejects.toThrow('there is no rule');
});

test('it takes its client from the flags, stops quickly on SIGTERM, and with its parent if told so', async () => {
  const sis = await run('--client-id', 'me', '--client-secret', 'mine', '--exit-with-stdin');
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'me',
    client_secret: 'mine',
  });
  expect((await fetch(sis.tokenUrl, { method: 'POST', body })).status).toBe(200);
  const begun = Date.now();
  sis.child.kill('SIGTERM');
  expect(await once(sis.child, 'exit')).toEqual([0, null]);
  expect(Date.now() - begun).toBeLessThan(2000);
  const orphan = await run('--exit-with-stdin');
  orphan.child.stdin?.end();
  expect(await once(orphan.child, 'exit')).toEqual([0, null]);
});
