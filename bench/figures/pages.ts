/** The teacher's page with a large class, in Chromium: how long a teacher waits, and whether it moves smoothly. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { grade, load, sisDistrict } from '../ground/district.ts';
import { sample } from '../ground/sample.ts';
import type { Figure } from './index.ts';

const root = join(import.meta.dirname, '../..');
const SIZE = { classes: 1, students: 200, lineItems: 60 };

export const pages: Figure = async ({ ground, rounds }) => {
  const sis = await ground.sis(sisDistrict(SIZE));
  const service = await ground.service(await ground.database());
  const api = service.api();
  await load(api, sis, SIZE);
  await grade(api, 0, SIZE, 0);
  const lms = await api.post<{ key: string }>('/domains/bench/keys', { role: 'lms', name: 'bench' });
  const link = async () => {
    const headers = { authorization: `Bearer ${lms.data.key}` };
    const person = { subject: 't', displayName: 'T', role: 'teacher', domainId: 'bench', classIds: ['c0'] };
    const { data } = await api.post<{ pageUrl: string }>(
      '/tokens',
      { ...person, expiresInSeconds: 3600 },
      { headers },
    );
    const { pathname, hash } = new URL(data.pageUrl);
    return service.url + pathname + hash;
  };
  execFileSync(process.execPath, [join(root, 'scripts/build-pages.mjs')], { stdio: 'pipe' });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  const [opened, reviewed, compared, assignment, frame]: number[][] = [[], [], [], [], []];
  try {
    for (let round = 0; round < rounds; round++) {
      const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
      const where = await link();
      const started = performance.now();
      await page.goto(where);
      await page.getByRole('row').nth(SIZE.lineItems).waitFor({ state: 'attached' });
      opened!.push(performance.now() - started);
      const since = performance.now();
      await page.getByRole('button', { name: 'Sync grades to SIS' }).click();
      await page.getByRole('dialog').getByRole('checkbox').nth(SIZE.lineItems).waitFor();
      reviewed!.push(performance.now() - since);
      await page.getByRole('dialog').getByText('Compared with').waitFor();
      compared!.push(performance.now() - since);
      await page.keyboard.press('Escape');
      const at = performance.now();
      await page.getByRole('button', { name: 'Assignment 0' }).click();
      await page.getByRole('row').nth(SIZE.students).waitFor({ state: 'attached' });
      assignment!.push(performance.now() - at);
      frame!.push(await longestFrame(page));
      await page.close();
    }
  } finally {
    await browser.close();
    await service.stop();
    await sis.stop();
  }
  return {
    title: 'Teacher’s page with 200 students and 60 assignments (12,000 scores)',
    about:
      'Headless Chromium on the same machine as service, database and SIS. A frame that takes more than 50 ms is one that people see.',
    columns: ['', 'median (min – max)'],
    rows: [
      ['link opened until every assignment is shown', sample('ms', opened!)],
      ['press until the review shows what will be sent', sample('ms', reviewed!)],
      ['press until it is compared with the SIS', sample('ms', compared!)],
      ['assignment opened until every student is shown', sample('ms', assignment!)],
      ['longest frame while scrolling through them', sample('ms', frame!)],
    ],
  };
};

/** In ms, of some sixty. A text: nothing else of the bench runs where there is a window. */
const longestFrame = (page: Page) =>
  page.evaluate<number>(`new Promise((resolve) => {
    let [longest, last, left] = [0, 0, 60];
    const next = (now) => {
      if (last > 0) longest = Math.max(longest, now - last);
      last = now;
      scrollBy(0, 400);
      if (--left > 0) requestAnimationFrame(next);
      else resolve(longest);
    };
    requestAnimationFrame(next);
  })`);
