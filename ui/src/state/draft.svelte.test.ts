// What is typed reaches the disk at the next pause, whatever fails in between.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn, failure } from '../../tests/fixture/backend';
import { Draft } from './draft.svelte';
import { useBackend } from './node';

let node: FixtureBackend;
let disk: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  node = new FixtureBackend();
  disk = new Map();
  node.answers = draftsOn(disk);
  useBackend(node);
});

afterEach(() => {
  vi.useRealTimers();
});

const isText = (value: unknown): value is string => typeof value === 'string';

it('is on the disk after a pause, written once', async () => {
  const draft = new Draft('k', '');
  await draft.open(isText);
  for (const text of ['a', 'ab', 'abc']) {
    draft.value = text;
    draft.touch();
    expect(draft.state).toBe('saving');
  }
  await vi.advanceTimersByTimeAsync(300);
  expect(disk.get('k')).toBe('"abc"');
  expect(node.made('put_draft')).toBe(1);
  expect(draft.state).toBe('saved');
});

it('never says saved while something is not', async () => {
  node.answers.put_draft = () => {
    throw failure('disk_full');
  };
  const draft = new Draft('k', '');
  draft.value = 'typed';
  draft.touch();
  await vi.advanceTimersByTimeAsync(300);
  expect(draft.state).toBe('unsaved');
  node.answers.put_draft = ({ key, value }) => {
    disk.set(key, value);
    return {};
  };
  await vi.advanceTimersByTimeAsync(3000);
  expect(draft.state).toBe('saved');
  expect(disk.get('k')).toBe('"typed"');
});

it('finds again what was there, and says so', async () => {
  disk.set('k', '"before"');
  const draft = new Draft('k', '');
  await draft.open(isText);
  expect(draft.value).toBe('before');
  expect(draft.found).toBe(true);
});

it('takes nothing that does not fit, or is damaged', async () => {
  disk.set('k', '{"of": "another version"}');
  const draft = new Draft('k', 'mine');
  await draft.open(isText);
  expect(draft.value).toBe('mine');
  disk.set('k', '{');
  const other = new Draft('k', 'mine');
  await other.open(isText);
  expect(other.value).toBe('mine');
  expect(other.ready).toBe(true);
});

it('is gone once dropped, and a late pause does not bring it back', async () => {
  const draft = new Draft('k', '');
  draft.value = 'sent';
  draft.touch();
  await draft.drop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(disk.has('k')).toBe(false);
});

it('does not try again what failed while it was dropped', async () => {
  let fail: (() => void) | undefined;
  const { put_draft } = node.answers;
  node.answers.put_draft = () => new Promise((_, refuse) => (fail = () => refuse(failure('disk_full'))));
  const draft = new Draft('k', '');
  draft.value = 'sent';
  draft.touch();
  await vi.advanceTimersByTimeAsync(300);
  const dropped = draft.drop();
  fail?.();
  await dropped;
  if (put_draft !== undefined) node.answers.put_draft = put_draft;
  await vi.advanceTimersByTimeAsync(3000);
  expect([disk.has('k'), draft.state]).toEqual([false, undefined]);
});
