/** What axe-core finds wrong on a page as it stands: WCAG 2.2 A and AA, and its best practices. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const source = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Axe {
  run: (
    context: unknown,
    options: unknown,
  ) => Promise<{ violations: { id: string; nodes: { target: (string | string[])[] }[] }[] }>;
}

/** Lines such as "color-contrast: teacher-page > .small"; none is what a page should have. */
export const axe = (page: Page): Promise<string[]> => findings(page, { type: 'tag', values: tags });

async function findings(page: Page, runOnly: { type: 'tag' | 'rule'; values: string[] }): Promise<string[]> {
  // by the debugger's way in, which the page's content security policy does not stand in
  if (await page.evaluate(() => !('axe' in globalThis))) await page.evaluate(source);
  // colours that are on their way to others are no colours to judge
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
        .map((one) => one.finished.catch(() => null)),
    ),
  );
  return page.evaluate(async (only) => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(document, {
      runOnly: only,
      resultTypes: ['violations'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${id}: ${target.flat().join(' > ')}`),
    );
  }, runOnly);
}

const WIDE = { width: 1100, height: 900 };
/** also what is left of 1280 px at 400 % */
const PHONE = { width: 320, height: 700 };
/** all that another colour scheme changes */
const ofColours = { type: 'rule' as const, values: ['color-contrast', 'link-in-text-block'] };

/**
 * The same in light and dark, wide and at 320 px; each line names the look that it was found in. With SCREENSHOTS=folder
 * in the environment, a picture of a `screen` with a name is kept in each.
 */
export async function axeInEveryLook(page: Page, screen?: string): Promise<string[]> {
  const found: string[] = [];
  const folder = process.env['SCREENSHOTS'];
  const look = async (name: string, lines: Promise<string[]>) => {
    found.push(...(await lines).map((line) => `${name}: ${line}`));
    if (!folder || screen === undefined) return;
    // what lies under a dialog is not what it is about
    const fullPage = (await page.getByRole('dialog').count()) === 0;
    await page.screenshot({ path: join(folder, `${screen}, ${name}.png`), fullPage });
  };
  await look('light', axe(page));
  await page.emulateMedia({ colorScheme: 'dark' });
  await look('dark', findings(page, ofColours));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await look('320 px', axe(page));
  const needed = await page.evaluate(() => document.documentElement.scrollWidth);
  if (needed > PHONE.width) found.push(`320 px: needs ${needed} px`);
  await page.setViewportSize(WIDE);
  return found;
}
