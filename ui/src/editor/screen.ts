// The editor on the screen, and its state after the screen is gone: a session that closes hands in
// what is left although nobody looks any more.

import type { Transaction } from 'prosemirror-state';
import { EditorState } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';

import type { BlockView } from '../bindings/BlockView';
import { docOf } from './blocks';
import { writing } from './commands';
import { handsPlugin } from './hands';
import { othersPlugin } from './others';
import type { Surface } from './session';
import { isOwn, tracking } from './tracking';

export interface ScreenOptions {
  blocks: readonly BlockView[];
  editable: () => boolean;
  /** Named for assistive technology. */
  label: string;
  /** The person changed the text. */
  changed: () => void;
  /** The person does something in the text: puts the caret there, moves it, types. */
  touched: () => void;
  /** Anything is different: text, selection, marks. */
  drawn: (state: EditorState) => void;
}

const TOUCHES = ['focus', 'pointerdown', 'keydown', 'beforeinput'] as const;

export class Screen implements Surface {
  readonly view: EditorView;
  readonly #options: ScreenOptions;
  #after: EditorState | undefined;

  constructor(place: HTMLElement, options: ScreenOptions) {
    this.#options = options;
    const doc = docOf(options.blocks);
    this.view = new EditorView(
      { mount: place },
      {
        state: EditorState.create({ doc, plugins: [...writing(), handsPlugin(), othersPlugin(), tracking(doc)] }),
        editable: () => options.editable(),
        attributes: () => ({
          'aria-label': options.label,
          'aria-multiline': 'true',
          'aria-readonly': String(!options.editable()),
          role: 'textbox',
          spellcheck: 'true',
          class: 'text',
        }),
        handleDOMEvents: Object.fromEntries(TOUCHES.map((kind) => [kind, () => void options.touched()])),
        dispatchTransaction: (tr) => this.#apply(tr),
      },
    );
  }

  get state(): EditorState {
    return this.#after ?? this.view.state;
  }

  get composing(): boolean {
    return this.#after === undefined && this.view.composing;
  }

  dispatch(tr: Transaction): void {
    if (this.#after === undefined) this.view.dispatch(tr);
    else this.#apply(tr);
  }

  /** Leaves the screen; the state goes on. */
  destroy(): void {
    if (this.#after !== undefined) return;
    this.#after = this.view.state;
    this.view.destroy();
  }

  #apply(tr: Transaction): void {
    const { state, transactions } = this.state.applyTransaction(tr);
    if (this.#after === undefined) this.view.updateState(state);
    else this.#after = state;
    this.#options.drawn(state);
    if (transactions.some(isOwn)) this.#options.changed();
  }
}
