// Whose turn it is to ask again, and a place in words.

import { afterEach, expect, it } from 'vitest';

import type { BackCheckView } from '../bindings/BackCheckView';
import { waitingFor } from './backchecks.svelte';
import { placeInWords } from './brief';
import { words } from './words.svelte';

const before = words.language;
afterEach(() => (words.language = before));

it('only what waits for this person is theirs to ask again', () => {
  const check = (slot: string, mine: boolean, told: boolean): BackCheckView => ({
    slot,
    mine,
    officer: 'Amina',
    checker: 'Bilal',
    note: '',
    outcome: told ? { by: 'Bilal', same: [], other: [], not_asked: 'moved' } : null,
  });
  const checks = [check('1', true, false), check('2', false, false), check('3', true, true)];
  expect(waitingFor({ drawings: [], checks, questions: [], officers: [], may_tell: true }).map(({ slot }) => slot)).toEqual(['1']);
  expect(waitingFor(undefined)).toEqual([]);
});

it('a place is said with its sides, in the language’s own numbers', () => {
  const place = { latitude: '-33.51380001', longitude: '36.3', altitude: '', accuracy: '4.2' };
  const said = (of: typeof place): string => placeInWords(of).replace(/[\u2068\u2069]/gu, '');
  words.language = 'fr';
  expect(said(place)).toBe('33,5138° S ; 36,3° E (à 5 m près)');
  words.language = 'en';
  expect(said({ ...place, latitude: '33.5', longitude: '-6.8', accuracy: '' })).toBe('33.5° N, 6.8° W');
});
