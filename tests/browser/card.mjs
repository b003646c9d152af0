// A memory card is put in: all spaces go along on it, what is on it is looked at, and a space is not left while its work
// is on one device only.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
/** In a namespace of mounts that ends with the process. What is in memory alone is no card. */
const MOUNT = '[ "$(stat -f -c %T "$0")" != tmpfs ] && mount -t tmpfs none /media && mkdir /media/card && mount --bind "$0" /media/card';
const WORDS = {
  en: { go: 'Take everything along', done: /safely on/u, look: 'See what is in them', nothing: 'Everything in it is here already' },
  ar: { go: 'خذ كل شيء معك', done: /محفوظ تمامًا على/u, look: 'انظر ما فيها', nothing: 'كل ما فيه موجود هنا' },
};

/** How many carry files are on the card; nothing where this machine lets nobody mount one. */
export async function card(program, pages, complaints, ends) {
  const folder = mkdtempSync(join(tmpdir(), 'majlis-card-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const inside = (then) => ['unshare', '--mount', 'sh', '-c', `${MOUNT} && ${then}`, folder];
  const [unshare, ...probe] = inside('true');
  if (spawnSync(unshare, probe).status !== 0) {
    console.log('SKIPPED: no card can be mounted here (unshare --mount)');
    return undefined;
  }
  const host = { inside: inside('exec "$@"'), reach: async () => undefined };
  const replica = await Replica.start(program, pages, 'Amina', host);
  ends.push(() => replica.stop());
  const names = ['Ain Safa', 'بيت نور'];
  const spaces = [];
  for (const name of names) spaces.push(await replica.call('found_space', { name, purpose: '', charter: '' }));
  const [{ space }] = spaces;
  await replica.call('new_document', { space, title: 'Minutes', text: 'Present: 34' });

  const browser = await launch();
  ends.push(() => browser.close());
  for (const [language, options, size] of [['ar', PHONE, 'phone'], ['en', {}, 'desktop'], ['ar', {}, 'desktop'], ['en', PHONE, 'phone']]) {
    const words = WORDS[language];
    await replica.call('set_profile', { name: null, language, settings: null });
    const page = await open(browser, replica.url, complaints, options);
    await visit(page, '#/carry');
    await page.getByRole('radio', { name: /card/u }).waitFor();
    assert.ok(await page.getByRole('radio', { name: /card/u }).isChecked(), 'a card that is in is what is meant');
    assert.deepEqual(await faults(page), [], `a card is in, ${language} ${size}`);
    await picture(page, `card-in-${language}-${size}`);
    await page.getByRole('button', { name: words.go, exact: true }).click();
    await page.getByText(words.done).waitFor();
    assert.deepEqual(await faults(page), [], `everything is on the card, ${language} ${size}`);
    await page.getByRole('button', { name: words.look }).click();
    await page.getByText(words.nothing).first().waitFor();
    assert.deepEqual(await faults(page), [], `what is on the card, ${language} ${size}`);
    await picture(page, `card-written-${language}-${size}`);
    await page.close();
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.majlis'));
  assert.equal(files.length, names.length, files.join(', '));

  // Nobody else has what was written here.
  const page = await open(browser, replica.url, complaints, PHONE);
  await visit(page, `#/space/${space}`);
  const before = complaints.length;
  await page.getByRole('button', { name: 'Leave this space' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Leave this space' }).click();
  await page.getByRole('button', { name: 'Leave anyway' }).waitFor();
  assert.deepEqual(await faults(page), [], 'leaving with work that is here only');
  await picture(page, 'leave-en-phone');
  await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.ok(complaints.splice(before).every((one) => one.includes('422')), 'the page complained of something else');
  await until('it was not left', async () => (await replica.call('spaces')).every((one) => one.rank === 'steward'));
  return files.length;
}
