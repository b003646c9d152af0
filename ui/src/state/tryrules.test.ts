import { expect, it } from 'vitest';

import { RuleTrial, guessAt, methodName, nameOf } from './tryrules.svelte';

it('two groups begin by liking different things', () => {
  const [one, other] = [guessAt(0), guessAt(1)];
  expect(one.large).toBeGreaterThan(one.small);
  expect(other.small).toBeGreaterThan(other.large);
});

it('what was guessed for an option goes with the option, and only for that group', () => {
  const trial = new RuleTrial();
  trial.set(7, 0, 'small', 50);
  expect(trial.guess(7, 0)).toEqual({ ...guessAt(0), small: 50 });
  // Moved to another place, it keeps what was guessed.
  expect(trial.guess(7, 1)).toEqual({ ...guessAt(0), small: 50 });
  expect(trial.guess(8, 1)).toEqual(guessAt(1));
});

it('an option without words has a name, and methods have one each', () => {
  expect(nameOf({ id: 1, label: ' ' }, 1)).toMatch(/2/u);
  expect(nameOf({ id: 1, label: 'Well' }, 1)).toBe('Well');
  const methods = ['equal-shares', 'greedy', 'greedy-per-cost', 'phragmen', 'knapsack', 'schulze', 'minimax', 'borda', 'irv', 'scottish-stv'] as const;
  expect(new Set(methods.map(methodName)).size).toBe(methods.length);
});
