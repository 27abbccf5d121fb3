/** How many requests a sync of 30 students costs the SIS, beside what the peers' code does for the same. */
import type { Figure } from './index.ts';
import { grade, load, putLineItem, sisDistrict, sync } from '../ground/district.ts';
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

export const requests: Figure = async ({ ground, rounds }) => {
  const cold: number[] = [];
  const unchanged: number[] = [];
  const one: number[] = [];
  const student: number[] = [];
  const quick: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const sis = await ground.sis(sisDistrict(SIZE));
    const service = await ground.service(await ground.database());
    const api = service.api();
    // the read-back is counted apart: it comes later, one list and one page per lineItem
    await load(api, sis, SIZE, { verifyAfterSeconds: 86_400 });
    const counted = async (act: () => Promise<unknown>) => {
      await sis.lever('resetCounts');
      await act();
      return Object.values(await sis.counts()).reduce((sum, n) => sum + n, 0);
    };
    await putLineItem(api, 0, 0);
    await grade(api, 0, { students: 30, lineItems: 1 }, round);
    cold.push(await counted(() => sync(api)));
    unchanged.push(await counted(() => sync(api)));
    await api.put('/classes/c0/lineItems/l0/results/s3', { score: 77.5 });
    one.push(await counted(() => sync(api)));
    await api.put('/classes/c0/lineItems/l0/results/s4', { score: 78.5 });
    student.push(await counted(() => sync(api, '/classes/c0/lineItems/l0/results/s4/syncs')));
    await load(api, sis, SIZE, { autoSync: true, gatherSeconds: 1, verifyAfterSeconds: 86_400 });
    quick.push(
      await counted(async () => {
        for (let i = 0; i < 10; i++) await api.put('/classes/c0/lineItems/l0/results/s5', { score: 10 + i });
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }),
    );
    await service.stop();
    await sis.stop();
  }
  const ours = [cold, unchanged, one].map((values) => sample('', values));
  return {
    title: 'Requests to the SIS for an assignment of 30 students',
    about:
      'Ours counted by the demo SIS (PUT only, access token; with key and secret one more for the token in an hour). The peers counted from their code.',
    columns: ['', 'first sync', 'pressed again', 'one score changed'],
    rows: [
      ['oneroster-passback', ...ours],
      ['… one student sent alone', '', '', sample('', student)],
      ['… automatic, 10 quick edits of a score', '', '', sample('', quick)],
      ...PEERS,
    ],
  };
};
