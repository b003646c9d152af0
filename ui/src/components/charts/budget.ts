// A budget that fills up: what was chosen first lies at the bottom, each project as high as it is dear.

import type { Draw, Fill, Sheet } from './scene';
import { fillAt, leading, Pile, wrap } from './scene';

export interface BudgetBlock {
  readonly label: string;
  readonly cost: number;
  /** Beside it, in small letters. */
  readonly note: string;
}

export interface BudgetLoser {
  readonly label: string;
  readonly cost: number;
  /** How much of the cost it lacked; `null` where that is no amount. */
  readonly missing: number | null;
  readonly note: string;
}

/** One voter's share of the money when a project is paid. */
export interface Share {
  /** What everybody was given. */
  readonly all: number;
  /** What a supporter pays at most for this project. */
  readonly pays: number;
  readonly title: string;
  readonly note: string;
}

export interface BudgetData {
  readonly budget: number;
  /** In the order of choice; only those chosen so far. */
  readonly funded: readonly BudgetBlock[];
  /** Whether the last one has just been chosen. */
  readonly stepping: boolean;
  readonly share?: Share;
  readonly losers: readonly BudgetLoser[];
  readonly losersTitle: string;
  /** What the woven part of a loser's bar is. */
  readonly lacked: string;
  /** "Left: 1,200", for the amount that is left. */
  readonly left: (amount: number) => string;
  /** Written over the whole: "Budget: 40,000". */
  readonly whole: string;
  /** How a place in the order is written. */
  readonly place: (place: number) => string;
}

/**
 * Moves labels apart that want to be at the same height: from first to last downwards, then back up
 * from the end. They keep their order; where there is no room for all they overlap at the start.
 * `wanted` are middles; middles are returned.
 */
export function spread(wanted: readonly number[], heights: readonly number[], from: number, to: number): number[] {
  const places: number[] = [];
  let end = from;
  for (const [at, middle] of wanted.entries()) {
    const half = (heights[at] ?? 0) / 2;
    const place = Math.max(middle, end + half);
    places.push(place);
    end = place + half;
  }
  let start = to;
  for (let at = places.length - 1; at >= 0; at -= 1) {
    const half = (heights[at] ?? 0) / 2;
    const place = Math.min(places[at] ?? 0, start - half);
    places[at] = place;
    start = place - half;
  }
  return places;
}

/** Where blocks of some costs lie in a column of a height, the first at the bottom; tops and heights from the top. */
export function stack(costs: readonly number[], budget: number, height: number): { readonly y: number; readonly h: number }[] {
  const whole = Math.max(1e-9, budget, costs.reduce((sum, cost) => sum + cost, 0));
  let y = height;
  return costs.map((cost) => {
    const h = (cost / whole) * height;
    y -= h;
    return { y, h };
  });
}

interface Label {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  readonly height: number;
  readonly step: number;
}

function labelFor(block: BudgetBlock, width: number, sheet: Sheet): Label {
  const size = sheet.em * 0.95;
  const lines = wrap(block.label, width, size, true, sheet, 2);
  const step = size * (leading(block.label) - 0.15);
  const notes = wrap(block.note, width, sheet.em * 0.85, false, sheet, 2);
  return { lines, notes, step, height: step * (lines.length + notes.length) + sheet.em * 0.45 };
}

