import type { Browser } from 'playwright-core';
import { startService, until, type TestService } from '../support/service.ts';
import type { Drift } from '../../src/pages/admin/admin-answers.ts';
import { axe, axeInEveryLook } from './axe.ts';
import { byKeyboard, holdAnswers, openBrowser, openPage, testInBrowser } from './browser.ts';
import { linkFor, loadClass, makeDistrict, settingsFor, type District } from './district.ts';

interface Begun {
  service: TestService;
  browser: Browser;
  district: District;
}
let begun: Promise<Begun> | undefined;

/** One service and one browser for all stories of this file. */
const begin = () =>
  (begun ??= (async () => {
    const [service, browser] = await Promise.all([startService(), openBrowser()]);
    const district = await makeDistrict(service);
    await loadClass(district);
    return { service, browser, district };
  })());

afterAll(async () => {
  const all = await begun;
  await all?.browser.close();
  await all?.service.stop();
});

async function consoleOf(person: string, hash = '') {
  const { service, browser, district } = await begin();
  const link = await linkFor(service, district.admin, { role: 'admin', displayName: person });
  return { ...(await openPage(browser, link + hash)), service, district };
}

testInBrowser(
  'the first hour without a mouse: connect, test, try one class, see what goes, allow',
  async () => {
    const { page, wrong, service, district } = await consoleOf('Dana Admin');
    await page.getByText('Not set up').waitFor();
    expect(page.url()).toBe(`${service.url}/admin`);
    await page.getByText('0 of 5 steps done').waitFor();
    expect(await axe(page)).toEqual([]);
    const press = (name: string) => byKeyboard(page, page.getByRole('button', { name, exact: true }));
    const type = async (label: string, text: string) => {
      await byKeyboard(page, page.getByLabel(label, { exact: true }), null);
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(text);
    };
    await byKeyboard(page, page.getByRole('link', { name: 'To the SIS settings' }));
    await page.getByRole('heading', { level: 1, name: 'SIS settings' }).waitFor();
    await type('SIS name', 'Maple SIS');
    await type('API base URL', service.sis.gradebookUrl);
    await type('Key', service.sis.auth.clientId);

    // The API's complaint stands at the field that it is about, and the field has the focus.
    await press('Save');
    const secret = page.getByLabel('Secret', { exact: true });
    await page.getByText('Some fields need a correction.').first().waitFor();
    expect(await secret.getAttribute('aria-invalid')).toBe('true');
    expect(await secret.evaluate((field) => field.matches(':focus'))).toBe(true);

    // The test runs on what is typed, before it is saved; what is typed stays while one looks elsewhere.
    await page.keyboard.insertText('not the secret');
    await type('Token URL (optional)', service.sis.auth.tokenUrl);
    await press('Test connection');
    await page.getByRole('heading', { name: 'The connection does not work yet.' }).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('link', { name: 'SIS settings' }).first().click();
    await secret.waitFor();
    await type('Secret', service.sis.auth.clientSecret);
    await press('Test connection');
    await page.getByRole('heading', { name: 'The connection works.' }).waitFor();
    // which says nothing of what is typed next
    await type('Key', 'another');
    expect(await page.getByRole('heading', { name: 'The connection works.' }).count()).toBe(0);
    await type('Key', service.sis.auth.clientId);
    expect((await district.admin('GET', '/domains/lakeside/settings')).body).toEqual({});
    await press('Save');
    await page.getByText('Everything is saved.').waitFor();
    // of the secret one sees that it is stored, and by whom
    await page.getByText(/One is stored and never shown.*Entered by Dana Admin/).waitFor();
    expect(await secret.inputValue()).toBe('');

    // What an admin may want to know before he allows anything.
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('1 of 5 steps done').waitFor();
    service.sis.control.arm({ kind: 'status', status: 503 });
    await press('Test connection');
    await page.getByRole('heading', { name: 'The connection does not work yet.' }).waitFor();
    await page.getByText('1 of 5 steps done').waitFor();
    service.sis.control.disarm();
    await press('Test connection');
    await page.getByText('2 of 5 steps done').waitFor();
    await byKeyboard(page, page.getByLabel('Class', { exact: true }), 'A');
    expect(await page.getByLabel('Class', { exact: true }).inputValue()).toBe('c1');
    await press('Try this class');
    await page.getByRole('heading', { name: 'The connection works.' }).waitFor();
    const matching = page.getByRole('listitem').filter({ hasText: 'Students match' }).last();
    expect(await matching.textContent()).toContain('2 of 3');
    await page.getByText('2 assignments and 2 scores of this class would be sent.').waitFor();
    await page.getByText('1 – This student is not linked to a student in the SIS.').waitFor();
    expect(service.sis.control.contents().lineItems.filter((item) => item.title.startsWith('Home'))).toEqual(
      [],
    );
    await press('Allow grades to be sent to the SIS');
    await page.getByRole('heading', { name: 'The first hour' }).waitFor({ state: 'hidden' });
    // the button that had the focus is gone
    await page.locator('h1:focus').waitFor();
    const saved = await district.admin('GET', '/domains/lakeside/settings');
    expect(saved.body).toMatchObject({
      ...{ sisName: 'Maple SIS', passbackEnabled: true },
      auth: { clientId: service.sis.auth.clientId, clientSecretSet: true },
    });
    expect(wrong).toEqual([]);
  },
);

