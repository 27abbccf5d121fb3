/** A district in the SIS and the same one in the LMS: 1 class, n students, ready for lineItems and scores. */
import { DateTime } from 'luxon';
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import { lineItemSourcedId, resultSourcedId } from '../../src/gradebook/source-ids.ts';
import type { Caller, TestService } from './service.ts';
import type { TestSis } from './sis.ts';

export const students = (n: number) =>
  Array.from({ length: n }, (_, i) => `s${String(i + 1).padStart(2, '0')}`);

/** One school, one class `sis-class-1`, students `sis-s01`…, two categories. */
export function sisDistrict(n: number, classes = 1): DistrictSeed {
  const period = { startDate: '2026-07-01', endDate: '2027-06-30', schoolYear: '2027' };
  return {
    schools: [{ sourcedId: 'sis-school', title: 'Lakeside' }],
    terms: [{ sourcedId: 'sis-term', title: 'Year', ...period }],
    gradingPeriods: [{ sourcedId: 'sis-gp', title: 'S1', ...period, termSourcedId: 'sis-term' }],
    students: students(n).map((key) => ({ sourcedId: `sis-${key}`, givenName: 'Given', familyName: key })),
    classes: Array.from({ length: classes }, (_, i) => ({
      sourcedId: `sis-class-${i + 1}`,
      title: `Algebra ${i + 1}`,
      schoolSourcedId: 'sis-school',
      termSourcedIds: ['sis-term'],
      categories: [
        { sourcedId: 'sis-homework', title: 'Homework' },
        { sourcedId: 'sis-tests', title: 'Tests' },
      ],
      studentSourcedIds: students(n).map((key) => `sis-${key}`),
    })),
  };
}

export interface District {
  admin: Caller;
  adminKey: string;
  lms: Caller;
  lmsKey: string;
}

/** Tenants of one test share the SIS's classes: what a former one made there is nothing to the next. */
export function emptyGradebook({ control }: TestSis): void {
  for (const { sourcedId } of control.contents().lineItems) control.remove('lineItems', sourcedId);
}

/** Quiet from an hour ago until in an hour, on a district's clock. */
export function quietNow() {
  const now = DateTime.now().setZone('America/Chicago');
  const at = (hours: number) => now.plus({ hours }).toFormat('HH:mm');
  return { quietHours: { from: at(-1), to: at(1) } };
}

export const connectionSettings = (sis: TestSis) => ({ baseUrl: sis.gradebookUrl, auth: sis.auth });

/** Tenant `tenant` with the SIS's settings, a school and class `c1` of `n` students. */
export async function district(
  service: Pick<TestService, 'root' | 'as' | 'sis'>,
  n: number,
  settings: Record<string, unknown> = {},
  tenant = 'district',
): Promise<District> {
  const { root } = service;
  await expectOk(root('PUT', `/domains/${tenant}`, { name: 'District', timeZone: 'America/Chicago' }));
  const { key: adminKey } = await expectOk(
    root<{ key: string }>('POST', `/domains/${tenant}/keys?tenant=${tenant}`, {
      role: 'admin',
      name: 'admin',
    }),
  );
  const { key: lmsKey } = await expectOk(
    root<{ key: string }>('POST', `/domains/${tenant}/keys?tenant=${tenant}`, { role: 'lms', name: 'lms' }),
  );
  const admin = service.as(adminKey);
  const lms = service.as(lmsKey);
  await expectOk(admin('PUT', '/domains/school', { name: 'School', parentId: tenant }));
  await expectOk(
    admin('PUT', `/domains/${tenant}/settings`, {
      passbackEnabled: true,
      ...connectionSettings(service.sis),
      ...settings,
    }),
  );
  await addClass(lms, 'c1', n);
  return { admin, adminKey, lms, lmsKey };
}

export async function addClass(
  lms: Caller,
  key: string,
  n: number,
  more: Record<string, unknown> = {},
): Promise<void> {
  await expectOk(
    lms('PUT', `/classes/${key}`, {
      domainId: 'school',
      title: 'Algebra',
      sourcedId: `sis-class-${key.slice(1)}`,
      gradingPeriods: [{ sourcedId: 'sis-gp', title: 'S1', startDate: '2026-07-01', endDate: '2027-06-30' }],
      categories: [
        { id: 'hw', title: 'homework ' },
        { id: 'tests', title: 'Tests' },
      ],
      ...more,
    }),
  );
  await expectOk(
    lms('PUT', `/classes/${key}/students`, {
      students: students(n).map((id) => ({
        studentId: id,
        sourcedId: `sis-${id}`,
        givenName: 'Given',
        familyName: id,
      })),
    }),
  );
}

export const putLineItem = (lms: Caller, key: string, more: Record<string, unknown> = {}, cls = 'c1') =>
  expectOk(
    lms('PUT', `/classes/${cls}/lineItems/${key}`, {
      title: `Title of ${key}`,
      categoryId: 'hw',
      dueDate: '2026-11-20T23:59:00-06:00',
      resultValueMax: 100,
      ...more,
    }),
  );

export const putScores = (
  lms: Caller,
  lineItem: string,
  n: number,
  score = (i: number) => 60 + i,
  cls = 'c1',
) =>
  expectOk(
    lms<{ accepted: number; rejected: unknown[] }>('POST', `/classes/${cls}/results/batch`, {
      results: students(n).map((studentId, i) => ({ lineItemId: lineItem, studentId, score: score(i) })),
    }),
  );

/** The id under which the SIS gets the result of one student. */
export const resultIdOf = (tenant: string, lineItem: string, student: string, cls = 'c1') =>
  resultSourcedId(lineItemSourcedId(tenant, cls, lineItem, `sis-class-${cls.slice(1)}`), `sis-${student}`);

export interface SyncBody {
  id: string;
  status: string;
  counts: Record<
    'created' | 'updated' | 'deleted' | 'unchanged' | 'skipped' | 'failed' | 'conflicts',
    number
  >;
  byKind: { lineItems: Record<string, number>; results: Record<string, number> };
  waitingFor: { code: string } | null;
  trigger: string;
  startedBy: string;
}

/** Presses sync for the class and waits for its end. */
export async function sync(by: Caller, path = '/classes/c1/syncs', body: unknown = {}): Promise<SyncBody> {
  const started = await by<SyncBody>('POST', path, body);
  if (started.status !== 202 && started.status !== 200)
    throw new Error(`sync refused: ${JSON.stringify(started.body)}`);
  return syncEnd(by, started.body.id);
}
export async function syncEnd(by: Caller, id: string, ms = 30_000): Promise<SyncBody> {
  const end = performance.now() + ms;
  for (;;) {
    const { body } = await by<SyncBody>('GET', `/syncs/${id}`);
    if (body.status !== 'processing') return body;
    if (performance.now() > end) throw new Error(`the sync is still processing: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function expectOk<T>(answer: Promise<{ status: number; body: T }>): Promise<T> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}
