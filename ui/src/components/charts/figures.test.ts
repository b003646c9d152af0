// Lengths say what numbers say: bars, columns, cross tables, budgets, ladders.

import { describe, expect, it } from 'vitest';

import { endOf, told, wholeOf } from './bars';
import { spread, stack } from './budget';
import { pieces } from './cross';
import { areApart, columns, placeOf, thinned } from './histogram';
import { heightOf } from './ladder';
import { binsOf, dayName, dayOf, rangeOf } from './ranges';
import { nameFor } from './save';

describe('bars', () => {
  const item = (parts: (number | null)[]): { label: string; parts: (number | null)[] } => ({ label: '', parts });

  it('have room for the longest bar and the furthest need', () => {
    expect(wholeOf({ items: [item([3, 4]), item([5])], needs: [{ at: 6, label: '' }] })).toBe(7);
    expect(wholeOf({ items: [item([3])], needs: [{ at: 6, label: '' }] })).toBe(6);
    expect(wholeOf({ items: [item([3])], whole: 20 })).toBe(20);
    expect(wholeOf({ items: [] })).toBeGreaterThan(0);
  });

  it('say what is not told', () => {
    const look = { write: String, untold: '<5' };
    expect([endOf(item([8]), look), endOf(item([8, null]), look), endOf(item([null, null]), look)]).toEqual(['8', '8 + ?', '<5']);
    expect(told(item([8, null, -2]))).toBe(8);
  });
});

describe('a row of a cross table', () => {
  it('is cut by its numbers', () => {
    expect(pieces([1, 3], 100, 10)).toEqual([{ x: 0, w: 25, told: true }, { x: 25, w: 75, told: true }]);
  });

  it('gives the same room to whatever is not told', () => {
    const [first, hidden] = [pieces([10, null], 100, 20), pieces([1000, null], 100, 20)];
    expect(first).toEqual(hidden);
    expect(first[1]).toEqual({ x: 80, w: 20, told: false });
  });

  it('leaves half of it to what is told', () => {
    const cut = pieces([5, null, null, null, null, null], 100, 20);
    expect(cut[0]?.w).toBe(50);
    expect(cut.reduce((sum, piece) => sum + piece.w, 0)).toBeCloseTo(100);
  });
});

describe('columns', () => {
  const bins = [{ from: 0, to: 4, parts: [1, 2] }, { from: 5, to: 9, parts: [0, 0] }, { from: 10, to: 14, parts: [4, 0] }];

  it('stand side by side and sum their parts', () => {
    expect(columns(bins).map((one) => one.sum)).toEqual([3, 0, 4]);
    expect(columns(bins)[2]?.x).toBeCloseTo(2 / 3);
  });

  it('are pointed at where a value lies', () => {
    expect([areApart(bins), areApart([{ from: 0, to: 5, parts: [1] }, { from: 5, to: 10, parts: [1] }])]).toEqual([true, false]);
    expect(placeOf(0, bins)).toBe(0);
    expect(placeOf(5, bins)).toBeCloseTo(1 / 3);
    expect(placeOf(7.5, bins)).toBeCloseTo(0.5);
    expect(placeOf(14, bins)).toBeCloseTo(1);
    expect(placeOf(99, bins)).toBe(1);
    expect(placeOf(-3, bins)).toBe(0);
  });

  it('are named as often as names have room', () => {
    const at = [0, 10, 20, 30, 40].map((place) => ({ at: place, width: 14 }));
    expect(thinned(at, 2)).toEqual([true, false, true, false, true]);
    expect(thinned(at.map((one) => ({ ...one, width: 4 })), 2)).toEqual([true, true, true, true, true]);
    expect(thinned(at.map((one) => ({ ...one, width: 900 })), 2)).toEqual([true, false, false, false, false]);
  });
});

