/**
 * Takes the README's picture: runs the demo, opens the teacher's link in Chromium, photographs the page.
 *
 *   npx node scripts/screenshot.ts [docs/teacher-page.png]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [file = 'docs/teacher-page.png'] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '..');
const demo = spawn(process.execPath, ['scripts/run.mjs', 'src/demo/main.ts'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const link = await teacherLink();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 1080, height: 920 }, deviceScaleFactor: 1.5 });
  await page.goto(link);
  // The table is there when the page has read everything.
  await page.getByRole('table').first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: resolve(root, file) });
  await browser.close();
  console.log(`Written: ${file}`);
} finally {
  if (demo.exitCode === null) {
    demo.kill('SIGTERM');
    await once(demo, 'exit');
  }
}

/** What the demo prints behind "Teacher". */
async function teacherLink(): Promise<string> {
  let said = '';
  for await (const text of demo.stdout) {
    said += String(text);
    const link = /^ *Teacher +(http\S+)\s/m.exec(said)?.[1];
    if (link) return link;
  }
  throw new Error(`The demo ended without a link:\n${said}`);
}
