// Which days there are.

import { expect, test } from 'vitest';

import { daysIn, isDay } from './calendar';

test('months have their days, and a February those of its year', () => {
  expect([1, 2, 4, 11, 12].map((month) => daysIn(2027, month))).toEqual([31, 28, 30, 30, 31]);
  expect([2028, 2100, 2000, undefined].map((year) => daysIn(year, 2))).toEqual([29, 28, 29, 29]);
  expect(daysIn(undefined, 0)).toBe(31);
});

test('what the calendar does not have is no day', () => {
  expect([isDay(2026, 11, 30), isDay(2026, 11, 31), isDay(2027, 2, 29), isDay(2028, 2, 29), isDay(2026, 13, 1), isDay(2026, 1, 0)]).toEqual([true, false, false, true, false, false]);
});
