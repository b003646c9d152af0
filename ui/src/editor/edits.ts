// What a person did in the page, as the core's edits: steps are recorded in an alignment by the
// smallest differing range, and the alignment is read as edits when they are handed in. So typing,
// pasting, undoing, composing and whatever an extension does all go the same way.

import type { Node } from 'prosemirror-model';
import type { Transform } from 'prosemirror-transform';

import type { EditView } from '../bindings/EditView';
import type { Alignment } from './alignment';
import { replace, touch } from './alignment';
import { lengthOf, unitAt } from './positions';
import { PLAIN } from './schema';
import type { Unit } from './units';
import { BEGINNING, isHigh, isLow, unitsOf } from './units';

interface Range {
  /** Boundaries before and after. */
  oldFrom: number;
  oldTo: number;
  newFrom: number;
  newTo: number;
}

/** The alignment after a transform of the later document. */
export function record(alignment: Alignment, transform: Transform): Alignment {
  let out = alignment;
  transform.steps.forEach((step, index) => {
    const before = transform.docs[index];
    if (before === undefined) return;
    const after = transform.docs[index + 1] ?? transform.doc;
    const ranges: Range[] = [];
    step.getMap().forEach((oldStart, oldEnd, newStart, newEnd) => {
      ranges.push({
        oldFrom: unitAt(before, oldStart),
        oldTo: unitAt(before, oldEnd),
        newFrom: unitAt(after, newStart),
        newTo: unitAt(after, newEnd),
      });
    });
    // Steps about marks and attributes move nothing: what differs is looked for.
    if (ranges.length === 0) ranges.push(...differing(before, after));
    for (const range of ranges) out = recordRange(out, before, after, range);
  });
  return out;
}

function differing(before: Node, after: Node): Range[] {
  const start = before.content.findDiffStart(after.content);
  const end = before.content.findDiffEnd(after.content);
  if (start === null || end === null) return [];
  // Nothing moved, so both sides have the same units; the ends come rounded to whole nodes.
  const from = unitAt(before, Math.min(start, end.a));
  const to = Math.min(unitAt(before, Math.max(start, end.a)) + 1, lengthOf(before));
  return [{ oldFrom: from, oldTo: to, newFrom: from, newTo: to }];
}

function recordRange(alignment: Alignment, before: Node, after: Node, given: Range): Alignment {
  const range = widen(before, after, given);
  const old = unitsOf(before, range.oldFrom, range.oldTo);
  const now = unitsOf(after, range.newFrom, range.newTo);
  const { prefix, suffix } = trim(old, now);
  const [oldEnd, newEnd] = [old.length - suffix, now.length - suffix];
  let out = alignment;
  if (oldEnd > prefix || newEnd > prefix) {
    // Ranges come in order, so what is before this one is as it will be.
    out = replace(out, range.newFrom + prefix, range.newFrom + oldEnd, newEnd - prefix);
  }
  const retouch = (from: number, count: number, behind: number): void => {
    for (let at = from; at < from + count; at += 1) {
      if (now[at]?.dress === old[at + behind]?.dress) continue;
      const start = at;
      while (at < from + count && now[at]?.dress !== old[at + behind]?.dress) at += 1;
      out = touch(out, range.newFrom + start, range.newFrom + at);
    }
  };
  retouch(0, prefix, 0);
  retouch(newEnd, suffix, oldEnd - newEnd);
  return out;
}

/** A range grown so that it cuts no pair of surrogates and leaves the first beginning in place. */
function widen(before: Node, after: Node, range: Range): Range {
  let { oldFrom, oldTo, newFrom, newTo } = range;
  const splits = (doc: Node, at: number): boolean => {
    const [left, right] = at > 0 && at < lengthOf(doc) ? unitsOf(doc, at - 1, at + 1) : [];
    return isHigh(left) && isLow(right);
  };
  if (splits(before, oldFrom) || splits(after, newFrom)) [oldFrom, newFrom] = [oldFrom - 1, newFrom - 1];
  if (splits(before, oldTo) || splits(after, newTo)) [oldTo, newTo] = [oldTo + 1, newTo + 1];
  // The first beginning stays for ever. When the first block went, the next one's beginning is what
  // the page lost; when one came before it, the page's new one is the second.
  if (oldFrom === 0 && (oldTo === 0 || newTo === 0)) [oldTo, newTo] = [oldTo + 1, newTo + 1];
  return { oldFrom, oldTo, newFrom, newTo };
}

/** How much two lists of units begin and end with alike, no pair of surrogates cut. */
export function trim(old: readonly Unit[], now: readonly Unit[]): { prefix: number; suffix: number } {
  const most = Math.min(old.length, now.length);
  let prefix = 0;
  while (prefix < most && old[prefix]?.code === now[prefix]?.code) prefix += 1;
  if (isHigh(old[prefix - 1]) && (isLow(old[prefix]) || isLow(now[prefix]))) prefix -= 1;
  let suffix = 0;
  while (suffix < most - prefix && old[old.length - 1 - suffix]?.code === now[now.length - 1 - suffix]?.code) {
    suffix += 1;
  }
  if (suffix > 0 && isLow(old[old.length - suffix])) suffix -= 1;
  return { prefix, suffix };
}

/** The edits that lead from the earlier document to the later one, each on the result of the one before. */
export function editsBetween(earlier: Node, later: Node, alignment: Alignment): EditView[] {
  const out: EditView[] = [];
  let at = 0;
  let next = 0;
  for (const piece of alignment) {
    if (piece.from === null) {
      write(out, at, unitsOf(later, at, at + piece.length));
    } else {
      if (piece.from > next) out.push({ edit: 'delete', at, count: piece.from - next });
      next = piece.from + piece.length;
      if (piece.touched) {
        redress(out, at, unitsOf(earlier, piece.from, next), unitsOf(later, at, at + piece.length));
      }
    }
    at += piece.length;
  }
  const length = lengthOf(earlier);
  if (length > next) out.push({ edit: 'delete', at, count: length - next });
  return out;
}

/** Fresh units as insertions and splits. */
function write(out: EditView[], start: number, units: readonly Unit[]): void {
  let index = 0;
  while (index < units.length) {
    const unit = units[index];
    if (unit === undefined) return;
    const at = start + index;
    if (unit.kind !== null) {
      out.push({ edit: 'split', at, kind: unit.kind });
      index += 1;
      continue;
    }
    let text = '';
    for (; index < units.length; index += 1) {
      const more = units[index];
      if (more === undefined || more.code === BEGINNING || more.dress !== unit.dress) break;
      text += String.fromCharCode(more.code);
    }
    out.push({ edit: 'insert', at, text, marks: unit.marks ?? PLAIN });
  }
}

/** Kept units that look different now. */
function redress(out: EditView[], start: number, old: readonly Unit[], now: readonly Unit[]): void {
  let index = 0;
  while (index < now.length) {
    const [was, is] = [old[index], now[index]];
    if (was === undefined || is === undefined || was.dress === is.dress) {
      index += 1;
    } else if (is.kind !== null) {
      out.push({ edit: 'block', at: start + index, kind: is.kind });
      index += 1;
    } else {
      const from = index;
      while (now[index]?.dress === is.dress && old[index]?.dress !== is.dress && now[index]?.kind === null) index += 1;
      out.push({ edit: 'mark', from: start + from, to: start + index, marks: is.marks ?? PLAIN });
    }
  }
}
