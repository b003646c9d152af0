// How far a petition has climbed: a column with a rung for each step.

import type { Draw } from './scene';
import { Pile, wrap, leading } from './scene';
import { signOf } from './bars';
import { spread } from './budget';

export interface Rung {
  readonly label: string;
  /** Signatures it needs. */
  readonly required: number;
  readonly reached: boolean;
  /** "120 missing", "reached". */
  readonly note: string;
}

export interface LadderData {
  readonly signatures: number;
  readonly written: string;
  /** From the lowest on. */
  readonly rungs: readonly Rung[];
}

/**
 * How high a number stands, from 0 to 1, on a ladder whose rungs are equally far apart: within a
 * band it grows evenly. A rung for ten and one for ten thousand can both be seen that way.
 */
export function heightOf(signatures: number, required: readonly number[]): number {
  const bands = required.length;
  let from = 0;
  for (const [at, to] of required.entries()) {
    if (signatures < to) return (at + (to <= from ? 0 : Math.max(0, signatures - from) / (to - from))) / bands;
    from = to;
  }
  return bands === 0 ? 0 : 1;
}

export function ladder(data: LadderData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const tube = em * 3;
    const bulb = em * 2.1;
    const x = bulb + 1;
    const beside = bulb * 2 + em * 1.3;
    const room = width - beside;
    const labels = data.rungs.map((rung) => {
      const lines = wrap(rung.label, room - em * 1.4, em, true, sheet, 3);
      const notes = wrap(rung.note, room - em * 1.4, em * 0.9, false, sheet, 2);
      const step = em * (leading(rung.label) - 0.1);
      return { lines, notes, step, height: step * (lines.length + notes.length) + em * 0.5 };
    });
    const band = Math.max(em * 5, ...labels.map((label) => label.height + em * 0.5));
    const high = band * Math.max(1, data.rungs.length);
    const top = pile.y + em * 1.6;
    const foot = top + high;
    const required = data.rungs.map((rung) => rung.required);
    const level = foot - heightOf(data.signatures, required) * high;
    pile.add({ kind: 'box', x: x - tube / 2, y: top - em * 0.8, w: tube, h: high + em * 2, r: tube / 2, fill: { tone: 'sunken' }, stroke: { tone: 'ink', width: 2 } });
    // Bands already climbed are woven in turn, so that each can be seen without colour.
    for (const [at] of data.rungs.entries()) {
      const [low, up] = [foot - band * at, foot - band * (at + 1)];
      const y = Math.max(up, level);
      if (y < low) pile.add({ kind: 'box', x: x - tube / 2 + 4, y, w: tube - 8, h: low - y + (at === 0 ? em : 0), fill: at % 2 === 0 ? { tone: 'primary' } : { tone: 'primary', weave: 'stripes' } });
    }
    pile.add({ kind: 'dot', x, y: foot + bulb * 0.9, r: bulb, fill: { tone: 'primary' }, stroke: { tone: 'ink', width: 2 } });
    const size = Math.min(em * 1.35, (bulb * 1.7 * em) / Math.max(1, sheet.measure(data.written, em, true)));
    pile.add({ kind: 'text', x, y: foot + bulb * 0.9 + size * 0.35, text: data.written, size, align: 'middle', tone: 'on-primary', bold: true });
    const wanted = data.rungs.map((_, at) => foot - band * (at + 1) + (labels[at]?.height ?? 0) / 2 - em * 1.1).reverse();
    const set = spread(wanted, labels.map((label) => label.height).reverse(), pile.y, foot).reverse();
    for (const [at, rung] of data.rungs.entries()) {
      const y = foot - band * (at + 1);
      const label = labels[at];
      if (label === undefined) continue;
      const first = (set[at] ?? y) - label.height / 2 + label.step * 0.8;
      pile.add({ kind: 'box', x: x - tube / 2 - em * 0.4, y: y - 1.5, w: tube + em * 0.8, h: 3, fill: { tone: 'ink' } });
      pile.add({ kind: 'path', moves: [['M', x + tube / 2 + em * 0.5, y], ['L', beside - em * 0.2, first - em * 0.32]], stroke: { tone: 'line-strong', width: 1.5 } });
      if (rung.reached) pile.add(signOf(true, beside + em * 0.45, first - em * 0.33, em));
      else pile.add({ kind: 'dot', x: beside + em * 0.45, y: first - em * 0.33, r: em * 0.36, stroke: { tone: 'ink-soft', width: 2 } });
      let line = first;
      for (const text of label.lines) {
        pile.add({ kind: 'text', x: beside + em * 1.4, y: line, text, size: em, align: 'start', tone: 'ink', bold: true });
        line += label.step;
      }
      for (const text of label.notes) {
        pile.add({ kind: 'text', x: beside + em * 1.4, y: line, text, size: em * 0.9, align: 'start', tone: rung.reached ? 'good' : 'ink-soft' });
        line += label.step;
      }
    }
    pile.add({ kind: 'path', moves: [['M', x + tube / 2 + em * 0.15, level], ['L', x + tube / 2 + em * 0.75, level - em * 0.4], ['L', x + tube / 2 + em * 0.75, level + em * 0.4], ['Z']], fill: { tone: 'accent' } });
    pile.y = foot + bulb * 1.9 + em * 0.3;
    return pile.scene(true);
  };
}
