// Places in the page's document and places in the core's: ProseMirror counts a block's beginning
// and its end, the core counts its beginning alone. A boundary `f` of the core is the gap before
// unit `f`; in the page it is in the block that holds unit `f - 1`.

import type { Node } from 'prosemirror-model';

/** How many units the core counts. */
export function lengthOf(doc: Node): number {
  return doc.content.size - doc.childCount;
}

/** The core's boundary for a place in the page. */
export function unitAt(doc: Node, pos: number): number {
  return pos - doc.resolve(pos).index(0);
}

/** A block of a document and where it is. */
export interface Place {
  index: number;
  block: Node;
  /** The unit of its beginning. */
  unit: number;
  /** Its position in the page. */
  pos: number;
}

/** The block that holds a unit. */
export function blockAt(doc: Node, unit: number): Place {
  let at = 0;
  for (let index = 0; index < doc.childCount; index += 1) {
    const block = doc.child(index);
    const next = at + block.content.size + 1;
    if (unit < next) return { index, block, unit: at, pos: at + index };
    at = next;
  }
  throw new RangeError(`unit ${unit} of ${at}`);
}

/** The place in the page for a boundary of the core, from 1 on. */
export function posAt(doc: Node, boundary: number): number {
  return boundary + blockAt(doc, boundary - 1).index;
}