describe('names of bars', () => {
  it('are read as ranges and days', () => {
    expect(rangeOf('-2.5 – 7')).toEqual({ from: -2.5, to: 7 });
    expect(rangeOf('-3')).toEqual({ from: -3, to: -3 });
    expect(rangeOf('three')).toBeUndefined();
    expect(dayOf('1970-01-11')).toBe(10);
    expect(dayOf('2025-13')).toBeUndefined();
  });

  it('become an axis with its gaps', () => {
    const bars = ['2025-02-27', '2025-03-02', '2025-02-28'].map((label) => ({ label, parts: [1] }));
    const bins = binsOf(bars, 'dates');
    expect(bins?.map((bin) => bin.parts[0])).toEqual([1, 1, 0, 1]);
    expect(dayName(bins?.[2]?.from ?? 0, bins ?? [], 'en')).toBe('Mar 1');
  });

  it('count months over the turn of a year', () => {
    const bins = binsOf(['2024-11', '2024-12', '2025-02'].map((label) => ({ label, parts: [1] })), 'dates');
    expect(bins?.map((bin) => dayName(bin.from, bins, 'en'))).toEqual(['Nov 2024', 'Dec 2024', 'Jan 2025', 'Feb 2025']);
  });

  it('put days together that lie too far apart to be told one by one', () => {
    const of = (labels: string[]): [string, number | undefined][] => {
      const bins = binsOf(labels.map((label) => ({ label, parts: [1, 2] })), 'dates') ?? [];
      return bins.map((bin) => [dayName(bin.from, bins, 'en'), bin.parts[1]]);
    };
    expect(of(['2020-01-01', '2020-04-01', '2020-04-30'])).toEqual([['Jan 2020', 2], ['Feb 2020', 0], ['Mar 2020', 0], ['Apr 2020', 4]]);
    expect(of(['2010-01', '2013-01', '2016-05'])).toEqual([['2010', 2], ['2011', 0], ['2012', 0], ['2013', 2], ['2014', 0], ['2015', 0], ['2016', 2]]);
    expect(of(['1950-01', '1961-01', '2026-12']).map(([name]) => name.replace(/\s/gu, ' '))).toEqual(['1950 – 1959', '1960 – 1969', '1970 – 1979', '1980 – 1989', '1990 – 1999', '2000 – 2009', '2010 – 2019', '2020 – 2029']);
    expect(of(['1066-01', '1961-01', '2026-12'])).toEqual([]);
  });

  it('stay bars where an axis says nothing', () => {
    expect(binsOf([{ label: '1', parts: [1] }, { label: '2', parts: [1] }], 'numbers')).toBeUndefined();
    expect(binsOf(['1', '2', 'many'].map((label) => ({ label, parts: [1] })), 'numbers')).toBeUndefined();
  });
});

describe('a budget', () => {
  it('fills from the ground, each block by its cost', () => {
    expect(stack([50, 25], 100, 200)).toEqual([{ y: 100, h: 100 }, { y: 50, h: 50 }]);
  });

  it('holds what costs more than it has', () => {
    expect(stack([150, 50], 100, 200)).toEqual([{ y: 50, h: 150 }, { y: 0, h: 50 }]);
  });

  it('keeps its labels apart, in order and inside', () => {
    const heights = [20, 20, 20, 20];
    const places = spread([5, 6, 7, 99], heights, 0, 100);
    for (const [at, place] of places.entries()) {
      expect(place - 10).toBeGreaterThanOrEqual(at === 0 ? 0 : (places[at - 1] ?? 0) + 10);
      expect(place + 10).toBeLessThanOrEqual(100);
    }
    expect(spread([30, 70], [20, 20], 0, 100)).toEqual([30, 70]);
  });
});

describe('a ladder', () => {
  it('has its rungs equally far apart and grows evenly between them', () => {
    const rungs = [100, 1000, 10_000];
    expect(heightOf(0, rungs)).toBe(0);
    expect(heightOf(50, rungs)).toBeCloseTo(1 / 6);
    expect(heightOf(100, rungs)).toBeCloseTo(1 / 3);
    expect(heightOf(550, rungs)).toBeCloseTo(0.5);
    expect(heightOf(20_000, rungs)).toBe(1);
    expect(heightOf(5, [])).toBe(0);
  });
});

it('names files by the letters of their title', () => {
  expect(nameFor('ما الذي نحتاجه؟ (٢)', 'png')).toBe('ما-الذي-نحتاجه-٢.png');
  expect(nameFor('../../etc/passwd', 'svg')).toBe('etc-passwd.svg');
  expect(nameFor('؟؟', 'svg')).toBe('majlis.svg');
  expect([...nameFor('x'.repeat(500), 'svg')].length).toBeLessThanOrEqual(64);
});
