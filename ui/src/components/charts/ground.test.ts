// Votes are neither lost nor made on their way, and places stay where they are.

import { describe, expect, it } from 'vitest';

import { ringWithin, runsWithin } from './clip';
import { MOST_CORNERS, outlinesOf } from './geojson';
import { Hands } from './hands';
import { fitted, hull, padded } from './opinion';
import { clustered, project, scaleBar, seenAt, viewOf, zoomed } from './places';
import type { RoundVotes } from './rounds';
import { flows, ordered, partsOf, ribbonsOf } from './rounds';

const round = (votes: (number | null)[], exhausted: number): RoundVotes => ({ votes, exhausted, elected: [], out: [] });

describe('votes between rounds', () => {
  it('go from the one who is out to those who gain', () => {
    expect(flows(round([5, 4, 3], 0), round([6, 5, null], 1))).toEqual([
      { from: 0, to: 0, votes: 5 },
      { from: 1, to: 1, votes: 4 },
      { from: 2, to: 0, votes: 1 },
      { from: 2, to: 1, votes: 1 },
      { from: 2, to: null, votes: 1 },
    ]);
  });

  it('go from the surplus of the one who is elected', () => {
    const found = flows(round([10, 4, 3], 0), round([7, 5.5, 4.5], 0));
    expect(found.filter((flow) => flow.from === 0)).toEqual([{ from: 0, to: 0, votes: 7 }, { from: 0, to: 1, votes: 1.5 }, { from: 0, to: 2, votes: 1.5 }]);
  });

  it('leave and arrive in full: ribbons fill both lines', () => {
    const [here, next] = [round([41, 34, 28, 22, 9], 0), round([43, 36, 30, 24, null], 1)];
    const [above, below] = [partsOf(here, 300, 134), partsOf(next, 300, 134)];
    const ribbons = ribbonsOf(above, below, flows(here, next), 0, 50);
    const arrived = new Map<number | null, number>();
    for (const { moves, to } of ribbons) {
      const [left, right] = [moves[1], moves[2]];
      const wide = right?.[0] === 'L' && left?.[0] === 'C' ? right[1] - left[5] : NaN;
      arrived.set(to, (arrived.get(to) ?? 0) + wide);
    }
    for (const part of below) expect(arrived.get(part.place)).toBeCloseTo(part.w);
  });

  it('keep the line within the sheet', () => {
    const parts = partsOf(round([1, 0, 2, null, 3], 4), 300, 10);
    const end = parts.at(-1);
    expect((end?.x ?? 0) + (end?.w ?? 0)).toBeLessThanOrEqual(300);
    expect(parts.map((part) => part.place)).toEqual([0, 2, 4, null]);
  });

  it('put the winner of a duel first', () => {
    expect(ordered([{ one: 3, other: 0, forOne: 30, forOther: 90 }])).toEqual([{ one: 0, other: 3, forOne: 90, forOther: 30 }]);
  });
});

describe('voices', () => {
  it('have an edge around them', () => {
    expect(hull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [0, 0]])).toEqual([[0, 0], [2, 0], [2, 2], [0, 2]]);
    expect(hull([[1, 1]])).toEqual([[1, 1]]);
    expect(hull([[0, 0], [1, 1], [2, 2]])).toHaveLength(2);
  });

  it('have an edge with a margin, even one alone', () => {
    const edge = padded([[5, 5]], 2);
    expect(edge).toHaveLength(12);
    for (const [x, y] of edge) expect(Math.hypot(x - 5, y - 5)).toBeCloseTo(2);
    expect(padded([], 2)).toEqual([]);
  });

  it('fit their sheet at one scale, up being more', () => {
    expect(fitted([[0, 0], [10, 5]], 100, 100)).toEqual([[0, 75], [100, 25]]);
    expect(fitted([[3, 3], [3, 3]], 100, 60)).toEqual([[50, 30], [50, 30]]);
  });
});

