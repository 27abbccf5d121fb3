/** How long until it is ready, how long until it has stopped, and what it needs when it has nothing to do. */
import type { Figure } from './index.ts';
import { grade, load, sisDistrict, sync } from '../ground/district.ts';
import { sample } from '../ground/sample.ts';

const SIZE = { classes: 4, students: 100, lineItems: 25 };

export const start: Figure = async ({ ground, rounds }) => {
  const [first, rest, again, stop, filled]: number[][] = [[], [], [], [], []];
  for (let round = 0; round < rounds; round++) {
    const sis = await ground.sis(sisDistrict(SIZE));
    const databaseUrl = await ground.database();
    const fresh = await ground.service(databaseUrl);
    first!.push(fresh.readyAfterMs);
    rest!.push(fresh.rss() / 2 ** 20);
    const api = fresh.api();
    await load(api, sis, SIZE);
    for (let c = 0; c < SIZE.classes; c++) {
      await grade(api, c, SIZE, round);
      await sync(api, `/classes/c${c}/syncs`);
    }
    filled!.push(fresh.rss() / 2 ** 20);
    stop!.push(await fresh.stop());
    const second = await ground.service(databaseUrl);
    again!.push(second.readyAfterMs);
    await second.stop();
    await sis.stop();
  }
  return {
    title: 'Start, stop, rest',
    about:
      'One process (`ROLE=all`) beside a PostgreSQL that runs already; until `/readyz` says 200. Filled: after 10,000 results were taken in and sent. With the embedded database the first start adds its creation.',
    columns: ['', 'median (min – max)'],
    rows: [
      ['ready, empty database (migrations)', sample('ms', first!)],
      ['ready, filled database', sample('ms', again!)],
      ['stop on SIGTERM', sample('ms', stop!)],
      ['resident memory at rest', sample('MiB', rest!)],
      ['resident memory after 10,000 results', sample('MiB', filled!)],
    ],
  };
};
