// Who else is in the text: tells the node where this person's caret is, and shows where it says
// that others are. Nobody is told anything before the person put the caret into the text; whoever
// only reads is not shown. Places travel by version: they are of the text as the core had it then.

import type { EditorState } from 'prosemirror-state';

import type { Backend, Stop } from '../backend/types';
import type { CaretAt } from '../bindings/CaretAt';
import type { CaretView } from '../bindings/CaretView';
import type { Event } from '../bindings/Event';
import { boundaryAt, compose, gapAt } from './alignment';
import { COLOURS } from './hands';
import type { OtherCaret, Person } from './others';
import { showOthers } from './others';
import { lengthOf, posAt, unitAt } from './positions';
import type { Shown } from './remote';
import type { Session, Surface } from './session';
import { tracked } from './tracking';

/** Milliseconds after a move until it is told; moves meanwhile are told with it. */
const PAUSE = 150;
/** So often the node is told again: a page that is gone without a word is soon believed to be. */
const AGAIN = 10_000;
/** Whoever does nothing for so long is no longer in the text. */
const IDLE = 5 * 60_000;

type Told = Extract<Event, { event: 'presence' }>;

export class Presence {
  readonly #backend: Backend;
  readonly #session: Session;
  readonly #surface: Surface;
  readonly #hear: (people: readonly Person[]) => void;
  readonly #stop: Stop;
  readonly #colours = new Map<string, number>();
  /** Whether the person put the caret into the text. */
  #inside = false;
  /** Whether the text is on the screen. */
  #seen = true;
  #idle = false;
  #closed = false;
  /** What the node was told last. */
  #said = '';
  #latest: Told | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, session: Session, surface: Surface, hear: (people: readonly Person[]) => void) {
    this.#backend = backend;
    this.#session = session;
    this.#surface = surface;
    this.#hear = hear;
    this.#stop = backend.events((event) => {
      if (event.event === 'presence') this.#heard(event);
    });
    session.onmoved = () => {
      this.#show();
      this.#later();
    };
  }

  /** The person does something in the text. */
  enter(): void {
    if (this.#closed) return;
    this.#inside = true;
    this.#idle = false;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#idle = true;
      this.#tell();
    }, IDLE);
    this.#later();
  }

  /** The caret, or the text around it, may be somewhere else. */
  moved(): void {
    this.#later();
  }

  /** The text is on the screen, or no longer. */
  seen(seen: boolean): void {
    this.#seen = seen;
    if (this.#inside) this.#tell();
  }

  /** Ends; that the editor closes tells the node the rest. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#again);
    this.#stop();
    this.#session.onmoved = undefined;
  }

  #later(): void {
    if (!this.#inside || this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, PAUSE);
  }

  #tell(): void {
    if (this.#closed) return;
    const shown = this.#seen && !this.#idle;
    const { editor, heads } = this.#session.version;
    const caret = shown ? caretIn(this.#surface.state, heads) : null;
    const said = JSON.stringify([editor, shown, caret]);
    if (said === this.#said) return;
    this.#said = said;
    clearTimeout(this.#again);
    if (shown) {
      this.#again = setTimeout(() => {
        this.#said = '';
        this.#tell();
      }, AGAIN);
    } else {
      this.#latest = undefined;
      this.#see([], []);
    }
    // What is not told now is told with the next move.
    void this.#backend.call('show_presence', { editor, shown, caret }).catch(() => (this.#said = ''));
  }

  #heard(told: Told): void {
    if (told.editor !== this.#session.version.editor || !this.#seen || this.#idle) return;
    this.#latest = told;
    const people = told.here.map(({ device, name }) => ({ device, name, colour: this.#colourOf(device) }));
    this.#hear(people);
    this.#show();
  }

  /** Shows what was told last, once the page is where it was counted. */
  #show(): void {
    const told = this.#latest;
    if (told === undefined || this.#closed || told.editor !== this.#session.version.editor) return;
    if ([...told.heads].sort().join() !== [...this.#session.version.heads].sort().join()) return;
    const { state } = this.#surface;
    const since = sinceConfirmed(state);
    const carets = told.here.flatMap(({ device, name, caret }) => {
      if (caret === null) return [];
      const person = { device, name, colour: this.#colourOf(device) };
      return [{ person, ...placeOf(caret, since, state) }];
    });
    this.#surface.dispatch(showOthers(state, carets));
  }

  #see(people: readonly Person[], carets: readonly OtherCaret[]): void {
    this.#hear(people);
    this.#surface.dispatch(showOthers(this.#surface.state, carets));
  }

  #colourOf(device: string): number {
    let colour = this.#colours.get(device);
    if (colour === undefined) {
      colour = (this.#colours.size % COLOURS) + 1;
      this.#colours.set(device, colour);
    }
    return colour;
  }
}

/** What the core has answered for, and how the page came from it: edits on their way are none of it. */
export function sinceConfirmed(state: EditorState): Shown {
  const { confirmed, alignment, sent } = tracked(state);
  if (sent === null) return { confirmed, alignment };
  return { confirmed: sent.confirmed, alignment: compose(sent.alignment, alignment) };
}

/** The person's caret, in the text as the core has it at these heads. */
export function caretIn(state: EditorState, heads: readonly string[]): CaretAt {
  const { confirmed, alignment } = sinceConfirmed(state);
  const at = (pos: number): number => {
    const boundary = boundaryAt(alignment, unitAt(state.doc, pos));
    return Math.min(Math.max(boundary, 1), lengthOf(confirmed));
  };
  const { anchor, head } = state.selection;
  return { heads: [...heads], anchor: at(anchor), head: at(head) };
}

/** Where a caret in the text as the core has it is in the page. */
export function placeOf(caret: CaretView, since: Shown, state: EditorState): { anchor: number; head: number } {
  const length = lengthOf(since.confirmed);
  const at = (boundary: number): number => {
    const gap = gapAt(since.alignment, Math.min(Math.max(boundary, 1), length)).at;
    return posAt(state.doc, Math.min(Math.max(gap, 1), lengthOf(state.doc)));
  };
  return { anchor: at(caret.anchor), head: at(caret.head) };
}
