// The plugin that knows, at every moment, what of the page's document the core has: the confirmed
// document and the alignment from it. It also keeps out of the text what documents do not hold.

import type { Node } from 'prosemirror-model';
import type { EditorState, Transaction } from 'prosemirror-state';
import { Plugin, PluginKey } from 'prosemirror-state';

import type { EditView } from '../bindings/EditView';
import { compose, same } from './alignment';
import { editsBetween, record } from './edits';
import { lengthOf } from './positions';
import type { Shown } from './remote';
import { follow, keepPlace } from './remote';

/** `Shown`, and what was before the edits that are on their way were handed in. */
export interface Tracked extends Shown {
  readonly sent: Shown | null;
}

const key = new PluginKey<Tracked>('tracking');

/** Characters that a document does not hold: controls, the placeholder of a block, halves of pairs. */
const UNFIT = /[\p{Cc}\ufffc]|\p{Surrogate}/gu;

/** The plugin, for a document as the core has it. */
export function tracking(confirmed: Node): Plugin<Tracked> {
  return new Plugin<Tracked>({
    key,
    state: {
      init: () => ({ confirmed, alignment: same(lengthOf(confirmed)), sent: null }),
      apply: (tr, tracked) => {
        const set = tr.getMeta(key) as Tracked | undefined;
        if (set !== undefined) return set;
        return tr.docChanged ? { ...tracked, alignment: record(tracked.alignment, tr) } : tracked;
      },
    },
    appendTransaction: (transactions, _old, state) => clean(transactions, state),
  });
}

/** What is tracked in a state. */
export function tracked(state: EditorState): Tracked {
  const found = key.getState(state);
  if (found === undefined) throw new Error('a state without tracking');
  return found;
}

/** Whether a transaction is the person's own. */
export function isOwn(tr: Transaction): boolean {
  return tr.docChanged && tr.getMeta(key) === undefined;
}

/** The edits that the core does not have and that are not on their way. */
export function pending(state: EditorState): EditView[] {
  const { confirmed, alignment } = tracked(state);
  return editsBetween(confirmed, state.doc, alignment);
}

/** Takes the pending edits as handed in. */
export function markSent(state: EditorState): Transaction {
  const { confirmed, alignment } = tracked(state);
  const next: Tracked = {
    confirmed: state.doc,
    alignment: same(lengthOf(state.doc)),
    sent: { confirmed, alignment },
  };
  return quiet(state, next);
}

/** Takes what was handed in as confirmed, and others' edits in. */
export function confirm(state: EditorState, edits: readonly EditView[]): Transaction {
  const { confirmed, alignment } = tracked(state);
  const tr = state.tr;
  const shown = follow(tr, { confirmed, alignment }, edits);
  keepPlace(tr, state);
  return tr.setMeta('addToHistory', false).setMeta(key, { ...shown, sent: null });
}

/** Takes what was handed in as pending again. */
export function takeBack(state: EditorState): Transaction {
  const { alignment, sent } = tracked(state);
  if (sent === null) return state.tr;
  const next: Tracked = {
    confirmed: sent.confirmed,
    alignment: compose(sent.alignment, alignment),
    sent: null,
  };
  return quiet(state, next);
}

function quiet(state: EditorState, next: Tracked): Transaction {
  const tr = state.tr.setMeta('addToHistory', false).setMeta(key, next);
  return state.storedMarks === null ? tr : tr.setStoredMarks(state.storedMarks);
}

function clean(transactions: readonly Transaction[], state: EditorState): Transaction | null {
  if (!transactions.some(isOwn)) return null;
  const found: { from: number; to: number }[] = [];
  transactions.forEach((transaction, index) => {
    if (!isOwn(transaction)) return;
    transaction.steps.forEach((step, at) => {
      step.getMap().forEach((_oldStart, _oldEnd, newStart, newEnd) => {
        const later = transactions.slice(index + 1).map((more) => more.mapping);
        const map = (pos: number, bias: number): number =>
          later.reduce((here, mapping) => mapping.map(here, bias), transaction.mapping.slice(at + 1).map(pos, bias));
        const size = state.doc.content.size;
        // One more on either side: half a pair is seen together with its other half.
        const [from, to] = [Math.max(map(newStart, -1) - 1, 0), Math.min(map(newEnd, 1) + 1, size)];
        state.doc.nodesBetween(from, to, (node, pos) => {
          for (const match of (node.text ?? '').matchAll(UNFIT)) {
            found.push({ from: pos + match.index, to: pos + match.index + match[0].length });
          }
        });
      });
    });
  });
  if (found.length === 0) return null;
  const tr = state.tr;
  const once = new Map(found.map((range) => [range.from, range]));
  for (const range of [...once.values()].sort((a, b) => b.from - a.from)) {
    tr.insertText(/[\t\n\v\f\r\u0085]/u.test(state.doc.textBetween(range.from, range.to)) ? ' ' : '', range.from, range.to);
  }
  return tr;
}
