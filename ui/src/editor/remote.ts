// Others' edits in the page: one transaction that touches what they touched. They come in the
// places of the confirmed document; where the person has done more since, the alignment says where
// in the page that is. Selection, stored marks and scroll stay, and undoing never takes them back.

import type { Node } from 'prosemirror-model';
import { Slice } from 'prosemirror-model';
import type { EditorState, Transaction } from 'prosemirror-state';
import { TextSelection } from 'prosemirror-state';
import { ReplaceStep, Transform } from 'prosemirror-transform';

import type { BlockKind } from '../bindings/BlockKind';
import type { EditView } from '../bindings/EditView';
import type { Marks } from '../bindings/Marks';
import type { Alignment } from './alignment';
import { gapAt, imagesOf, insert, isSame, remove, same } from './alignment';
import { kindCode } from './checksum';
import { blockAt, lengthOf, posAt } from './positions';
import { kindOf, markSet, marks, schema, typeOf } from './schema';
import type { Unit } from './units';
import { BEGINNING, dressOf, unitsOf } from './units';

/** What the core holds, and how the page's document came from it. */
export interface Shown {
  readonly confirmed: Node;
  readonly alignment: Alignment;
}

/** Does others' edits in the page's transaction; throws when they do not fit the confirmed document. */
export function follow(tr: Transaction, shown: Shown, edits: readonly EditView[]): Shown {
  if (isSame(shown.alignment, lengthOf(shown.confirmed))) {
    for (const edit of edits) apply(tr, edit);
    return { confirmed: tr.doc, alignment: same(lengthOf(tr.doc)) };
  }
  const confirmed = new Transform(shown.confirmed);
  let alignment = shown.alignment;
  for (const edit of edits) {
    alignment = applyShown(tr, confirmed.doc, alignment, edit);
    apply(confirmed, edit);
  }
  return { confirmed: confirmed.doc, alignment };
}

/** Keeps the person's place: the caret stays behind the character it was behind. */
export function keepPlace(tr: Transaction, before: EditorState): void {
  const { selection } = before;
  if (tr.docChanged && selection instanceof TextSelection) {
    const forward = selection.anchor <= selection.head;
    const bias = (inner: boolean): number => (selection.empty || !inner ? -1 : 1);
    const anchor = tr.mapping.map(selection.anchor, bias(forward));
    const head = tr.mapping.map(selection.head, bias(!forward));
    tr.setSelection(TextSelection.between(tr.doc.resolve(anchor), tr.doc.resolve(head)));
  }
  if (before.storedMarks !== null) tr.setStoredMarks(before.storedMarks);
}

/** One edit of the core's vocabulary. */
export function apply(transform: Transform, edit: EditView): void {
  const length = lengthOf(transform.doc);
  const fits = (from: number, to: number): void => {
    if (from < 1 || to < from || to > length) throw new RangeError(`${edit.edit} at ${from} of ${length}`);
  };
  switch (edit.edit) {
    case 'insert':
      fits(edit.at, edit.at);
      write(transform, edit.at, edit.text, edit.marks);
      break;
    case 'delete':
      fits(edit.at, edit.at + edit.count);
      erase(transform, edit.at, edit.at + edit.count);
      break;
    case 'mark':
      fits(edit.from, edit.to);
      dress(transform, edit.from, edit.to, () => edit.marks);
      break;
    case 'split':
      fits(edit.at, edit.at);
      split(transform, edit.at, edit.kind);
      break;
    case 'block':
      if (edit.at < 0 || edit.at >= length) throw new RangeError(`block at ${edit.at} of ${length}`);
      become(transform, edit.at, edit.kind);
      break;
  }
}

