// @vitest-environment node
// Where others are, in a page that changes under them; and what is told of this person's caret.

import type { Transaction } from 'prosemirror-state';
import { EditorState, TextSelection } from 'prosemirror-state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FixtureBackend, failure } from '../../tests/fixture/backend';
import type { HereView } from '../bindings/HereView';
import type { ShowPresence } from '../bindings/ShowPresence';
import { boundaryAt, gapAt, insert, remove, replace, same } from './alignment';
import { docOf } from './blocks';
import type { Person } from './others';
import { othersIn, othersPlugin, showOthers } from './others';
import { lengthOf, unitAt } from './positions';
import { Presence, caretIn, placeOf, sinceConfirmed } from './presence';
import { PLAIN } from './schema';
import type { Session, Surface } from './session';
import { confirm, markSent, tracking } from './tracking';

const AMINA: Person = { device: 'a', name: 'Amina', colour: 1 };

function page(...lines: string[]): EditorState {
  const blocks = lines.map((text) => ({ kind: { type: 'paragraph' as const }, runs: text === '' ? [] : [{ text, marks: PLAIN }] }));
  const doc = docOf(blocks);
  return EditorState.create({ doc, plugins: [othersPlugin(), tracking(doc)] });
}

/** The letters before and behind a position. */
function around(state: EditorState, pos: number): string {
  const read = (from: number, to: number): string => state.doc.textBetween(Math.max(from, 0), Math.min(to, state.doc.content.size), '/');
  return `${read(pos - 1, pos)}|${read(pos, pos + 1)}`;
}

function put(at: number, text: string): { edit: 'insert'; at: number; text: string; marks: typeof PLAIN } {
  return { edit: 'insert', at, text, marks: PLAIN };
}

describe('a caret of somebody else', () => {
  /** `abc|def` in the second paragraph. */
  function shown(): EditorState {
    const state = page('one', 'abcdef');
    return state.apply(showOthers(state, [{ person: AMINA, anchor: 8, head: 9 }]));
  }
  const headOf = (state: EditorState): number => othersIn(state)[0]?.head ?? -1;

  it('stays at its letter while this person writes', () => {
    let state = shown();
    expect(around(state, headOf(state))).toBe('c|d');
    state = state.apply(state.tr.insertText('zero ', 1));
    expect(around(state, headOf(state))).toBe('c|d');
    state = state.apply(state.tr.split(3));
    expect(around(state, headOf(state))).toBe('c|d');
    state = state.apply(state.tr.insertText('X', headOf(state)));
    expect(around(state, headOf(state))).toBe('c|X');
    const head = headOf(state);
    state = state.apply(state.tr.delete(head - 2, head + 1));
    expect(around(state, headOf(state))).toBe('a|d');
  });

  it('stays at its letter while others write, and this person has more than they have', () => {
    let state = shown();
    state = state.apply(state.tr.insertText('mine ', 6));
    state = state.apply(confirm(state, [put(1, 'theirs '), put(14, '!')]));
    expect(state.doc.child(1).textContent).toBe('mine ab!cdef');
    expect(around(state, headOf(state))).toBe('c|d');
    state = state.apply(confirm(state, [{ edit: 'delete', at: 11, count: 1 }]));
    expect(around(state, headOf(state))).toBe('c|d');
  });

  it('is shown at its letter whatever is on its way', () => {
    let state = page('one', 'abcdef');
    // Told in the confirmed text: behind `c`, which is unit 7.
    const told = { anchor: 6, head: 8 };
    const read = (): string => {
      const { anchor, head } = placeOf(told, sinceConfirmed(state), state);
      return `${around(state, anchor)} ${around(state, head)}`;
    };
    expect(read()).toBe('a|b c|d');
    state = state.apply(state.tr.insertText('mine ', 6));
    expect(read()).toBe('a|b c|d');
    // Handed in and not answered: still counted in what was there before.
    state = state.apply(markSent(state));
    state = state.apply(state.tr.insertText('more ', 1));
    expect(read()).toBe('a|b c|d');
    state = state.apply(state.tr.split(3));
    expect(read()).toBe('a|b c|d');
  });

  it('never leaves the text, whatever is told', () => {
    const state = page('one', '');
    const since = sinceConfirmed(state);
    for (const boundary of [0, 1, 5, 4_294_967_295]) {
      const { head } = placeOf({ anchor: 0, head: boundary }, since, state);
      expect(head).toBeGreaterThanOrEqual(1);
      expect(state.doc.resolve(head).parent.isTextblock).toBe(true);
    }
  });
});

describe('this person\u2019s caret', () => {
  it('is told in the text as the core has it', () => {
    let state = page('one', 'abcdef');
    const caret = (pos: number): number => {
      state = state.apply(state.tr.setSelection(TextSelection.create(state.doc, pos)));
      return caretIn(state, ['h']).head;
    };
    expect(caret(1)).toBe(1);
    expect(caret(4)).toBe(4);
    expect(caret(6)).toBe(5);
    expect(caret(12)).toBe(lengthOf(state.doc));
    state = state.apply(state.tr.insertText('mine ', 6));
    expect(caret(11)).toBe(5);
    expect(caret(12)).toBe(6);
    state = state.apply(markSent(state));
    expect(caret(9)).toBe(5);
    expect(caret(12)).toBe(6);
    expect(caretIn(state, ['h'])).toEqual({ heads: ['h'], anchor: 6, head: 6 });
    state = state.apply(confirm(state, []));
    expect(caret(12)).toBe(unitAt(state.doc, 12));
  });

  it('finds its way back through any alignment', () => {
    let alignment = same(20);
    alignment = replace(alignment, 4, 7, 5);
    alignment = remove(alignment, 12, 3);
    alignment = insert(alignment, 2, 4, 2);
    for (let boundary = 1; boundary <= 21; boundary += 1) {
      const back = boundaryAt(alignment, gapAt(alignment, boundary).at);
      expect(back).toBeLessThanOrEqual(boundary);
      expect(gapAt(alignment, back).at).toBe(gapAt(alignment, boundary).at);
    }
  });
});

