/** A real Chromium for the pages' tests, and a page that notes whatever goes wrong in it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
  type Route,
} from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
/** without one there is nothing to prepare, for everything is skipped */
export const hasBrowser = existsSync(CHROMIUM);
const root = join(import.meta.dirname, '../..');

/** Without a browser these tests say so and are skipped; CI must have one. */
export function testInBrowser(name: string, run: () => Promise<void>): void {
  if (hasBrowser) {
    test(name, run, 60_000);
  } else if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(`There is no ${CHROMIUM}: install it (apt-get install chromium).`);
    });
  } else {
    test.skip(`${name} (there is no ${CHROMIUM}: apt-get install chromium)`, () => undefined);
  }
}

/** Builds the pages as they are now, and opens the browser. */
export async function openBrowser(): Promise<Browser> {
  execFileSync(process.execPath, [join(root, 'scripts/build-pages.mjs')], { stdio: 'pipe' });
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Watched {
  page: Page;
  /** errors of scripts, refusals of the content security policy, requests to anybody but the service */
  wrong: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    // An answer like 409 is reported there too; the page itself must deal with those.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      wrong.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) wrong.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, wrong };
}

/** Tabs until it has the focus, as somebody without a mouse does; then presses. Fails where it cannot be reached. */
export async function byKeyboard(
  page: Page,
  wanted: Locator,
  press: string | null = 'Enter',
  tab = 'Tab',
): Promise<void> {
  await wanted.waitFor();
  for (let pressed = 0; pressed < 80; pressed++) {
    if (await wanted.evaluate((one) => one.matches(':focus')))
      return press ? page.keyboard.press(press) : undefined;
    await page.keyboard.press(tab);
  }
  throw new Error(`${String(wanted)} cannot be reached with the keyboard.`);
}

/** Answers to requests like `pattern` wait until they are let go. */
export async function holdAnswers(
  page: Page,
  pattern: RegExp,
  method = 'GET',
): Promise<{ asked: Promise<void>; letGo: () => Promise<void> }> {
  const [asked, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const gone: Promise<void>[] = [];
  const hold = async (route: Route) => {
    if (route.request().method() !== method) return route.fallback();
    asked.resolve();
    const passed = free.promise.then(() => route.continue());
    gone.push(passed);
    await passed;
  };
  await page.route(pattern, hold);
  return {
    asked: asked.promise,
    letGo: async () => {
      const answered = page.waitForResponse(
        (one) => pattern.test(one.url()) && one.request().method() === method,
      );
      free.resolve();
      await (await answered).finished();
      await Promise.all(gone);
      await page.unroute(pattern, hold);
    },
  };
}

/** Nothing is cut off on a small phone, or at 400 % zoom. */
export async function widthNeeded(page: Page): Promise<number> {
  await page.setViewportSize({ width: 320, height: 700 });
  return page.evaluate(() => document.documentElement.scrollWidth);
}