/** One edit of the confirmed document, in a page that shows more than that. */
function applyShown(tr: Transform, confirmed: Node, alignment: Alignment, edit: EditView): Alignment {
  switch (edit.edit) {
    case 'insert': {
      const at = openAt(tr.doc, alignment, edit.at);
      write(tr, at, edit.text, edit.marks);
      return insert(alignment, edit.at, edit.text.length, at);
    }
    case 'split': {
      const at = openAt(tr.doc, alignment, edit.at);
      split(tr, at, edit.kind);
      return insert(alignment, edit.at, 1, at);
    }
    case 'delete': {
      for (const image of imagesOf(alignment, edit.at, edit.at + edit.count).reverse()) {
        erase(tr, image.at, image.at + image.length);
      }
      return remove(alignment, edit.at, edit.count);
    }
    case 'mark': {
      for (const image of imagesOf(alignment, edit.from, edit.to)) {
        const old = image.touched ? unitsOf(confirmed, image.from, image.from + image.length) : [];
        dress(tr, image.at, image.at + image.length, (unit, index) => bothMarks(old[index], unit, edit.marks));
      }
      return alignment;
    }
    case 'block': {
      for (const image of imagesOf(alignment, edit.at, edit.at + 1)) {
        const own = kindCode(kindOf(blockAt(tr.doc, image.at).block));
        const was = kindCode(kindOf(blockAt(confirmed, image.from).block));
        if (!image.touched || own === was) become(tr, image.at, edit.kind);
      }
      return alignment;
    }
  }
}

/** Where in the page something at a boundary of the confirmed document goes: behind what the person
 * wrote there, but before a block they began. */
function openAt(doc: Node, alignment: Alignment, boundary: number): number {
  const gap = gapAt(alignment, boundary);
  const fresh = unitsOf(doc, gap.at, gap.at + gap.fresh);
  const begun = fresh.findIndex((unit) => unit.code === BEGINNING);
  return gap.at + (begun < 0 ? fresh.length : begun);
}

/** Marks that two people changed at once: each where they changed it, the person's own first. */
function bothMarks(old: Unit | undefined, own: Unit, theirs: Marks): Marks {
  const [was, is] = [old?.marks, own.marks];
  if (was === null || was === undefined || is === null) return theirs;
  return {
    strong: is.strong === was.strong ? theirs.strong : is.strong,
    em: is.em === was.em ? theirs.em : is.em,
    link: is.link === was.link ? theirs.link : is.link,
  };
}

function write(transform: Transform, at: number, text: string, given: Marks): void {
  const pos = posAt(transform.doc, at);
  transform.insert(pos, schema.text(text, markSet(given)));
}

function erase(transform: Transform, from: number, to: number): void {
  if (to <= from) return;
  // Exactly these units: what follows joins the block before, as in the core.
  transform.step(new ReplaceStep(posAt(transform.doc, from), posAt(transform.doc, to), Slice.empty));
}

function split(transform: Transform, at: number, kind: BlockKind): void {
  transform.split(posAt(transform.doc, at), 1, [typeOf(kind)]);
}

function become(transform: Transform, unit: number, kind: BlockKind): void {
  const place = blockAt(transform.doc, unit);
  if (place.unit !== unit) throw new RangeError(`no block begins at ${unit}`);
  if (kindCode(kindOf(place.block)) === kindCode(kind)) return;
  const { type, attrs } = typeOf(kind);
  transform.setNodeMarkup(place.pos, type, attrs);
}

function dress(transform: Transform, from: number, to: number, want: (unit: Unit, index: number) => Marks): void {
  const units = unitsOf(transform.doc, from, to);
  let start = 0;
  while (start < units.length) {
    const unit = units[start];
    if (unit === undefined || unit.marks === null) {
      start += 1;
      continue;
    }
    const wanted = want(unit, start);
    const code = dressOf(wanted);
    let end = start + 1;
    for (; end < units.length; end += 1) {
      const next = units[end];
      if (next?.dress !== unit.dress || dressOf(want(next, end)) !== code) break;
    }
    if (unit.dress !== code) {
      const [open, close] = [posAt(transform.doc, from + start), posAt(transform.doc, from + end)];
      const set = markSet(wanted);
      for (const type of Object.values(marks)) {
        if (type.isInSet(set) === undefined) transform.removeMark(open, close, type);
      }
      for (const mark of set) transform.addMark(open, close, mark);
    }
    start = end;
  }
}
