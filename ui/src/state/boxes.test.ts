// Boxes as people write them down.

import { expect, test } from 'vitest';

import { boxesOf, twice } from './boxes.svelte';

test('each line is a box, and after the colon stands who keeps it', () => {
  expect(boxesOf(' School: Amina \n\nMosque\n : nobody\nSuq: Ali: tent 2')).toEqual([
    { name: 'School', keeper: 'Amina' },
    { name: 'Mosque', keeper: '' },
    { name: 'Suq', keeper: 'Ali: tent 2' },
  ]);
});

test('a name that two boxes have is told once', () => {
  expect(twice(boxesOf('A\nB\nA: x\nA'))).toEqual(['A']);
  expect(twice(boxesOf('A\nB'))).toEqual([]);
});
