// A map is honest with one place, with ten thousand, across the 180th meridian, and with slips of a finger.

import { describe, expect, it } from 'vitest';

import type { GroundView } from '../../bindings/GroundView';
import { spotsOf } from '../../state/ground.svelte';
import { geojsonOf } from '../../state/outline.svelte';
import type { PlacesData } from './places';
import { farOnes, linesOf, middleOf, places, project, projectLine, stepOf, unproject } from './places';
import type { Scene, Sheet } from './scene';

const sheet: Sheet = { width: 360, em: 16, rtl: false, measure: (text, size) => text.length * size * 0.5 };

function drawn(spots: readonly { lon: number; lat: number; group?: number }[], more: Partial<PlacesData> = {}): Scene {
  const far = farOnes(spots);
  const middle = middleOf(spots.filter((_, at) => !far.has(at))) ?? { lon: 0, lat: 0 };
  return places({
    points: spots.map(({ lon, lat, group }) => ({ at: project(lon, lat, middle), label: '', group })),
    far,
    outlines: [],
    view: null,
    middle,
    write: String,
    length: (metres) => `${metres} m`,
    degrees: (value, kind) => `${kind} ${value.toFixed(4)}`,
    north: 'N',
    outside: (count) => `${count} outside`,
    ...more,
  })(sheet);
}

const picks = (scene: Scene): number[] => scene.shapes.flatMap((shape) => (shape.kind !== 'text' && shape.pick !== undefined ? [...new Set(shape.pick.split(',').map(Number))] : []));
const texts = (scene: Scene): string[] => scene.shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
const sound = (scene: Scene): boolean => !JSON.stringify(scene).includes('null');

