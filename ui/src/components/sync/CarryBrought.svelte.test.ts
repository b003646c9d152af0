// What a carry file brought is said with what to do about it.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';

import type { CarryImported } from '../../bindings/CarryImported';
import { to } from '../../state/place';
import { words } from '../../state/words.svelte';
import CarryBrought from './CarryBrought.svelte';

const taken: CarryImported = {
  space: 's', name: 'Ain Safa', entries: 9, new: 7, not_counting: 3, altered: 0, waiting: 0,
  media: { previews: 0, sounds: 0, photos: 0, bytes: 0 }, media_bytes: 0, media_altered: 0, media_left: 0,
  resumed: 0, whole: true, word: 'signed', missing: [2, 3], parts: 3,
};

async function said(one: CarryImported): Promise<{ text: string; links: (string | null)[] }> {
  words.language = 'en';
  const shown = mount(CarryBrought, { target: document.body, props: { taken: one } });
  flushSync();
  const text = (document.body.textContent ?? '').replace(/[\u2068\u2069]/gu, '');
  const links = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  await unmount(shown);
  return { text, links };
}

it('leads from what does not count to the page that says why', async () => {
  const aside = to({ page: 'aside', space: 's' });
  const some = await said(taken);
  expect(some.text).toContain('3 entries do not count here.');
  expect(some.links).toContain(aside);
  expect((await said({ ...taken, not_counting: 0 })).links).not.toContain(aside);
});

it('counts the parts that are still missing', async () => {
  expect((await said(taken)).text).toContain('2 parts are still missing on this device: parts 2 and 3.');
  expect((await said({ ...taken, missing: [2] })).text).toContain('1 part is still missing on this device: part 2.');
});
