import type { Browser } from 'playwright-core';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { axe, axeInEveryLook } from './axe.ts';
import { openBrowser, openPage, testInBrowser } from './browser.ts';
import { linkFor, loadClass, makeDistrict, settingsFor, type District } from './district.ts';

interface Begun {
  service: TestService;
  browser: Browser;
  district: District;
  receiver: Receiver;
}
let begun: Promise<Begun> | undefined;

/** One service and one browser for all stories of this file. */
const begin = () =>
  (begun ??= (async () => {
    const [service, browser, receiver] = await Promise.all([startService(), openBrowser(), startReceiver()]);
    const district = await makeDistrict(service);
    await district.admin('PUT', '/domains/lakeside/settings', { ...settingsFor(service), rosterPull: {} });
    await loadClass(district);
    return { service, browser, district, receiver };
  })());

afterAll(async () => {
  const all = await begun;
  await all?.browser.close();
  await all?.service.stop();
  await all?.receiver.stop();
});

async function consoleAt(screen: string) {
  const { service, browser, district, receiver } = await begin();
  const link = await linkFor(service, district.admin, { role: 'admin', displayName: 'Dana Admin' });
  return { ...(await openPage(browser, `${link}&${screen}`)), service, district, receiver };
}

testInBrowser('a key is made with a key, shown once, works, and is taken back', async () => {
  const { page, wrong, service, district } = await consoleAt('keys');
  await page.getByRole('row', { name: /admin/ }).first().waitFor();
  // an hour's token makes nothing that lasts longer, nor does the LMS's key
  expect(await page.getByRole('button', { name: 'Make the key' }).count()).toBe(0);
  await page.getByLabel('Admin API key').fill(district.lmsKey);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByText('This is not a valid key of an admin of this domain.').first().waitFor();
  await page.getByLabel('Admin API key').fill(district.adminKey);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByLabel('What it is for').fill('Gradebook nightly');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const made = service.as(await page.locator('code.secret').textContent());
  expect(await axe(page)).toEqual([]);
  // what is shown but once, and what is typed, is there in another language too
  await page.getByLabel('What it is for').fill('Another');
  await page.getByRole('button', { name: 'Español' }).click();
  await page.getByText('Cópiela ahora').first().waitFor();
  expect(await page.getByLabel('Para qué es').inputValue()).toBe('Another');
  await page.getByRole('button', { name: 'English' }).click();
  expect((await made('GET', '/classes')).status).toBe(200);
  const row = page.getByRole('row', { name: /Gradebook nightly/ });
  await row.getByRole('button', { name: 'Take back' }).click();
  await row.getByRole('button', { name: 'Take back' }).click();
  await row.waitFor({ state: 'detached' });
  await page.locator('.start:focus').waitFor();
  expect((await made('GET', '/classes')).status).toBe(401);
  // neither key is known to the next screen
  await page.getByRole('link', { name: 'LMS (LTI)' }).click();
  await page.getByText('No LMS is registered yet.').waitFor();
  await page.getByLabel('Admin API key').fill(district.adminKey);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByRole('heading', { name: 'Register an LMS' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('link', { name: 'Admin sign-in' }).click();
  await page.getByLabel('Admin API key').fill(district.adminKey);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByLabel('Claim that says who is an admin').waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByLabel('Admin API key').waitFor();
  expect(await page.locator('code.secret').count()).toBe(0);
  expect(wrong).toEqual([]);
});

testInBrowser('a webhook is made, tried, told again, given a new secret, switched off', async () => {
  const { page, wrong, receiver } = await consoleAt('webhooks');
  await page.getByText('Nobody is told yet.').waitFor();
  await page.getByRole('button', { name: 'New webhook' }).click();
  expect(await axe(page)).toEqual([]);
  await page.getByLabel('Address').fill('ftp://files.example/hook');
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  await page.getByText('url: must be an https address.').first().waitFor();
  await page.getByLabel('Address').fill(receiver.url);
  // one that is told of nothing is none
  const events = page.getByRole('checkbox');
  for (const event of await events.all()) await event.uncheck();
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  await page.getByText('Tick at least one event').first().waitFor();
  for (const event of (await events.all()).slice(1)) await event.check();
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  const secret = page.locator('code.secret');
  const first = (await secret.textContent()) ?? '';
  await page.getByRole('button', { name: 'Send a test' }).click();
  await until(() => receiver.verified(first).some(({ type }) => type === 'webhook.test'));
  await page.getByText('Delivered').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await until(() => receiver.verified(first).length === 2);
  await page.getByRole('button', { name: 'New secret' }).click();
  await page.getByText('The secret before signs too for 24 hours.').waitFor({ state: 'attached' });
  expect(await secret.textContent()).not.toBe(first);
  await page.getByRole('switch').click();
  await page.getByRole('switch', { name: /Off/ }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nobody is told yet.').waitFor();
  await page.locator('.start:focus').waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('ids from a file: first what it would do, then the lines that are right', async () => {
  const { page, wrong, district } = await consoleAt('ids');
  const text = 'kind,classId,studentId,sourcedId\nstudent,c1,zoë,student-3\nstudent,c1,nobody,student-9\n';
  const file = { name: 'ids.csv', mimeType: 'text/csv', buffer: Buffer.from(text) };
  await page.getByLabel('CSV file').setInputFiles(file);
  await page.getByRole('button', { name: 'See what it would do' }).click();
  await page.getByText('Nothing was changed yet.').first().waitFor();
  await page.getByText('Line 3').waitFor();
  const zoe = () => district.lms('GET', '/classes/c1/students/zoë');
  expect((await zoe()).body).toMatchObject({ sourcedId: null });
  await page.getByRole('button', { name: 'Apply the lines that are right' }).click();
  await page.getByText('The ids are stored.').first().waitFor();
  expect((await zoe()).body).toMatchObject({ sourcedId: 'student-3' });

  // categories of a whole district by title, beside what another admin has entered meanwhile
  await page.getByRole('link', { name: 'Categories' }).click();
  await page.getByLabel('Read the categories of Maple SIS from a class').selectOption('c1');
  await page.getByLabel('Title in the LMS').fill('Practice');
  await page.locator('select#target').selectOption({ label: 'Homework' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('row', { name: /Practice Homework/ }).waitFor();
  // a line that is not whole says what it lacks; one that is filled in is kept, and saved with the others
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Enter a title.').waitFor();
  await page.getByLabel('Title in the LMS').fill('Tests');
  await page.locator('select#target').selectOption({ label: 'Homework' });
  await page.getByRole('link', { name: 'SIS ids' }).click();
  await page.getByRole('link', { name: 'Categories' }).click();
  await page.getByRole('row', { name: /Practice category-homework/ }).waitFor();
  expect(await page.getByLabel('Title in the LMS').inputValue()).toBe('Tests');
  const mapping = '/domains/lakeside/categoryMapping';
  await district.admin('PUT', mapping, { map: { Labs: 'category-homework' } });
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await save.click();
  await page.getByRole('row', { name: /Labs category-homework/ }).waitFor();
  const map = { Labs: 'category-homework', Practice: 'category-homework', Tests: 'category-homework' };
  expect((await district.admin('GET', mapping)).body).toEqual({ map });
  // what both have changed is named before either is saved
  await district.admin('PUT', mapping, { map: { ...map, Tests: 'category-tests' } });
  await page.getByRole('button', { name: /Remove – Tests/ }).click();
  await save.click();
  await page.locator('.note').getByText('Both of you have changed: Tests. Yours is shown.').waitFor();
  await save.click();
  await page.getByText('Categories saved.').first().waitFor();
  const { Tests: _tests, ...rest } = map;
  expect((await district.admin('GET', mapping)).body).toEqual({ map: rest });

  // where the SIS lists far less than before, nothing is taken as gone until somebody means it
  const shrunk = { code: 'ROSTER_SHRUNK', message: '', fix: '', fixBy: 'admin' };
  await page.route(/rosterPulls\?/, async (route) => {
    const answer = await route.fetch();
    const { items } = (await answer.json()) as { items: object[] };
    await route.fulfill({
      response: answer,
      json: { items: items.map((one) => ({ ...one, reason: shrunk })) },
    });
  });
  await page.getByRole('link', { name: 'Rosters from the SIS' }).click();
  await page.getByRole('button', { name: 'See what it would do' }).click();
  await page.getByText('Trial, nothing was changed').waitFor();
  await page.getByText(/^Complete/).waitFor();
  await page.route(/rosterPulls$/, (route) => route.abort());
  const asked = page.waitForRequest(/rosterPulls$/);
  await page.getByRole('button', { name: 'Read, even if many students are gone' }).click();
  // what was tried is confirmed as a trial
  expect((await asked).postDataJSON()).toEqual({ confirm: true, full: true, dryRun: true });
  await page.getByRole('link', { name: 'Activity' }).click();
  await page.getByRole('row', { name: /Roster reading – started.*Dana Admin/ }).waitFor();
  expect(wrong).toEqual([]);
});

testInBrowser('the console speaks Spanish, and axe has nothing to say of these screens', async () => {
  const { page, wrong } = await consoleAt('keys&lang=es');
  const screens = {
    Categorías: 'Por título',
    'Comparar con el SIS': 'Todavía no se comparó ninguna clase.',
    'Claves de API': 'Clave de API de administrador',
    Webhooks: 'Nuevo webhook',
    'LMS (LTI)': 'Clave de API de administrador',
    'Acceso de administradores': 'Sin configurar',
    Actividad: 'Cualquier cosa',
    'Identificadores del SIS': 'Archivo CSV',
    'Listas desde el SIS': 'Leer ahora',
  };
  const found: string[] = [];
  for (const [screen, says] of Object.entries(screens)) {
    await page.getByRole('link', { name: screen, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: screen }).waitFor();
    await page.getByText(says).first().waitFor({ state: 'attached' });
    found.push(...(await axeInEveryLook(page, `admin – ${screen}`)).map((line) => `${screen}, ${line}`));
  }
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('es');
  expect(await page.title()).toBe('Listas desde el SIS – Lakeside District');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: 'Rosters from the SIS' }).waitFor();
  expect(await page.title()).toBe('Rosters from the SIS – Lakeside District');
  expect(wrong).toEqual([]);
});
