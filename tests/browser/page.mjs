// Chromium as the tests want it: nothing fetched in the background, every complaint kept.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.MAJLIS_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

/** Opens a node's interface; what the page complains of is added to `complaints`. */
export async function open(browser, url, complaints, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  await page.goto(url);
  await page.getByRole('navigation').first().waitFor();
  return page;
}

/** Goes to a place of the interface and waits for its heading. */
export async function visit(page, place) {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, place);
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"], .waiting') === null);
  if ((await page.locator('[href="#/lost"]').count()) > 0) throw new Error(`${place} leads nowhere`);
}

/** Keeps a picture of the whole page where somebody wants to look at it: the folder `MAJLIS_PICTURES`. */
export async function picture(page, name) {
  const folder = process.env.MAJLIS_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** What axe finds wrong with the page as it is shown, by the rules of WCAG 2.2 A and AA. */
export async function faults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
}
