// A page that was opened without its key, or with another's, says so; the right address opens it in the same tab.

import assert from 'node:assert/strict';

import { launch, picture } from './page.mjs';

/** Plays it; gives how many wrong addresses were tried. */
export async function key(replica, complaints, ends) {
  const browser = await launch();
  ends.push(() => browser.close());
  const bare = new URL(replica.url);
  bare.hash = '';
  const wrong = [bare.href, `${bare.href}#token=`, `${bare.href}#token=00`];
  for (const url of wrong) {
    const page = await (await browser.newContext()).newPage();
    // That a call is refused is the scene; anything that breaks is not.
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    await page.goto(url);
    await page.getByText('This page has lost its key').first().waitFor();
    await picture(page, `key-${wrong.indexOf(url)}`);
    await page.goto(replica.url);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByText('This page has lost its key').waitFor({ state: 'detached' });
    assert.ok(!page.url().includes('token'), page.url());
  }
  return wrong.length;
}