export function budget(data: BudgetData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    pile.write(data.whole, 0, width, { bold: true, size: 1.1 });
    pile.y += em * 0.5;
    const jar = Math.min(width * 0.3, em * 9);
    const beside = jar + em * 1.4;
    const room = width - beside;
    const spent = data.funded.reduce((sum, block) => sum + block.cost, 0);
    const rest = Math.max(0, data.budget - spent);
    const blocks = [...data.funded.map((block) => labelFor(block, room, sheet))];
    const left: Label = { lines: wrap(data.left(rest), room, em * 0.95, true, sheet, 2), notes: [], step: em * 1.4, height: em * 1.9 };
    const labels = [...blocks, left];
    const high = Math.max(em * 17, labels.reduce((sum, label) => sum + label.height, 0) + em);
    const [top, foot] = [pile.y, pile.y + high];
    pile.add({ kind: 'box', x: 0, y: top, w: jar, h: high, fill: { tone: 'sunken' } });
    const places = stack(data.funded.map((block) => block.cost), data.budget, high).map(({ y, h }) => ({ y: top + y, h }));
    const free = places.at(-1)?.y ?? foot;
    // Labels run down the page, and blocks up.
    const wanted = [...places.map(({ y, h }) => y + h / 2), (top + free) / 2].reverse();
    const set = spread(wanted, labels.map((label) => label.height).reverse(), top, foot).reverse();
    for (const [at, { y, h }] of places.entries()) {
      const now = data.stepping && at === places.length - 1;
      pile.add({ kind: 'box', x: 0, y: y + 1, w: jar, h: Math.max(1.5, h - 2), r: Math.min(em * 0.2, h / 3), fill: fillAt(at), stroke: now ? { tone: 'ink', width: 3 } : { tone: fillAt(at).tone, width: 1 } });
      const text = data.place(at + 1);
      const r = em * 0.72;
      if (h > r * 1.2) {
        pile.add({ kind: 'dot', x: jar / 2, y: y + h / 2, r: Math.min(r, h * 0.46), fill: { tone: 'surface' } });
        pile.add({ kind: 'text', x: jar / 2, y: y + h / 2 + Math.min(em, h * 0.6) * 0.32, text, size: Math.min(em * 0.9, h * 0.55), align: 'middle', tone: 'ink', bold: true });
      }
    }
    for (const [at, label] of labels.entries()) {
      const middle = set[at] ?? 0;
      const from = at < places.length ? (places[at]?.y ?? 0) + (places[at]?.h ?? 0) / 2 : (top + free) / 2;
      pile.add({ kind: 'path', moves: [['M', jar + 2, from], ['L', jar + em * 0.5, from], ['L', beside - em * 0.7, middle], ['L', beside - em * 0.3, middle]], stroke: { tone: 'line-strong', width: 1.5 } });
      let y = middle - label.height / 2 + label.step * 0.78 + (at === places.length ? em * 0.25 : 0);
      for (const text of label.lines) {
        pile.add({ kind: 'text', x: beside, y, text, size: em * 0.95, align: 'start', tone: at < places.length ? 'ink' : 'ink-soft', bold: true });
        y += label.step;
      }
      for (const text of label.notes) {
        pile.add({ kind: 'text', x: beside, y, text, size: em * 0.85, align: 'start', tone: 'ink-soft' });
        y += label.step;
      }
    }
    pile.add({ kind: 'path', moves: [['M', 0, top], ['L', 0, foot], ['L', jar, foot], ['L', jar, top]], stroke: { tone: 'ink', width: 2.5 } });
    pile.add({ kind: 'path', moves: [['M', 0, top], ['L', jar, top]], stroke: { tone: 'ink', width: 2, dash: [5, 5] } });
    pile.y = foot + em;
    if (data.share !== undefined) shareOf(pile, data.share);
    if (data.losers.length > 0) losers(pile, data);
    return pile.scene(true);
  };
}

/** What a supporter pays of the share that everybody was given. */
function shareOf(pile: Pile, share: Share): void {
  const { em, width } = pile.sheet;
  pile.write(share.title, 0, width, { bold: true });
  pile.y += em * 0.2;
  const part = share.all <= 0 ? 0 : Math.min(1, Math.max(0, share.pays / share.all));
  pile.add({ kind: 'box', x: 0, y: pile.y, w: width, h: em * 1.1, r: em * 0.2, fill: { tone: 'sunken' }, stroke: { tone: 'line-strong', width: 1 } });
  if (part > 0) pile.add({ kind: 'box', x: 0, y: pile.y, w: Math.max(2, part * width), h: em * 1.1, r: em * 0.2, fill: { tone: 'accent', weave: 'stripes' }, stroke: { tone: 'accent', width: 1.5 } });
  pile.y += em * 1.25;
  pile.write(share.note, 0, width, { size: 0.9, tone: 'ink-soft' });
  pile.y += em * 0.7;
}

const LACKED: Fill = { tone: 'bad', weave: 'stripes' };

function losers(pile: Pile, data: BudgetData): void {
  const { em, width } = pile.sheet;
  pile.write(data.losersTitle, 0, width, { bold: true, size: 1.1 });
  pile.y += em * 0.3;
  pile.legend([{ label: data.lacked, fill: LACKED }]);
  pile.y += em * 0.3;
  const dearest = Math.max(1e-9, ...data.losers.map((one) => one.cost));
  for (const one of data.losers) {
    pile.write(one.label, 0, width, { most: 2, size: 0.95, bold: true });
    pile.y += em * 0.15;
    const w = Math.max(em, (one.cost / dearest) * width);
    const missing = one.missing === null ? w : Math.min(1, Math.max(0, one.missing / Math.max(1e-9, one.cost))) * w;
    pile.add({ kind: 'box', x: 0, y: pile.y, w: w - missing, h: em, fill: { tone: 'sunken' } });
    pile.add({ kind: 'box', x: w - missing, y: pile.y, w: missing, h: em, fill: LACKED });
    pile.add({ kind: 'box', x: 0.75, y: pile.y, w: w - 1.5, h: em, stroke: { tone: 'ink-soft', width: 1.5 } });
    pile.y += em * 1.15;
    pile.write(one.note, 0, width, { size: 0.85, tone: 'ink-soft' });
    pile.y += em * 0.6;
  }
}
