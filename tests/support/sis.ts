/** A demo SIS for tests: a small district, the control, and a check of everything it is sent. */
import { sampleDistrict } from '../../src/demo/sis/sample-district.ts';
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import { startDemoSis, type DemoSis, type DemoSisOptions } from '../../src/demo/sis/sis.ts';
import { validateBody } from './spec-validator.ts';

export const SIS_CLIENT = { id: 'lms-client', secret: 's3cret:with/odd+chars%' };

export interface TestSisOptions extends DemoSisOptions {
  /** default: `sampleDistrict` as of `SIS_DAY` (school-1, class-1 with six students, class-2 with three) */
  district?: DistrictSeed;
  /** check every request body against the official OpenAPI file; default true */
  checkBodies?: boolean;
}

export interface TestSis extends DemoSis {
  /** what the official file has against request bodies that were received */
  violations: string[];
  /** settings `auth` for this SIS */
  auth: { method: 'clientCredentials'; clientId: string; clientSecret: string; tokenUrl: string };
  /** a token with all scopes, fetched anew */
  token(scope?: string): Promise<string>;
  /** a request to the gradebook service as a client would make it */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<SisAnswer>;
}
export interface SisAnswer {
  status: number;
  headers: Headers;
  /** parsed; undefined where there was no body */
  body: unknown;
}

export const SIS_DAY = new Date('2025-10-15T12:00:00Z');

/** Starts a demo SIS on a free port. Stop it at the end of the test. */
export async function startTestSis(options: TestSisOptions = {}): Promise<TestSis> {
  const { district, checkBodies = true, ...rest } = options;
  const violations: string[] = [];
  const sis = await startDemoSis({
    clients: [SIS_CLIENT],
    ...rest,
    onRequest(entry) {
      rest.onRequest?.(entry);
      if (!checkBodies || entry.kind === 'token' || entry.body === undefined) return;
      violations.push(...validateBody(entry.method, entry.path, entry.body));
    },
  });
  sis.control.seed(district ?? sampleDistrict(SIS_DAY));
  let current: string | undefined;
  const token = async (scope?: string): Promise<string> => {
    const response = await fetch(sis.tokenUrl, {
      method: 'POST',
      headers: { authorization: basic(SIS_CLIENT.id, SIS_CLIENT.secret) },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  return {
    ...sis,
    violations,
    auth: {
      method: 'clientCredentials',
      clientId: SIS_CLIENT.id,
      clientSecret: SIS_CLIENT.secret,
      tokenUrl: sis.tokenUrl,
    },
    token,
    async call(method, path, body, headers = {}) {
      current ??= await token();
      const response = await fetch(path.startsWith('http') ? path : sis.gradebookUrl + path, {
        method,
        redirect: 'manual',
        headers: { authorization: `Bearer ${current}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed: unknown = text === '' ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body: parsed };
    },
  };
}

/** The Basic header of RFC 6749 §2.3.1: both parts form-encoded first. */
export function basic(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

/** Pulls a lever of a demo SIS in another process that was started with `--control`. */
export async function pullLever(sisUrl: string, lever: string, ...given: unknown[]): Promise<unknown> {
  const response = await fetch(`${sisUrl}/control/${lever}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(given),
  });
  const answer = (await response.json()) as { value: unknown; error?: string };
  if (!response.ok) throw new Error(`${lever}: ${answer.error ?? response.status}`);
  return answer.value;
}

/** A valid lineItem of the sample district; `changed` replaces fields, undefined takes one away. */
export function lineItemBody(sis: DemoSis, sourcedId: string, changed: Record<string, unknown> = {}) {
  const lineItem = {
    sourcedId,
    status: 'active',
    dateLastModified: '2025-10-15T10:00:00.000Z',
    title: 'Essay 1',
    assignDate: '2025-10-10T00:00:00.000Z',
    dueDate: '2025-10-20T23:59:00.000Z',
    class: { href: `${sis.rosteringUrl}/classes/class-1`, sourcedId: 'class-1', type: 'class' },
    school: { href: `${sis.rosteringUrl}/orgs/school-1`, sourcedId: 'school-1', type: 'org' },
    category: {
      href: `${sis.gradebookUrl}/categories/category-homework`,
      sourcedId: 'category-homework',
      type: 'category',
    },
    resultValueMin: 0,
    resultValueMax: 100,
  };
  return { lineItem: { ...lineItem, ...changed } };
}

/** A valid result of the sample district. */
export function resultBody(
  sis: DemoSis,
  sourcedId: string,
  lineItemId: string,
  studentId: string,
  changed: Record<string, unknown> = {},
) {
  const result = {
    sourcedId,
    status: 'active',
    dateLastModified: '2025-10-21T08:00:00.000Z',
    lineItem: {
      href: `${sis.gradebookUrl}/lineItems/${lineItemId}`,
      sourcedId: lineItemId,
      type: 'lineItem',
    },
    student: { href: `${sis.rosteringUrl}/users/${studentId}`, sourcedId: studentId, type: 'user' },
    scoreStatus: 'fully graded',
    score: 87.5,
    scoreDate: '2025-10-21',
  };
  return { result: { ...result, ...changed } };
}
