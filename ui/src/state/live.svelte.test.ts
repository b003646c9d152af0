// What was read stays true, without asking more than needed.

import { beforeEach, expect, it } from 'vitest';

import { FixtureBackend, failure } from '../../tests/fixture/backend';
import type { SpaceView } from '../bindings/SpaceView';
import { aboutProcess } from './live.svelte';
import { useBackend } from './node';
import { Space } from './space.svelte';

let node: FixtureBackend;

beforeEach(() => {
  node = new FixtureBackend();
  useBackend(node);
});

function view(purpose: string): SpaceView {
  const summary = { space: 's', name: '', rank: null, members: 0, sample: false, sync: 'saved_here', with: 0, waiting: false, must_join: null } as const;
  return { summary, purpose, founder: '', charter: null, consultations: 0, documents: 0, set_aside: 0, may: ['read'] };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

it('asks again when an event is about it, and not otherwise', async () => {
  let purpose = 'first';
  node.answers.space = () => view(purpose);
  const space = new Space('s');
  const stop = space.start();
  await settled();
  expect(space.value?.purpose).toBe('first');
  purpose = 'second';
  node.tell({ event: 'membership', space: 'another' });
  await settled();
  expect(space.value?.purpose).toBe('first');
  node.tell({ event: 'membership', space: 's' });
  await settled();
  expect(space.value?.purpose).toBe('second');
  stop();
  node.tell({ event: 'membership', space: 's' });
  await settled();
  expect(node.made('space')).toBe(2);
});

it('takes the progress of a carry file for no change of the space', async () => {
  node.answers.space = () => view('first');
  const stop = new Space('s').start();
  await settled();
  node.tell({ event: 'carry_writing', space: 's', done: 1, of: 2 });
  await settled();
  expect(node.made('space')).toBe(1);
  stop();
});

it('follows a storm of events with one more reading', async () => {
  let release: (value: SpaceView) => void = () => undefined;
  node.answers.space = () => new Promise((resolve) => (release = resolve));
  const space = new Space('s');
  space.start();
  for (let event = 0; event < 100; event += 1) node.tell({ event: 'sync', space: 's' });
  expect(node.made('space')).toBe(1);
  release(view('old'));
  await settled();
  expect(node.made('space')).toBe(2);
  release(view('new'));
  await settled();
  expect(node.made('space')).toBe(2);
  expect(space.value?.purpose).toBe('new');
});

it('keeps what it has when asking fails, says why, and asks again when the way is found again', async () => {
  node.answers.space = () => view('kept');
  const space = new Space('s');
  space.start();
  await settled();
  node.answers.space = () => {
    throw failure('unreachable');
  };
  node.tell({ event: 'sync', space: 's' });
  await settled();
  expect(space.value?.purpose).toBe('kept');
  expect(space.error?.code).toBe('unreachable');
  node.answers.space = () => view('back');
  node.reached(true);
  await settled();
  expect(space.error).toBeUndefined();
  expect(space.value?.purpose).toBe('back');
});

it('allows what the core allows, and nothing before it has answered', async () => {
  node.answers.space = () => view('');
  const space = new Space('s');
  expect(space.may('read')).toBe(false);
  space.start();
  await settled();
  expect(space.may('read')).toBe(true);
  expect(space.may('invite')).toBe(false);
});

it('knows which events are about a process', () => {
  const about = aboutProcess('s', 'p');
  expect(about({ event: 'process', space: 's', process: 'p' })).toBe(true);
  expect(about({ event: 'process', space: 's', process: 'q' })).toBe(false);
  expect(about({ event: 'membership', space: 's' })).toBe(true);
  expect(about({ event: 'sync', space: 's' })).toBe(false);
});