describe('presence', () => {
  let backend: FixtureBackend;
  let state: EditorState;
  let session: { version: { editor: number; heads: string[] }; onmoved?: (() => void) | undefined };
  let people: readonly Person[];
  let presence: Presence;

  beforeEach(() => {
    vi.useFakeTimers();
    backend = new FixtureBackend();
    backend.answers.show_presence = () => ({});
    state = page('one', 'abcdef');
    session = { version: { editor: 1, heads: ['h'] } };
    people = [];
    const surface: Surface = {
      get state() {
        return state;
      },
      composing: false,
      dispatch: (tr: Transaction) => {
        state = state.apply(tr);
        presence.moved();
      },
    };
    presence = new Presence(backend, session as unknown as Session, surface, (all) => (people = all));
  });
  afterEach(() => {
    presence.close();
    vi.useRealTimers();
  });

  const told = (): ShowPresence[] => backend.calls.map(({ args }) => args as ShowPresence);
  const move = (pos: number): void => {
    state = state.apply(state.tr.setSelection(TextSelection.create(state.doc, pos)));
    presence.moved();
  };
  const here = (heads: string[], ...all: HereView[]): void => backend.tell({ event: 'presence', editor: 1, heads, here: all });
  const amina = (head: number): HereView => ({ device: 'a', name: 'Amina', caret: { anchor: head, head } });

  it('tells nothing of who only reads', () => {
    move(4);
    presence.seen(false);
    presence.seen(true);
    vi.advanceTimersByTime(60_000);
    expect(told()).toEqual([]);
  });

  it('tells where the person is, a few times a second, and only what is new', () => {
    presence.enter();
    for (let step = 0; step < 100; step += 1) {
      move(1 + (step % 4));
      vi.advanceTimersByTime(10);
    }
    expect(told().length).toBeGreaterThan(3);
    expect(told().length).toBeLessThan(8);
    expect(told()[0]).toMatchObject({ editor: 1, shown: true, caret: { heads: ['h'] } });
    vi.advanceTimersByTime(1_000);
    const before = told().length;
    presence.enter();
    presence.moved();
    vi.advanceTimersByTime(8_000);
    expect(told()).toHaveLength(before);
    // Now and then again, since the node cannot see that a page is gone.
    vi.advanceTimersByTime(31_000);
    expect(told()).toHaveLength(before + 3);
  });

  it('is gone when the text is off the screen, or nobody does anything for long', () => {
    presence.enter();
    vi.advanceTimersByTime(200);
    here(['h'], amina(8));
    expect(people).toEqual([AMINA]);
    expect(othersIn(state)).toHaveLength(1);
    presence.seen(false);
    expect(told().at(-1)).toEqual({ editor: 1, shown: false, caret: null });
    expect([people, othersIn(state)]).toEqual([[], []]);
    here(['h'], amina(8));
    expect(people).toEqual([]);
    presence.seen(true);
    expect(told().at(-1)).toMatchObject({ shown: true });
    vi.advanceTimersByTime(6 * 60_000);
    expect(told().at(-1)).toEqual({ editor: 1, shown: false, caret: null });
    presence.enter();
    vi.advanceTimersByTime(200);
    expect(told().at(-1)).toMatchObject({ shown: true });
  });

  it('shows others once the page is where they were counted', () => {
    here(['h', 'more'], amina(8));
    expect(people).toEqual([AMINA]);
    expect(othersIn(state)).toEqual([]);
    state = state.apply(confirm(state, [put(1, 'zero ')]));
    session.version = { editor: 1, heads: ['more', 'h'] };
    session.onmoved?.();
    expect(around(state, othersIn(state)[0]?.head ?? -1)).toBe('n|e');
    // Of another editor, or of one that this was before: nobody's concern.
    backend.tell({ event: 'presence', editor: 2, heads: ['h'], here: [] });
    expect(people).toEqual([AMINA]);
    here(['h', 'more']);
    expect([people, othersIn(state)]).toEqual([[], []]);
  });

  it('gives each person one colour for as long as the page is open', () => {
    const salem: HereView = { device: 's', name: 'Salem', caret: null };
    here(['h'], amina(2), salem);
    here(['h'], salem);
    here(['h'], salem, amina(3));
    expect(people.map(({ name, colour }) => [name, colour])).toEqual([
      ['Salem', 2],
      ['Amina', 1],
    ]);
  });

  it('tells again what could not be told, in a new editor too', async () => {
    backend.answers.show_presence = () => {
      throw failure('edit_unfit');
    };
    presence.enter();
    await vi.advanceTimersByTimeAsync(200);
    backend.answers.show_presence = () => ({});
    session.version = { editor: 5, heads: ['h'] };
    session.onmoved?.();
    await vi.advanceTimersByTimeAsync(200);
    expect(told().map(({ editor }) => editor)).toEqual([1, 5]);
  });
});
