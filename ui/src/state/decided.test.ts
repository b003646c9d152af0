// Who signed an outcome that is not final, in a sentence that is so.

import { afterEach, expect, it } from 'vitest';

import type { StatedView } from '../bindings/StatedView';
import { isFinal, unsigned } from './decided';
import { words } from './words.svelte';

afterEach(() => (words.language = 'en'));

const stated = (by: string, agrees: boolean): StatedView => ({ by, agrees, time: 0, counted: 2, hash: '', summary: '' });

/** The sentences, without what keeps names apart. */
function said(lacking: number, ...all: StatedView[]): string[] {
  return unsigned({ lacking, stated: all }).map((one) => one.replace(/[\u2068\u2069]/gu, ''));
}

it('nobody is said to be missing who signed', () => {
  words.language = 'en';
  expect(said(0)).toEqual(['Not yet signed by an officer']);
  expect(said(0, stated('Amina', true), stated('Amina', true))).toEqual(['Signed by Amina, not yet by a second officer']);
  expect(said(0, stated('Amina', false), stated('Bilal', false))).toEqual(['Amina and Bilal signed another outcome than this device counts']);
  expect(said(0, stated('Amina', true), stated('Bilal', false))).toEqual(['Signed by Amina, not yet by a second officer', 'Bilal signed another outcome than this device counts']);
});

it('a device that lacks votes neither accuses nor calls it final', () => {
  words.language = 'en';
  for (const agrees of [true, false]) {
    expect(said(1, stated('Amina', agrees), stated('Bilal', agrees))).toEqual(['Signed by Amina and Bilal. This device does not have all votes yet, so it cannot compare']);
  }
  expect(isFinal({ phase: 'closed', lacking: 1, signatures: 2, signatures_needed: 2 })).toBe(false);
  expect(isFinal({ phase: 'closed', lacking: 0, signatures: 2, signatures_needed: 2 })).toBe(true);
});
