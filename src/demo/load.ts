/** Loads the district through the public API, with the keys that an LMS and an admin would have. */
import { Caller } from './callers.ts';
import type { DemoClass, DemoDistrict } from './district.ts';
import type { RunningSis } from './processes.ts';

export interface Keys {
  root: Caller;
  admin: Caller;
  lms: Caller;
}

/** Makes the tenant and its schools, and a key for each role. */
export async function makeTenant(district: DemoDistrict, root: Caller): Promise<Keys> {
  const { domainId, name, timeZone, schools } = district;
  await root.put(`domains/${domainId}`, { name, timeZone });
  for (const school of schools) {
    await root.put(`domains/${school.domainId}`, { name: school.name, parentId: domainId });
  }
  const key = async (role: 'admin' | 'lms') => {
    const made = await root.post<{ key: string }>(`domains/${domainId}/keys`, { role, name: `Demo ${role}` });
    return new Caller(root.url, made.key);
  };
  return { root, admin: await key('admin'), lms: await key('lms') };
}

/** The settings that an admin enters once. */
export const settingsOf = (district: DemoDistrict, sis: RunningSis, autoSync: boolean) => ({
  sisName: 'Demo SIS',
  baseUrl: sis.gradebookUrl,
  auth: {
    method: 'clientCredentials',
    clientId: sis.client.id,
    clientSecret: sis.client.secret,
    tokenUrl: sis.tokenUrl,
  },
  passbackEnabled: true,
  autoSync,
  gatherSeconds: 1,
  excludedDomainIds: district.schools.filter((s) => s.excluded).map((s) => s.domainId),
});

/** Class, roster, mapping, assignments and scores, as an LMS pushes them; answers the number of scores. */
export async function loadClass(lms: Caller, c: DemoClass, district: DemoDistrict): Promise<number> {
  const where = `classes/${c.classId}`;
  await lms.put(where, {
    domainId: c.domainId,
    title: c.title,
    sourcedId: c.sourcedId,
    gradingPeriods: district.gradingPeriods,
    categories: c.categories,
  });
  await lms.put(`${where}/students`, { students: c.students });
  await lms.put(`${where}/categoryMapping`, { map: c.mapping });
  for (const { lineItemId, put } of c.assignments) await lms.put(`${where}/lineItems/${lineItemId}`, put);
  const results = c.assignments.flatMap(({ lineItemId, cells }) =>
    cells.flatMap(({ student, put }) => (put ? [{ lineItemId, studentId: student.studentId, ...put }] : [])),
  );
  const kept = await lms.post<{ accepted: number; rejected: unknown[] }>(`${where}/results/batch`, {
    results,
  });
  if (kept.rejected.length > 0) throw new Error(`Scores were rejected: ${JSON.stringify(kept.rejected)}`);
  return kept.accepted;
}
