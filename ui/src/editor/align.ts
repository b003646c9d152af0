// Which units of one document are which of another, found by comparing: for content that comes
// whole instead of as edits. Myers' greedy comparison over characters and block beginnings; where
// too much differs, the middle is taken as replaced.

import type { Node } from 'prosemirror-model';

import type { EditView } from '../bindings/EditView';
import type { Alignment } from './alignment';
import { replace, same, touch } from './alignment';
import { editsBetween, trim } from './edits';
import { lengthOf } from './positions';
import type { Unit } from './units';
import { isHigh, isLow, unitsOf } from './units';

/** Beyond this many differing units, looking for more in common is not worth its time. */
const MOST = 600;

/** The edits that lead from one document to another. */
export function difference(earlier: Node, later: Node): EditView[] {
  return editsBetween(earlier, later, align(earlier, later));
}

/** The alignment of two documents. */
export function align(earlier: Node, later: Node): Alignment {
  const [old, now] = [unitsOf(earlier, 0, lengthOf(earlier)), unitsOf(later, 0, lengthOf(later))];
  const { prefix, suffix } = trim(old, now);
  const [oldTokens, nowTokens] = [tokens(old, prefix, old.length - suffix), tokens(now, prefix, now.length - suffix)];
  let out = same(old.length);
  // From the end, so that what is before keeps its place.
  for (const hunk of hunks(oldTokens, nowTokens).reverse()) {
    const start = offset(oldTokens, hunk.old, old.length - suffix);
    const end = offset(oldTokens, hunk.oldEnd, old.length - suffix);
    const fresh =
      offset(nowTokens, hunk.nowEnd, now.length - suffix) - offset(nowTokens, hunk.now, now.length - suffix);
    out = replace(out, start, end, fresh);
  }
  return touchDiffering(out, old, now);
}

function touchDiffering(alignment: Alignment, old: readonly Unit[], now: readonly Unit[]): Alignment {
  let out = alignment;
  let at = 0;
  for (const piece of alignment) {
    if (piece.from !== null) {
      for (let index = 0; index < piece.length; index += 1) {
        const start = index;
        while (index < piece.length && old[piece.from + index]?.dress !== now[at + index]?.dress) index += 1;
        if (index > start) out = touch(out, at + start, at + index);
      }
    }
    at += piece.length;
  }
  return out;
}

/** A character or a beginning, and the unit it starts at. */
interface Token {
  code: number;
  unit: number;
}

function tokens(units: readonly Unit[], from: number, to: number): Token[] {
  const out: Token[] = [];
  for (let at = from; at < to; at += 1) {
    const [unit, next] = [units[at], units[at + 1]];
    if (unit === undefined) break;
    if (isHigh(unit) && isLow(next) && at + 1 < to) {
      out.push({ code: unit.code * 0x10000 + (next?.code ?? 0), unit: at });
      at += 1;
    } else {
      out.push({ code: unit.code, unit: at });
    }
  }
  return out;
}

function offset(list: readonly Token[], index: number, end: number): number {
  return list[index]?.unit ?? end;
}

interface Hunk {
  old: number;
  oldEnd: number;
  now: number;
  nowEnd: number;
}

/** What differs, in order. */
function hunks(old: readonly Token[], now: readonly Token[]): Hunk[] {
  if (old.length === 0 && now.length === 0) return [];
  const whole = [{ old: 0, oldEnd: old.length, now: 0, nowEnd: now.length }];
  if (old.length === 0 || now.length === 0) return whole;
  const most = Math.min(MOST, old.length + now.length);
  // The furthest place in `old` on each diagonal, per number of differences; shifted by `most + 1`.
  let reach = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let cost = 0; cost <= most; cost += 1) {
    trace.push(reach.slice());
    const next = reach.slice();
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      let x = step(reach, most, cost, diagonal).x;
      let y = x - diagonal;
      while (x < old.length && y < now.length && old[x]?.code === now[y]?.code) {
        x += 1;
        y += 1;
      }
      next[diagonal + most + 1] = x;
      if (x >= old.length && y >= now.length) return walkBack(trace, most, cost, old.length, now.length);
    }
    reach = next;
  }
  return whole;
}

function step(reach: Int32Array, most: number, cost: number, diagonal: number): { x: number; from: number } {
  if (cost === 0) return { x: 0, from: diagonal };
  const below = reach[diagonal + most] ?? 0;
  const above = reach[diagonal + most + 2] ?? 0;
  const down = diagonal === -cost || (diagonal !== cost && below < above);
  return down ? { x: above, from: diagonal + 1 } : { x: below + 1, from: diagonal - 1 };
}

function walkBack(trace: readonly Int32Array[], most: number, costs: number, oldEnd: number, nowEnd: number): Hunk[] {
  const out: Hunk[] = [];
  let [x, y] = [oldEnd, nowEnd];
  for (let cost = costs; cost > 0; cost -= 1) {
    const reach = trace[cost];
    if (reach === undefined) break;
    const diagonal = x - y;
    const { x: afterX, from } = step(reach, most, cost, diagonal);
    const afterY = afterX - diagonal;
    const beforeX = reach[from + most + 1] ?? 0;
    const beforeY = beforeX - from;
    const last = out[out.length - 1];
    if (last !== undefined && last.old === afterX && last.now === afterY) {
      [last.old, last.now] = [beforeX, beforeY];
    } else {
      out.push({ old: beforeX, oldEnd: afterX, now: beforeY, nowEnd: afterY });
    }
    [x, y] = [beforeX, beforeY];
  }
  return out.reverse();
}
