// Others' carets over the text: each has a colour, and its name beside it, so that nobody has to
// tell colours apart. Between two tellings they stay at their letter while the text changes.

import type { EditorState, Transaction } from 'prosemirror-state';
import { Plugin, PluginKey } from 'prosemirror-state';
import type { EditorView } from 'prosemirror-view';
import { Decoration, DecorationSet } from 'prosemirror-view';

/** Somebody else in the text. */
export interface Person {
  readonly device: string;
  readonly name: string;
  readonly colour: number;
}

/** Where somebody else is, in the page's positions. */
export interface OtherCaret {
  readonly person: Person;
  /** Where the selection began. */
  readonly anchor: number;
  /** Where the caret is. */
  readonly head: number;
}

const key = new PluginKey<readonly OtherCaret[]>('others');

export function othersPlugin(): Plugin<readonly OtherCaret[]> {
  return new Plugin<readonly OtherCaret[]>({
    key,
    state: {
      init: () => [],
      apply: (tr, carets) => {
        const set = tr.getMeta(key) as readonly OtherCaret[] | undefined;
        if (set !== undefined) return set;
        if (!tr.docChanged) return carets;
        // Behind the letter that it was behind, as the core keeps it.
        const at = (pos: number): number => tr.mapping.map(pos, -1);
        return carets.map(({ person, anchor, head }) => ({ person, anchor: at(anchor), head: at(head) }));
      },
    },
    props: { decorations: (state) => DecorationSet.create(state.doc, othersIn(state).flatMap(drawn)) },
    view: () => ({ update: turnNames }),
  });
}

/** Where others are. */
export function othersIn(state: EditorState): readonly OtherCaret[] {
  return key.getState(state) ?? [];
}

/** Shows these and nobody else. */
export function showOthers(state: EditorState, carets: readonly OtherCaret[]): Transaction {
  const tr = state.tr.setMeta(key, carets).setMeta('addToHistory', false);
  return state.storedMarks === null ? tr : tr.setStoredMarks(state.storedMarks);
}

function drawn({ person, anchor, head }: OtherCaret): Decoration[] {
  const look = `other-${person.colour}`;
  const caret = Decoration.widget(head, () => caretOf(person, look), {
    side: -1,
    ignoreSelection: true,
    key: `${person.device} ${look} ${person.name}`,
  });
  if (anchor === head) return [caret];
  const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
  return [Decoration.inline(from, to, { class: `other-selection ${look}` }), caret];
}

/** Not read out: who is here is said above the text. */
function caretOf({ name }: Person, look: string): HTMLElement {
  const caret = document.createElement('span');
  caret.className = `other-caret ${look}`;
  caret.setAttribute('aria-hidden', 'true');
  // The tag lies as the text runs; the name in it may run the other way.
  const tag = caret.appendChild(document.createElement('span'));
  tag.className = 'other-name';
  tag.appendChild(document.createElement('bdi')).textContent = name;
  return caret;
}

/** A name that would run out of the text stands on the other side of its caret. */
function turnNames(view: EditorView): void {
  if (othersIn(view.state).length === 0) return;
  const text = view.dom.getBoundingClientRect();
  for (const caret of view.dom.querySelectorAll<HTMLElement>('.other-caret')) {
    const place = caret.getBoundingClientRect();
    const leftward = getComputedStyle(caret).direction === 'rtl';
    const room = leftward ? place.left - text.left : text.right - place.right;
    const name = caret.querySelector<HTMLElement>('.other-name');
    caret.classList.toggle('other-turned', name !== null && room < name.offsetWidth);
  }
}
