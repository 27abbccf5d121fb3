/** The states of the teacher's page that a good day does not show, and what a teacher decides for the SIS. */
import type { Browser, Page } from 'playwright-core';
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { axe, axeInEveryLook } from './axe.ts';
import { hasBrowser, openBrowser, openPage, testInBrowser, type Watched } from './browser.ts';
import { linkFor } from './district.ts';

const N = 3;
const settings = { sisName: 'Maple SIS', verifyAfterSeconds: 0, gatherSeconds: 0, titleLimit: 20 };
let service: TestService;
let browser: Browser;
let d: District;
let classes = 1;
beforeAll(async () => {
  if (!hasBrowser) return;
  [service, browser] = await Promise.all([
    startService({
      sis: { district: sisDistrict(N, 9) },
      service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
    }),
    openBrowser(),
  ]);
  d = await district(service, N, settings);
}, 60_000);
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await service.stop();
});

async function newClass(scored = true): Promise<string> {
  const cls = `c${++classes}`;
  await addClass(d.lms, cls, N, { title: `Algebra ${cls}` });
  if (!scored) return cls;
  await putLineItem(d.lms, 'hw', { title: 'Homework 1' }, cls);
  await putScores(d.lms, 'hw', N, undefined, cls);
  return cls;
}
const change = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      ...{ passbackEnabled: true, ...settings, ...connectionSettings(service.sis) },
      ...more,
    }),
  );
const link = (cls: string, more: object = {}) =>
  linkFor(service, d.lms, {
    ...{ role: 'teacher', displayName: 'Ms. Rivera', domainId: 'school', classIds: [cls] },
    ...more,
  });
const open = async (cls: string, more: object = {}): Promise<Watched> =>
  openPage(browser, await link(cls, more));
/** As it is for somebody who wants no review of small runs any more. */
const skipReviews = (page: Page) => page.evaluate(() => localStorage.setItem('passback-small-runs', 'skip'));
const press = (page: Page) => page.getByRole('button', { name: 'Sync grades to SIS' }).click();
const dialog = (page: Page) => page.getByRole('dialog');
const writes = () => service.sis.control.writes().length;

testInBrowser('a link opens once, and a press where passback is off says so in plain words', async () => {
  const cls = await newClass();
  await change({ passbackEnabled: false });
  const once = await link(cls);
  const { page, wrong } = await openPage(browser, once);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await press(page);
  const off = 'Your district has not switched on grade sync. Your grades are kept here.';
  await page.getByText(off).first().waitFor();
  await change({});
  const again = await openPage(browser, once);
  await again.page.getByRole('heading', { name: 'This link has been used or has expired' }).waitFor();
  expect(await axe(again.page)).toEqual([]);
  await again.page.getByRole('button', { name: 'Español' }).click();
  await again.page.getByRole('heading', { name: 'Este enlace ya se usó o venció' }).waitFor();
  expect(await again.page.evaluate(() => document.documentElement.lang)).toBe('es');
  expect([...wrong, ...again.wrong]).toEqual([]);
});