testInBrowser('two admins change the settings at once, and neither loses what he changed', async () => {
  const { district, service } = await begin();
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  const { page, wrong } = await consoleOf('Dana Admin', '&settings');
  await page.getByLabel('Kind of SIS').selectOption('powerschool');
  await page.getByRole('button', { name: 'Discard' }).click();
  expect(await page.getByLabel('Kind of SIS').inputValue()).toBe('');
  await page.getByLabel('Lakeside High School').check();
  await page.getByLabel('SIS name').fill('Elm SIS');
  // what a kind of SIS makes the default is seen before it is saved
  await page.getByLabel('Kind of SIS').selectOption('infinite-campus');
  await page.getByText('This SIS wants the header x-vendor-authorization').waitFor();
  await page.getByText('Assignments', { exact: true }).click();
  await page.getByText('In force: 30 (as this kind of SIS wants it)').waitFor();
  await page.getByLabel('Longest title').fill('4');
  // nobody leaves what he has typed for another school
  await page.getByLabel('District or school', { exact: true }).selectOption('middle');
  await page.getByText('Save or discard first what you have typed').first().waitFor();

  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Some fields need a correction.').first().waitFor();
  expect(await page.getByLabel('Longest title').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Longest title').fill('40');

  const stored = await district.admin('GET', '/domains/lakeside/settings');
  await district.admin('PUT', '/domains/lakeside/settings', {
    ...(stored.body as object),
    ...{ gatherSeconds: 33, sisName: 'Oak SIS', excludedDomainIds: ['middle'] },
  });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Keep my changes on top' }).click();
  await page.getByText('Someone else changed these settings').first().waitFor({ state: 'hidden' });
  await page.locator('.note').getByText('Both of you have changed: SIS name. Yours is shown.').waitFor();
  expect(await page.getByLabel('Seconds to gather').inputValue()).toBe('33');
  expect(await page.getByLabel('Lakeside Middle School').isChecked()).toBe(true);
  expect(await axe(page)).toEqual([]);
  // what is typed while it is being saved is not saved with it, and not lost
  const saving = await holdAnswers(page, /\/settings$/, 'PUT');
  await page.getByRole('button', { name: 'Save' }).click();
  await saving.asked;
  await page.getByLabel('Seconds to gather').fill('44');
  await saving.letGo();
  await page.locator('.note').getByText('Both of you have changed').waitFor({ state: 'hidden' });
  const both = await district.admin('GET', '/domains/lakeside/settings');
  expect(both.body).toMatchObject({
    ...{ excludedDomainIds: ['middle', 'high'], profile: 'infinite-campus', titleLimit: 40 },
    ...{ gatherSeconds: 33, sisName: 'Elm SIS' },
  });
  expect(await page.getByLabel('Seconds to gather').inputValue()).toBe('44');
  // who looks at another screen at once has saved it all the same, and may then look at another school
  const again = await holdAnswers(page, /\/settings$/, 'PUT');
  await page.getByRole('button', { name: 'Save' }).click();
  await again.asked;
  await page.getByRole('link', { name: 'Overview' }).click();
  await again.letGo();
  expect((await district.admin('GET', '/domains/lakeside/settings')).body).toMatchObject({
    gatherSeconds: 44,
  });
  // what is switched off above is off in a school, whatever is chosen there
  await district.admin('PUT', '/domains/lakeside/settings', { passbackEnabled: false });
  const looked = page.getByLabel('District or school', { exact: true });
  await until(async () => {
    await looked.selectOption('middle');
    return (await looked.inputValue()) === 'middle';
  });
  await page.getByRole('link', { name: 'SIS settings' }).first().click();
  await page.getByRole('switch', { name: /Allow grades to be sent/ }).click();
  await page.getByText('It is switched off in Lakeside District').waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('whoever pauses is named on every screen, until somebody resumes', async () => {
  const { page, wrong, district, service } = await consoleOf('Dana Admin');
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  await page.getByRole('button', { name: 'Pause all sending' }).click();
  await page.getByText('Sending is paused by Dana Admin').first().waitFor();
  await page.locator('h1:focus').waitFor();
  await page.getByRole('link', { name: 'History' }).first().click();
  await page.getByRole('heading', { name: 'History' }).waitFor();
  expect(await page.getByText('Sending is paused by Dana Admin').isVisible()).toBe(true);
  // a sync that waits for it is followed, also after a look that failed
  await district.lms('POST', '/classes/c1/syncs');
  await page.clock.install();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: 'History' }).first().click();
  await page
    .getByRole('row', { name: /In progress/ })
    .getByRole('link')
    .click();
  await page.getByRole('button', { name: 'Stop this sync' }).waitFor();
  await page.route(/\/syncs\//, (route) => route.abort());
  await page.clock.runFor(2_000);
  await page.getByText('How it goes on could not be read.').waitFor();
  await page.unroute(/\/syncs\//);
  await page.clock.runFor(4_000);
  await page.getByText('How it goes on could not be read.').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Stop this sync' }).click();
  await page.getByText('Cancelled').waitFor();
  // a school below is paused with it, and cannot go on by itself
  const looked = page.getByLabel('District or school', { exact: true }).first();
  await looked.focus();
  await looked.selectOption('middle');
  await page.getByText('It is paused in Lakeside District').waitFor();
  expect(await looked.evaluate((choice) => choice.matches(':focus'))).toBe(true);
  expect(await page.getByRole('button', { name: 'Resume sending' }).count()).toBe(0);
  await looked.selectOption('lakeside');
  await page.getByRole('button', { name: 'Resume sending' }).click();
  await page.getByText('Sending is paused by').first().waitFor({ state: 'hidden' });
  expect((await district.admin('GET', '/domains/lakeside/connection')).body).toMatchObject({
    pausedAt: null,
  });
  expect(wrong).toEqual([]);
});

testInBrowser('without a network the console says so, and goes on when there is one again', async () => {
  const { page, wrong } = await consoleOf('Dana Admin');
  await page.getByRole('heading', { name: 'Connection' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Pause all sending' }).click();
  await page.getByText('Grade sync is not reachable – your grades are safe.').first().waitFor();
  // a screen that was never looked at cannot even be loaded
  await page.getByRole('link', { name: 'Schedules' }).click();
  await page.getByText('This part of the page could not be loaded.').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('No schedules. Teachers can still sync by hand.').waitFor();
  expect(wrong.filter((one) => !/dynamically imported module|ERR_INTERNET/.test(one))).toEqual([]);
});

testInBrowser('schedules are made, changed, run, paused and deleted', async () => {
  const { page, wrong, district, service } = await consoleOf('Dana Admin', '&schedules');
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  await page.getByText('No schedules. Teachers can still sync by hand.').waitFor();
  await page.getByRole('button', { name: 'New schedule' }).click();
  await page.getByLabel('How often').selectOption('day');
  // this time does not exist on one day of spring
  await page.getByLabel('Time of day').fill('02:30');
  await page.getByText('When the clocks go forward').waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByLabel('Time of day').fill('18:00');
  await page.getByText('When the clocks go forward').waitFor({ state: 'hidden' });
  expect(await page.getByRole('listitem').filter({ hasText: /6:00/ }).count()).toBe(5);
  const early = { type: 'gradePassback', every: { unit: 'weekday', at: '06:15' } };
  const second = await district.admin<{ id: string }>('POST', '/domains/lakeside/schedules', early);
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /Daily at 6:00/ });
  await row.waitFor();

  // beside a form that is open, another schedule is changed as it is itself
  await row.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Time of day').fill('20:00');
  const other = page.getByRole('row', { name: /Weekdays at 6:15/ });
  await other.getByRole('button', { name: 'Change' }).click();
  await page.locator('schedule-form h2:focus').waitFor();
  expect(await page.getByLabel('Time of day').inputValue()).toBe('06:15');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel('Time of day').waitFor({ state: 'detached' });
  await Promise.all([row.waitFor(), other.waitFor()]);
  await district.admin('DELETE', `/schedules/${second.body.id}`);

  // of two who change it at once, each keeps what he has changed, and reads what both have
  await row.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('How often').selectOption('weekday');
  const { items } = (await district.admin<{ items: { id: string }[] }>('GET', '/domains/lakeside/schedules'))
    .body;
  const seven = {
    ...{ type: 'gradePassback', timeZone: 'America/Denver' },
    every: { unit: 'day', at: '19:00' },
  };
  await district.admin('PUT', `/schedules/${items[0]?.id}`, seven);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Keep my changes on top' }).click();
  await page.locator('.note').getByText('Both of you have changed: When. Yours is shown.').waitFor();
  expect(await page.getByLabel('Time of day').inputValue()).toBe('18:00');
  expect(await page.getByLabel('Time zone').inputValue()).toBe('America/Denver');
  await page.getByRole('button', { name: 'Save' }).click();

  await page
    .getByRole('row', { name: /Weekdays at 6:00/ })
    .getByRole('button', { name: 'Change' })
    .click();
  await page.getByLabel('How often').selectOption('cron');
  await page.getByLabel('Cron expression', { exact: true }).last().fill('99 18 * * *');
  await page.locator('.error').waitFor();
  await page.getByLabel('Cron expression', { exact: true }).last().fill('0 18 1 * *');
  await page.locator('.error').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Save' }).click();
  const monthly = page.getByRole('row', { name: /on day 1 of the month/ });
  await monthly.getByRole('button', { name: 'Run now' }).click();
  await monthly
    .getByText(/Running|Complete/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Pause all' }).click();
  await monthly.getByText('Paused by Dana Admin').waitFor();
  await page.getByRole('button', { name: 'Resume all' }).click();
  await monthly.getByText('Paused by Dana Admin').waitFor({ state: 'hidden' });
  // the focus goes to the question and back, and is not lost with what is deleted
  const remove = monthly.getByRole('button', { name: 'Delete' });
  await remove.click();
  await monthly.getByRole('button', { name: 'Cancel' }).click();
  expect(await remove.evaluate((button) => button.matches(':focus'))).toBe(true);
  await remove.click();
  await remove.click();
  await page.getByText('No schedules. Teachers can still sync by hand.').waitFor();
  await page.locator('.start:focus').waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('problems are shown by cause, and tried again together once the cause is gone', async () => {
  const { service, district } = await begin();
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  await district.lms('POST', '/classes/c1/syncs');
  const { page, wrong } = await consoleOf('Dana Admin', '&history');
  await page
    .getByRole('row', { name: /Algebra 1/ })
    .filter({ hasText: 'Complete with problems' })
    .first()
    .waitFor();
  // an answer that comes late shows nothing of a filter that was left
  const late = await holdAnswers(page, /\/syncs\?.*status=failed/);
  await page.getByLabel('Status').selectOption('failed');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await late.asked;
  await page.getByLabel('Status').selectOption('completeWithProblems');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('link', { name: 'Show all' }).waitFor();
  await late.letGo();
  expect(await page.getByText('No sync is like that.').count()).toBe(0);
  await page.getByRole('link', { name: 'Algebra 1 – Period 3' }).first().click();
  await page.getByText('Not in the SIS · 1 time').waitFor();
  expect(await axe(page)).toEqual([]);
  // without a network nothing is read, and the screen goes on
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Download CSV' }).click();
  await page.getByText('Grade sync is not reachable – your grades are safe.').first().waitFor();
  await page.context().setOffline(false);
  const file = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  expect((await file).suggestedFilename()).toMatch(/^sync-.*\.csv$/);
  await page.getByRole('link', { name: 'Algebra 1 – Period 3' }).click();
  await page.getByText('2 of 3 have an id of the SIS').waitFor();
  await page.getByRole('link', { name: 'Homework 1' }).click();
  await page.getByRole('row', { name: /Byron, Ada.*8\.5.*8\.5/ }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('row', { name: /Unlinked, Zoë.*not linked.*7.*Nothing yet/ }).waitFor();

  const problems = () => district.admin<{ items: unknown[] }>('GET', '/domains/lakeside/problems');
  await until(async () => (await problems()).body.items.length > 0);
  await page.getByRole('link', { name: 'Problems' }).first().click();
  await page.getByRole('button', { name: 'Show the classes' }).click();
  await page.getByRole('link', { name: 'Algebra 1 – Period 3' }).waitFor();
  await page.getByRole('button', { name: 'Try all of these again' }).click();
  await page.getByText('1 assignment or score still cannot go.').first().waitFor();
  await district.lms('PUT', '/classes/c1/students/zoë', { sourcedId: 'student-3' });
  await page.getByRole('button', { name: 'Try all of these again' }).click();
  await page.getByText('Nothing of it is left to be tried.').first().waitFor();

  // what somebody has typed into the SIS by hand is found by comparing
  const { control } = service.sis;
  const homework = control.contents().lineItems.find(({ title }) => title === 'Homework 1');
  const ofAda = control.resultOf(homework?.sourcedId ?? '', 'student-1');
  control.edit('results', ofAda?.sourcedId ?? '', { score: 3 });
  await district.admin('POST', '/domains/lakeside/driftAudit');
  const found = () => district.admin<{ items: Drift[] }>('GET', '/domains/lakeside/driftAudit');
  await until(async () => (await found()).body.items.some(({ counts }) => counts.changed > 0));
  await page.getByRole('link', { name: 'Compare with the SIS' }).click();
  await page.getByText('Something else stands there: 1').waitFor();
  await page.getByText('Maple SIS holds something else now').waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('axe has nothing to say about any screen, light, dark or narrow', async () => {
  const { page, wrong } = await consoleOf('Dana Admin');
  const found: string[] = [];
  for (const screen of ['Overview', 'SIS settings', 'Schedules', 'History', 'Problems', 'Find a class']) {
    await page.getByRole('link', { name: screen, exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: screen }).waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    const closed = page.locator('details:not([open]) > summary');
    while ((await closed.count()) > 0) await closed.first().click();
    found.push(...(await axeInEveryLook(page, `admin – ${screen}`)).map((line) => `${screen}, ${line}`));
  }
  expect(found).toEqual([]);
  expect(wrong).toEqual([]);
});
