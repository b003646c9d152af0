// Places on the ground without a map from elsewhere: projection, outlines, clusters, a scale.

import { ringWithin, runsWithin } from './clip';
import type { Draw, Move, Shape, Sheet } from './scene';
import { fillAt, fit, Pile, shift } from './scene';

/** A place in degrees (WGS 84). */
export interface Place {
  readonly lon: number;
  readonly lat: number;
  readonly label: string;
  /** Its group, by its number in a list of them. */
  readonly group?: number | undefined;
}

/** Metres east and north of some middle. */
export type Metres = readonly [number, number];

/** What is looked at: the middle in metres, and pixels for a metre. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The mean radius of the Earth in metres (IUGG). */
const RADIUS = 6_371_008.8;
const DEGREE = Math.PI / 180;

/**
 * Degrees to metres around a middle: east by the cosine of the middle's latitude (equirectangular).
 * Within a district its error is a fraction of a pixel; it is none for navigation.
 */
export function project(lon: number, lat: number, middle: { readonly lon: number; readonly lat: number }): Metres {
  return metres(around(lon - middle.lon), lat, middle);
}

function metres(east: number, lat: number, middle: { readonly lat: number }): Metres {
  return [east * DEGREE * RADIUS * Math.cos(middle.lat * DEGREE), (lat - middle.lat) * DEGREE * RADIUS];
}