testInBrowser(
  'progress is told as it happens, and asked for where the stream does not come through',
  async () => {
    const cls = await newClass();
    const { page, wrong } = await open(cls);
    await page.getByRole('row', { name: /Homework 1/ }).waitFor();
    await skipReviews(page);
    const asked: string[] = [];
    page.on('request', (request) =>
      asked.push(new URL(request.url()).pathname.replace(/[0-9a-f-]{36}/, 'ID')),
    );
    const count = (path: string) => asked.filter((one) => one === path).length;

    service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
    await press(page);
    await page.getByText('1 of 4 done').waitFor();
    expect(count('/v1/syncs/ID/events')).toBe(1);
    const before = count('/v1/syncs/ID');
    service.sis.control.faults.disarm();
    await page.getByText('3 scores and 1 assignment sent to Maple SIS.').first().waitFor();
    // at most the one that was on its way when the stream began to talk
    expect(count('/v1/syncs/ID') - before).toBeLessThanOrEqual(1);

    await page.route('**/events?*', (route) => route.abort());
    await expectOk(d.lms('PUT', `/classes/${cls}/lineItems/hw/results/s01`, { score: 9 }));
    await page.getByRole('tab', { name: 'Sync log' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await press(page);
    await page.getByText('1 score sent to Maple SIS').first().waitFor();
    // the log that is looked at tells of it, too
    await page
      .getByRole('row', { name: /Complete/ })
      .nth(1)
      .waitFor();
    expect(count('/v1/syncs/ID/events')).toBe(2);
    expect(count('/v1/syncs/ID') - before).toBeGreaterThan(0);

    // what is on its way ends; what is not stays here
    service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
    await putScores(d.lms, 'hw', N, (n) => 20 + n, cls);
    await press(page);
    await service.sis.control.waitFor((c) => c.count({ fault: 'hold' }) > 2, 20_000);
    await page.getByRole('button', { name: 'Stop after this one' }).click();
    await page.getByText('The sync was cancelled.').first().waitFor();
    service.sis.control.faults.disarm();
    expect(wrong.filter((one) => !/events/.test(one))).toEqual([]);
  },
);

testInBrowser(
  'a first sync is confirmed where the district wants it; everything goes again after a second press',
  async () => {
    const cls = await newClass();
    await change({ confirmFirstSync: true });
    const { page, wrong } = await open(cls);
    const before = writes();
    await press(page);
    await dialog(page).getByText('Compared with Maple SIS').waitFor();
    // what is sent is what was shown
    await expectOk(d.lms('PUT', `/classes/${cls}/lineItems/hw/results/s01`, { score: 99 }));
    await dialog(page).getByRole('button', { name: 'Sync 3 scores' }).click();
    const changed = dialog(page).getByRole('alert');
    await changed.filter({ hasText: 'nothing was sent. This is what would be sent now' }).waitFor();
    await changed.getByText('s01, Given, Homework 1 – here: 99').waitFor();
    expect(writes()).toBe(before);
    await dialog(page).getByText('Compared with Maple SIS').waitFor();
    await dialog(page).getByRole('button', { name: 'Sync 3 scores' }).click();
    await dialog(page).getByText('Your district wants a confirmation').waitFor();
    expect(await axe(page)).toEqual([]);
    // left, and found again
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Look and confirm' }).click();
    await dialog(page).getByText('Scores: 3 new').waitFor();
    await dialog(page).getByRole('button', { name: 'Confirm and send' }).click();
    await page.getByText('3 scores and 1 assignment sent to Maple SIS.').first().waitFor();
    await change({});

    const sent = writes();
    await page.getByText('More', { exact: true }).click();
    await page.getByRole('button', { name: 'Send everything again…' }).click();
    await dialog(page).getByText('Compared with Maple SIS').waitFor();
    await dialog(page).getByRole('button', { name: 'Send everything again' }).click();
    expect(writes()).toBe(sent);
    await dialog(page).getByRole('button', { name: 'Yes, send 3 scores again' }).click();
    await until(() => writes() === sent + 4);
    expect(wrong).toEqual([]);
  },
);

testInBrowser(
  'an empty class, one that is switched off, and one without a link each say what to do',
  async () => {
    const cls = await newClass(false);
    const { page, wrong } = await open(cls);
    await page.getByText('Graded assignments appear here by themselves.').waitFor();
    await putLineItem(d.lms, 'hw', { title: 'Homework 1' }, cls);
    await expectOk(d.lms('PUT', `/classes/${cls}/lineItems/hw/overrides`, { syncToSis: false }));
    const off = await open(cls);
    await off.page.getByText('Nothing is set to sync.').waitFor();
    await off.page.getByRole('button', { name: 'Switch on all assignments' }).click();
    await off.page.getByRole('switch').filter({ hasText: 'On' }).waitFor();

    await addClass(d.lms, cls, N, { sourcedId: null });
    const unlinked = await open(cls);
    await unlinked.page.getByText('This class is not linked to a class in the SIS, so').waitFor();
    await unlinked.page.getByText(cls, { exact: true }).waitFor();
    expect(await axeInEveryLook(unlinked.page, 'teacher – not linked')).toEqual([]);
    await unlinked.page.getByRole('button', { name: 'Español' }).click();
    const cause = unlinked.page.locator('attention-list');
    await cause.getByText('Esta clase no está vinculada con una clase del SIS.').waitFor();
    await cause.getByText('Pida a su administrador que vincule la clase').waitFor();

    const stale = await link(cls);
    await expectOk(d.lms('DELETE', `/classes/${cls}`));
    const forbidden = await openPage(browser, stale);
    await forbidden.page.getByText('This class is not yours to see').first().waitFor();
    expect([...wrong, ...off.wrong, ...unlinked.wrong, ...forbidden.wrong]).toEqual([]);
  },
);

testInBrowser(
  'title, date and link to the SIS are decided in place; what was deleted here is ticked off',
  async () => {
    const cls = await newClass();
    await putLineItem(d.lms, 'gone', { title: 'Homework 2' }, cls);
    await sync(d.lms, `/classes/${cls}/syncs`);
    await expectOk(d.lms('DELETE', `/classes/${cls}/lineItems/gone`));
    // a minute before its token ends: what is typed stays
    const { page, wrong } = await open(cls, { expiresInSeconds: 60 });
    await page.getByText('This page closes in two minutes.').waitFor();
    await page.getByText('Deleted here, still in the SIS').waitFor();
    await page.getByRole('button', { name: 'I have removed it – Homework 2' }).focus();
    await page.keyboard.press('Enter');
    await until(() => page.locator('deletion-list .said').evaluate((note) => note.matches(':focus')));
    await page.getByText('Deleted here, still in the SIS').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Homework 1' }).click();
    await page.getByText('As it is sent to the SIS').click();
    const title = page.getByLabel('Title in the SIS');
    await title.fill('A title of twenty-one');
    await page.getByText('21 of 20 characters').waitFor();
    await title.fill('A title of its own');
    await page.getByLabel('Due date in the SIS').fill('2026-11-30');
    await page.getByLabel('SIS category').selectOption({ label: 'Tests' });
    // somebody else is quicker
    const where = `/classes/${cls}/lineItems/hw/overrides`;
    await expectOk(d.lms('PUT', where, { sisTitle: 'Theirs' }));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else changed this meanwhile.').first().waitFor();
    expect(await title.inputValue()).toBe('A title of its own');
    await page.getByRole('button', { name: 'Save mine' }).click();
    await page.getByText('Saved. It goes with the next sync.').first().waitFor();
    // until the day is over at the school
    expect((await d.lms('GET', where)).body).toEqual({
      ...{ sisTitle: 'A title of its own', sisCategorySourcedId: 'sis-tests' },
      sisDueDate: '2026-12-01T05:59:00.000Z',
    });
    await page.getByText('Linked in the SIS').click();
    await page.getByRole('button', { name: 'Look in Maple SIS' }).click();
    await page.getByLabel('Choose the one that it is').selectOption({ label: 'Homework 2' });
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    await page.getByText('Linked; the scores follow with the next sync.').first().waitFor();
    // another language takes nothing away that is typed or open
    await title.fill('Half a title');
    await page.getByRole('button', { name: 'Español' }).click();
    expect(await page.getByLabel('Título en el SIS').inputValue()).toBe('Half a title');
    // what the service says in its own words is told to screen readers as English
    await page.getByRole('button', { name: '¿Por qué? – Homework 1' }).click();
    await page.locator('[role=status] [lang=en]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'English' }).click();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Look in Maple SIS' }).click();
    await page.getByText('Grade sync is not reachable – your grades are safe.').first().waitFor();
    expect(wrong).toEqual([]);
  },
);

testInBrowser(
  'a link leads to one assignment, each shows its own scores, and a review without the SIS says so',
  async () => {
    const cls = await newClass();
    await putLineItem(d.lms, 'quiz', { title: 'Quiz 1' }, cls);
    await expectOk(d.lms('PUT', `/classes/${cls}/lineItems/quiz/results/s02`, { score: 77 }));
    await change({ conflictPolicy: 'lmsWins' });
    const { page, wrong } = await openPage(browser, `${await link(cls)}&assignment=hw`);
    await page.getByRole('heading', { name: 'Homework 1', level: 2 }).waitFor();
    const student = (name: string) => page.getByRole('row', { name: new RegExp(name) });
    await student('s01').getByRole('button', { name: 'Send – s01, Given' }).waitFor();
    await page.getByRole('button', { name: 'All assignments' }).click();
    const opener = page.getByRole('button', { name: 'Homework 1' });
    await until(() => opener.evaluate((button) => button.matches(':focus')));
    await page.getByRole('button', { name: 'Quiz 1' }).click();
    await student('s02').getByText('77').waitFor();
    await student('s01').getByText('No score').waitFor();
    // from the one to the other, without the list between them
    await page.evaluate(() => history.go(-2));
    await page.getByRole('heading', { name: 'Homework 1', level: 2 }).waitFor();
    await student('s01').getByRole('button', { name: 'Send – s01, Given' }).waitFor();
    expect(await page.getByText('77').count()).toBe(0);

    await expectOk(d.lms('PUT', `/classes/${cls}/students/new`, { familyName: 'Newcomer' }));
    // the score is sent by keyboard, and the focus goes on in the list
    await student('s01').getByRole('button', { name: 'Send – s01, Given' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('The score of s01, Given was sent to Maple SIS.').first().waitFor();
    await student('Newcomer').getByText('No score').waitFor();
    const next = student('s02').getByRole('button', { name: 'Send – s02, Given' });
    await until(() => next.evaluate((button) => button.matches(':focus')));

    // as the service answers where the SIS does not (tests/service/plan-read.test.ts)
    const noAnswer = {
      status: 503,
      json: { code: 'SIS_NO_ANSWER_YET', detail: 'The SIS has not answered.' },
    };
    await page.route('**/plan?*readSis=true', (route) => route.fulfill(noAnswer));
    await press(page);
    await dialog(page).getByText('could not be read just now').waitFor();
    await dialog(page).getByText('You can send all the same').waitFor();
    await dialog(page).getByText('typed into Maple SIS by hand will be replaced').waitFor();
    expect(await axe(page)).toEqual([]);
    await change({});
    expect(wrong).toEqual([]);
  },
);

testInBrowser('a teacher of two sections says of each whether its scores go by themselves', async () => {
  const [one, other] = [await newClass(false), await newClass(false)];
  const { page, wrong } = await open(one, { classIds: [one, other] });
  await page.getByRole('tab', { name: 'Settings' }).click();
  const section = page.getByRole('combobox', { name: `Algebra ${other}` });
  expect(await section.inputValue()).toBe('inherit');
  await section.selectOption('Automatically');
  await page.getByText(`Saved for Algebra ${other}.`).first().waitFor();
  const autoSync = async (cls: string) =>
    (await d.lms<Record<string, string>>('GET', `/classes/${cls}/syncSettings`)).body;
  expect([await autoSync(one), await autoSync(other)]).toMatchObject([
    { autoSync: 'inherit' },
    { autoSync: 'on' },
  ]);
  // what is chosen while something else is being saved is saved too
  await page.getByLabel('On for this class').check();
  await page.getByLabel('If somebody typed something else').selectOption('Send ours');
  await section.selectOption('When somebody presses the button');
  await page.getByText('Saved.', { exact: true }).first().waitFor();
  await until(async () => (await autoSync(other))['autoSync'] === 'off');
  expect(await autoSync(one)).toMatchObject({ autoSync: 'on', conflictPolicy: 'lmsWins' });
  // a refused choice does not look saved
  await page.context().setOffline(true);
  await page.getByLabel('Off for this class').click();
  await page.getByText('Grade sync is not reachable – your grades are safe.').first().waitFor();
  expect(await page.getByLabel('On for this class').isChecked()).toBe(true);
  await page.context().setOffline(false);
  expect(await axe(page)).toEqual([]);
  expect(wrong).toEqual([]);
});
