// Who wrote what, over the text: each hand has a colour, an underline of its own and its name at the
// beginning of what it wrote, so that nobody has to tell colours apart.

import type { Node } from 'prosemirror-model';
import type { EditorState, Transaction } from 'prosemirror-state';
import { Plugin, PluginKey } from 'prosemirror-state';
import { Decoration, DecorationSet } from 'prosemirror-view';

import type { WrittenRun } from '../bindings/WrittenRun';

/** Colours there are; more hands than that take them in turn. */
export const COLOURS = 6;

/** Someone who wrote, in the order of first appearance. */
export interface Hand {
  device: string;
  name: string;
  colour: number;
}

const key = new PluginKey<DecorationSet>('hands');

export function handsPlugin(): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: () => DecorationSet.empty,
      apply: (tr, set) => (tr.getMeta(key) as DecorationSet | undefined) ?? set.map(tr.mapping, tr.doc),
    },
    props: { decorations: (state) => key.getState(state) },
  });
}

/** Everyone in the runs. */
export function handsOf(runs: readonly WrittenRun[], someone: string): Hand[] {
  const found = new Map<string, Hand>();
  for (const { device, name } of runs) {
    if (!found.has(device)) {
      found.set(device, { device, name: name === '' ? someone : name, colour: (found.size % COLOURS) + 1 });
    }
  }
  return [...found.values()];
}

/** A part of the text by one hand, in the page's positions. */
export interface Stretch {
  from: number;
  to: number;
  hand: Hand;
}

/** Where the runs are; blocks that say something else than the runs are left out. */
export function stretches(doc: Node, runs: readonly WrittenRun[], hands: readonly Hand[]): Stretch[] {
  const byDevice = new Map(hands.map((hand) => [hand.device, hand]));
  const out: Stretch[] = [];
  doc.forEach((block, pos, index) => {
    const mine = runs.filter((run) => run.block === index);
    if (mine.map((run) => run.text).join('') !== block.textContent) return;
    let from = pos + 1;
    for (const run of mine) {
      const to = from + run.text.length;
      const hand = byDevice.get(run.device);
      const last = out[out.length - 1];
      if (last !== undefined && last.to === from && last.hand === hand) last.to = to;
      else if (hand !== undefined) out.push({ from, to, hand });
      from = to;
    }
  });
  return out;
}

/** Shows the stretches; none hides them. */
export function showHands(state: EditorState, found: readonly Stretch[]): Transaction {
  const decorations = found.flatMap(({ from, to, hand }) => [
    Decoration.widget(from, () => nameTag(hand), { side: -1, ignoreSelection: true, key: `${hand.device}-${hand.name}` }),
    Decoration.inline(from, to, { class: `hand hand-${hand.colour}`, title: hand.name }),
  ]);
  return state.tr.setMeta(key, DecorationSet.create(state.doc, decorations)).setMeta('addToHistory', false);
}

function nameTag(hand: Hand): HTMLElement {
  const tag = document.createElement('bdi');
  tag.className = `hand-name hand-${hand.colour}`;
  tag.textContent = hand.name;
  return tag;
}
