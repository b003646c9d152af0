import { afterEach, expect, test, vi } from 'vitest';

import { isDue, left, leftSaid, momentOf, untilSaid } from './until';
import { words } from './words.svelte';

const at = '2026-12-06T18:00';
const clock = (day: number, hour: number, minute = 0): number => new Date(2026, 11, day, hour, minute).getTime();

afterEach(() => {
  words.language = 'en';
  vi.useRealTimers();
});

test('nights are counted, not hours', () => {
  expect(left(at, clock(5, 23, 59))).toEqual({ over: false, days: 1 });
  expect(left(at, clock(6, 0, 1))).toEqual({ over: false, days: 0 });
  expect(left(at, clock(3, 9))).toEqual({ over: false, days: 3 });
});

test('it is over at its minute and stays so', () => {
  expect(left(at, clock(6, 17, 59)).over).toBe(false);
  expect(left(at, clock(6, 18)).over).toBe(true);
  expect(left(at, clock(9, 18))).toEqual({ over: true, days: 0 });
});

test('whoever closes is reminded on the day and after it, not before', () => {
  expect([clock(5, 23), clock(6, 0), clock(6, 19), clock(12, 1)].map((now) => isDue(at, now))).toEqual([false, true, true, true]);
  expect(isDue('soon', clock(6, 19))).toBe(false);
});

test('what is no day is shown as it is, and is never over', () => {
  expect(momentOf('2026-12-06')).toBeUndefined();
  expect(untilSaid('soon')).toBe('soon');
  expect(left('soon', clock(6, 19)).over).toBe(false);
});

test('a day that the calendar does not have is none, and not the next one', () => {
  expect(['2026-11-31T18:00', '2027-02-29T18:00', '2026-13-01T18:00', '2026-12-06T24:00', '2026-12-06T18:60'].map(momentOf)).toEqual(Array(5).fill(undefined));
  expect(momentOf('2028-02-29T18:00')).toBe(new Date(2028, 1, 29, 18).getTime());
});

test.each(['ar', 'en', 'fr'] as const)('day, date and time are said in %s', (language) => {
  vi.useFakeTimers({ now: clock(3, 9), toFake: ['Date'] });
  words.language = language;
  const said = untilSaid(at);
  const weekday = new Intl.DateTimeFormat(words.locale, { weekday: 'long' }).format(clock(6, 12));
  expect(said).toContain(weekday);
  // In another year the year is said, and not the day of the week.
  vi.setSystemTime(clock(1, 9) + 366 * 86_400_000);
  expect(untilSaid(at)).toContain(words.plain(2026));
  const all = [clock(6, 19), clock(6, 9), clock(5, 9), clock(3, 9)].map((now) => leftSaid(at, now));
  expect(new Set(all).size).toBe(4);
});
