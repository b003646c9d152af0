// Whether edits whose answer never came are in the document: asked only when the node was gone in
// between, so that it cannot say itself. What is new since the page's base is known exactly, edit by
// edit; of that, what this device wrote has to hold what the page had handed in.

import { Transform } from 'prosemirror-transform';

import type { Applied } from '../bindings/Applied';
import type { EditView } from '../bindings/EditView';
import type { WrittenRun } from '../bindings/WrittenRun';
import { align } from './align';
import { same } from './alignment';
import { docOf } from './blocks';
import { record } from './edits';
import { blockAt, lengthOf } from './positions';
import { apply } from './remote';
import type { Shown } from './remote';
import { BEGINNING, unitsOf } from './units';

/** The texts that edits put in. Without any, doing them again does no harm. */
export function written(edits: readonly EditView[]): string[] {
  return edits.flatMap((edit) => (edit.edit === 'insert' ? [edit.text] : []));
}

/** Whether `edits`, made on `before`, are among what `since` brought. */
export function arrived(
  before: Shown,
  edits: readonly EditView[],
  since: Applied,
  runs: readonly WrittenRun[],
  device: string,
): boolean {
  const transform = new Transform(before.confirmed);
  let alignment = same(lengthOf(before.confirmed));
  if (since.blocks === null) {
    for (const edit of since.edits) apply(transform, edit);
    alignment = record(alignment, transform);
  }
  const now = since.blocks === null ? transform.doc : docOf(since.blocks);
  if (since.blocks !== null) alignment = align(before.confirmed, now);
  const hands = now.content.content.map((_block, index) => {
    return runs.filter((run) => run.block === index).flatMap((run) => run.text.split('').map(() => run.device));
  });
  let own = '';
  let at = 0;
  for (const piece of alignment) {
    if (piece.from === null) {
      unitsOf(now, at, at + piece.length).forEach((unit, offset) => {
        if (unit.code === BEGINNING) return;
        const { index, unit: start } = blockAt(now, at + offset);
        if (hands[index]?.[at + offset - start - 1] === device) own += String.fromCharCode(unit.code);
      });
    }
    at += piece.length;
  }
  return written(edits).every((text) => own.includes(text));
}
