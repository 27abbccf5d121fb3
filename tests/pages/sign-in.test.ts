import type { Browser } from 'playwright-core';
import { freePort } from '../support/free-port.ts';
import { membership, startLms, type Lms } from '../support/lms.ts';
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts';
import { startService, type TestService } from '../support/service.ts';
import { openBrowser, openPage, testInBrowser } from './browser.ts';
import { loadClass, makeDistrict, settingsFor, type District } from './district.ts';

let service: TestService | undefined;
let browser: Browser | undefined;
let other: Lms | OpenIdProvider | undefined;

afterEach(async () => {
  await browser?.close();
  await other?.stop();
  await service?.stop();
  browser = service = other = undefined;
});

/** It knows its own address: the one that browsers are sent back to. */
async function begin(): Promise<{
  service: TestService;
  browser: Browser;
  district: District;
  here: string;
}> {
  const port = await freePort();
  const here = `http://127.0.0.1:${port}`;
  [service, browser] = await Promise.all([
    startService({ env: { PORT: String(port), PUBLIC_URL: here } }),
    openBrowser(),
  ]);
  const district = await makeDistrict(service);
  await district.admin('PUT', '/domains/lakeside/settings', settingsFor(service));
  await loadClass(district);
  return { service, browser, district, here };
}

testInBrowser(
  'a teacher opens grade sync in a frame of the LMS, on another site, and it is his class',
  async () => {
    const { service, browser, district, here } = await begin();
    const lms = await startLms(`${here}/lti/launch`);
    other = lms;
    const registered = await district.admin('POST', '/domains/lakeside/ltiPlatforms', {
      ...{ name: 'Lakeside LMS', issuer: lms.issuer, clientId: lms.clientId, deploymentIds: ['dep-1'] },
      ...{ authorizationUrl: lms.authorizationUrl, jwksUrl: lms.jwksUrl, classParam: 'class_id' },
    });
    expect(registered.status).toBe(201);
    lms.links['algebra'] = {
      roles: [`${membership}#Instructor`],
      target: `${here}/lti/launch`,
      context: { id: 'opaque-1' },
      custom: { class_id: 'c1' },
    };
    const src = lms.loginUrl(here, 'rivera', 'algebra').replaceAll('&', '&amp;');
    lms.pages['/course'] =
      `<!doctype html><title>Algebra 1</title><iframe width="900" height="700" src="${src}"></iframe>`;

    const { page } = await openPage(browser, lms.signInUrl('rivera'));
    // what Canvas listens for
    await page.addInitScript(() => {
      addEventListener('message', (event) => Object.assign(globalThis, { told: String(event.data) }));
    });
    await page.goto(`${lms.issuer}/course`);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { name: 'Sync grades to Maple SIS', level: 1 }).waitFor();
    await frame
      .getByRole('row', { name: /Homework 1/ })
      .filter({ hasText: 'Not synced' })
      .waitFor();
    await page.waitForFunction(
      () => (JSON.parse((globalThis as { told?: string }).told ?? '{}') as { height?: number }).height,
    );
    expect(await page.evaluate('told')).toContain('"subject":"lti.frameResize"');
    await frame.getByRole('button', { name: 'Sync grades to SIS' }).click();
    // as near to the press as a frame allows that may be any height
    const top = (await frame.getByRole('dialog').boundingBox())?.y ?? Infinity;
    expect(top - ((await page.locator('iframe').boundingBox())?.y ?? 0)).toBeLessThan(120);
    await frame.getByRole('dialog').getByRole('button', { name: 'Sync 2 scores' }).click();
    await frame
      .getByText('2 scores and 2 assignments sent to Maple SIS, 1 needs attention.')
      .first()
      .waitFor();
    const shown =
      page
        .frames()
        .find((one) => one.url().startsWith(here))
        ?.url() ?? '';
    expect(new URL(shown).hash).toBe('');

    // another origin may not frame the page, although it knows its address
    const thief = new URL(lms.jwksUrl).origin;
    lms.pages['/thief'] = `<!doctype html><title>Thief</title><iframe src="${shown}"></iframe>`;
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.goto(`${thief}/thief`);
    expect(await page.frames()[1]?.locator('teacher-page').count()).toBe(0);
    expect(said.join('\n')).toContain('frame-ancestors');
    expect(service.sis.violations).toEqual([]);
  },
);

testInBrowser(
  'an admin signs in by the provider of his district, stays signed in, and signs out',
  async () => {
    const { browser, district, here } = await begin();
    const provider = await startOpenIdProvider({
      clients: [
        {
          ...{ client_id: 'passback', client_secret: 'a secret', grant_types: ['authorization_code'] },
          ...{ response_types: ['code'], redirect_uris: [`${here}/sign-in/callback`] },
        },
      ],
      claims: { openid: ['sub'], profile: ['name', 'groups'] },
      claimsOf: () => ({ name: 'Dana Admin', groups: ['passback-admins'] }),
    });
    other = provider;
    const set = await district.admin('PUT', '/domains/lakeside/signIn', {
      ...{ issuer: provider.issuer, clientId: 'passback', clientSecret: 'a secret' },
      ...{ roleClaim: 'groups', admins: ['passback-admins'] },
    });
    expect(set.status).toBe(201);
    provider.redirectUris = [(set.body as unknown as { redirectUrl: string }).redirectUrl];

    const { page } = await openPage(browser, `${here}/admin`);
    await page.getByRole('link', { name: 'Sign in as an administrator' }).click();
    await page.getByLabel('Id of your district or school').fill('lakeside');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${here}/admin`);
    // the session outlives the page, the token does not
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Open this page from your LMS' }).waitFor();
    expect((await page.context().cookies()).filter(({ name }) => name.startsWith('__Host-'))).toEqual([]);
  },
);
