// Numbers and dates as each language writes them, with the digits that the person chose.

import { afterEach, expect, it } from 'vitest';

import { readLook } from './profile.svelte';
import { words } from './words.svelte';

afterEach(() => {
  words.language = 'en';
  words.digits = 'auto';
});

it('writes numbers in the chosen digits, in sentences too', () => {
  words.language = 'ar';
  words.digits = 'arab';
  expect(words.number(1234)).toBe('١٬٢٣٤');
  expect(words.count('count.answers', 12)).toBe('\u2068١٢\u2069 جوابًا');
  words.digits = 'latn';
  expect(words.count('count.answers', 12)).toBe('\u206812\u2069 جوابًا');
});

it('shows and reads numbers that are typed with the mark of the language before decimals', () => {
  words.language = 'fr';
  expect([words.typed('7.25'), words.typed('7'), words.typed('2026-1')]).toEqual(['7,25', '7', '2026-1']);
  expect([words.untyped('8,250'), words.untyped('8.25'), words.untyped('1,2,3')]).toEqual(['8.250', '8.25', '1,2,3']);
  words.language = 'en';
  expect([words.typed('7.25'), words.untyped('1,234')]).toEqual(['7.25', '1,234']);
  words.language = 'ar';
  words.digits = 'arab';
  expect(words.typed('7.25')).toBe('٧٫٢٥');
});

it('counts in French and English', () => {
  words.language = 'fr';
  expect(words.count('count.answers', 0)).toBe('\u20680\u2069 réponse');
  expect(words.count('count.answers', 2)).toBe('\u20682\u2069 réponses');
  words.language = 'en';
  expect(words.count('count.answers', 0)).toBe('\u20680\u2069 answers');
});

it('writes calendar days without moving them between time zones', () => {
  words.language = 'fr';
  expect(words.calendar('2026-03-01')).toBe('1 mars 2026');
  expect(words.calendar('2026-03')).toBe('mars 2026');
  expect(words.calendar('after May')).toBe('after May');
  words.language = 'ar';
  words.digits = 'latn';
  expect(words.calendar('2026-03-01')).toContain('2026');
});

it('never says that all or nobody did where some did not', () => {
  words.language = 'en';
  expect([0, 0.004, 0.0004, 0.5, 0.994, 0.996, 0.9996, 1].map((share) => words.percent(share))).toEqual(['0%', '0.4%', '0.04%', '50%', '99%', '99.6%', '99.96%', '100%']);
  expect([1 / 250_000, 1 - 1 / 250_000].map((share) => words.percent(share))).toEqual(['0.0004%', '99.9996%']);
  expect([0.005, 0.995].map((share) => words.percent(share))).toEqual(['0.5%', '99.5%']);
});

it('says how long ago, and never that something comes from the future', () => {
  const now = Date.UTC(2026, 5, 1, 12);
  expect(words.ago(now - 5 * 60_000, now)).toBe('5 minutes ago');
  expect(words.ago(now + 3_600_000, now)).toBe('this minute');
  expect(words.ago(now - 90 * 86_400_000, now)).toContain('2026');
});

it('leaves alone what is not a number', () => {
  expect(words.decimal('2.5')).toBe('2.5');
  expect(words.decimal('')).toBe('');
  expect(words.decimal('many')).toBe('many');
});

it('falls back where settings are unknown or damaged', () => {
  expect(readLook('')).toEqual({ theme: 'auto', size: 'small', digits: 'auto' });
  expect(readLook('{"theme":"dark","size":"gigantic","digits":7}')).toEqual({ theme: 'dark', size: 'small', digits: 'auto' });
  expect(readLook('null')).toEqual({ theme: 'auto', size: 'small', digits: 'auto' });
});
