import type { Browser } from 'playwright-core';
import { startService, type TestService } from '../support/service.ts';
import { openBrowser, openPage, testInBrowser, widthNeeded } from './browser.ts';
import { linkFor, loadClass, makeDistrict, settingsFor, type District } from './district.ts';

let service: TestService | undefined;
let browser: Browser | undefined;

afterEach(async () => {
  await browser?.close();
  await service?.stop();
  browser = service = undefined;
});

async function begin(): Promise<{
  service: TestService;
  browser: Browser;
  district: District;
  link: string;
}> {
  [service, browser] = await Promise.all([startService(), openBrowser()]);
  const district = await makeDistrict(service);
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  await loadClass(district);
  const teacher = { role: 'teacher', displayName: 'Ms. Rivera', classIds: ['c1'] };
  return { service, browser, district, link: await linkFor(service, district.lms, teacher) };
}

testInBrowser('a teacher syncs a class, sees what needs attention, and sends one changed score', async () => {
  const { service, browser, district, link } = await begin();
  const { page, wrong } = await openPage(browser, link);

  await page.getByRole('heading', { name: 'Sync grades to Maple SIS', level: 1 }).waitFor();
  expect(page.url()).toBe(`${service.url}/teacher`);
  const homework = page.getByRole('row', { name: /Homework 1/ });
  await homework.filter({ hasText: 'Not synced' }).waitFor();

  await page.getByRole('button', { name: 'Sync grades to SIS' }).click();
  await page.getByText('2 scores and 2 assignments sent to Maple SIS, 1 needs attention.').first().waitFor();
  const [first] = service.sis.control.contents().lineItems.filter((item) => item.title === 'Homework 1');
  const held = (student: string) => service.sis.control.resultOf(first?.sourcedId ?? '', student);
  expect(held('student-1')).toMatchObject({ score: 8.5, scoreStatus: 'fully graded' });
  expect(held('student-2')).toMatchObject({ score: 0, missing: 'true' });

  // One entry per cause, with the fix.
  await page.getByText('This student is not linked to a student in the SIS.').first().waitFor();
  await page.getByText('1 score', { exact: true }).click();
  await page.getByRole('listitem').filter({ hasText: 'Unlinked, Zoë –' }).first().waitFor();
  await homework.filter({ hasText: '2 of 3 up to date · 1 needs attention' }).waitFor();

  await page.getByRole('button', { name: 'Homework 1' }).last().click();
  await page.getByRole('heading', { name: 'Homework 1', level: 2 }).waitFor();
  const ada = page.getByRole('row', { name: /Byron, Ada/ });
  await ada.getByText('Up to date').waitFor();
  await page
    .getByRole('row', { name: /Okafor, Ben/ })
    .filter({ hasText: /Missing.*0 · Missing/s })
    .waitFor();

  // A score that changes meanwhile waits for the teacher, as nothing is sent automatically here.
  await district.lms('PUT', '/classes/c1/lineItems/hw1/results/ada', { score: 9 });
  await page.getByRole('button', { name: 'All assignments' }).click();
  await page.getByRole('button', { name: 'Homework 1' }).last().click();
  await ada.getByText('Changed').waitFor();
  await ada.getByRole('button', { name: 'Send – Byron, Ada' }).click();
  await page.getByText('The score of Byron, Ada was sent to Maple SIS.').first().waitFor();
  expect(held('student-1')).toMatchObject({ score: 9 });

  const toggle = page.getByRole('switch');
  expect(await toggle.getAttribute('aria-checked')).toBe('true');
  await toggle.click();
  await page.getByText('Sync to the SIS is switched off for this assignment.').first().waitFor();
  await toggle.filter({ hasText: 'Off' }).waitFor();
  const overrides = await district.lms('GET', '/classes/c1/lineItems/hw1/overrides');
  expect(overrides.body).toMatchObject({ syncToSis: false });

  expect(await widthNeeded(page)).toBe(320);
  expect(wrong).toEqual([]);
  expect(service.sis.violations).toEqual([]);
});

testInBrowser('a link opens once, and a press where passback is off says so in plain words', async () => {
  const { service, browser, district, link } = await begin();
  await district.admin('PUT', '/domains/lakeside/settings', {
    ...settingsFor(service),
    passbackEnabled: false,
  });
  const { page, wrong } = await openPage(browser, link);
  await page.getByRole('button', { name: 'Sync grades to SIS' }).click();
  await page
    .getByText('Your district has not switched on grade sync. Your grades are kept here.')
    .first()
    .waitFor();

  const again = await openPage(browser, link);
  await again.page.getByRole('heading', { name: 'This link has been used or has expired' }).waitFor();
  expect([...wrong, ...again.wrong]).toEqual([]);
});

testInBrowser(
  'progress is told as it happens, and asked for where the stream does not come through',
  async () => {
    const { service, browser, district, link } = await begin();
    const { page, wrong } = await openPage(browser, link);
    const asked: string[] = [];
    page.on('request', (request) =>
      asked.push(new URL(request.url()).pathname.replace(/[0-9a-f-]{36}/, 'ID')),
    );
    const count = (path: string) => asked.filter((one) => one === path).length;
    const press = () => page.getByRole('button', { name: 'Sync grades to SIS' }).click();

    service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
    await press();
    await service.sis.control.waitFor((c) => c.count({ fault: 'hold' }) === 2, 20_000);
    await page.getByText('2 of 4').or(page.getByText('3 of 5')).first().waitFor();
    expect(count('/v1/syncs/ID/events')).toBe(1);
    const before = count('/v1/syncs/ID');
    service.sis.control.faults.disarm();
    await page
      .getByText('2 scores and 2 assignments sent to Maple SIS, 1 needs attention.')
      .first()
      .waitFor();
    // at most the one that was on its way when the stream began to talk
    expect(count('/v1/syncs/ID') - before).toBeLessThanOrEqual(1);

    await page.route('**/events?*', (route) => route.abort());
    await district.lms('PUT', '/classes/c1/lineItems/hw1/results/ada', { score: 9 });
    await press();
    await page.getByText('1 score sent to Maple SIS').first().waitFor();
    expect(count('/v1/syncs/ID/events')).toBe(2);
    expect(count('/v1/syncs/ID') - before).toBeGreaterThan(0);
    expect(wrong.filter((one) => !/events/.test(one))).toEqual([]);
  },
);
