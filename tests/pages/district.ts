/** One district with one class on a running service, matching the sample district of the test SIS. */
import type { Caller, TestService } from '../support/service.ts';

export interface District {
  admin: Caller;
  adminKey: string;
  lms: Caller;
  lmsKey: string;
}

const must = async (call: ReturnType<Caller>) => {
  const answer = await call;
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Record<string, unknown>;
};

/** Two schools below a district, with a key for an admin and one for the LMS. */
export async function makeDistrict(service: TestService): Promise<District> {
  await must(
    service.root('PUT', '/domains/lakeside', { name: 'Lakeside District', timeZone: 'America/Chicago' }),
  );
  await must(
    service.root('PUT', '/domains/middle', { name: 'Lakeside Middle School', parentId: 'lakeside' }),
  );
  await must(service.root('PUT', '/domains/high', { name: 'Lakeside High School', parentId: 'lakeside' }));
  const key = async (role: string) =>
    String((await must(service.root('POST', '/domains/lakeside/keys', { role, name: role })))['key']);
  const [adminKey, lmsKey] = [await key('admin'), await key('lms')];
  return { admin: service.as(adminKey), adminKey, lms: service.as(lmsKey), lmsKey };
}

export function settingsFor(service: TestService): Record<string, unknown> {
  const { gradebookUrl, auth } = service.sis;
  return { sisName: 'Maple SIS', baseUrl: gradebookUrl, auth, passbackEnabled: true };
}

/** Three students, one of them not linked to the SIS; two assignments, one of them without a score. */
export async function loadClass({ lms }: District): Promise<void> {
  await must(
    lms('PUT', '/classes/c1', {
      domainId: 'middle',
      title: 'Algebra 1 – Period 3',
      sourcedId: 'class-1',
      timeZone: 'America/Chicago',
      categories: [{ id: 'hw', title: 'Homework' }],
    }),
  );
  const students = [
    { studentId: 'ada', sourcedId: 'student-1', givenName: 'Ada', familyName: 'Byron' },
    { studentId: 'ben', sourcedId: 'student-2', givenName: 'Ben', familyName: 'Okafor' },
    { studentId: 'zoë', givenName: 'Zoë', familyName: 'Unlinked' },
  ];
  await must(lms('PUT', '/classes/c1/students', { students }));
  const due = { categoryId: 'hw', assignDate: '2025-10-01T12:00:00Z', resultValueMax: 10 };
  await must(
    lms('PUT', '/classes/c1/lineItems/hw1', { ...due, title: 'Homework 1', dueDate: '2025-10-10T23:00:00Z' }),
  );
  await must(
    lms('PUT', '/classes/c1/lineItems/hw2', { ...due, title: 'Homework 2', dueDate: '2025-10-17T23:00:00Z' }),
  );
  const results = [
    { lineItemId: 'hw1', studentId: 'ada', score: 8.5 },
    { lineItemId: 'hw1', studentId: 'ben', status: 'missing' },
    { lineItemId: 'hw1', studentId: 'zoë', score: 7 },
  ];
  await must(lms('POST', '/classes/c1/results/batch', { results }));
}

/** The one-time link to somebody's page, at the address where the service really listens. */
export async function linkFor(
  service: TestService,
  by: Caller,
  person: Record<string, unknown>,
): Promise<string> {
  const made = await must(by('POST', '/tokens', { subject: 'someone', domainId: 'lakeside', ...person }));
  const { pathname, hash } = new URL(String(made['pageUrl']));
  return service.url + pathname + hash;
}
