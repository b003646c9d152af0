// Bars from the start of the line: how many for each, against one measure.

import type { Draw, Fill, Shape, Sheet } from './scene';
import { fillAt, leading, Pile } from './scene';

/** One of the parts that every bar is put together from. */
export interface Series {
  readonly label: string;
}

export interface BarItem {
  readonly label: string;
  /** One number for each series; `null` where few enough stand behind it that it is not told. */
  readonly parts: readonly (number | null)[];
  /** What is written after the number. */
  readonly note?: string;
  /** Whether it passed its test, or is among the first; nothing where nothing is decided. */
  readonly passed?: boolean;
}

/** A line across the bars that something must reach. */
export interface Need {
  /** In the unit of the bars. */
  readonly at: number;
  readonly label: string;
}

export interface BarsData {
  readonly items: readonly BarItem[];
  /** One for plain bars; more are told apart by tone and weave, and named above. */
  readonly series: readonly Series[];
  /** What a full line stands for; the longest bar if it is not given. */
  readonly whole?: number;
  readonly needs?: readonly Need[];
  /** How a number is written. */
  readonly write: (value: number) => string;
  /** What stands for a number that is not told. */
  readonly untold: string;
}

/** What is known of a bar. */
export function told(item: BarItem): number {
  return item.parts.reduce<number>((sum, part) => sum + Math.max(0, part ?? 0), 0);
}

/** What a full line stands for: never less than the longest bar or the furthest need. */
export function wholeOf(data: Pick<BarsData, 'items' | 'whole' | 'needs'>): number {
  return Math.max(1e-9, data.whole ?? 0, ...data.items.map(told), ...(data.needs ?? []).map((need) => need.at));
}

/** What is written at the end of a bar. */
export function endOf(item: BarItem, data: Pick<BarsData, 'write' | 'untold'>): string {
  if (item.parts.every((part) => part === null)) return data.untold;
  return item.parts.includes(null) ? `${data.write(told(item))} + ?` : data.write(told(item));
}

/** The fill of one series: alone it has the tone of the page. */
export function seriesFill(at: number, of: number): Fill {
  return of === 1 ? { tone: 'primary' } : fillAt(at);
}

/** Bars under each other. */
export function bars(data: BarsData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const whole = wholeOf(data);
    if (data.series.length > 1) {
      pile.legend(data.series.map(({ label }, at) => ({ label, fill: seriesFill(at, data.series.length) })));
      pile.y += em * 0.3;
    }
    if (data.items.some((item) => item.parts.includes(null))) pile.untold(data.untold);
    for (const need of data.needs ?? []) {
      needLabel(pile, (need.at / whole) * width, need.label);
    }
    const crossed: { from: number; to: number }[] = [];
    for (const item of data.items) {
      const end = endOf(item, data);
      // A note that leaves too little for the name goes under it.
      const long = item.note !== undefined && sheet.measure(item.note, em, false) > width * 0.35;
      const note = long ? '' : (item.note ?? '');
      const ends = sheet.measure(end, em, true) + (note === '' ? 0 : em * 0.35 + sheet.measure(note, em, false));
      const sign = item.passed === undefined ? 0 : em * 1.3;
      const top = pile.y;
      // A long name does without the room beside it that its number takes.
      pile.write(item.label, sign, Math.max(width * 0.45, width - ends - sign - em), { most: 4 });
      if (long) pile.write((item.note ?? '').replace(/^· /u, ''), sign, width - sign, { size: 0.9, tone: 'ink-soft' });
      // The number stands on the first line of the name.
      const line = top + leading(item.label) * em * 0.74;
      if (item.passed !== undefined) pile.add(signOf(item.passed, em * 0.45, line - em * 0.35, em));
      if (note !== '') pile.add({ kind: 'text', x: width, y: line, text: note, size: em, align: 'end', tone: 'ink-soft' });
      const at = note === '' ? width : width - em * 0.35 - sheet.measure(note, em, false);
      pile.add({ kind: 'text', x: at, y: line, text: end, size: em, align: 'end', tone: 'ink', bold: true });
      pile.y += em * 0.25;
      crossed.push({ from: pile.y, to: pile.y + em });
      track(pile, item, whole);
      pile.y += em * 1.0 + em * 0.75;
    }
    for (const need of data.needs ?? []) {
      const x = Math.min(width - 1.25, Math.max(1.25, (need.at / whole) * width));
      for (const { from, to } of crossed) {
        // A rim under the line keeps it apart from the bar that it crosses.
        pile.add({ kind: 'box', x: x - 2.5, y: from - em * 0.2, w: 5, h: to - from + em * 0.4, fill: { tone: 'surface' } });
        pile.add({ kind: 'box', x: x - 1.25, y: from - em * 0.2, w: 2.5, h: to - from + em * 0.4, fill: { tone: 'ink' } });
      }
    }
    pile.y = Math.max(0, pile.y - em * 0.6);
    return pile.scene(true);
  };
}

/** Passed or not: a sign in a disc. */
export function signOf(passed: boolean, x: number, y: number, em: number): Shape {
  return { kind: 'mark', x, y, size: em * 0.75, mark: passed ? 'check' : 'cross', stroke: { tone: passed ? 'good' : 'bad', width: em * 0.16 } };
}

function track(pile: Pile, item: BarItem, whole: number): void {
  const { em, width } = pile.sheet;
  const r = em * 0.2;
  pile.add({ kind: 'box', x: 0, y: pile.y, w: width, h: em, r, fill: { tone: 'sunken' }, stroke: { tone: 'line', width: 1 } });
  let x = 0;
  for (const [at, part] of item.parts.entries()) {
    const fill = seriesFill(at, item.parts.length);
    if (part === null) {
      const w = Math.min(em * 1.6, width - x);
      pile.add({ kind: 'box', x, y: pile.y + 1, w, h: em - 2, r, stroke: { tone: 'ink-soft', width: 1.5, dash: [3, 3] } });
      pile.add({ kind: 'text', x: x + w / 2, y: pile.y + em * 0.8, text: '?', size: em * 0.8, align: 'middle', tone: 'ink', bold: true });
      x += w;
      continue;
    }
    const w = (Math.max(0, part) / whole) * width;
    // What is there is seen, however little it is.
    const seen = part > 0 ? Math.max(2, w) : 0;
    if (seen > 0) pile.add({ kind: 'box', x, y: pile.y, w: seen, h: em, r: Math.min(r, seen / 2), fill, stroke: { tone: fill.tone, width: 1 } });
    x += w;
  }
}

/** The name of a need above the bars, as near to its line as the sheet allows. */
function needLabel(pile: Pile, x: number, label: string): void {
  const { em, width } = pile.sheet;
  const size = em * 0.875;
  const half = pile.sheet.measure(label, size, true) / 2 + em * 0.2;
  const middle = half * 2 > width ? width / 2 : Math.min(width - half, Math.max(half, x));
  pile.add({ kind: 'text', x: middle, y: pile.y + em, text: label, size, align: 'middle', tone: 'ink', bold: true });
  const tip = Math.min(width - em * 0.4, Math.max(em * 0.4, x));
  pile.add({
    kind: 'path',
    moves: [['M', tip - em * 0.35, pile.y + em * 1.3], ['L', tip + em * 0.35, pile.y + em * 1.3], ['L', x, pile.y + em * 1.75], ['Z']],
    fill: { tone: 'ink' },
  });
  pile.y += em * 1.95;
}

/** How wide the widest of texts is. */
export function widest(texts: readonly string[], size: number, bold: boolean, sheet: Sheet): number {
  return Math.max(0, ...texts.map((text) => sheet.measure(text, size, bold)));
}
