// A recording that could not be ended is said, and held back; nothing else is recorded meanwhile.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { allKept } from '../../state/keeping';
import { route } from '../../state/route.svelte';
import { words } from '../../state/words.svelte';
import SoundField from './SoundField.svelte';

let fail: ((why: Error) => void) | undefined;
vi.mock('../../state/tape', () => ({
  canRecord: () => true,
  Tape: { start: () => Promise.resolve({ onend: () => undefined, stop: () => new Promise((_, refuse) => (fail = refuse)) }) },
}));

let shown: Record<string, unknown>;
afterEach(async () => {
  await unmount(shown);
  document.body.replaceChildren();
});

const settled = async (): Promise<void> => {
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
};
const button = (name: string): HTMLButtonElement | undefined => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === name);

it('shows why nothing was recorded', async () => {
  words.language = 'en';
  route.replace({ page: 'answer', space: 's', consultation: 'c' });
  shown = mount(SoundField, { target: document.body, props: { legend: 'Say', value: undefined, describedby: '', onchange: () => undefined } });
  flushSync();
  button('Record')?.click();
  await settled();
  button('Stop')?.click();
  flushSync();
  expect(button('Record')?.disabled).toBe(true);
  const all = allKept();
  fail?.(new Error('the microphone is gone'));
  expect(await all).toBe(false);
  await settled();
  expect(document.querySelector('[role="alert"]')).not.toBeNull();
  expect(button('Record')?.disabled).toBe(false);
});