describe('a map of answers', () => {
  it('shows one place in the middle, with its degrees beside it', () => {
    const scene = drawn([{ lon: 36.2765, lat: 33.5138 }]);
    expect(picks(scene)).toEqual([0]);
    const pin = scene.shapes.find((shape) => shape.kind === 'mark' && shape.mark === 'drop');
    expect(pin?.kind === 'mark' && Math.abs(pin.x - 180) < 1).toBe(true);
    expect(texts(scene).some((text) => text.startsWith('lon 36.2'))).toBe(true);
    expect(sound(scene)).toBe(true);
  });

  it('shows each of ten thousand in one disc, soon', () => {
    const spots = Array.from({ length: 10_000 }, (_, at) => ({ lon: 36 + ((at * 7919) % 10_007) / 50_000, lat: 33 + ((at * 104_729) % 10_009) / 50_000 }));
    const began = performance.now();
    const scene = drawn(spots);
    expect(performance.now() - began).toBeLessThan(2000);
    expect([...new Set(picks(scene))].sort((a, b) => a - b)).toEqual(spots.map((_, at) => at));
    expect(scene.shapes.length).toBeLessThan(2000);
  });

  it('has both sides of the 180th meridian beside each other', () => {
    const spots = [{ lon: 179.9, lat: -17 }, { lon: -179.9, lat: -17.1 }, { lon: 179.8, lat: -16.9 }];
    const middle = middleOf(spots);
    expect(Math.abs(middle?.lon ?? 0)).toBeGreaterThan(179);
    const [a, b] = spots.map((spot) => project(spot.lon, spot.lat, middle ?? { lon: 0, lat: 0 }));
    expect(Math.abs((a?.[0] ?? 0) - (b?.[0] ?? 0))).toBeLessThan(30_000);
    expect(texts(drawn(spots)).filter((text) => text.startsWith('lon')).every((text) => Math.abs(Number(text.slice(4))) > 179)).toBe(true);
  });

  it('draws an outline over that meridian without a line around the Earth', () => {
    const line = projectLine([[179, -17], [-179, -17], [-178, -18]], { lon: 180, lat: -17 });
    const jumps = line.slice(1).map(([x], at) => Math.abs(x - (line[at]?.[0] ?? 0)));
    expect(Math.max(...jumps)).toBeLessThan(250_000);
  });

  it('says how many lie far away, and looks at the others', () => {
    const village = Array.from({ length: 30 }, (_, at) => ({ lon: 36.27 + at / 3000, lat: 33.51 + (at % 5) / 900 }));
    const scene = drawn([...village, { lon: 0, lat: 0 }]);
    expect(texts(scene)).toContain('1 outside');
    expect([...new Set(picks(scene))]).toHaveLength(30);
    expect(farOnes(village).size).toBe(0);
    // Of four nobody can say which one is wrong.
    expect(farOnes([{ lon: 0, lat: 0 }, { lon: 36, lat: 33 }, { lon: 36, lat: 33 }, { lon: 36, lat: 33 }]).size).toBe(0);
    // All at one place, and one a house further, is no slip.
    expect(farOnes([...Array.from({ length: 20 }, () => ({ lon: 36, lat: 33 })), { lon: 36.001, lat: 33 }]).size).toBe(0);
  });

  it('tells groups apart by mark and colour, alone and together', () => {
    const scene = drawn([{ lon: 36, lat: 33, group: 0 }, { lon: 36.1, lat: 33, group: 1 }, { lon: 36.1, lat: 33, group: 0 }], { groups: ['Tap', 'Well'] });
    expect(texts(scene)).toEqual(expect.arrayContaining(['Tap', 'Well', '2']));
    const marks = scene.shapes.flatMap((shape) => (shape.kind === 'mark' && shape.pick !== undefined ? [shape.mark] : []));
    expect(marks).toEqual(['circle']);
    expect(scene.shapes.filter((shape) => shape.kind === 'path' && shape.pick === '1,2')).toHaveLength(2);
  });

  it('draws numbers in cells and no place where only numbers are told', () => {
    const scene = drawn([], { cells: [{ from: [0, 0], to: [500, 500], count: 12 }] });
    expect(texts(scene)).toContain('12');
    expect(picks(scene)).toEqual([]);
  });

  it('has lines that are round and neither too many nor too few', () => {
    expect(stepOf(111_195, 1000)).toBe(0.01);
    expect(stepOf(111_195, 1e9)).toBe(30);
    expect(linesOf(-0.25, 0.21, 0.1).map((one) => Number(one.toFixed(3)))).toEqual([-0.2, -0.1, 0, 0.1, 0.2]);
    const middle = { lon: 36, lat: 33 };
    const back = unproject(project(36.5, 33.2, middle), middle);
    expect([back.lon, back.lat]).toEqual([expect.closeTo(36.5), expect.closeTo(33.2)]);
  });
});

describe('groups of places', () => {
  const view = (groups: number): GroundView => ({
    groups: Array.from({ length: groups }, (_, at) => ({ type: 'option', label: `g${at}` })),
    points: Array.from({ length: groups * 3 }, (_, at) => ({ slot: String(at), latitude: 335_138_000, longitude: 362_765_000, group: Math.floor(at / 3) })),
    total: groups * 3,
    cells: [],
    side: 0,
    left_out: 0,
  });

  it('are six at most: the others are one', () => {
    const name = (group: { type: string; label?: unknown }): string => String(group.label);
    expect(spotsOf(view(6), name, 'others').groups).toHaveLength(6);
    const many = spotsOf(view(9), name, 'others');
    expect(many.groups).toEqual(['g0', 'g1', 'g2', 'g3', 'g4', 'others']);
    expect(many.spots.filter((spot) => spot.group === 5)).toHaveLength(12);
    expect(many.spots[0]).toMatchObject({ lat: 33.5138, lon: 36.2765 });
  });
});

describe('an outline from a file', () => {
  it('is GeoJSON or nothing', () => {
    expect(geojsonOf('{"type":"Polygon","coordinates":[]}')).toBeDefined();
    for (const bad of ['', '{', '[]', 'null', '{"type":"Point"}', '{"a":1}']) expect(geojsonOf(bad)).toBeUndefined();
  });
});
