import type { Browser } from 'playwright-core';
import { startService, type TestService } from '../support/service.ts';
import { openBrowser, openPage, testInBrowser, widthNeeded } from './browser.ts';
import { linkFor, loadClass, makeDistrict } from './district.ts';

let service: TestService | undefined;
let browser: Browser | undefined;

afterEach(async () => {
  await browser?.close();
  await service?.stop();
});

testInBrowser('an admin enters the SIS, tests it, saves, excludes a school and pauses', async () => {
  const [running, chromium] = await Promise.all([startService(), openBrowser()]);
  [service, browser] = [running, chromium];
  const district = await makeDistrict(running);
  await loadClass(district);
  const link = await linkFor(running, district.admin, { role: 'admin', displayName: 'Dana Admin' });
  const { page, wrong } = await openPage(chromium, link);

  await page.getByText('Not set up').waitFor();
  expect(page.url()).toBe(`${running.url}/admin`);
  await page.getByLabel('SIS name').fill('Maple SIS');
  await page.getByLabel('API base URL').fill(running.sis.gradebookUrl);
  await page.getByLabel('Key', { exact: true }).fill(running.sis.auth.clientId);

  // The API's complaint stands at the field that it is about, and the field has the focus.
  await page.getByRole('button', { name: 'Save' }).click();
  const secret = page.getByLabel('Secret', { exact: true });
  await page.getByText('Some fields need a correction.').first().waitFor();
  expect(await secret.getAttribute('aria-invalid')).toBe('true');
  expect(await secret.evaluate((field) => field.matches(':focus'))).toBe(true);

  // The test runs on what is typed, before it is saved.
  await secret.fill('not the secret');
  await page.getByLabel('Token URL').fill(running.sis.auth.tokenUrl);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('heading', { name: 'The connection does not work yet.' }).waitFor();
  await secret.fill(running.sis.auth.clientSecret);
  await page.getByLabel('Also look at one class').selectOption('c1');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('heading', { name: 'The connection works.' }).waitFor();
  expect(await page.getByRole('listitem').filter({ hasText: 'Students match' }).textContent()).toContain(
    '2 of 3',
  );
  expect((await district.admin('GET', '/domains/lakeside/settings')).body).toEqual({});

  await page.getByRole('switch', { name: /Allow grades/ }).click();
  await page.getByLabel('Lakeside High School').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Everything is saved.').waitFor();
  expect(await secret.inputValue()).toBe('');
  const saved = await district.admin('GET', '/domains/lakeside/settings');
  expect(saved.body).toMatchObject({
    sisName: 'Maple SIS',
    passbackEnabled: true,
    excludedDomainIds: ['high'],
  });
  expect(saved.body).toMatchObject({ auth: { clientId: running.sis.auth.clientId, clientSecretSet: true } });

  // Somebody else saves meanwhile: neither loses what he changed.
  await district.admin('PUT', '/domains/lakeside/settings', { ...(saved.body as object), gatherSeconds: 33 });
  await page.getByLabel('SIS name').fill('Oak SIS');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Keep my changes on top' }).click();
  await page.getByText('Someone else changed these settings').first().waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Seconds to gather').inputValue()).toBe('33');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Everything is saved.').waitFor();
  const both = await district.admin('GET', '/domains/lakeside/settings');
  expect(both.body).toMatchObject({ sisName: 'Oak SIS', gatherSeconds: 33 });

  await page.getByRole('button', { name: 'Pause sending' }).click();
  await page.getByText('Sending is paused by Dana Admin.').waitFor();
  await page.getByRole('button', { name: 'Resume sending' }).click();
  await page.getByText('Not used yet').waitFor();

  expect(await widthNeeded(page)).toBe(320);
  expect(wrong).toEqual([]);
});
