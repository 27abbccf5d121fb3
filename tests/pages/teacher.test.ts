/** What a teacher does on the page, in a real browser, against the service and a strict SIS. */
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  resultIdOf,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { axeInEveryLook } from './axe.ts';
import { hasBrowser, openBrowser, openPage, testInBrowser, type Watched } from './browser.ts';
import { linkFor } from './district.ts';

const N = 4;
const settings = { sisName: 'Maple SIS', verifyAfterSeconds: 0, gatherSeconds: 0, titleLimit: 50 };
let service: TestService;
let browser: Browser;
let d: District;
let classes = 1;
beforeAll(async () => {
  if (!hasBrowser) return;
  [service, browser] = await Promise.all([
    startService({
      sis: { district: sisDistrict(N, 8) },
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

/** A class of its own: two assignments, three scores in the first. */
async function newClass(): Promise<string> {
  const cls = `c${++classes}`;
  await addClass(d.lms, cls, N, { title: `Algebra ${cls}` });
  await putLineItem(d.lms, 'hw1', { title: 'Homework 1' }, cls);
  await putLineItem(d.lms, 'hw2', { title: 'Homework 2' }, cls);
  await put(cls, 's01', { score: 8.5 });
  await put(cls, 's02', { status: 'missing' });
  await put(cls, 's03', { score: 7 });
  return cls;
}
const put = (cls: string, student: string, body: object) =>
  expectOk(d.lms('PUT', `/classes/${cls}/lineItems/hw1/results/${student}`, body));
/** The page of the class, opened by a link of its own. */
async function open(
  cls: string,
  more = '',
  options: BrowserContextOptions = {},
  classIds = [cls],
): Promise<Watched> {
  const person = { role: 'teacher', displayName: 'Ms. Rivera', domainId: 'school', classIds };
  return openPage(browser, (await linkFor(service, d.lms, person)).replace('#', `${more}#`), options);
}
const inSis = (cls: string, student: string, title = 'Homework 1') => {
  const { control } = service.sis;
  const item = control
    .contents()
    .lineItems.find((l) => l.class.sourcedId === `sis-class-${cls.slice(1)}` && l.title === title);
  return control.resultOf(item?.sourcedId ?? '', `sis-${student}`);
};
const press = (page: Page) => page.getByRole('button', { name: 'Sync grades to SIS' });
const dialog = (page: Page) => page.getByRole('dialog');
/** What was pressed is gone, and the focus is not at the start of the page. */
const isFocused = (button: Locator) => until(() => button.evaluate((it) => it.matches(':focus')));
const row = (page: Page, name: RegExp) => page.getByRole('row', { name });

testInBrowser('the page with both languages is no heavier than a picture', async () => {
  const text = async (name: string) => (await fetch(`${service.url}/${name}`)).text();
  const files = new Set([/assets\/teacher-page-\w+\.js/.exec(await text('teacher'))?.[0] ?? '']);
  let bytes = 0;
  for (const file of files) {
    const script = await text(file);
    bytes += gzipSync(script, { level: 9 }).length;
    for (const [, name] of script.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) files.add(`assets/${name}`);
  }
  expect(files.size).toBeGreaterThan(1);
  expect(bytes).toBeLessThanOrEqual(60_000);
});

testInBrowser('a teacher reviews, syncs, mends the one that failed, and sends that one', async () => {
  const cls = await newClass();
  await expectOk(d.lms('PUT', `/classes/${cls}/students/zoë`, { givenName: 'Zoë', familyName: 'Unlinked' }));
  await put(cls, 'zoë', { score: 3 });
  const { page, wrong } = await open(cls);
  await page.getByRole('heading', { name: 'Sync grades to Maple SIS', level: 1 }).waitFor();
  expect(page.url()).toBe(`${service.url}/teacher`);
  await page.getByRole('heading', { name: 'First time here?' }).waitFor();
  await row(page, /Homework 1/)
    .filter({ hasText: 'Not synced' })
    .waitFor();
  expect(await axeInEveryLook(page, 'teacher – first time')).toEqual([]);

  // The SIS refuses one of them, whatever it is sent.
  service.sis.control.arm({
    ...{ kind: 'status', status: 422, sourcedId: resultIdOf('district', 'hw1', 's03', cls) },
    body: { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'closed for grades' },
  });
  await press(page).click();
  await dialog(page).getByText('Compared with Maple SIS').waitFor();
  await dialog(page).getByText('This student is not linked to a student in the SIS.').waitFor();
  expect(await axeInEveryLook(page, 'teacher – review')).toEqual([]);
  // one is not meant this time
  await dialog(page).getByLabel('Homework 2').uncheck();
  await dialog(page).getByRole('button', { name: 'Sync 3 scores' }).click();
  await page.getByText('2 scores and 1 assignment sent to Maple SIS, 2 need attention.').first().waitFor();
  expect(inSis(cls, 's01')).toMatchObject({ score: 8.5, scoreStatus: 'fully graded' });
  expect(inSis(cls, 's02')).toMatchObject({ score: 0, missing: 'true' });
  const titles = () => service.sis.control.contents().lineItems.map(({ title }) => title);
  expect(titles()).not.toContain('Homework 2');

  // One entry per cause, with the fix; each count shows the lines that it counts.
  await page
    .getByText(/The SIS did not accept this.*closed for grades/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'need attention' }).click();
  await row(page, /Homework 1/)
    .filter({ hasText: '2 of 4 up to date · 2 need attention' })
    .waitFor();
  await row(page, /Homework 2/).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Show all assignments' }).click();
  await page.getByRole('button', { name: 'Ask my admin' }).click();
  const text = await page.getByRole('textbox', { name: 'Text for your administrator' }).inputValue();
  expect(text).toContain(`class “Algebra ${cls}” (${cls}): This student is not linked`);

  await page.getByRole('button', { name: 'Homework 1' }).last().click();
  await page.getByRole('heading', { name: 'Homework 1', level: 2 }).waitFor();
  await row(page, /s01, Given/)
    .getByText(/stored by|confirmed by reading/)
    .waitFor();
  await row(page, /s02, Given/)
    .filter({ hasText: /Missing.*0 · Missing/s })
    .waitFor();
  const failed = row(page, /s03, Given/);
  await failed.getByText('waiting here').waitFor();
  await failed.getByRole('button', { name: 'Why? – s03, Given' }).click();
  await failed.getByText('This score is not in the SIS as it is here').waitFor();
  expect(await axeInEveryLook(page, 'teacher – assignment')).toEqual([]);

  service.sis.control.disarm();
  await failed.getByRole('button', { name: 'Send again – s03, Given' }).click();
  await page.getByText('The score of s03, Given was sent to Maple SIS.').first().waitFor();
  expect(inSis(cls, 's03')).toMatchObject({ score: 7 });
  await failed.getByText('Up to date').waitFor();

  await page.getByRole('switch').click();
  await page.getByText('Sync to the SIS is switched off for this assignment.').first().waitFor();
  await page.getByRole('switch').filter({ hasText: 'Off' }).waitFor();
  expect((await d.lms('GET', `/classes/${cls}/lineItems/hw1/overrides`)).body).toMatchObject({
    syncToSis: false,
  });

  // what is switched leaves a filtered list, and the next press of the same key is not about another assignment
  await page.getByRole('button', { name: 'All assignments' }).click();
  await row(page, /Homework 2/)
    .getByRole('switch')
    .click();
  await row(page, /Homework 2/)
    .getByRole('switch')
    .filter({ hasText: 'Off' })
    .waitFor();
  await page.getByRole('button', { name: 'not synced' }).click();
  await row(page, /Homework 1/)
    .getByRole('switch')
    .focus();
  await page.keyboard.press('Space');
  await row(page, /Homework 1/).waitFor({ state: 'detached' });
  await isFocused(row(page, /Homework 2/).getByRole('button', { name: 'Homework 2' }));
  expect(wrong).toEqual([]);
});

testInBrowser(
  'what somebody typed into the SIS is shown beside ours, and kept where the teacher says so',
  async () => {
    const cls = await newClass();
    await put(cls, 's04', { score: 4 });
    service.sis.control.arm({
      ...{ kind: 'status', status: 422, sourcedId: resultIdOf('district', 'hw1', 's04', cls) },
      body: {
        ...{ imsx_codeMajor: 'failure', imsx_severity: 'error' },
        imsx_description: 'Student already has a grade that was entered manually',
      },
    });
    await sync(d.lms, `/classes/${cls}/syncs`);
    service.sis.control.disarm();
    for (const student of ['s01', 's02', 's03'])
      service.sis.control.edit('results', inSis(cls, student)?.sourcedId ?? '', { score: 5 });
    await put(cls, 's01', { score: 9 });
    await put(cls, 's02', { score: 7 });
    await put(cls, 's03', { score: 6 });
    const { page, wrong } = await open(cls);
    await press(page).click();
    // seen before anything goes
    await dialog(page).getByText('3 differ in Maple SIS now').waitFor();
    const first = dialog(page).getByText(
      /s01, Given, Homework 1 –\s+Somebody changed this in the SIS \(5 there/,
    );
    // a press while the lists still grow may land beside it
    await until(async () => {
      if (!(await first.isVisible())) await dialog(page).getByText('Show them').click();
      return first.isVisible();
    });
    const download = page.waitForEvent('download');
    await dialog(page).getByRole('button', { name: 'Download what is in Maple SIS now (CSV)' }).click();
    expect((await download).suggestedFilename()).toBe(`${cls}-sis.csv`);
    await dialog(page).getByRole('button', { name: 'Close' }).click();

    await page.getByRole('heading', { name: 'Differs in the SIS' }).waitFor();
    expect(await axeInEveryLook(page, 'teacher – conflicts')).toEqual([]);
    // without a mouse: what is decided leaves the list, and the focus goes on to the next one
    await page.getByRole('button', { name: 'Keep Maple SIS’s – s01, Given, Homework 1' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 value stays as in Maple SIS.').first().waitFor();
    await isFocused(row(page, /s02, Given/).getByRole('button', { name: 'Homework 1', exact: true }));
    await page.getByRole('button', { name: 'Send ours – s02, Given, Homework 1' }).waitFor();
    // all of them, but for the one that only the SIS can change
    await page.getByRole('button', { name: 'Keep all 3 as in Maple SIS' }).waitFor();
    await page.getByRole('button', { name: 'Send all 2 from here' }).click();
    await page.getByText('Replace 2 values in Maple SIS?').waitFor();
    expect(inSis(cls, 's03')).toMatchObject({ score: 5 });
    await isFocused(page.getByRole('button', { name: 'Yes' }));
    await page.keyboard.press('Enter');
    await until(() => inSis(cls, 's03')?.score === 6 && inSis(cls, 's02')?.score === 7);
    expect(inSis(cls, 's01')).toMatchObject({ score: 5 });
    await page.getByText('2 scores sent to Maple SIS.').first().waitFor();
    // that one can be left to it, also where nothing else differs
    const owned = row(page, /s04, Given/);
    await owned.getByText('Maple SIS lets nobody else change this one.').waitFor();
    expect(await owned.getByRole('button', { name: /^Send ours/ }).count()).toBe(0);
    await owned.getByRole('button', { name: /^Keep Maple SIS’s/ }).click();
    await page.getByRole('heading', { name: 'Differs in the SIS' }).waitFor({ state: 'detached' });
    expect(wrong).toEqual([]);
  },
);

testInBrowser('the log tells of each sync, and what was there before it is brought back', async () => {
  const cls = await newClass();
  await sync(d.lms, `/classes/${cls}/syncs`);
  await put(cls, 's01', { score: 2 });
  await put(cls, 's03', { score: 3 });
  service.sis.control.arm({
    ...{ kind: 'status', status: 422, sourcedId: resultIdOf('district', 'hw1', 's03', cls) },
    body: { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'closed for grades' },
  });
  await sync(d.lms, `/classes/${cls}/syncs`);
  service.sis.control.disarm();
  const { page, wrong } = await open(cls);
  await page.getByRole('tab', { name: 'Sync log' }).click();
  await page.getByRole('row').nth(2).waitFor();
  expect(await axeInEveryLook(page, 'teacher – log')).toEqual([]);
  await page.getByRole('row').nth(1).getByRole('button').click();
  await page.getByText('This sync wrote over 1 value').waitFor();
  await page
    .getByText(/The SIS did not accept this.*closed for grades/)
    .first()
    .waitFor();
  await page.getByText('Every assignment and score').click();
  await page.getByRole('row').filter({ hasText: 'changed in the SIS' }).waitFor();
  expect(await axeInEveryLook(page, 'teacher – one sync')).toEqual([]);
  await page.getByRole('button', { name: 'Retry these' }).click();
  await until(() => inSis(cls, 's03')?.score === 3);
  await page.getByRole('button', { name: 'Bring it back…' }).click();
  await dialog(page)
    .getByRole('row')
    .filter({ hasText: /s01, Given, Homework 1\s*Now\s*2\s*Before\s*8\.5/ })
    .waitFor();
  await dialog(page).getByText('“Now” is what is in Maple SIS.').waitFor();
  expect(await axeInEveryLook(page, 'teacher – restore')).toEqual([]);
  // what was shown is what is done: here it is another one meanwhile, and it is shown once more before it goes
  await put(cls, 's01', { score: 4 });
  await dialog(page).getByRole('button', { name: 'Bring back 1 value' }).click();
  await dialog(page).getByRole('alert').filter({ hasText: 'nothing was brought back' }).waitFor();
  expect(inSis(cls, 's01')).toMatchObject({ score: 2 });
  await dialog(page).getByRole('button', { name: 'Bring back 1 value' }).click();
  await until(() => inSis(cls, 's01')?.score === 8.5);

  // held there until it is released
  await page.getByRole('tab', { name: 'Assignments' }).click();
  await page.getByRole('button', { name: 'Homework 1' }).last().click();
  await row(page, /s01, Given/)
    .getByRole('button', { name: 'Release – s01, Given' })
    .click();
  await isFocused(row(page, /s01, Given/).getByRole('button', { name: 'Send – s01, Given' }));
  await row(page, /s01, Given/)
    .getByText('Changed')
    .waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('categories are mapped with the list of the SIS, in Spanish, by keyboard alone', async () => {
  const [cls, other] = [await newClass(), await newClass()];
  const { page, wrong } = await open(cls, '?lang=es', { locale: 'es-US' }, [cls, other]);
  await page.getByRole('heading', { name: 'Sincronizar calificaciones con Maple SIS', level: 1 }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('es');
  const tab = page.getByRole('tab', { name: 'Tareas' });
  await tab.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('heading', { name: 'Categorías' }).waitFor();
  const select = page.getByLabel('homework : Categoría en Maple SIS');
  await select.waitFor();
  expect(await axeInEveryLook(page, 'teacher – settings, es')).toEqual([]);
  await select.focus();
  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Guardar categorías' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Categorías guardadas.').first().waitFor();
  const mapping = (of = cls) => d.lms('GET', `/classes/${of}/categoryMapping`);
  expect((await mapping()).body).toMatchObject({ map: { hw: 'sis-tests' } });
  await page.locator('mapping-copy summary').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: `Algebra ${other}` }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Copiar a 1 clase' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText(`Algebra ${other}: 1 categoría copiada.`).first().waitFor();
  expect((await mapping(other)).body).toMatchObject({ map: { hw: 'sis-tests' } });

  // somebody else was quicker: nothing of theirs is lost unseen
  await expectOk(d.lms('PUT', `/classes/${cls}/categoryMapping`, { map: { tests: 'sis-homework' } }));
  await select.focus();
  await page.keyboard.press('h');
  await page.getByRole('button', { name: 'Guardar categorías' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Otra persona cambió las categorías mientras tanto.').first().waitFor();
  expect((await mapping()).body).toMatchObject({ map: { tests: 'sis-homework' } });

  // and a whole sync without a mouse
  await page.getByRole('tab', { name: 'Ajustes' }).focus();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Sincronizar con el SIS' }).focus();
  await page.keyboard.press('Enter');
  await dialog(page).getByText('Comparado con Maple SIS').waitFor();
  expect(await axeInEveryLook(page, 'teacher – review, es')).toEqual([]);
  const send = dialog(page).getByRole('button', { name: 'Sincronizar 3 calificaciones' });
  for (let i = 0; i < 20 && !(await send.evaluate((button) => button.matches(':focus'))); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Se envió a Maple SIS: 3 calificaciones y 2 tareas.').first().waitFor();
  expect(wrong).toEqual([]);
});
