// Whose turn it is to ask again, and a place in words.

import { afterEach, expect, it } from 'vitest';

import { FixtureBackend } from '../../tests/fixture/backend';
import type { BackCheckView } from '../bindings/BackCheckView';
import type { BackChecksView } from '../bindings/BackChecksView';
import type { QuestionView } from '../bindings/QuestionView';
import type { SinceName } from '../bindings/SinceName';
import { BackChecks, leftOut, sinceInWords, waitingFor } from './backchecks.svelte';
import { placeInWords } from './brief';
import { useBackend } from './node';
import { words } from './words.svelte';

const before = words.language;
afterEach(() => (words.language = before));

const check = (slot: string, more: Partial<BackCheckView> = {}): BackCheckView => ({
  slot,
  mine: true,
  open: true,
  officer: 'Amina',
  checker: 'Bilal',
  note: '',
  answer: null,
  since: null,
  outcome: null,
  ...more,
});

it('only what waits for this person is theirs to ask again, and what they are asking stays', () => {
  const checks = [check('1'), check('2', { mine: false }), check('3', { open: false })];
  const view = { drawings: [], checks, questions: [], officers: [], may_tell: true };
  const slots = (asking?: string): string[] => waitingFor(view, asking).map(({ slot }) => slot);
  expect([slots(), slots('3'), slots('2')]).toEqual([['1'], ['1', '3'], ['1']]);
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

it('what became of an answer since it was drawn is said with whose doing it is', () => {
  words.language = 'en';
  const said = (what: SinceName, ...by: string[]): string => sinceInWords(check('1', { since: { what, by } })).replace(/[\u2068\u2069]/gu, '');
  expect(said('corrected', 'Dara')).toBe('corrected since by Dara');
  expect(said('taken_back', 'Amina')).toBe('taken back since by Amina');
  expect(said('claimed', 'Salma', 'Yara')).toBe('claimed since by Salma and Yara');
  expect(said('not_counted')).toBe('does not count any more');
  expect(sinceInWords(check('1'))).toBe('');
});

it('says what is not compared, and why', () => {
  const one = (id: string, type: string, part_of: string | null = null) => ({ id, label: id, kind: { type }, details: { part_of } }) as unknown as QuestionView;
  const form = [one('hello', 'note'), one('water', 'single_choice'), one('roof', 'photo'), one('about', 'group'), one('ill', 'text', 'about'), one('people', 'repeat'), one('age', 'whole_number', 'people'), one('face', 'photo', 'people')];
  const asked = ['water', 'roof', 'people', 'age', 'face'].map((question) => ({ question, label: question, same: 0, other: 0 }));
  expect(leftOut(form, asked).map(({ question, because }) => [question, because])).toEqual([
    ['roof', 'media'],
    ['ill', 'sealed'],
    ['people', 'rows'],
  ]);
});

it('a place is said with its sides, in the language’s own numbers', () => {
  const place = { latitude: '-33.51380001', longitude: '36.3', altitude: '', accuracy: '4.2' };
  const said = (of: typeof place): string => placeInWords(of).replace(/[\u2068\u2069]/gu, '');
  words.language = 'fr';
  expect(said(place)).toBe('33,5138° S ; 36,3° E (à 5 m près)');
  words.language = 'en';
  expect(said({ ...place, latitude: '33.5', longitude: '-6.8', accuracy: '' })).toBe('33.5° N, 6.8° W');
});
