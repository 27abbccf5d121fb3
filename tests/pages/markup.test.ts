import type { Browser } from 'playwright-core';
import { startService, type TestService } from '../support/service.ts';
import { openBrowser, openPage, testInBrowser } from './browser.ts';
import { linkFor, loadClass, makeDistrict, settingsFor } from './district.ts';

let service: TestService | undefined;
let browser: Browser | undefined;

afterEach(async () => {
  await browser?.close();
  await service?.stop();
  browser = service = undefined;
});

const evil = (place: string) =>
  `${place}<img src=x onerror="window.owned='${place}'"><script>window.owned=1</script>`;

testInBrowser(
  'A34: signs of HTML in titles, names, comments and the SIS’s words are shown, and never obeyed',
  async () => {
    [service, browser] = await Promise.all([startService(), openBrowser()]);
    const district = await makeDistrict(service);
    const { admin, lms } = district;
    await admin('PUT', '/domains/middle', { name: evil('school'), parentId: 'lakeside' });
    await admin('PUT', '/domains/lakeside/settings', { ...settingsFor(service), sisName: evil('sis') });
    await loadClass(district);
    await lms('PUT', '/classes/c1', {
      ...{ domainId: 'middle', title: evil('class'), sourcedId: 'class-1' },
      categories: [{ id: 'hw', title: 'Homework' }],
    });
    await lms('PUT', '/classes/c1/students/ada', {
      sourcedId: 'student-1',
      givenName: evil('given'),
      familyName: evil('family'),
    });
    await lms('PUT', '/classes/c1/lineItems/hw1', {
      ...{ title: evil('title'), description: evil('about'), categoryId: 'hw', resultValueMax: 10 },
      ...{ assignDate: '2025-10-01T12:00:00Z', dueDate: '2025-10-10T23:00:00Z' },
    });
    await lms('PUT', '/classes/c1/lineItems/hw1/results/ada', { score: 7, comment: evil('comment') });
    // the SIS refuses a score in words of its own
    service.sis.control.arm({
      ...{ kind: 'status', status: 422, request: 'result', count: 5 },
      body: { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: evil('reason') },
    });

    const teacher = { role: 'teacher', displayName: evil('teacher'), classIds: ['c1'] };
    const { page, wrong } = await openPage(browser, await linkFor(service, lms, teacher));
    await page.getByRole('heading', { level: 1, name: evil('sis') }).waitFor();
    await page.getByRole('button', { name: 'Sync grades to SIS' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Sync \d/ })
      .click();
    await page.getByText('Nothing').or(page.getByText('needs attention')).first().waitFor();
    await page
      .getByRole('button', { name: evil('title') })
      .last()
      .click();
    await page.getByRole('heading', { level: 2, name: evil('title') }).waitFor();
    // fails also where there are two
    await page.getByRole('row', { name: evil('family') }).waitFor();

    const person = { role: 'admin', displayName: evil('admin') };
    const other = await openPage(browser, await linkFor(service, admin, person));
    await other.page.getByRole('heading', { level: 1 }).waitFor();
    for (const at of [page, other.page]) {
      expect(await at.evaluate('window.owned')).toBeUndefined();
      expect(await at.locator('img[src=x]').count()).toBe(0);
    }
    expect([...wrong, ...other.wrong]).toEqual([]);
  },
);
