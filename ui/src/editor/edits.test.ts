// @vitest-environment node
import type { Node } from 'prosemirror-model';
import { Fragment, Slice } from 'prosemirror-model';
import type { Command, Transaction } from 'prosemirror-state';
import { EditorState, TextSelection } from 'prosemirror-state';
import { Transform } from 'prosemirror-transform';
import { describe, expect, it } from 'vitest';

import type { BlockView } from '../bindings/BlockView';
import type { EditView } from '../bindings/EditView';
import { align, difference } from './align';
import { blocksOf, docOf } from './blocks';
import { indent, setLink, toggleKind, toggleStrong, undo, writing } from './commands';
import { Dice } from './fuzz/dice';
import { lengthOf, posAt, unitAt } from './positions';
import { apply } from './remote';
import { PLAIN, nodes, schema } from './schema';
import { confirm, markSent, pending, takeBack, tracking } from './tracking';

const plain = PLAIN;
const strong = { ...PLAIN, strong: true };

/** Blocks by short signs: `p:`, `h1:`, `u0:`, `o1:`, `q:`, with `*strong*` text. */
function page(...lines: string[]): BlockView[] {
  return lines.map((line) => {
    const [sign = '', text = ''] = line.split(/:(.*)/su);
    const depth = Number(sign.slice(1));
    const kind: BlockView['kind'] =
      sign.startsWith('h') ? { type: 'heading', level: depth }
      : sign.startsWith('u') || sign.startsWith('o') ? { type: 'item', ordered: sign.startsWith('o'), depth }
      : { type: sign === 'q' ? 'quote' : 'paragraph' };
    const parts = text.split('*');
    const runs = parts.map((part, index) => ({ text: part, marks: index % 2 === 1 ? strong : plain }));
    return { kind, runs: runs.filter((run) => run.text !== '') };
  });
}

class Desk {
  state: EditorState;

  constructor(...lines: string[]) {
    const doc = docOf(page(...lines));
    this.state = EditorState.create({ doc, plugins: [...writing(), tracking(doc)] });
  }

  do(tr: Transaction): this {
    this.state = this.state.apply(tr);
    this.state.doc.check();
    return this;
  }

  run(command: Command): this {
    expect(command(this.state, (tr) => this.do(tr))).toBe(true);
    return this;
  }

  /** Selects from one unit's boundary to another's. */
  select(from: number, to = from): this {
    const { doc } = this.state;
    return this.do(this.state.tr.setSelection(TextSelection.create(doc, posAt(doc, from), posAt(doc, to))));
  }

  type(text: string): this {
    return this.do(this.state.tr.insertText(text));
  }

  hear(...edits: EditView[]): this {
    return this.do(confirm(this.state, edits));
  }

  get caret(): number {
    return unitAt(this.state.doc, this.state.selection.from);
  }

  get edits(): EditView[] {
    return pending(this.state);
  }
}