describe('places', () => {
  it('are as far apart as on the ground', () => {
    const [x, y] = project(-7.99, 31.63, { lon: -8, lat: 31.63 });
    expect(x).toBeCloseTo(946.8, 0);
    expect(y).toBeCloseTo(0);
  });

  it('are all seen at first', () => {
    const points = [[0, 0], [4000, 300], [-200, 900]] as const;
    const view = viewOf(points, 320, 240, 20);
    for (const point of points) {
      const [x, y] = seenAt(point, view, 320, 240);
      expect(x).toBeGreaterThanOrEqual(19.9);
      expect(x).toBeLessThanOrEqual(300.1);
      expect(y).toBeGreaterThanOrEqual(19.9);
      expect(y).toBeLessThanOrEqual(220.1);
    }
  });

  it('stay under the finger that brings them nearer', () => {
    const view = { x: 10, y: 20, scale: 0.1 };
    const before = seenAt([300, 500], view, 320, 240);
    const after = seenAt([300, 500], zoomed(view, 3, before, 320, 240), 320, 240);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it('are each in one cluster, and clusters keep their distance', () => {
    const points = Array.from({ length: 500 }, (_, at): [number, number] => [(at * 37) % 211, (at * 91) % 173]);
    const found = clustered(points, 30);
    expect(found.flatMap((one) => one.members).sort((a, b) => a - b)).toEqual(points.map((_, at) => at));
    for (const [at, one] of found.entries()) {
      for (const other of found.slice(at + 1)) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThanOrEqual(30 - 1e-9);
    }
    const big = found.find((one) => one.members.length > 1);
    const mean = (big?.members ?? []).reduce((sum, member) => sum + (points[member]?.[0] ?? 0), 0) / (big?.members.length ?? 1);
    expect(big?.x).toBeCloseTo(mean);
  });

  it('have a round scale that fits', () => {
    expect(scaleBar(0.1, 120)).toEqual({ metres: 1000, pixels: 100 });
    expect(scaleBar(0.1, 510).metres).toBe(5000);
    expect(scaleBar(2, 120)).toEqual({ metres: 50, pixels: 100 });
  });
});

describe('outlines', () => {
  it('are found wherever GeoJSON puts them', () => {
    const ring = [[0, 0], [1, 0], [1, 1], [0, 0]];
    const found = outlinesOf({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'MultiPolygon', coordinates: [[ring], [ring]] } }, { type: 'GeometryCollection', geometries: [{ type: 'LineString', coordinates: [[0, 0, 99], [1, 1]] }] }] });
    expect(found.map((one) => one.closed)).toEqual([true, true, false]);
    expect(found[2]?.line).toEqual([[0, 0], [1, 1]]);
  });

  it('are taken from strangers with care', () => {
    for (const bad of [null, 3, 'x', [], {}, { type: 'Polygon' }, { type: 'Polygon', coordinates: [[['a', 'b'], [500, 0], null]] }, { type: 'Feature', geometry: { type: 'Feature' } }]) expect(outlinesOf(bad)).toEqual([]);
    const deep = Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ type: 'Feature', geometry: inner }), { type: 'LineString', coordinates: [[0, 0], [1, 1]] });
    expect(outlinesOf(deep)).toEqual([]);
    const long = { type: 'LineString', coordinates: Array.from({ length: MOST_CORNERS + 5 }, (_, at) => [at / 1000, 0]) };
    expect(outlinesOf(long)[0]?.line).toHaveLength(MOST_CORNERS);
  });

  it('end at the frame', () => {
    expect(ringWithin([[-10, -10], [50, -10], [50, 50], [-10, 50]], 40, 30)).toEqual(expect.arrayContaining([[0, 0], [40, 0], [40, 30], [0, 30]]));
    expect(ringWithin([[50, 50], [60, 50], [60, 60]], 40, 30)).toEqual([]);
    expect(runsWithin([[-10, 10], [10, 10], [10, 60], [20, 60], [20, 10]], 40, 30)).toEqual([[[0, 10], [10, 10], [10, 30]], [[20, 30], [20, 10]]]);
  });
});

describe('hands on a map', () => {
  const made = (free: boolean): { hands: Hands; done: string[] } => {
    const done: string[] = [];
    const hands = new Hands({ zoom: (by, at) => done.push(`zoom ${by} at ${at.join()}`), move: (x, y) => done.push(`move ${x} ${y}`), free: () => free });
    return { hands, done };
  };

  it('move it with one finger, once it may be moved', () => {
    for (const free of [true, false]) {
      const { hands, done } = made(free);
      hands.press(1, [0, 0]);
      hands.follow(1, [5, 6]);
      hands.follow(2, [9, 9]);
      expect(done).toEqual(free ? ['move 5 6'] : []);
    }
  });

  it('bring it nearer with two', () => {
    const { hands, done } = made(false);
    hands.press(1, [0, 0]);
    hands.press(2, [10, 0]);
    hands.follow(2, [20, 0]);
    expect(done).toEqual(['zoom 2 at 10,0', 'move 5 0']);
  });
});
