import { expect, it } from 'vitest';

import type { QuarantineItem } from '../bindings/QuarantineItem';
import { signedTwice } from './space.svelte';

const item = (entry: string, position: number | null, more: Partial<QuarantineItem> = {}): QuarantineItem => ({
  entry,
  device: 'd',
  name: 'Omar',
  kind: 'records',
  lane: 'l',
  claimed: 1,
  reason: position === null ? 'author_removed' : 'author_forked',
  may_adopt: true,
  signed: position === null ? null : { position, title: '', questions: [], answers: [], member: null, records: 1, header: '', signature: '' },
  ...more,
});
const names = (items: QuarantineItem[]): string[][] => signedTwice(items).map((all) => all.map((one) => one.entry));

it('two in one place are shown together, at the first such place of a chain', () => {
  expect(names([item('b', 4), item('c', 5), item('a', 4), item('d', 5), item('e', null)])).toEqual([['a', 'b']]);
});

it('what stands alone, or on another chain, is no proof', () => {
  expect(names([item('a', 4), item('b', 4, { device: 'other' }), item('c', 5)])).toEqual([]);
  expect(names([item('a', 4), item('b', 4), item('c', 1, { lane: 'm' }), item('d', 1, { lane: 'm' })])).toHaveLength(2);
});