describe('what a person does becomes', () => {
  it('one insertion when they type, in the marks of the place', () => {
    expect(new Desk('p:*ab*').select(3).type('c').type('d').edits).toEqual([
      { edit: 'insert', at: 3, text: 'cd', marks: strong },
    ]);
  });

  it('nothing when they take back what they typed', () => {
    const desk = new Desk('p:ab').select(3).type('cd');
    desk.do(desk.state.tr.delete(posAt(desk.state.doc, 3), posAt(desk.state.doc, 5)));
    expect(desk.edits).toEqual([]);
    expect(new Desk('p:ab').select(3).type('cd').run(undo).edits).toEqual([]);
  });

  it('the letters that differ when a word is replaced, as input methods do', () => {
    expect(new Desk('p:teh well').select(1, 4).type('the').edits).toEqual([
      { edit: 'insert', at: 2, text: 'he', marks: plain },
      { edit: 'delete', at: 4, count: 2 },
    ]);
  });

  it('whole characters, never half of a pair', () => {
    expect(new Desk('p:a😀b').select(2, 4).type('😁').edits).toEqual([
      { edit: 'insert', at: 2, text: '😁', marks: plain },
      { edit: 'delete', at: 4, count: 2 },
    ]);
  });

  it('a split with the kind of the new block', () => {
    const desk = new Desk('h1:Water');
    desk.select(3);
    expect(desk.do(desk.state.tr.split(desk.state.selection.from)).edits).toEqual([
      { edit: 'split', at: 3, kind: { type: 'heading', level: 1 } },
    ]);
  });

  it('one unit out when blocks are joined', () => {
    const desk = new Desk('p:ab', 'h2:cd');
    expect(desk.do(desk.state.tr.join(4)).edits).toEqual([{ edit: 'delete', at: 3, count: 1 }]);
  });

  it('a change of kind that keeps the text', () => {
    expect(new Desk('p:ab', 'p:cd').select(5).run(toggleKind({ type: 'item', ordered: true, depth: 0 })).edits).toEqual([
      { edit: 'block', at: 3, kind: { type: 'item', ordered: true, depth: 0 } },
    ]);
    expect(new Desk('u0:ab', 'u0:cd').select(2, 5).run(indent(1)).edits).toEqual([
      { edit: 'block', at: 0, kind: { type: 'item', ordered: false, depth: 1 } },
      { edit: 'block', at: 3, kind: { type: 'item', ordered: false, depth: 1 } },
    ]);
  });

  it('marks on exactly the text that did not have them', () => {
    expect(new Desk('p:a*b*c').select(1, 4).run(toggleStrong).edits).toEqual([
      { edit: 'mark', from: 1, to: 2, marks: strong },
      { edit: 'mark', from: 3, to: 4, marks: strong },
    ]);
    expect(new Desk('p:abc').select(2, 3).run(setLink('https://example.org/')).edits).toEqual([
      { edit: 'mark', from: 2, to: 3, marks: { ...plain, link: 'https://example.org/' } },
    ]);
  });

  it('edits at both ends when both ends changed', () => {
    expect(new Desk('p:abcdef').select(1).type('x').select(8).type('y').edits).toEqual([
      { edit: 'insert', at: 1, text: 'x', marks: plain },
      { edit: 'insert', at: 8, text: 'y', marks: plain },
    ]);
  });

  it('never an edit of the first beginning when the first block goes', () => {
    const desk = new Desk('h1:ab', 'q:cd');
    expect(desk.do(desk.state.tr.delete(0, 4)).edits).toEqual([
      { edit: 'block', at: 0, kind: { type: 'quote' } },
      { edit: 'delete', at: 1, count: 3 },
    ]);
  });

  it('never an edit of the first beginning when a block comes before it', () => {
    const desk = new Desk('h1:ab');
    expect(desk.do(desk.state.tr.insert(0, nodes.quote.create(null, schema.text('x')))).edits).toEqual([
      { edit: 'block', at: 0, kind: { type: 'quote' } },
      { edit: 'insert', at: 1, text: 'x', marks: plain },
      { edit: 'split', at: 2, kind: { type: 'heading', level: 1 } },
    ]);
  });

  it('text and blocks when they paste', () => {
    const pasted = docOf(page('p:x', 'u0:*y*')).content;
    const desk = new Desk('p:ab').select(2);
    expect(desk.do(desk.state.tr.replaceSelection(new Slice(Fragment.from(pasted), 1, 1))).edits).toEqual([
      { edit: 'insert', at: 2, text: 'x', marks: plain },
      { edit: 'split', at: 3, kind: { type: 'item', ordered: false, depth: 0 } },
      { edit: 'insert', at: 4, text: 'y', marks: strong },
    ]);
  });

  it('text without what documents do not hold', () => {
    expect(new Desk('p:').select(1).type('a\tb\u0000c\ufffcd\ud83de').edits).toEqual([
      { edit: 'insert', at: 1, text: 'a bcde', marks: plain },
    ]);
  });
});

