// Cards come and go while a page is looked at, and everything of this device is taken along on one.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, failure } from '../../tests/fixture/backend';
import type { CarryWritten } from '../bindings/CarryWritten';
import type { MemoryCard } from '../bindings/MemoryCard';
import { MemoryCards, TakeAlong } from './memory-cards.svelte';
import { useBackend } from './node';
import { words } from './words.svelte';

const CARD: MemoryCard = { path: '/media/card', name: 'card', free: 1_000_000, writable: true, files: [] };
const SPACES = ['a', 'b', 'c'].map((space) => ({ space, name: `Space ${space}` }));

function written(path: string): CarryWritten {
  const media = { previews: 0, sounds: 0, photos: 0, bytes: 0 };
  return { paths: [path], entries: 3, added: 3, unreadable: 0, media, added_media: 0, bytes: 12 };
}

let node: FixtureBackend;
beforeEach(() => {
  words.language = 'en';
  node = new FixtureBackend();
  useBackend(node);
});
afterEach(() => vi.useRealTimers());

it('sees a card that is put in and one that is taken out, as long as somebody looks', async () => {
  vi.useFakeTimers();
  let cards: MemoryCard[] = [];
  node.answers.memory_cards = () => cards;
  const seen = new MemoryCards();
  const [one, other] = [seen.follow(), seen.follow()];
  await vi.advanceTimersByTimeAsync(10);
  expect(seen.list).toEqual([]);
  cards = [CARD];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen.list).toEqual([CARD]);
  one();
  cards = [];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen.list).toEqual([]);
  other();
  const asked = node.made('memory_cards');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(node.made('memory_cards')).toBe(asked);
});

it('writes every space to the card, whatever becomes of one, and all again on another of the same name', async () => {
  let full = true;
  node.answers.export_carry = ({ space, path }) => {
    if (space === 'b' && full) throw failure('card_full');
    return written(`${path}/${space}.majlis`);
  };
  const along = new TakeAlong();
  await along.write(SPACES, CARD);
  expect(along.spaces.map((one) => one.error?.code)).toEqual([undefined, 'card_full', undefined]);
  expect(along.paths).toEqual(['/media/card/a.majlis', '/media/card/c.majlis']);
  expect(along.card).toBe('card');
  // Two sticks of one maker are called the same: what is on the first is not told to be on the second.
  full = false;
  await along.write(SPACES, CARD);
  expect(node.made('export_carry')).toBe(6);
  expect(along.failed).toEqual([]);
  expect(along.paths).toEqual(['/media/card/a.majlis', '/media/card/b.majlis', '/media/card/c.majlis']);
  await along.write(SPACES.slice(0, 1), undefined);
  expect(along.spaces.map((one) => one.space)).toEqual(['a']);
  expect(node.calls.at(-1)?.args).toMatchObject({ path: null });
});

it('says how far the space came that is being written', async () => {
  let ends: ((file: CarryWritten) => void) | undefined;
  node.answers.export_carry = () => new Promise((done) => (ends = done));
  const along = new TakeAlong();
  const done = along.write(SPACES.slice(0, 1), CARD);
  await vi.waitFor(() => expect(ends).toBeDefined());
  expect(along.now).toBe('a');
  expect(along.writing).toBeUndefined();
  node.tell({ event: 'carry_writing', space: 'b', done: 1, of: 2 });
  expect(along.writing).toBeUndefined();
  node.tell({ event: 'carry_writing', space: 'a', done: 1, of: 2 });
  expect(along.writing).toEqual({ done: 1, all: 2 });
  ends?.(written('/media/card/a.majlis'));
  await done;
  expect([along.busy, along.now, along.writing]).toEqual([false, undefined, undefined]);
});
