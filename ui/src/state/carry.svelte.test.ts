// A carry file comes here, says what it holds, and is taken in; what failed goes on.

import { beforeEach, expect, it } from 'vitest';

import { FixtureBackend, failure } from '../../tests/fixture/backend';
import type { CarryImported } from '../bindings/CarryImported';
import type { CarrySummary } from '../bindings/CarrySummary';
import { Carried, carry } from './carry.svelte';
import { useBackend } from './node';

let node: FixtureBackend;

beforeEach(() => {
  node = new FixtureBackend();
  useBackend(node);
  carry.files = [];
});

function summary(joined: boolean): CarrySummary {
  return { space: 's', name: 'Ain Safa', joined, bytes: 5, word: 'signed', manifest: null, resumes: 0 };
}

function taken(brought: number): CarryImported {
  const media = { previews: 0, sounds: 0, photos: 0, bytes: 0 };
  const nothing = { media, media_bytes: 0, media_altered: 0, media_left: 0 };
  const none = { ...nothing, not_counting: 0, altered: 0, waiting: 0, resumed: 0, missing: [], parts: 1 };
  return { space: 's', name: 'Ain Safa', entries: 9, new: brought, whole: true, word: 'signed', ...none };
}

it('is looked at first, and taken in only when asked', async () => {
  const one = new Carried('/card/amina.majlis');
  node.answers.carry_summary = () => summary(true);
  node.answers.import_carry = ({ path }) => {
    node.tell({ event: 'carrying', path: '/another', entries: 1, new: 1, read: 10, of: 20 });
    expect(one.reading).toBeUndefined();
    node.tell({ event: 'carrying', path, entries: 4, new: 2, read: 40, of: 90 });
    expect(one.reading).toEqual({ done: 40, all: 90 });
    return taken(2);
  };
  expect(one.name).toBe('amina.majlis');
  await one.look();
  expect(one.ready).toBe(true);
  expect(node.made('import_carry')).toBe(0);
  await one.take();
  expect(one.taken?.new).toBe(2);
  expect(one.reading).toBeUndefined();
  expect(one.ready).toBe(false);
});

it('of a space that is not here cannot be taken in', async () => {
  node.answers.carry_summary = () => summary(false);
  await carry.choose(['/card/a.majlis']);
  expect(carry.files[0]?.ready).toBe(false);
  await carry.takeAll();
  expect(node.made('import_carry')).toBe(0);
});

it('that failed is tried again where it failed', async () => {
  let well = false;
  node.answers.carry_summary = () => summary(true);
  node.answers.import_carry = () => {
    if (!well) throw failure('unreadable_file');
    return taken(1);
  };
  const one = new Carried('/card/a.majlis');
  await one.look();
  await one.take();
  expect(one.error?.code).toBe('unreadable_file');
  well = true;
  await one.again();
  expect(one.error).toBeUndefined();
  expect(one.taken?.new).toBe(1);
  expect(node.made('carry_summary')).toBe(1);
});

it('that the system opened is shown, now and later', async () => {
  let waiting = ['/card/a.majlis'];
  node.answers.offered_carry = () => {
    const offered = waiting.map((path) => ({ path }));
    waiting = [];
    return offered;
  };
  node.answers.carry_summary = () => summary(true);
  let shown = 0;
  const stop = carry.follow(() => (shown += 1));
  await settled();
  expect(carry.files.map((one) => one.name)).toEqual(['a.majlis']);
  waiting = ['/card/b.1.majlis', '/card/b.2.majlis'];
  node.tell({ event: 'carry_offered' });
  await settled();
  expect(carry.files.map((one) => one.name)).toEqual(['b.1.majlis', 'b.2.majlis']);
  expect(shown).toBe(2);
  stop();
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
}
