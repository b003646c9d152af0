// A device in somebody's hands comes back by the code alone, also after it was started anew.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn } from '../../tests/fixture/backend';
import { lock, plainCode } from './lock.svelte';
import { useBackend } from './node';

const WHAT = { space: 's', consultation: 'c', filling: 'f' };
let disk: Map<string, string>;

beforeEach(() => {
  disk = new Map();
  const node = new FixtureBackend();
  node.answers = draftsOn(disk);
  useBackend(node);
});

afterEach(() => {
  vi.useRealTimers();
});

it('is held until the code is given, in the digits of any script', async () => {
  await lock.hand(WHAT, '٤٣٢١');
  expect(lock.held).toMatchObject(WHAT);
  expect([...disk.values()].join('')).not.toMatch(/4321|٤٣٢١/u);
  expect(await lock.unlock('1111')).toBe(false);
  expect(lock.held).toBeDefined();
  expect(await lock.unlock(' 4321 ')).toBe(true);
  expect(lock.held).toBeUndefined();
  expect(lock.back).toBe('f');
  expect(disk.size).toBe(0);
});

it('is still held after a start, and waits after five wrong codes', async () => {
  await lock.hand(WHAT, '9876');
  const kept = new Map(disk);
  vi.resetModules();
  const again = (await import('./lock.svelte')).lock;
  const { useBackend: use } = await import('./node');
  const node = new FixtureBackend();
  node.answers = { draft: ({ key }) => ({ key, value: kept.get(key) ?? '', saved: 1 }), drop_draft: () => ({}) };
  use(node);
  await again.read();
  expect(again.held).toMatchObject(WHAT);
  for (let at = 0; at < 5; at += 1) expect(await again.unlock('0000')).toBe(false);
  expect(await again.unlock('9876')).toBe(false);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
  expect(await again.unlock('9876')).toBe(true);
});

it('shows the pages where what is kept cannot be read', async () => {
  disk.set('lock', '{"space":');
  vi.resetModules();
  const again = (await import('./lock.svelte')).lock;
  const { useBackend: use } = await import('./node');
  const node = new FixtureBackend();
  node.answers = { draft: ({ key }) => ({ key, value: disk.get(key) ?? '', saved: 1 }) };
  use(node);
  await again.read();
  expect([again.ready, again.held]).toEqual([true, undefined]);
});

it('shows nothing as long as the device does not answer', async () => {
  await lock.hand(WHAT, '9876');
  const kept = new Map(disk);
  vi.resetModules();
  vi.useFakeTimers();
  const again = (await import('./lock.svelte')).lock;
  const { useBackend: use } = await import('./node');
  const node = new FixtureBackend();
  use(node);
  await again.read();
  expect(again.ready).toBe(false);
  node.answers = { draft: ({ key }) => ({ key, value: kept.get(key) ?? '', saved: 1 }) };
  await vi.advanceTimersByTimeAsync(1_500);
  expect([again.ready, again.held?.filling]).toEqual([true, 'f']);
});

it('reads three scripts', () => {
  expect(plainCode('١٢۳4')).toBe('1234');
});
