// Two windows and a browser vote in a budget while one of them is cut off from the others, meet again, and count to the
// same number. Real hosts on a wire of the test's own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch, open } from '../browser/page.mjs';
import { Replica, until } from '../browser/replica.mjs';
import { close, knows, recount, start, vote } from '../scenes/budget.mjs';
import { begin, firstTouch, invite } from '../scenes/field.mjs';
import { Hands } from '../scenes/hands.mjs';
import { Driver } from './driver.mjs';
import { Wire } from './wire.mjs';

const PAGES = fileURLToPath(new URL('../../ui/dist', import.meta.url));

/** Plays it; gives the number that all three read, or nothing where this machine allows no hosts. */
export async function partition(program, line, kept) {
  const { wire, why } = Wire.lay();
  if (wire === undefined) {
    console.log(`skipped: two windows and a browser through a partition: no hosts can be made here: ${why}`);
    return undefined;
  }
  const ends = [() => wire.end()];
  const complaints = [];
  try {
    const [here, there, away] = [wire.host(), wire.host(), wire.host()];
    const amina = await window(program, here, ends, kept);
    await begin(amina);
    const ticket = await invite(amina);
    const bilal = await window(program, there, ends, kept);
    await firstTouch(bilal, 'بلال');
    await enter(bilal, ticket);
    const huda = await browser(line, away, ticket, complaints, ends);

    const place = await start(amina);
    for (const hands of [bilal, huda]) await has(hands, place);
    here.cutOff();
    await vote(amina, place, 0);
    await vote(bilal, place, 1);
    await vote(huda, place, 2);
    await knows(bilal, place, 2);
    await knows(amina, place, 1);
    here.joinAgain();
    await knows(amina, place, 3);
    await close(amina);
    const hashes = [];
    for (const hands of [amina, bilal, huda]) hashes.push(await recount(hands, place));
    assert.equal(new Set(hashes).size, 1, `all read one number: ${hashes.join(', ')}`);
    assert.deepEqual(complaints, [], 'the pages complained');
    return hashes[0];
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** A window of somebody new on a host. */
async function window(program, host, ends, kept) {
  const data = mkdtempSync(join(tmpdir(), 'majlis-window-apart-'));
  ends.push(() => rmSync(data, { recursive: true, force: true }));
  const driver = await Driver.start({ MAJLIS_DATA: data }, host);
  ends.push(() => driver.stop());
  return kept(await driver.open(program));
}

/** A node on a host, which joined, with its pages in a browser. */
async function browser(line, host, ticket, complaints, ends) {
  const replica = await Replica.start(line, PAGES, 'هدى', host);
  ends.push(() => replica.stop());
  await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  await until('the ticket leads to the space', () => replica.call('join', { ticket }));
  const chromium = await launch();
  ends.push(() => chromium.close());
  return new Hands(await open(chromium, replica.url, complaints));
}

async function enter(hands, ticket) {
  await hands.click('a', 'انضم برمز');
  await hands.type('textarea, input', ticket, 'التذكرة');
  await hands.click('button', 'اقرأ التذكرة');
  await hands.click('footer button', 'انضم');
  await hands.shows('الماء والطرق');
}

/** Waits until the vote has come. */
async function has(hands, place) {
  await hands.run((at) => (window.location.hash = at), place);
  await hands.find('main a, footer a', 'صوّت');
}
