/** The buttons in the page of an LMS: another origin than ours, and that in a frame of a third. */
import { gzipSync } from 'node:zlib';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { freePort } from '../support/free-port.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { axeInEveryLook } from './axe.ts';
import { hasBrowser, openBrowser, openPage, testInBrowser } from './browser.ts';
import { loadClass, makeDistrict, settingsFor, type District } from './district.ts';
import { startLmsSite, type LmsSite } from './lms-site.ts';

let service: TestService;
let browser: Browser;
let district: District;
let lms: LmsSite;
beforeAll(async () => {
  if (!hasBrowser) return;
  // it knows its own address: the one that its links lead to
  const port = String(await freePort());
  const env = { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` };
  [service, browser] = await Promise.all([startService({ env }), openBrowser()]);
  district = await makeDistrict(service);
  lms = await startLmsSite(service.url, () => newToken());
  await loadClass(district);
  await district.lms('PUT', '/classes/c2', { domainId: 'middle', title: 'Chess club' });
  await settings({});
  await service.root('PUT', '/domains/elsewhere', { name: 'Elsewhere' });
  await service.root('PUT', '/domains/elsewhere/settings', { embedOrigins: [lms.rival] });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await lms?.stop();
  await service?.stop();
});

const settings = (change: Record<string, unknown>) =>
  district.admin('PUT', '/domains/lakeside/settings', {
    ...settingsFor(service),
    embedOrigins: [lms.origin],
    ...change,
  });

async function newToken(displayName = 'Ms. Rivera'): Promise<string> {
  const person = { subject: displayName, displayName, role: 'teacher', domainId: 'lakeside' };
  const made = await district.lms<{ token: string }>('POST', '/tokens', {
    ...person,
    classIds: ['c1', 'c2'],
  });
  return made.body.token;
}

testInBrowser(
  'what an LMS loads into its page is one file of 12 kB at most, the same under both of its names',
  async () => {
    const text = async (name: string) => (await fetch(`${service.url}/embed/v1/${name}`)).text();
    const { file } = JSON.parse(await text('integrity.json')) as { file: string };
    const script = await text(file);
    expect(await text('sync-grades.js')).toBe(script);
    expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(12_000);
    expect(script).not.toMatch(/\bimport\s*\(|\bfrom\s*["']/);
  },
);

const told = (page: Page) => page.evaluate(() => (window as unknown as { told: [string, object][] }).told);
const button = (at: Page | FrameLocator) => at.locator('sync-grades-button').getByRole('button').first();
const note = (at: Page | FrameLocator, text: string | RegExp) =>
  at.locator('sync-grades-button [part=note]').filter({ hasText: text });

testInBrowser(
  'in a frame of another site a teacher sees what has changed, presses, presses again, and reads what came of it',
  async () => {
    // the first token has run out: it is asked for again, once
    lms.instead.push('orp_tok_of-last-week');
    const { page, wrong } = await openPage(browser, `${lms.portal}/portal?class-id=c1`);
    const frame = page.frameLocator('iframe');
    await note(frame, 'Not synced yet').waitFor();
    expect(await button(frame).innerText()).toMatch(/Sync grades to SIS\s+4 changes/);
    expect(lms.asked).toBe(2);

    service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
    await button(frame).focus();
    await page.keyboard.press('Enter');
    await service.sis.control.waitFor((c) => c.count({ fault: 'hold' }) > 0, 20_000);
    await button(frame)
      .filter({ hasText: /Syncing \d of \d/ })
      .waitFor();
    await note(frame, 'You can leave this page').waitFor();
    await page.keyboard.press('Enter');
    const inside = page.frames()[1]!;
    const names = async () =>
      (
        await inside.evaluate(() => (window as unknown as { told: [string, { joined?: boolean }][] }).told)
      ).map(([name, { joined }]) => (joined === undefined ? name : `${name} ${joined}`));
    await until(async () => (await names()).includes('sync-started true'));
    service.sis.control.faults.disarm();
    await note(frame, '1 needs attention').filter({ hasText: '4 changes sent' }).waitFor();
    expect(await names()).toEqual(
      expect.arrayContaining(['sync-started false', 'sync-progress', 'sync-finished']),
    );
    expect((await names()).filter((name) => name === 'sync-finished')).toHaveLength(1);
    expect(await inside.evaluate(() => document.activeElement?.localName)).toBe('sync-grades-button');
    // ids and counts: nobody's name, no score
    const all = JSON.stringify(await inside.evaluate(() => (window as unknown as { told: unknown[] }).told));
    expect(all).not.toMatch(/Algebra|Byron|Homework|Rivera|8\.5/);
    const syncs = await district.lms<{ items: unknown[] }>('GET', '/syncs?classId=c1');
    expect(syncs.body.items).toHaveLength(1);
    expect(wrong.filter((one) => !one.startsWith('request to'))).toEqual([]);
    expect(service.sis.violations).toEqual([]);
  },
);

testInBrowser(
  'what needs attention, and the settings, open the teacher’s page in a tab of its own',
  async () => {
    const { page, wrong } = await openPage(browser, `${lms.origin}/pinned`);
    const attention = page.getByRole('button', { name: '1 needs attention – opens in a new tab' });
    const [tab] = await Promise.all([page.waitForEvent('popup'), attention.click()]);
    await tab.getByRole('heading', { name: 'Sync grades to Maple SIS', level: 1 }).waitFor();
    expect(tab.url()).toMatch(/\/teacher(#tab=assignments)?$/);
    const settingsButton = page.getByRole('button', { name: 'Sync grades settings' });
    const [other] = await Promise.all([page.waitForEvent('popup'), settingsButton.click()]);
    await other.getByRole('tab', { name: 'Settings', selected: true }).waitFor();
    // nothing but an address is opened, whatever is answered: it would run in the name of the LMS's page
    await page.context().route(/token\/links$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { pageUrl: 'javascript:alert(1)' } });
    });
    await settingsButton.click();
    await until(async () => (await told(page)).at(-1)?.[0] === 'sync-error');
    await until(() => page.context().pages().length === 3);
    // an LMS that shows the page in its own way says so
    await page.evaluate(() => addEventListener('open-page', (event) => event.preventDefault()));
    await settingsButton.click();
    await until(async () => (await told(page)).at(-1)?.[0] === 'open-page');
    expect((await told(page)).at(-1)?.[1]).toEqual({
      ...{ view: 'settings', classId: 'c1', assignmentId: null, studentId: null },
    });
    expect(page.context().pages()).toHaveLength(3);
    expect(await axeInEveryLook(page)).toEqual([]);
    expect(wrong.filter((one) => !one.startsWith('request to'))).toEqual([]);
  },
);

testInBrowser(
  'one assignment or one student has a button of its own, in the language of the reader',
  async () => {
    await district.lms('PUT', '/classes/c1/lineItems/hw1/results/ada', { score: 9 });
    const where = `${lms.origin}/gradebook?class-id=c1&assignment-id=hw1`;
    const { page } = await openPage(browser, `${where}&student-id=ada&locale=es-MX`);
    await page.clock.install();
    await page.reload();
    await button(page)
      .filter({ hasText: 'Sincronizar calificaciones con el SIS' })
      .filter({ hasText: '1 cambio' })
      .waitFor();
    await button(page).click();
    await note(page, '1 cambio enviado').waitFor();
    // it is read aloud as what it is, in a page that speaks English
    expect(await page.locator('sync-grades-button .box').getAttribute('lang')).toBe('es');
    // one more for each of the page's rows asks for no more tokens
    const asked = lms.asked;
    await page.evaluate(() => {
      const [button] = document.getElementsByTagName('sync-grades-button');
      for (let i = 0; i < 10; i++)
        document.body.append(
          Object.assign(button!.cloneNode(), { getToken: Reflect.get(button!, 'getToken') }),
        );
    });
    await note(page, /sincronización: hoy/)
      .nth(9)
      .waitFor();
    expect(lms.asked).toBe(asked);
    await page.clock.fastForward(10_000);
    await note(page, 'Última sincronización: hoy').first().waitFor();
    const item = service.sis.control.contents().lineItems.find(({ title }) => title === 'Homework 1');
    expect(service.sis.control.resultOf(item?.sourcedId ?? '', 'student-1')).toMatchObject({ score: 9 });
  },
);

testInBrowser('where nothing can be sent the button says why, and a press does nothing', async () => {
  const { page } = await openPage(browser, `${lms.origin}/gradebook?class-id=c2`);
  await note(page, 'This class did not come from the SIS.').waitFor();
  expect(await button(page).getAttribute('aria-disabled')).toBe('true');
  await settings({ passbackEnabled: false });
  await page.goto(`${lms.origin}/gradebook?class-id=c1`);
  await note(page, 'Your district has not switched on grade sync.').waitFor();
  // it stays where it is for the keyboard, and is no dead end
  await button(page).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Your district has not switched on' }).waitFor();
  expect(await told(page)).toEqual([]);
  await settings({});
});

testInBrowser('what was asked for one class, or for one person, is not shown for another', async () => {
  const { page } = await openPage(browser, `${lms.origin}/gradebook?class-id=c1`);
  await note(page, 'Last synced').waitFor();
  let goOn = (): void => undefined;
  const late = new Promise<void>((then) => (goOn = then));
  await page.context().route(`${service.url}/v1/classes/c1/**`, async (route) => {
    await late;
    await route.continue();
  });
  await button(page).click();
  await button(page).filter({ hasText: 'Starting…' }).waitFor();
  const one = page.locator('sync-grades-button');
  await one.evaluate((element) => element.setAttribute('class-id', 'c2'));
  await note(page, 'This class did not come from the SIS.').waitFor();
  goOn();
  await until(async () => (await told(page)).some(([name]) => name === 'sync-started'));
  await note(page, 'This class did not come from the SIS.').waitFor();
  // whoever signs out takes his token with him
  const { asked } = lms;
  const getToken = await one.evaluateHandle((element) => Reflect.get(element, 'getToken') as unknown);
  await one.evaluate((element) => Reflect.set(element, 'getToken', null));
  await note(page, 'Loading…').waitFor();
  await one.evaluate((element, given) => Reflect.set(element, 'getToken', given), getToken);
  await note(page, 'This class did not come from the SIS.').waitFor();
  expect(lms.asked).toBe(asked + 1);
  // of several looks the last one counts, whichever is answered last
  let looks = 0;
  let answerFirst = (): void => undefined;
  const second = new Promise<void>((then) => (answerFirst = then));
  await page.context().route(`${service.url}/v1/classes/c1/standing`, async (route) => {
    const changes = ++looks;
    const response = await route.fetch();
    if (changes === 1) await second;
    await route.fulfill({ response, json: { ...((await response.json()) as object), changes } });
  });
  await one.evaluate((element) => element.setAttribute('class-id', 'c1'));
  await until(() => looks === 1);
  await one.evaluate((element) => void (element as unknown as { refresh(): Promise<void> }).refresh());
  await button(page).filter({ hasText: '2 changes' }).waitFor();
  const answered = page.waitForResponse(/standing$/);
  answerFirst();
  await (await answered).finished();
  await page.evaluate(() => new Promise((then) => setTimeout(then, 0)));
  expect(await button(page).innerText()).toMatch(/2 changes/);
  // some frameworks set every attribute whenever they draw: that is no other class
  await one.evaluate((element) => element.setAttribute('class-id', 'c1'));
  await page.evaluate(() => new Promise((then) => setTimeout(then, 0)));
  expect([looks, await button(page).innerText()]).toEqual([2, expect.stringMatching(/2 changes/)]);
  // one of many buttons keeps no connection for as long as a sync of the class goes on
  const followed: string[] = [];
  page.on('request', (request) => void (request.url().includes('/syncs/') && followed.push(request.url())));
  const sync = { id: 'of-the-class', status: 'processing' };
  await page.context().route(/standing\?studentId=ada$/, async (route) => {
    const response = await route.fetch();
    const json = { ...((await response.json()) as object), sync, results: { queued: 1 }, changes: 0 };
    await route.fulfill({ response, json });
  });
  await one.evaluate((element) => element.setAttribute('student-id', 'ada'));
  await note(page, '1 change on the way').waitFor();
  expect(followed).toEqual([]);
  // what another press of the class waits for is nothing to be confirmed for one student; what his own does is told
  Object.assign(sync, { id: 'of-others', status: 'awaitingConfirmation' });
  await one.evaluate((element) => (element as unknown as { refresh(): Promise<void> }).refresh());
  await note(page, '1 change on the way').waitFor();
  expect(await page.getByText('look and confirm').count()).toBe(0);
  sync.id = 'its-own';
  const waits = { status: 202, headers: { 'access-control-allow-origin': lms.origin }, json: sync };
  await page.context().route(`${service.url}/v1/classes/c1/syncs`, (route) => route.fulfill(waits));
  await button(page).click();
  await page.getByRole('status').filter({ hasText: 'look and confirm' }).waitFor({ state: 'attached' });
});

testInBrowser('a service that is away costs no grade, and the next press goes through', async () => {
  const { page } = await openPage(browser, `${lms.origin}/gradebook?class-id=c1`);
  await note(page, 'Last synced').waitFor();
  await page.context().route(`${service.url}/**`, (route) => route.abort());
  await button(page).click();
  await note(page, 'Grade sync is not reachable – your grades are safe.').waitFor();
  expect((await told(page)).at(-1)).toEqual(['sync-error', expect.objectContaining({ code: 'UNREACHABLE' })]);
  await page.context().unroute(`${service.url}/**`);
  await button(page).click();
  // all that is left there is refused as before, which is not "nothing"
  await note(page, '1 needs attention').filter({ hasText: '1 could not be sent' }).waitFor();
});

testInBrowser('a site that the domain does not list gets no grade and sends none', async () => {
  const syncs = async () =>
    (await district.lms<{ items: unknown[] }>('GET', '/syncs?classId=c1')).body.items.length;
  const before = await syncs();
  const { page } = await openPage(browser, `${lms.stranger}/gradebook?class-id=c1`);
  await note(page, 'Grade sync may not be shown on this site. Ask your administrator.').waitFor();
  // nor does one that another district lists: it may ask, and is refused
  const refused = () => service.logged().match(/"route":"GET [^"]*standing","status":403/g)?.length ?? 0;
  expect(refused()).toBe(0);
  await page.goto(`${lms.rival}/gradebook?class-id=c1`);
  await until(() => refused() > 0);
  await note(page, 'Grade sync may not be shown on this site.').waitFor();
  await button(page).focus();
  await page.keyboard.press('Enter');
  expect((await told(page)).map(([name]) => name)).toEqual(['sync-error']);
  expect(await syncs()).toBe(before);
});

testInBrowser(
  'a frame of the page gets its tokens by messages, from the site that its domain lists and from no other',
  async () => {
    const { page, wrong } = await openPage(browser, `${lms.origin}/frame?as=%3Flang%3Des`);
    const heading = (name: RegExp) => page.frameLocator('iframe').getByRole('heading', { name, level: 1 });
    const wanted = async () =>
      (await told(page)).filter(([name]) => name === 'sync-grades-token-wanted').length;
    await heading(/Maple SIS/).waitFor();
    expect(await page.frames()[1]?.locator('html').getAttribute('lang')).toBe('es');
    expect(page.frames()[1]?.url()).not.toMatch(/orp_tok|code=/);
    expect(wrong.filter((one) => !one.startsWith('request to'))).toEqual([]);
    // another one before the first has ended, without a word
    await page.clock.install();
    await page.reload();
    await heading(/Maple SIS/).waitFor();
    expect(await wanted()).toBe(1);
    const looked = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/v1/token');
    await page.clock.fastForward('58:30');
    await (await looked).finished();
    expect(await wanted()).toBeGreaterThanOrEqual(2);
    // the page has it before its clock goes on
    for (let turns = 0; turns < 5; turns++) await page.frames()[1]?.evaluate(() => document.title);
    // where it is somebody else's, the page begins anew for him
    lms.instead.push(await newToken('Mr. Okafor'));
    await page.clock.fastForward('58:30');
    await until(async () => (await wanted()) >= 4);
    await heading(/Maple SIS/).waitFor();
    // one that is none is no link that was used: the next one opens the page
    lms.instead.push('orp_tok_of-last-week');
    await page.goto(`${lms.origin}/frame`);
    await heading(/^Your LMS has not signed you in here/).waitFor();
    await page.frameLocator('iframe').getByRole('button', { name: 'Try again' }).click();
    await heading(/Maple SIS/).waitFor();
    // another district's LMS may frame the page, but not for a token of this one
    await page.goto(`${lms.rival}/frame`);
    await heading(/^Open this page from your LMS/).waitFor();
    // whoever nobody lists is shown nothing, and who only says that he is somebody else neither
    for (const as of ['', `?origin=${encodeURIComponent(lms.origin)}`]) {
      const blocked = page.waitForEvent('console', (one) => one.text().includes('frame-ancestors'));
      await page.goto(`${lms.stranger}/frame?as=${encodeURIComponent(as)}`);
      await blocked;
      expect(await wanted()).toBe(0);
    }
  },
);
