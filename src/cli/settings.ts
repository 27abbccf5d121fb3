/** `settings`: a domain's own settings as a file, and the test of its SIS connection. */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { TestReport } from '../passback/ports/sis.ts';
import { type Api, at } from './api.ts';
import type { Report } from './report.ts';
import { testText } from './test-text.ts';
import { Unusable } from './unusable.ts';

type Settings = Record<string, unknown>;

/** Printed as `settings set` takes it; secrets only as “is set”, which keeps them. */
export async function getSettings(
  api: Api,
  domainId: string,
  { effective }: { effective?: true },
): Promise<Report> {
  const { body, headers } = await api.call<Settings>('GET', at`/domains/${domainId}/settings`, {
    query: { effective },
  });
  const text = JSON.stringify(body, null, 2).split('\n');
  return { ok: true, text, data: { settings: body, etag: headers.get('etag') } };
}

/** Replaces the domain's own settings with what the file says; `-` is stdin. */
export async function setSettings(
  api: Api,
  domainId: string,
  { file, ifMatch }: { file: string; ifMatch?: string },
): Promise<Report> {
  const { body, headers } = await api.call<Settings>('PUT', at`/domains/${domainId}/settings`, {
    body: await readSettings(file),
    ...(ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } }),
  });
  return { ok: true, text: ['Replaced.'], data: { settings: body, etag: headers.get('etag') } };
}

export interface TestAsked {
  /** unsaved settings to test */
  file?: string;
  class?: string;
  write?: true;
  student?: string;
}

export async function testSettings(api: Api, domainId: string, asked: TestAsked): Promise<Report> {
  if (asked.write && asked.class === undefined)
    throw new Unusable('--write needs --class: the class to write into');
  const body = {
    ...(asked.file === undefined ? {} : { settings: await readSettings(asked.file) }),
    ...(asked.class === undefined ? {} : { classId: asked.class }),
    ...(asked.write ? { writeProbe: { classId: asked.class, studentId: asked.student } } : {}),
  };
  const { body: report } = await api.call<TestReport>('POST', at`/domains/${domainId}/settings/test`, {
    body,
  });
  return { ok: report.ok, text: testText(report), data: { ...report } };
}

async function readSettings(file: string): Promise<unknown> {
  let text: string;
  try {
    text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new Unusable(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // what a parser quotes of it may be a secret
    throw new Unusable(`${file} is not JSON`);
  }
}
