// Whose turn it is to ask again, and a place in words.

import { afterEach, expect, it } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { BackCheckView } from '../bindings/BackCheckView';
import type { BackChecksView } from '../bindings/BackChecksView';
import { BackChecks, waitingFor } from './backchecks.svelte';
import { placeInWords } from './brief';
import { useBackend } from './node';
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

it('a draw that draws nothing says why', async () => {
  const node = new FixtureBackend();
  useBackend(node);
  const view = (...seeds: string[]): BackChecksView => ({ drawings: seeds.map((seed) => ({ by: 'Amina', seed, percent: 5, day: null, drawn: 1 })), checks: [], questions: [], officers: [], may_tell: true });
  const checks = new BackChecks('s', 'c');
  const draw = (answer: BackChecksView, seed: string): ReturnType<BackChecks['draw']> => {
    node.answers.draw_back_checks = () => answer;
    return checks.draw(seed, 5);
  };
  expect(await draw(view(), '3 5 1')).toBe('nobody');
  expect(await draw(view('3 5 1'), '3 5 1')).toBe('drawn');
  // The same dice, written in the digits of Arabic.
  expect(await draw(view('3 5 1'), ' ٣ ٥ ١')).toBe('before');
  expect(await draw(view('3 5 1', '6'), '6')).toBe('drawn');
  expect(await draw(view('3 5 1', '6'), '7')).toBe('nobody');
});

it('a place is said with its sides, in the language’s own numbers', () => {
  const place = { latitude: '-33.51380001', longitude: '36.3', altitude: '', accuracy: '4.2' };
  const said = (of: typeof place): string => placeInWords(of).replace(/[\u2068\u2069]/gu, '');
  words.language = 'fr';
  expect(said(place)).toBe('33,5138° S ; 36,3° E (à 5 m près)');
  words.language = 'en';
  expect(said({ ...place, latitude: '33.5', longitude: '-6.8', accuracy: '' })).toBe('33.5° N, 6.8° W');
});
