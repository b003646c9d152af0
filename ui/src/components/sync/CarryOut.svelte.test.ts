// How far a carry file came on its way out is shown until it is there.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { CarryWritten } from '../../bindings/CarryWritten';
import { useBackend } from '../../state/node';
import { Sync } from '../../state/sync.svelte';
import { data, say, words } from '../../state/words.svelte';
import CarryOut from './CarryOut.svelte';

it('shows how far the file of its own space came', async () => {
  words.language = 'en';
  const node = new FixtureBackend();
  useBackend(node);
  let ends: ((file: CarryWritten) => void) | undefined;
  node.answers.export_carry = () => new Promise((done) => (ends = done));
  const shown = mount(CarryOut, { target: document.body, props: { sync: new Sync('s') } });
  const fold = document.querySelector('details');
  if (fold !== null) fold.open = true;
  fold?.dispatchEvent(new Event('toggle'));
  flushSync();
  const bar = (): HTMLProgressElement | null => document.querySelector('progress');
  const said = (): string | undefined => document.querySelector('progress + p')?.textContent?.trim();
  const write = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === say('sync.carry.export'));
  expect(bar()).toBeNull();
  write?.click();
  flushSync();
  expect(said()).toBe(say('carry.begins'));
  const tell = (space: string, done: number): void => {
    node.tell({ event: 'carry_writing', space, done, of: 500_000_000 });
    flushSync();
  };
  tell('another', 7);
  expect(said()).toBe(say('carry.begins'));
  tell('s', 40_000_000);
  expect(said()).toBe(say('carry.writing', { done: data(40_000_000), all: data(500_000_000) }));
  expect([bar()?.value, bar()?.max]).toEqual([40_000_000, 500_000_000]);
  expect(write?.disabled).toBe(true);
  tell('s', 500_000_000);
  expect(said()).toBe(say('carry.settles'));
  const media = { previews: 0, sounds: 0, photos: 0, bytes: 0 };
  ends?.({ paths: ['/card/majlis.majlis'], entries: 9, added: 9, unreadable: 0, media, added_media: 0, bytes: 12 });
  await new Promise((soon) => setTimeout(soon, 5));
  flushSync();
  expect(bar()).toBeNull();
  expect(document.body.textContent).toContain('/card/majlis.majlis');
  await unmount(shown);
});
