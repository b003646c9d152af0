// Who holds a receipt types its code on their own device, sees what was entered, and speaks for it.

import assert from 'node:assert/strict';

import { launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

/** Bilal claims in the page what Amina entered for the holder of `code`, and takes it back. */
export async function claim(amina, bilal, space, code, complaints, ends) {
  const found = await until('the answer of the receipt is here', async () => (await bilal.call('read_receipt', { code, space }))[0]);
  const { consultation } = found;
  const before = await amina.call('results', { space, consultation });
  await bilal.call('set_profile', { name: null, language: 'en', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, bilal.url, complaints, { viewport: { width: 360, height: 740 } });
  await visit(page, '#/claim');
  const typed = page.locator('input.code');
  await typed.fill('1234');
  await page.locator('form button[type=submit]').click();
  await page.locator('input[aria-invalid=true]').waitFor();
  await typed.fill(code.toLowerCase().replaceAll('-', ' '));
  await page.locator('form button[type=submit]').click();
  await page.locator('form fieldset input[value=entered]').waitFor();
  // What was said of each person of the household is there too.
  await page.getByText('كريم', { exact: true }).waitFor();
  await page.getByText('40', { exact: true }).waitFor();
  await page.locator('form button[type=submit]').click();
  await page.locator(`a[href$="/consultation/${consultation}"]`).waitFor();

  const counted = (view) => [view.counted.own, view.counted.assisted];
  const { own, assisted } = before.counted;
  await until('the officer counts it as the holder’s own', async () => {
    const now = counted(await amina.call('results', { space, consultation }));
    return now[0] === own + 1 && now[1] === assisted - 1;
  });
  const draft = { space, consultation, assisted: true, slot: code, language: null };
  await assert.rejects(amina.call('begin_filling', draft), /claimed/u);

  await visit(page, `#/space/${space}/consultation/${consultation}`);
  await page.getByRole('button', { name: 'Take my answer back', exact: true }).click();
  await page.locator('dialog button[type=submit]').click();
  await until('it is taken back everywhere', async () => {
    const now = counted(await amina.call('results', { space, consultation }));
    return now[0] === own && now[1] === assisted - 1;
  });
}
