// An opening is never made twice because the day after it failed.

import { expect, test } from 'vitest';

import { Opening } from './opening.svelte';

test('when the day fails after the opening, only the day is said again', async () => {
  const made: string[] = [];
  let cut = true;
  const opening = new Opening();
  const open = (): Promise<void> => Promise.resolve(void made.push('open'));
  const say = (): Promise<void> => (cut ? Promise.reject(new Error('no connection')) : Promise.resolve(void made.push('day')));
  await expect(opening.run(open, say)).rejects.toThrow('no connection');
  expect([made, opening.halfway]).toEqual([['open'], true]);
  cut = false;
  await opening.run(open, say);
  expect(made).toEqual(['open', 'day']);
});

test('what did not open is opened again', async () => {
  const made: string[] = [];
  let full = true;
  const opening = new Opening();
  const open = (): Promise<void> => (full ? Promise.reject(new Error('disk full')) : Promise.resolve(void made.push('open')));
  const say = (): Promise<void> => Promise.resolve(void made.push('day'));
  await expect(opening.run(open, say)).rejects.toThrow('disk full');
  expect([made, opening.halfway]).toEqual([[], false]);
  full = false;
  await opening.run(open, say);
  expect(made).toEqual(['open', 'day']);
});
