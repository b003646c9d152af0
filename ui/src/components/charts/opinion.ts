// Where voices stand towards each other, and what their groups say to each statement.

import { chip } from './cross';
import type { Draw, Fill, MarkName, Move, Shape, Tone } from './scene';
import { fillAt, Pile } from './scene';

export interface Voice {
  readonly x: number;
  readonly y: number;
  /** The group by its place; `null` where there are none. */
  readonly group: number | null;
}

export type Spot = readonly [number, number];

export interface OpinionData {
  readonly voices: readonly Voice[];
  /** Where I stand, by its place among the voices. */
  readonly me?: number;
  readonly groups: readonly { readonly label: string; readonly letter: string }[];
  readonly here: string;
}

const MARKS: readonly MarkName[] = ['circle', 'triangle', 'square', 'diamond', 'plus'];

/** The shape of a group's voices. */
export function markOf(group: number | null): MarkName {
  return group === null ? 'circle' : (MARKS[group % MARKS.length] ?? 'circle');
}

/** The corners around points, turning one way (Andrew's monotone chain); all of them where they are two or fewer. */
export function hull(points: readonly Spot[]): Spot[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]).filter((p, at, all) => at === 0 || p[0] !== all[at - 1]?.[0] || p[1] !== all[at - 1]?.[1]);
  if (sorted.length < 3) return sorted;
  const turns = (o: Spot, a: Spot, b: Spot): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const chain = (list: readonly Spot[]): Spot[] => {
    const kept: Spot[] = [];
    for (const point of list) {
      for (;;) {
        const [a, b] = [kept.at(-2), kept.at(-1)];
        if (a === undefined || b === undefined || turns(a, b, point) > 0) break;
        kept.pop();
      }
      kept.push(point);
    }
    kept.pop();
    return kept;
  };
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

/** The corners around points with a margin: those around small rings at each. */
export function padded(points: readonly Spot[], margin: number): Spot[] {
  const sides = 12;
  const rings = hull(points).flatMap(([x, y]) =>
    Array.from({ length: sides }, (_, at): Spot => {
      const turn = (at / sides) * 2 * Math.PI;
      return [x + Math.cos(turn) * margin, y + Math.sin(turn) * margin];
    }),
  );
  return hull(rings);
}

/** Puts points onto an area of a size: both directions at one scale, in its middle. */
export function fitted(points: readonly Spot[], width: number, height: number): Spot[] {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const range = (list: readonly number[]): [number, number] => list.reduce<[number, number]>(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
  const [[left, right], [low, high]] = [range(xs), range(ys)];
  const [w, h] = [Math.max(1e-12, right - left), Math.max(1e-12, high - low)];
  const scale = right === left && high === low ? 0 : Math.min(width / w, height / h);
  // Up is more, as on paper.
  return points.map(([x, y]) => [width / 2 + (x - (left + right) / 2) * scale, height / 2 - (y - (low + high) / 2) * scale]);
}

/** Voices as points, with the edge of each group. The directions have no names, so no axis is drawn. */
export function opinion(data: OpinionData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const named = new Pile(sheet);
    named.legend(data.groups.map((group, at) => ({ label: group.label, fill: { tone: fillAt(at).tone }, mark: markOf(at) })));
    pile.add(...named.scene(true).shapes);
    pile.y = named.y + em * 0.5;
    const margin = em * 2;
    const high = Math.min(em * 26, Math.max(em * 14, width * 0.75));
    pile.add({ kind: 'box', x: 0, y: pile.y, w: width, h: high, r: em * 0.5, fill: { tone: 'sunken' } });
    const spots = fitted(data.voices.map(({ x, y }): Spot => [x, y]), width - 2 * margin, high - 2 * margin).map(([x, y]): Spot => [x + margin, y + margin + pile.y]);
    const letters: Shape[] = [];
    for (const [group, { letter }] of data.groups.entries()) {
      const own = spots.filter((_, at) => data.voices[at]?.group === group);
      const edge = padded(own, em * 1);
      if (edge.length < 3) continue;
      const { tone } = fillAt(group);
      const moves: Move[] = [...edge.map(([x, y], at): Move => [at === 0 ? 'M' : 'L', x, y]), ['Z']];
      pile.add({ kind: 'path', moves, fill: { tone, opacity: 0.14 }, stroke: { tone, width: 2, ...(group % 2 === 0 ? {} : { dash: [7, 5] }) } });
      // The letter is at the outer edge, where it hides nobody.
      const away = ([x, y]: Spot): number => Math.hypot(x - width / 2, y - pile.y - high / 2);
      const [x, y] = edge.reduce((far, one) => (away(one) > away(far) ? one : far));
      letters.push({ kind: 'dot', x, y, r: em * 0.95, fill: { tone: 'surface' }, stroke: { tone, width: 2 } }, { kind: 'text', x, y: y + em * 0.4, text: letter, size: em * 1.1, align: 'middle', tone: 'ink', bold: true });
    }
    const size = data.voices.length > 400 ? em * 0.45 : em * 0.62;
    const taken = new Set<string>();
    for (const [at, voice] of data.voices.entries()) {
      const [x, y] = spots[at] ?? [0, 0];
      // Voices on one spot are seen once.
      const spot = `${Math.round(x)} ${Math.round(y)} ${voice.group ?? ''}`;
      if (taken.has(spot)) continue;
      taken.add(spot);
      pile.add({ kind: 'mark', x, y, size, mark: markOf(voice.group), fill: { tone: voice.group === null ? 'ink-soft' : fillAt(voice.group).tone }, stroke: { tone: 'surface', width: 1 } });
    }
    pile.add(...letters);
    const mine = data.me === undefined ? undefined : spots[data.me];
    if (mine !== undefined) {
      const [x, y] = mine;
      pile.add({ kind: 'mark', x, y, size: em * 1.9, mark: 'pin', fill: { tone: 'ink' }, stroke: { tone: 'surface', width: 2 } });
      pile.add({ kind: 'dot', x, y: y - em * 1.3, r: em * 0.3, fill: { tone: 'surface' } });
      const half = sheet.measure(data.here, em * 0.95, true) / 2 + em * 0.3;
      const above = y - em * 2.4 > pile.y + em;
      const [middle, foot] = [Math.min(width - half, Math.max(half, x)), above ? y - em * 2.3 : y + em * 1.3];
      pile.add({ kind: 'box', x: middle - half, y: foot - em * 1.05, w: 2 * half, h: em * 1.5, r: em * 0.3, fill: { tone: 'surface' }, stroke: { tone: 'ink', width: 1.5 } });
      pile.add({ kind: 'text', x: middle, y: foot, text: data.here, size: em * 0.95, align: 'middle', tone: 'ink', bold: true });
    }
    pile.y += high;
    return pile.scene(false);
  };
}