/** Degrees between -180 and 180: the short way round the Earth. */
function around(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

/** A line as it runs, also over the 180th meridian: from each corner the short way to the next. */
export function projectLine(line: readonly (readonly [number, number])[], middle: { readonly lon: number; readonly lat: number }): Metres[] {
  let before: number | undefined;
  return line.map(([lon, lat]) => {
    const east: number = before === undefined ? around(lon - middle.lon) : before + around(lon - middle.lon - before);
    before = east;
    return metres(east, lat, middle);
  });
}

/** Metres back to degrees. */
export function unproject([x, y]: Metres, middle: { readonly lon: number; readonly lat: number }): { lon: number; lat: number } {
  return { lon: middle.lon + x / (DEGREE * RADIUS * Math.cos(middle.lat * DEGREE)), lat: middle.lat + y / (DEGREE * RADIUS) };
}

/** So many times further out than nine of ten, and so many metres, is far away from the others. */
const FAR = 6;
const FAR_METRES = 5000;
/** With fewer nobody can say which of them is far from the others. */
const FEW = 5;

/** Of places, those that lie far from nearly all others: a slip of a finger, or one who lives abroad. */
export function farOnes(places: readonly { readonly lon: number; readonly lat: number }[]): Set<number> {
  if (places.length < FEW) return new Set();
  const middle = middleOf(places) ?? { lon: 0, lat: 0 };
  const at = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
  const heart = { lon: middle.lon + at(places.map((one) => around(one.lon - middle.lon))), lat: at(places.map((one) => one.lat)) };
  const away = places.map((one) => Math.hypot(...project(one.lon, one.lat, heart)));
  const most = [...away].sort((a, b) => a - b)[Math.ceil(places.length * 0.9) - 1] ?? 0;
  const limit = Math.max(FAR_METRES, most * FAR);
  return new Set(away.flatMap((one, nth) => (one > limit ? [nth] : [])));
}

/** The middle of the box around places, whichever way round the Earth is shorter; nothing without any. */
export function middleOf(places: readonly { readonly lon: number; readonly lat: number }[]): { lon: number; lat: number } | undefined {
  if (places.length === 0) return undefined;
  const box = places.reduce((b, p) => ({ s: Math.min(b.s, p.lat), n: Math.max(b.n, p.lat) }), { s: 90, n: -90 });
  // Behind the places is the widest part of the Earth without any.
  const east = places.map((one) => one.lon).sort((a, b) => a - b);
  let [widest, first] = [-1, 0];
  for (const [at, lon] of east.entries()) {
    const before = at === 0 ? (east.at(-1) ?? lon) - 360 : (east[at - 1] ?? lon);
    if (lon - before > widest) [widest, first] = [lon - before, lon];
  }
  return { lon: around(first + (360 - widest) / 2), lat: (box.s + box.n) / 2 };
}

/** A view in which all points can be seen, with a margin; a single point is seen at 100 metres around. */
export function viewOf(points: readonly Metres[], width: number, height: number, margin: number): View {
  const box = points.reduce((b, [x, y]) => ({ w: Math.min(b.w, x), e: Math.max(b.e, x), s: Math.min(b.s, y), n: Math.max(b.n, y) }), { w: Infinity, e: -Infinity, s: Infinity, n: -Infinity });
  if (points.length === 0) return { x: 0, y: 0, scale: width / 1000 };
  const [w, h] = [Math.max(200, box.e - box.w), Math.max(200, box.n - box.s)];
  const scale = Math.min((width - 2 * margin) / w, (height - 2 * margin) / h);
  return { x: (box.w + box.e) / 2, y: (box.s + box.n) / 2, scale: Math.max(1e-9, scale) };
}

/** Where a point is seen. */
export function seenAt([x, y]: Metres, view: View, width: number, height: number): [number, number] {
  return [width / 2 + (x - view.x) * view.scale, height / 2 - (y - view.y) * view.scale];
}

/** The same view from nearer or further, with the ground under a pixel staying there. */
export function zoomed(view: View, by: number, at: readonly [number, number], width: number, height: number): View {
  // From a few metres to the whole Earth.
  const scale = Math.min(20, Math.max(width / 4e7, view.scale * by));
  const [dx, dy] = [at[0] - width / 2, height / 2 - at[1]];
  return { scale, x: view.x + dx / view.scale - dx / scale, y: view.y + dy / view.scale - dy / scale };
}

/** Points that would lie on each other, as one. */
export interface Cluster {
  readonly x: number;
  readonly y: number;
  /** Places in the list that was given. */
  readonly members: readonly number[];
}

/**
 * Gathers points until no two middles are nearer than `reach`. Each point is in exactly one cluster,
 * and the same list gives the same ones.
 */
export function clustered(points: readonly (readonly [number, number])[], reach: number): Cluster[] {
  let groups = points.map(([x, y], at): Cluster => ({ x, y, members: [at] }));
  for (;;) {
    const next = gathered(groups, reach);
    if (next.length === groups.length) return next;
    groups = next;
  }
}

/** One round of it: each joins the nearest first of a cluster within reach, or is one itself. */
function gathered(groups: readonly Cluster[], reach: number): Cluster[] {
  const seeds: { x: number; y: number; members: number[]; sum: [number, number] }[] = [];
  const cells = new Map<string, number[]>();
  for (const { x, y, members } of groups) {
    const [cx, cy] = [Math.floor(x / reach), Math.floor(y / reach)];
    let found: (typeof seeds)[number] | undefined;
    let nearest = reach;
    for (let i = cx - 1; i <= cx + 1; i += 1) {
      for (let j = cy - 1; j <= cy + 1; j += 1) {
        for (const seed of cells.get(`${i} ${j}`) ?? []) {
          const one = seeds[seed];
          if (one === undefined) continue;
          const distance = Math.hypot(one.x - x, one.y - y);
          if (distance < nearest) [found, nearest] = [one, distance];
        }
      }
    }
    if (found !== undefined) {
      found.members.push(...members);
      found.sum = [found.sum[0] + x * members.length, found.sum[1] + y * members.length];
    } else {
      const cell = `${cx} ${cy}`;
      cells.set(cell, [...(cells.get(cell) ?? []), seeds.length]);
      seeds.push({ x, y, members: [...members], sum: [x * members.length, y * members.length] });
    }
  }
  return seeds.map(({ members, sum }) => ({ x: sum[0] / members.length, y: sum[1] / members.length, members }));
}

/** The longest round length (1, 2 or 5 times a power of ten metres) that is at most so many pixels. */
export function scaleBar(scale: number, most: number): { metres: number; pixels: number } {
  const reach = most / scale;
  const power = 10 ** Math.floor(Math.log10(reach));
  const metres = [5, 2, 1].map((step) => step * power).find((one) => one <= reach) ?? power;
  return { metres, pixels: metres * scale };
}

export interface PlacesData {
  readonly points: readonly { readonly at: Metres; readonly label: string; readonly group?: number | undefined }[];
  /** Of these points nothing is seen at first: they lie far from the others. */
  readonly far?: ReadonlySet<number>;
  /** What groups are called; their order gives colour, weave and mark. */
  readonly groups?: readonly string[];
  /** Parts of the ground with a number in each, instead of points. */
  readonly cells?: readonly { readonly from: Metres; readonly to: Metres; readonly count: number }[];
  /** Where the middle is in degrees: then lines of latitude and longitude are drawn. */
  readonly middle?: { readonly lon: number; readonly lat: number };
  /** A latitude or a longitude in words. */
  readonly degrees?: (value: number, kind: 'lat' | 'lon') => string;
  /** That so many points are not in the picture. */
  readonly outside?: (count: number) => string;
  readonly outlines: readonly { readonly closed: boolean; readonly line: readonly Metres[] }[];
  /** `null` shows everything. */
  readonly view: View | null;
  readonly write: (count: number) => string;
  readonly length: (metres: number) => string;
  /** The letter of north. */
  readonly north: string;
}

/** How high the ground is drawn for a width. */
export function groundHeight(sheet: Pick<Sheet, 'width' | 'em'>): number {
  return Math.round(Math.min(sheet.em * 30, Math.max(sheet.em * 16, sheet.width * 0.75)));
}

/** All that is to be seen at first: the places, or where there are none the outlines. */
export function wholeView(data: Pick<PlacesData, 'points' | 'outlines' | 'far' | 'cells' | 'middle'>, sheet: Pick<Sheet, 'width' | 'em'>): View {
  const near = data.points.filter((_, at) => data.far?.has(at) !== true).map((point) => point.at);
  const cells = (data.cells ?? []).flatMap((cell) => [cell.from, cell.to]);
  // Answers are looked at; a country around them would make them one point.
  const all = near.length + cells.length > 0 && data.middle !== undefined ? [...near, ...cells] : [...near, ...cells, ...data.outlines.flatMap((outline) => outline.line)];
  return viewOf(all, sheet.width, groundHeight(sheet), sheet.em * 2.2);
}

const MARKS = ['circle', 'square', 'triangle', 'diamond', 'plus', 'drop'] as const;

/** The mark of a group by its place, beside its colour. */
export function markAt(place: number): (typeof MARKS)[number] {
  return MARKS[place % MARKS.length] ?? 'circle';
}

/** Steps between lines of latitude or longitude, in degrees. */
const STEPS = [20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

/** The shortest step whose lines are at least so many metres apart. */
export function stepOf(metresADegree: number, least: number): number {
  return STEPS.filter((step) => step * metresADegree >= least).at(-1) ?? 30;
}

/** Where lines of a step lie between two degrees. */
export function linesOf(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to && found.length < 60; at += 1) found.push(at * step);
  return found;
}

/** Lines of latitude and longitude, with their degrees at the edges. */
function graticule(pile: Pile, view: View, high: number, data: PlacesData): Shape[] {
  const { middle, degrees } = data;
  if (middle === undefined || degrees === undefined) return [];
  const { em, width } = pile.sheet;
  const edge = (x: number, y: number): { lon: number; lat: number } => unproject([view.x + (x - width / 2) / view.scale, view.y + (high / 2 - y) / view.scale], middle);
  const [from, to] = [edge(0, high), edge(width, 0)];
  const degree = DEGREE * RADIUS;
  const wide = (em * 8) / view.scale;
  const stroke = { tone: 'line' as const, width: 1 };
  const labels: Shape[] = [];
  const size = em * 0.7;
  for (const lat of linesOf(Math.max(-90, from.lat), Math.min(90, to.lat), stepOf(degree, wide))) {
    const [, y] = seenAt(metres(0, lat, middle), view, width, high);
    pile.add({ kind: 'path', moves: [['M', 0, y], ['L', width, y]], stroke });
    // The foot is the scale's, the head that of the meridians.
    if (y > em * 2 && y < high - em * 3) labels.push({ kind: 'text', x: em * 0.4, y: y - em * 0.25, text: degrees(lat, 'lat'), size, align: 'start', tone: 'ink-soft', halo: 'sunken' });
  }
  for (const lon of linesOf(from.lon, to.lon, stepOf(degree * Math.cos(middle.lat * DEGREE), wide))) {
    const [x] = seenAt(metres(lon - middle.lon, middle.lat, middle), view, width, high);
    pile.add({ kind: 'path', moves: [['M', x, 0], ['L', x, high]], stroke });
    if (x > em && x < width - em * 7) labels.push({ kind: 'text', x: x + em * 0.25, y: em * 0.95, text: degrees(around(lon), 'lon'), size, align: 'start', tone: 'ink-soft', halo: 'sunken' });
  }
  return labels;
}

/** A disc parted by how many of its members are in each group. */
function parted(x: number, y: number, r: number, groups: readonly number[], pick: string): Shape[] {
  const counts = new Map<number, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  const shapes: Shape[] = [{ kind: 'dot', x, y, r: r + 2, fill: { tone: 'surface' } }];
  let turned = 0;
  for (const [group, count] of [...counts].sort((a, b) => a[0] - b[0])) {
    const share = count / groups.length;
    const steps = Math.max(2, Math.ceil(share * 48));
    const rim = Array.from({ length: steps + 1 }, (_, at): Move => {
      const angle = (turned + (share * at) / steps) * 2 * Math.PI - Math.PI / 2;
      return ['L', x + r * Math.cos(angle), y + r * Math.sin(angle)];
    });
    shapes.push({ kind: 'path', moves: [['M', x, y], ...rim, ['Z']], fill: fillAt(group), stroke: { tone: 'surface', width: 1 }, pick });
    turned += share;
  }
  shapes.push({ kind: 'dot', x, y, r: r * 0.66, fill: { tone: 'surface' }, pick });
  return shapes;
}

/** Cells with their numbers: the more there are, the stronger. */
function drawCells(pile: Pile, cells: NonNullable<PlacesData['cells']>, see: (at: Metres) => [number, number], high: number, write: (count: number) => string): void {
  const { sheet } = pile;
  const most = Math.max(1, ...cells.map((cell) => cell.count));
  for (const cell of cells) {
    const [[west, south], [east, north]] = [see(cell.from), see(cell.to)];
    const [x, y] = [Math.max(0, west), Math.max(0, north)];
    const [w, h] = [Math.min(sheet.width, east) - x, Math.min(high, south) - y];
    if (w <= 0 || h <= 0) continue;
    const strength = 0.25 + 0.6 * Math.sqrt(cell.count / most);
    pile.add({ kind: 'box', x, y, w, h, fill: { tone: 'primary', opacity: strength }, stroke: { tone: 'surface', width: 1 } });
    const text = write(cell.count);
    const size = sheet.em * 0.85;
    if (sheet.measure(text, size, true) + 4 > w || size * 1.3 > h) continue;
    pile.add({ kind: 'text', x: x + w / 2, y: y + h / 2 + size * 0.34, text, size, align: 'middle', tone: 'ink', bold: true, halo: 'surface' });
  }
}

/** The ground with its points. North is up and east is to the right in every language. */
export function places(data: PlacesData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const high = groundHeight(sheet);
    const view = data.view ?? wholeView(data, sheet);
    pile.add({ kind: 'box', x: 0, y: 0, w: width, h: high, fill: { tone: 'sunken' } });
    const see = (at: Metres): [number, number] => seenAt(at, view, width, high);
    for (const outline of data.outlines) {
      const seen = outline.line.map(see);
      const runs = outline.closed ? [ringWithin(seen, width, high)] : runsWithin(seen, width, high);
      const moves = runs.flatMap((run) => [...run.map(([x, y], nth): Move => [nth === 0 ? 'M' : 'L', x, y]), ...(outline.closed && run.length > 0 ? [['Z'] as const] : [])]);
      if (moves.length > 0) pile.add({ kind: 'path', moves, ...(outline.closed ? { fill: { tone: 'surface' as const } } : {}), stroke: { tone: 'line-strong', width: 2 } });
    }
    const labels = graticule(pile, view, high, data);
    drawCells(pile, data.cells ?? [], see, high, data.write);
    const spots = data.points.map((point) => see(point.at));
    const groupOf = (at: number): number | undefined => (data.groups === undefined ? undefined : data.points[at]?.group);
    const shown = spots.map((_, at) => at).filter((at) => within(spots[at], width, high));
    const groups = clustered(shown.map((at) => spots[at] ?? [0, 0]), em * 2.5);
    const pins: Shape[] = [];
    const taken: Box[] = [];
    for (const { members, ...middle } of groups) {
      const own = members.map((member) => shown[member] ?? 0);
      if (own.length === 1) {
        const { x, y } = middle;
        const group = groupOf(own[0] ?? 0);
        if (group !== undefined) {
          pins.push({ kind: 'mark', x, y, size: em * 0.95, mark: markAt(group), fill: { tone: fillAt(group).tone }, stroke: { tone: 'surface', width: 1.5 }, pick: String(own[0]) });
          taken.push({ x: x - em * 0.5, y: y - em * 0.5, w: em, h: em });
          continue;
        }
        pins.push({ kind: 'mark', x, y, size: em * 1.5, mark: 'drop', fill: { tone: 'accent' }, stroke: { tone: 'surface', width: 1.5 }, pick: String(own[0]) }, { kind: 'dot', x, y: y - em * 1.02, r: em * 0.24, fill: { tone: 'surface' } });
        taken.push({ x: x - em * 0.7, y: y - em * 1.6, w: em * 1.4, h: em * 1.6 });
        continue;
      }
      const r = em * Math.min(1.7, 0.85 + 0.22 * Math.log10(own.length) * 2);
      // A disc at the edge is moved in, so that its number is read.
      const [x, y] = [Math.min(width - r, Math.max(r, middle.x)), Math.min(high - r, Math.max(r, middle.y))];
      const text = data.write(own.length);
      const mixed = own.flatMap((at) => groupOf(at) ?? []);
      const room = mixed.length > 0 ? 1.15 : 1.7;
      if (mixed.length > 0) pins.push(...parted(x, y, r, mixed, own.join(',')));
      else pins.push({ kind: 'dot', x, y, r, fill: { tone: 'primary' }, stroke: { tone: 'surface', width: 2 }, pick: own.join(',') });
      pins.push({ kind: 'text', x, y: y + em * 0.32, text, size: Math.min(em * 0.95, (r * room * em) / Math.max(1, sheet.measure(text, em, true))), align: 'middle', tone: mixed.length > 0 ? 'ink' : 'on-primary', bold: true });
      taken.push({ x: x - r, y: y - r, w: 2 * r, h: 2 * r });
    }
    pile.add(...labels, ...pins);
    names(pile, groups.filter((group) => group.members.length === 1).map((group) => ({ x: group.x, y: group.y, label: data.points[shown[group.members[0] ?? 0] ?? 0]?.label ?? '' })), taken, high);
    const bar = scaleBar(view.scale, Math.min(width * 0.35, em * 8));
    const [ground, text] = [high - em * 0.9, data.length(bar.metres)];
    const wide = Math.max(bar.pixels, sheet.measure(text, em * 0.85, true));
    // What helps to read it lies on paper of its own.
    pile.add({ kind: 'box', x: em * 0.4, y: ground - em * 1.6, w: wide + em * 1.2, h: em * 2.1, r: em * 0.3, fill: { tone: 'surface' } });
    pile.add({ kind: 'box', x: width - em * 2.2, y: em * 0.4, w: em * 1.8, h: em * 3.1, r: em * 0.3, fill: { tone: 'surface' } });
    pile.add({ kind: 'mark', x: width - em * 1.3, y: em * 1.5, size: em * 1.5, mark: 'north', fill: { tone: 'ink' } });
    pile.add({ kind: 'text', x: width - em * 1.3, y: em * 3.2, text: data.north, size: em * 0.85, align: 'middle', tone: 'ink', bold: true });
    pile.add({ kind: 'path', moves: [['M', em, ground - em * 0.4], ['L', em, ground], ['L', em + bar.pixels, ground], ['L', em + bar.pixels, ground - em * 0.4]], stroke: { tone: 'ink', width: 2 } });
    pile.add({ kind: 'text', x: em + wide / 2, y: ground - em * 0.55, text, size: em * 0.85, align: 'middle', tone: 'ink', bold: true });
    pile.add({ kind: 'box', x: 0.5, y: 0.5, w: width - 1, h: high - 1, stroke: { tone: 'line-strong', width: 1 } });
    pile.y = high;
    const foot = new Pile(sheet);
    const unseen = data.points.length - shown.length;
    if (unseen > 0 && data.outside !== undefined) {
      foot.y += em * 0.4;
      foot.write(data.outside(unseen), 0, width, { size: 0.85, tone: 'ink-soft', most: 2 });
    }
    if (data.groups !== undefined) {
      foot.y += em * 0.4;
      foot.legend(data.groups.map((label, at) => ({ label, fill: { tone: fillAt(at).tone }, mark: markAt(at) })));
    }
    // The ground is never turned round; words under it run as the page does.
    pile.add(...shift(foot.scene(true).shapes, 0, high));
    pile.y = high + foot.y;
    return pile.scene(false);
  };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Whether two boxes touch. */
export function touch(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Names beside single points, as far as they have room. */
function names(pile: Pile, singles: readonly { x: number; y: number; label: string }[], taken: Box[], high: number): void {
  const { sheet } = pile;
  const size = sheet.em * 0.8;
  for (const { x, y, label } of singles) {
    if (label === '') continue;
    const text = fit(label, sheet.em * 9, size, false, sheet);
    const w = sheet.measure(text, size, false) + 4;
    const spots = [
      { x: x - w / 2, y: y + 2, w, h: size * 1.4 },
      { x: x + sheet.em * 0.8, y: y - size * 1.6, w, h: size * 1.4 },
      { x: x - sheet.em * 0.8 - w, y: y - size * 1.6, w, h: size * 1.4 },
    ];
    const free = spots.find((box) => box.x >= 2 && box.x + box.w <= sheet.width - 2 && box.y >= 0 && box.y + box.h <= high && !taken.some((other) => touch(box, other)));
    if (free === undefined) continue;
    taken.push(free);
    pile.add({ kind: 'text', x: free.x + w / 2, y: free.y + size * 1.05, text, size, align: 'middle', tone: 'ink', halo: 'surface' });
  }
}

function within(spot: readonly [number, number] | undefined, width: number, height: number): boolean {
  return spot !== undefined && spot[0] >= 0 && spot[0] <= width && spot[1] >= 0 && spot[1] <= height;
}
