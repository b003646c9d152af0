// Writing a form and filling it in.

import { expect, it } from 'vitest';

import { freshOption, freshQuestion, KINDS, kindFrom, moved, steps } from './form';

it('gives every new question its own id of sixteen digits', () => {
  const ids = KINDS.map((kind) => freshQuestion(kind).id);
  expect(new Set(ids).size).toBe(KINDS.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/u);
});

it('gives every new option an id that none beside it has', () => {
  const options = [freshOption([])];
  for (let more = 0; more < 200; more += 1) options.push(freshOption(options));
  expect(new Set(options.map((option) => option.id)).size).toBe(options.length);
  expect(options.every((option) => option.id > 0 && option.id < 65536)).toBe(true);
});

it('keeps the options when one of several becomes several of several', () => {
  const options = [
    { id: 1, label: 'a' },
    { id: 2, label: 'b' },
  ];
  expect(kindFrom('multiple_choice', { type: 'single_choice', options })).toEqual({ type: 'multiple_choice', options, most: 0 });
});

it('moves within the list and not out of it', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
});

it('counts the steps of a scale', () => {
  expect(steps(1, 5)).toEqual([1, 2, 3, 4, 5]);
  expect(steps(5, 1)).toEqual([]);
});