/** What a group says to a statement, in people. */
export interface Said {
  readonly agree: number;
  readonly pass: number;
  readonly disagree: number;
}

export interface StatementShown {
  readonly text: string;
  /** One for each group. */
  readonly groups: readonly Said[];
}

export interface StatementsData {
  readonly statements: readonly StatementShown[];
  readonly groups: readonly { readonly label: string; readonly letter: string }[];
  readonly agree: string;
  readonly pass: string;
  readonly disagree: string;
  readonly percent: (share: number) => string;
}

const SAYS: readonly (Fill & { tone: Tone })[] = [{ tone: 'good' }, { tone: 'ink-soft', weave: 'dots' }, { tone: 'bad', weave: 'stripes' }];

/** Statements under each other, with what each group says to it. */
export function statements(data: StatementsData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    pile.legend([data.agree, data.pass, data.disagree].map((label, at) => ({ label, fill: SAYS[at] ?? { tone: 'ink' } })));
    pile.y += em * 0.5;
    const high = em * 1.55;
    for (const statement of data.statements) {
      pile.write(statement.text, 0, width, { most: 5 });
      pile.y += em * 0.35;
      for (const [group, said] of statement.groups.entries()) {
        const letter = data.groups[group]?.letter ?? '';
        const start = em * 2.1;
        const middle = pile.y + high / 2;
        pile.add({ kind: 'mark', x: em * 0.5, y: middle, size: em * 0.7, mark: markOf(group), fill: { tone: fillAt(group).tone } });
        pile.add({ kind: 'text', x: em * 1.1, y: middle + em * 0.35, text: letter, size: em * 0.95, align: 'start', tone: 'ink', bold: true });
        const sum = said.agree + said.pass + said.disagree;
        pile.add({ kind: 'box', x: start, y: pile.y, w: width - start, h: high, r: em * 0.2, stroke: { tone: 'line-strong', width: 1 } });
        let x = start;
        for (const [at, count] of [said.agree, said.pass, said.disagree].entries()) {
          const w = sum <= 0 ? 0 : (Math.max(0, count) / sum) * (width - start);
          if (w <= 0) continue;
          const fill = SAYS[at] ?? { tone: 'ink' };
          pile.add({ kind: 'box', x, y: pile.y, w, h: high, fill, stroke: { tone: 'surface', width: 1.5 } });
          chip(pile, { x, w }, data.percent(count / sum), high);
          x += w;
        }
        pile.y += high + em * 0.3;
      }
      pile.y += em * 0.8;
    }
    return pile.scene(true);
  };
}
