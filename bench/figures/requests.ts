/** How many requests a sync of 30 students costs the SIS, beside what the peers' code does for the same. */
import type { AxiosInstance } from 'axios';
import type { Figure } from './index.ts';
import { grade, load, putLineItem, sisDistrict, sync } from '../ground/district.ts';
import type { BenchSis } from '../ground/ground.ts';
import { sample } from '../ground/sample.ts';

/**
 * Counted from the peers' public code for 30 scored students: cold (the column is absent), the button pressed again
 * with nothing changed, one changed score by the same button.
 */
const PEERS: [string, string, string, string][] = [
  ['oli-torus (LTI AGS)', '91', '90', '90'],
  ['Microsoft GradeSync (OneRoster 1.1)', '67', '36, nothing delivered', '36, nothing delivered'],
  ['Sakai Plus (LTI AGS)', '62', '0', '2'],
  ['PrairieLearn (LTI AGS)', '32', '32', '32'],
  ['Canvas (one CSV of final grades)', '1', '1', '1'],
];
const SIZE = { classes: 1, students: 30, lineItems: 0 };
/** the read-back is counted apart: it comes later, one list and one page per lineItem */
const LATER = { verifyAfterSeconds: 86_400 };

/** What an SIS can do, and whether a list is read before a score goes over one that somebody typed there. */
const WAYS = [
  { name: 'PUT only, looks before it overwrites', bulk: false, conflictPolicy: 'ask' },
  { name: 'PUT only, the LMS wins unseen', bulk: false, conflictPolicy: 'lmsWins' },
  { name: 'many in one POST, looks before it overwrites', bulk: true, conflictPolicy: 'ask' },
  { name: 'many in one POST, the LMS wins unseen', bulk: true, conflictPolicy: 'lmsWins' },
];

export const requests: Figure = async ({ ground, rounds, say }) => {
  const rows = [];
  for (const { name, bulk, conflictPolicy } of WAYS) {
    say(name);
    const [cold, unchanged, one, student, quick]: number[][] = [[], [], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const sis = await ground.sis(sisDistrict(SIZE));
      await sis.lever('setRules', { totalCount: true, ...(bulk && { bulkPost: 'array' }) });
      const service = await ground.service(await ground.database());
      const api = service.api();
      const settings = { ...LATER, conflictPolicy };
      await load(api, sis, SIZE, settings);
      // what an administrator does once: it finds out whether lists come whole and whether many go in one request
      await api.post('/domains/bench/settings/test', { writeProbe: { classId: 'c0', studentId: 's0' } });
      await putLineItem(api, 0, 0);
      await grade(api, 0, { students: 30, lineItems: 1 }, round);
      cold!.push(await counted(sis, () => sync(api)));
      unchanged!.push(await counted(sis, () => sync(api)));
      await score(api, 3, 77.5);
      one!.push(await counted(sis, () => sync(api)));
      await score(api, 4, 78.5);
      student!.push(await counted(sis, () => sync(api, '/classes/c0/lineItems/l0/results/s4/syncs')));
      await load(api, sis, SIZE, { ...settings, autoSync: true, gatherSeconds: 1 });
      quick!.push(
        await counted(sis, async () => {
          for (let i = 0; i < 10; i++) await score(api, 5, 10 + i);
          await new Promise((resolve) => setTimeout(resolve, 3_000));
        }),
      );
      await service.stop();
      await sis.stop();
    }
    rows.push([name, ...[cold!, unchanged!, one!, student!, quick!].map((values) => sample('', values))]);
  }
  return {
    title: 'Requests to the SIS for an assignment of 30 students',
    about:
      'Ours counted by the demo SIS (access token; with key and secret one more for the token in an hour), after one connection test. The peers counted from their code.',
    columns: [
      '',
      'first sync',
      'pressed again',
      'one score changed',
      'one student sent alone',
      '10 quick edits, automatic',
    ],
    rows: [...rows, ...PEERS.map((peer) => [...peer, '', ''])],
  };
};

const score = (api: AxiosInstance, student: number, value: number) =>
  api.put(`/classes/c0/lineItems/l0/results/s${student}`, { score: value });

async function counted(sis: BenchSis, act: () => Promise<unknown>): Promise<number> {
  await sis.lever('resetCounts');
  await act();
  return Object.values(await sis.counts()).reduce((sum, n) => sum + n, 0);
}
