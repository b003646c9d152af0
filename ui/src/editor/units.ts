// Documents as the core counts them, unit by unit: a character's code, or a block's beginning, and
// how it is dressed (marks, or the kind of block).

import type { Node } from 'prosemirror-model';

import type { BlockKind } from '../bindings/BlockKind';
import type { Marks } from '../bindings/Marks';
import { kindCode } from './checksum';
import { blockAt } from './positions';
import { kindOf, marksOf } from './schema';

/** The beginning of a block, among character codes. */
export const BEGINNING = -1;

export interface Unit {
  /** A UTF-16 code unit, or `BEGINNING`. */
  readonly code: number;
  /** How it is dressed, comparable: equal text means equal marks or kind. */
  readonly dress: string;
  readonly marks: Marks | null;
  readonly kind: BlockKind | null;
}

/** Marks as text, equal when they are. */
export function dressOf(marks: Marks): string {
  return `${Number(marks.strong)}${Number(marks.em)}${marks.link ?? ''}`;
}

/** The units from one boundary to another. */
export function unitsOf(doc: Node, from: number, to: number): Unit[] {
  const out: Unit[] = [];
  if (from >= to) return out;
  const first = blockAt(doc, from);
  let unit = first.unit;
  for (let index = first.index; index < doc.childCount && unit < to; index += 1) {
    const block = doc.child(index);
    if (unit >= from) {
      const kind = kindOf(block);
      out.push({ code: BEGINNING, dress: kindCode(kind), marks: null, kind });
    }
    unit += 1;
    for (let place = 0; place < block.childCount && unit < to; place += 1) {
      const node = block.child(place);
      if (unit + node.nodeSize > from) {
        const text = node.text ?? '';
        const marks = marksOf(node.marks);
        const dress = dressOf(marks);
        const end = Math.min(to - unit, text.length);
        for (let at = Math.max(from - unit, 0); at < end; at += 1) {
          out.push({ code: text.charCodeAt(at), dress, marks, kind: null });
        }
      }
      unit += node.nodeSize;
    }
  }
  return out;
}

export function isHigh(unit: Unit | undefined): boolean {
  return unit !== undefined && unit.code >= 0xd800 && unit.code <= 0xdbff;
}

export function isLow(unit: Unit | undefined): boolean {
  return unit !== undefined && unit.code >= 0xdc00 && unit.code <= 0xdfff;
}
