/** The same district in the SIS and in the LMS: `classes` classes of the same `students`, each with `lineItems`. */
import type { AxiosInstance } from 'axios';
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import { SIS_TOKEN, type BenchSis } from './ground.ts';

export interface Size {
  classes: number;
  students: number;
  lineItems: number;
}
export const studentIds = (n: number) => Array.from({ length: n }, (_, i) => `s${i}`);

export function sisDistrict({ classes, students }: Omit<Size, 'lineItems'>): DistrictSeed {
  const period = { startDate: '2026-07-01', endDate: '2027-06-30', schoolYear: '2027' };
  const ids = studentIds(students);
  return {
    schools: [{ sourcedId: 'school', title: 'School' }],
    terms: [{ sourcedId: 'term', title: 'Year', ...period }],
    gradingPeriods: [{ sourcedId: 'gp', title: 'S1', ...period, termSourcedId: 'term' }],
    students: ids.map((id) => ({ sourcedId: id, givenName: 'G', familyName: id })),
    classes: Array.from({ length: classes }, (_, c) => ({
      sourcedId: `c${c}`,
      title: `Class ${c}`,
      schoolSourcedId: 'school',
      termSourcedIds: ['term'],
      categories: [{ sourcedId: 'hw', title: 'Homework' }],
      studentSourcedIds: ids,
    })),
  };
}

/** One tenant with the SIS's settings and everything but scores. */
export async function load(
  api: AxiosInstance,
  sis: Pick<BenchSis, 'gradebookUrl'>,
  size: Size,
  settings: Record<string, unknown> = {},
  tenant = 'bench',
): Promise<void> {
  await api.put(`/domains/${tenant}`, { name: 'Bench', timeZone: 'UTC' });
  await putSettings(api, sis, settings, tenant);
  const within = { params: { tenant } };
  for (let c = 0; c < size.classes; c++) {
    await api.put(
      `/classes/c${c}`,
      {
        domainId: tenant,
        title: `Class ${c}`,
        sourcedId: `c${c}`,
        schoolSourcedId: 'school',
        categories: [{ id: 'hw', title: 'Homework' }],
      },
      within,
    );
    const students = studentIds(size.students).map((id) => ({ studentId: id, sourcedId: id }));
    await api.put(`/classes/c${c}/students`, { students }, within);
    for (let l = 0; l < size.lineItems; l++) await putLineItem(api, c, l, tenant);
  }
}

/** What an LMS calls with: bound to its tenant, so that no request has to find out which is meant. */
export async function lmsKey(api: AxiosInstance, tenant = 'bench'): Promise<string> {
  const { data } = await api.post<{ key: string }>(`/domains/${tenant}/keys`, { role: 'lms', name: 'LMS' });
  return data.key;
}

export const putSettings = (
  api: AxiosInstance,
  sis: Pick<BenchSis, 'gradebookUrl'>,
  settings: Record<string, unknown>,
  tenant = 'bench',
) =>
  api.put(`/domains/${tenant}/settings`, {
    passbackEnabled: true,
    baseUrl: sis.gradebookUrl,
    auth: { method: 'accessToken', accessToken: SIS_TOKEN },
    ...settings,
  });

export const putLineItem = (api: AxiosInstance, cls: number, lineItem: number, tenant = 'bench') =>
  api.put(
    `/classes/c${cls}/lineItems/l${lineItem}`,
    {
      title: `Assignment ${lineItem}`,
      categoryId: 'hw',
      dueDate: '2026-11-20T23:59:00Z',
      resultValueMax: 100,
    },
    { params: { tenant } },
  );

/** Every score of a class, other ones each round. */
export async function grade(
  api: AxiosInstance,
  cls: number,
  size: Pick<Size, 'students' | 'lineItems'>,
  round: number,
  tenant = 'bench',
): Promise<void> {
  const ids = studentIds(size.students);
  const rows = Array.from({ length: size.lineItems }, (_, l) =>
    ids.map((studentId, i) => ({ lineItemId: `l${l}`, studentId, score: (i + l + round) % 101 })),
  ).flat();
  for (let i = 0; i < rows.length; i += 10_000)
    await api.post(
      `/classes/c${cls}/results/batch`,
      { results: rows.slice(i, i + 10_000) },
      { params: { tenant } },
    );
}

export interface Synced {
  id: string;
  status: string;
  startedAt: string;
  finishedAt: string;
  counts: Record<string, number>;
}
/** Presses and waits for the end; the time is the service's own, from the press to the last answer. */
export async function sync(
  api: AxiosInstance,
  path = '/classes/c0/syncs',
  body: object = {},
): Promise<Synced> {
  const { data } = await api.post<Synced>(path, body);
  return end(api, data.id);
}
/** Looks as often as a page that follows it: to ask is work for service and database, too. */
const LOOK_EVERY_MS = 250;
export async function end(api: AxiosInstance, id: string): Promise<Synced> {
  for (;;) {
    const { data } = await api.get<Synced>(`/syncs/${id}`);
    if (data.status !== 'processing') {
      if (data.status !== 'complete') throw new Error(`the sync ended ${JSON.stringify(data)}`);
      return data;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
export const took = ({ startedAt, finishedAt }: Synced) => Date.parse(finishedAt) - Date.parse(startedAt);
