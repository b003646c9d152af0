// Two questions at once: for each row, how its people spread over the columns. What few people stand
// behind is not told, here as in the table; its place is kept with a dashed edge.

import type { Draw, Sheet } from './scene';
import { fillAt, fit, Pile } from './scene';

export interface CrossRow {
  readonly label: string;
  /** One number for each column; `null` where it is not told. */
  readonly cells: readonly (number | null)[];
}

export interface CrossData {
  readonly rows: readonly CrossRow[];
  readonly columns: readonly string[];
  readonly write: (value: number) => string;
  readonly percent: (share: number) => string;
  /** What stands for a cell that is not told: "fewer than 5". */
  readonly untold: string;
}

/** A piece of a stacked row: where it begins and how wide it is. */
export interface Piece {
  readonly x: number;
  readonly w: number;
  readonly told: boolean;
}

/**
 * Pieces of a row of a width. Those that are told share the room by their numbers; each that is not
 * takes the same fixed room, so that its length gives nothing away.
 */
export function pieces(cells: readonly (number | null)[], width: number, fixed: number): Piece[] {
  const hidden = cells.filter((cell) => cell === null).length;
  const room = Math.max(0, width - Math.min(hidden * fixed, width / 2));
  const each = hidden === 0 ? 0 : (width - room) / hidden;
  const sum = cells.reduce<number>((all, cell) => all + Math.max(0, cell ?? 0), 0);
  let x = 0;
  return cells.map((cell) => {
    const w = cell === null ? each : sum === 0 ? 0 : (Math.max(0, cell) / sum) * room;
    const piece = { x, w, told: cell !== null };
    x += w;
    return piece;
  });
}

/** Rows as full lines, cut by the share of each column. */
export function stacked(data: CrossData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    legend(pile, data);
    const high = em * 1.9;
    for (const row of data.rows) {
      pile.write(row.label, 0, width, { bold: true });
      pile.y += em * 0.15;
      const sum = row.cells.reduce<number>((all, cell) => all + Math.max(0, cell ?? 0), 0);
      if (sum === 0 && row.cells.every((cell) => cell !== null)) {
        pile.add({ kind: 'box', x: 0, y: pile.y, w: width, h: high, r: em * 0.2, stroke: { tone: 'line-strong', width: 1 } });
      }
      for (const [at, piece] of pieces(row.cells, width, em * 2.2).entries()) {
        if (piece.w <= 0) continue;
        const fill = fillAt(at);
        const place = { x: piece.x, y: pile.y, w: piece.w, h: high };
        if (!piece.told) pile.add({ kind: 'box', ...place, stroke: { tone: fill.tone, width: 2, dash: [4, 3] } });
        else pile.add({ kind: 'box', ...place, fill, stroke: { tone: 'surface', width: 2 } });
        chip(pile, piece, piece.told ? data.write(row.cells[at] ?? 0) : '?', high);
      }
      pile.y += high + em * 0.75;
    }
    return pile.scene(true);
  };
}

/** Rows as headings, with a bar for each column under them. */
export function grouped(data: CrossData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const whole = Math.max(1, ...data.rows.flatMap((row) => row.cells.map((cell) => cell ?? 0)));
    for (const row of data.rows) {
      pile.write(row.label, 0, sheet.width, { bold: true, size: 1.1 });
      pile.y += sheet.em * 0.2;
      for (const [at, cell] of row.cells.entries()) line(pile, sheet, data.columns[at] ?? '', cell, at, whole, data);
      pile.y += sheet.em * 0.7;
    }
    return pile.scene(true);
  };
}

function line(pile: Pile, sheet: Sheet, label: string, cell: number | null, at: number, whole: number, data: CrossData): void {
  const { em, width } = sheet;
  const names = Math.min(width * 0.34, Math.max(...data.columns.map((one) => sheet.measure(one, em * 0.9, false))) + em * 0.3);
  const value = cell === null ? data.untold : data.write(cell);
  const ends = Math.max(...data.rows.flatMap((row) => row.cells.map((one) => sheet.measure(one === null ? data.untold : data.write(one), em * 0.9, true))));
  const high = em * 1.15;
  const room = Math.max(em * 2, width - names - em - ends);
  const foot = pile.y + high * 0.78;
  pile.add({ kind: 'text', x: 0, y: foot, text: fit(label, names, em * 0.9, false, sheet), size: em * 0.9, align: 'start', tone: 'ink' });
  const fill = fillAt(at);
  const x = names + em * 0.5;
  const w = cell === null ? em * 1.6 : Math.max(cell > 0 ? 2 : 0, (cell / whole) * room);
  if (cell === null) pile.add({ kind: 'box', x, y: pile.y, w, h: high, stroke: { tone: fill.tone, width: 1.5, dash: [4, 3] } });
  else if (w > 0) pile.add({ kind: 'box', x, y: pile.y, w, h: high, r: Math.min(em * 0.15, w / 2), fill, stroke: { tone: fill.tone, width: 1 } });
  pile.add({ kind: 'text', x: x + w + em * 0.35, y: foot, text: value, size: em * 0.9, align: 'start', tone: cell === null ? 'ink-soft' : 'ink', bold: cell !== null });
  pile.y += high + em * 0.35;
}

function legend(pile: Pile, data: CrossData): void {
  pile.legend(data.columns.map((label, at) => ({ label, fill: fillAt(at) })));
  if (data.rows.some((row) => row.cells.includes(null))) {
    pile.untold(data.untold);
  }
  pile.y += pile.sheet.em * 0.5;
}

/** A number on a fill, on a scrap of paper so that the weave does not disturb it; nothing where it has no room. */
export function chip(pile: Pile, { x, w }: { x: number; w: number }, text: string, high: number): void {
  const { em } = pile.sheet;
  const size = em * 0.875;
  const wide = pile.sheet.measure(text, size, true) + em * 0.5;
  if (wide > w - 3) return;
  pile.add({ kind: 'box', x: x + w / 2 - wide / 2, y: pile.y + high / 2 - em * 0.65, w: wide, h: em * 1.3, r: em * 0.3, fill: { tone: 'surface' } });
  pile.add({ kind: 'text', x: x + w / 2, y: pile.y + high / 2 + size * 0.35, text, size, align: 'middle', tone: 'ink', bold: true });
}
