// Columns over an axis: how numbers or days are spread. The axis runs from the left in every
// language, as numbers and calendars in print do; only the words around it follow the page.

import { seriesFill } from './bars';
import type { Series } from './bars';
import type { Draw } from './scene';
import { Pile } from './scene';

export interface Bin {
  /** Where it begins and ends, in the unit of the axis; the same for a single value. */
  readonly from: number;
  readonly to: number;
  /** One number for each series. */
  readonly parts: readonly number[];
}

/** A place on the axis that is pointed at: the average, the middle. */
export interface Pointed {
  readonly at: number;
  readonly label: string;
}

export interface HistogramData {
  readonly bins: readonly Bin[];
  readonly series: readonly Series[];
  readonly pointed?: readonly Pointed[];
  /** How a count is written. */
  readonly write: (value: number) => string;
  /** How a place on the axis is written. */
  readonly axis: (value: number) => string;
}

/** A column: where it stands, in parts of the axis from 0 to 1. */
export interface Column {
  readonly x: number;
  readonly w: number;
  readonly sum: number;
}

/**
 * Columns side by side, each as wide as the next, in the order of the axis. A range that says
 * nothing is as wide as one that says much: equal ranges are what the node counts in.
 */
export function columns(bins: readonly Bin[]): Column[] {
  const w = bins.length === 0 ? 0 : 1 / bins.length;
  return bins.map((bin, at) => ({ x: at * w, w, sum: bin.parts.reduce((all, part) => all + part, 0) }));
}

/** Where a value stands between 0 and 1, by the column that it falls into. */
export function placeOf(value: number, bins: readonly Bin[]): number {
  const each = bins.length === 0 ? 0 : 1 / bins.length;
  for (const [at, bin] of bins.entries()) {
    const next = bins[at + 1]?.from;
    if (value < bin.from) return at * each;
    if (next !== undefined && value >= next) continue;
    // A range ends where the next begins; the last where it says.
    const end = next ?? bin.to + (bin.to === bin.from ? 1 : 0);
    const within = end === bin.from ? 0.5 : bin.to === bin.from ? 0.5 : (value - bin.from) / (end - bin.from);
    return (at + Math.min(1, Math.max(0, within))) * each;
  }
  return 1;
}

/** Which of labels of some widths can stand at their places without touching; the first always does. */
export function thinned(places: readonly { readonly at: number; readonly width: number }[], gap: number): boolean[] {
  for (let step = 1; step <= Math.max(1, places.length); step += 1) {
    let end = -Infinity;
    const free = places.every(({ at, width }, index) => {
      if (index % step !== 0) return true;
      const clear = at - width / 2 >= end + gap;
      end = at + width / 2;
      return clear;
    });
    if (free) return places.map((_, index) => index % step === 0);
  }
  return places.map((_, index) => index === 0);
}

/** Whether each column stands for itself: days, or whole numbers such as 1 to 2 and 3 to 4, which share no edge. */
export function areApart(bins: readonly Bin[]): boolean {
  return bins.every(({ to }, at) => to < (bins[at + 1]?.from ?? Infinity));
}

/** What one column stands for; from left to right, as the axis runs in every language. */
function ownName(data: HistogramData, at: number): string {
  const { from, to } = data.bins[at] ?? { from: 0, to: 0 };
  return from === to ? data.axis(from) : `\u2066${data.axis(from)}–${data.axis(to)}\u2069`;
}

export function histogram(data: HistogramData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const size = em * 0.8;
    if (data.series.length > 1) {
      const named = new Pile(sheet);
      named.legend(data.series.map(({ label }, at) => ({ label, fill: seriesFill(at, data.series.length) })));
      pile.add(...named.scene(true).shapes);
      pile.y += named.y + em * 0.3;
    }
    const cols = columns(data.bins);
    const most = Math.max(1, ...cols.map((col) => col.sum));
    const pointed = [...(data.pointed ?? [])].sort((one, other) => one.at - other.at);
    const lines: { x: number; y: number }[] = [];
    for (const { at, label } of pointed) {
      const x = placeOf(at, data.bins) * width;
      const half = sheet.measure(label, size, true) / 2;
      pile.add({ kind: 'text', x: Math.min(width - half, Math.max(half, x)), y: pile.y + em * 0.9, text: label, size, align: 'middle', tone: 'ink', bold: true });
      pile.y += em * 1.3;
      lines.push({ x: Math.min(width - 1, Math.max(1, x)), y: pile.y - em * 0.1 });
    }
    const top = pile.y + em * 1.4;
    const high = Math.min(em * 11, Math.max(em * 7, width * 0.35));
    const foot = top + high;
    // Dashed lines lie under the columns' numbers.
    for (const { x, y } of lines) pile.add({ kind: 'path', moves: [['M', x, y], ['L', x, foot]], stroke: { tone: 'ink', width: 2, dash: [5, 4] } });
    for (const [at, col] of cols.entries()) {
      const inner = Math.min(col.w * width - 2, em * 6);
      const x = (col.x + col.w / 2) * width - inner / 2;
      let y = foot;
      for (const [part, count] of (data.bins[at]?.parts ?? []).entries()) {
        if (count <= 0) continue;
        const fill = seriesFill(part, data.series.length);
        const h = Math.max(2, (count / most) * high);
        y -= h;
        pile.add({ kind: 'box', x, y, w: Math.max(1, inner), h, fill, stroke: { tone: fill.tone, width: 1 } });
      }
      if (col.sum > 0) {
        const text = data.write(col.sum);
        if (sheet.measure(text, size, true) <= col.w * width + em * 0.3) {
          pile.add({ kind: 'text', x: x + inner / 2, y: y - em * 0.35, text, size, align: 'middle', tone: 'ink', bold: true, halo: 'surface' });
        }
      }
    }
    pile.add({ kind: 'box', x: 0, y: foot, w: width, h: 2, fill: { tone: 'ink-soft' } });
    pile.y = foot + 2;
    const own = areApart(data.bins);
    const marks = cols.map((col, at) => ({ at: (col.x + (own ? col.w / 2 : 0)) * width, text: own ? ownName(data, at) : data.axis(data.bins[at]?.from ?? 0) }));
    const last = data.bins.at(-1);
    if (!own && last !== undefined) marks.push({ at: width, text: data.axis(last.to) });
    const set = marks.map(({ at, text }) => {
      const wide = sheet.measure(text, size, false);
      return { at: Math.min(width - wide / 2, Math.max(wide / 2, at)), width: wide, text, tick: Math.min(width - 1.5, at) };
    });
    const shown = thinned(set, em * 0.5);
    for (const [at, mark] of set.entries()) {
      if (!own || shown[at] === true) pile.add({ kind: 'box', x: mark.tick, y: foot, w: 1.5, h: em * 0.3, fill: { tone: 'ink-soft' } });
      if (shown[at] === true) pile.add({ kind: 'text', x: mark.at, y: foot + em * 1.25, text: mark.text, size, align: 'middle', tone: 'ink-soft' });
    }
    pile.y = foot + em * 1.7;
    return pile.scene(false);
  };
}