describe("others' edits", () => {
  const word: EditView = { edit: 'insert', at: 1, text: 'so ', marks: plain };

  it('leave the caret behind the character it was behind', () => {
    expect(new Desk('p:abc').select(3).hear(word).caret).toBe(6);
    expect(new Desk('p:abc').select(3).hear({ ...word, at: 3 }).caret).toBe(3);
    expect(new Desk('p:abc').select(3).hear({ edit: 'delete', at: 1, count: 3 }).caret).toBe(1);
    expect(new Desk('p:abc').select(3).hear({ edit: 'block', at: 0, kind: { type: 'quote' } }).caret).toBe(3);
    expect(new Desk('p:abc').select(3).hear({ edit: 'mark', from: 1, to: 4, marks: strong }).caret).toBe(3);
  });

  it('keep a selection on what was selected', () => {
    const desk = new Desk('p:abc').select(1, 4).hear(word);
    expect(desk.state.doc.textBetween(desk.state.selection.from, desk.state.selection.to)).toBe('abc');
  });

  it('are not taken back by undoing', () => {
    const desk = new Desk('p:abc').select(4).type('d').hear(word).run(undo);
    expect(blocksOf(desk.state.doc)).toEqual(page('p:so abc'));
  });

  it('carry over what is pending', () => {
    const desk = new Desk('p:abc').select(2).type('X').hear({ edit: 'delete', at: 1, count: 2 }, { ...word, at: 2 });
    expect(blocksOf(desk.state.doc)).toEqual(page('p:Xcso '));
    expect(desk.edits).toEqual([{ edit: 'insert', at: 1, text: 'X', marks: plain }]);
  });

  it('go on the line they were on, although the person began a new one there', () => {
    const desk = new Desk('p:ab').select(3);
    desk.do(desk.state.tr.split(desk.state.selection.from)).type('mine').hear({ ...word, at: 3 });
    expect(blocksOf(desk.state.doc)).toEqual(page('p:abso ', 'p:mine'));
  });

  it('keep a mark and a kind that the person has just set', () => {
    const desk = new Desk('p:abc').select(1, 4).run(toggleStrong).run(toggleKind({ type: 'quote' }));
    desk.hear(
      { edit: 'mark', from: 1, to: 4, marks: { ...plain, em: true } },
      { edit: 'block', at: 0, kind: { type: 'heading', level: 1 } },
    );
    expect(blocksOf(desk.state.doc)).toEqual([
      { kind: { type: 'quote' }, runs: [{ text: 'abc', marks: { ...strong, em: true } }] },
    ]);
  });

  it('outside of the text are refused, and nothing is changed', () => {
    const desk = new Desk('p:abc');
    expect(() => desk.hear({ ...word, at: 9 })).toThrow(RangeError);
    expect(() => desk.hear({ ...word, at: 0 })).toThrow(RangeError);
    expect(() => desk.hear({ edit: 'delete', at: 2, count: 9 })).toThrow(RangeError);
    expect(() => desk.hear({ edit: 'block', at: 2, kind: { type: 'quote' } })).toThrow(RangeError);
    expect(blocksOf(desk.state.doc)).toEqual(page('p:abc'));
  });
});

describe('edits that were handed in', () => {
  it('are pending no more, and are again when they are taken back', () => {
    const desk = new Desk('p:ab').select(3).type('c');
    desk.do(markSent(desk.state));
    expect(desk.edits).toEqual([]);
    desk.type('d');
    expect(desk.edits).toEqual([{ edit: 'insert', at: 4, text: 'd', marks: plain }]);
    desk.do(takeBack(desk.state));
    expect(desk.edits).toEqual([{ edit: 'insert', at: 3, text: 'cd', marks: plain }]);
  });
});

describe('the difference of two documents', () => {
  const dice = new Dice(7);
  const letters = ['a', 'b', 'ا', '😀', '😁', ' '];

  function random(): Node {
    const lines = Array.from({ length: dice.between(1, 4) }, () => {
      const text = Array.from({ length: dice.between(0, 8) }, () => dice.pick([...letters, '*'])).join('');
      return `${dice.pick(['p', 'h1', 'u0', 'o1', 'q'])}:${text}`;
    });
    return docOf(page(...lines));
  }

  it('leads from one to the other', () => {
    for (let round = 0; round < 2000; round += 1) {
      const [earlier, later] = [random(), random()];
      const transform = new Transform(earlier);
      for (const edit of difference(earlier, later)) apply(transform, edit);
      expect(blocksOf(transform.doc)).toEqual(blocksOf(later));
      const shown = align(earlier, later).reduce((sum, piece) => sum + piece.length, 0);
      expect(shown).toBe(lengthOf(later));
    }
  });

  it('touches two distant places and not what is between', () => {
    const text = 'word '.repeat(2000);
    const edits = difference(docOf(page(`p:a${text}b`)), docOf(page(`p:xa${text}yb`)));
    expect(edits).toEqual([
      { edit: 'insert', at: 1, text: 'x', marks: plain },
      { edit: 'insert', at: 10_003, text: 'y', marks: plain },
    ]);
  });

  it('of documents with little in common is still their difference', () => {
    const [earlier, later] = [docOf(page(`p:${'a'.repeat(3000)}`)), docOf(page(`p:${'b'.repeat(3000)}`))];
    const transform = new Transform(earlier);
    for (const edit of difference(earlier, later)) apply(transform, edit);
    expect(transform.doc.eq(later)).toBe(true);
  });
});

describe('places in the page and units of the core', () => {
  it('are each other, there and back', () => {
    const doc = docOf(page('h1:ab', 'p:', 'p:c😀'));
    for (let unit = 1; unit <= lengthOf(doc); unit += 1) expect(unitAt(doc, posAt(doc, unit))).toBe(unit);
    expect(lengthOf(doc)).toBe(8);
    expect(posAt(doc, 1)).toBe(1);
    expect(posAt(doc, 4)).toBe(5);
  });
});
