// What a person may do in an editor, at random.

import { joinBackward, joinForward } from 'prosemirror-commands';
import type { Node } from 'prosemirror-model';
import { Fragment, Slice } from 'prosemirror-model';
import type { Command } from 'prosemirror-state';
import { AllSelection, TextSelection } from 'prosemirror-state';

import type { BlockKind } from '../../bindings/BlockKind';
import { indent, redo, setLink, toggleEm, toggleKind, toggleStrong, undo, writing } from '../commands';
import { markSet, nodes, schema, typeOf } from '../schema';
import type { Dice } from './dice';
import type { Desk } from './town';

const WORDS = ['and ', 'water', 'well', ' ', 'a', 'e', 'the', 'مجلس', 'قرية ', 'é', '😀', '👩🏽‍🌾', 'e\u0301', 'aa', 'a\tb', '\u00a0'];
const KINDS: BlockKind[] = [
  { type: 'paragraph' },
  { type: 'heading', level: 1 },
  { type: 'heading', level: 3 },
  { type: 'item', ordered: false, depth: 0 },
  { type: 'item', ordered: true, depth: 0 },
  { type: 'item', ordered: true, depth: 2 },
  { type: 'quote' },
];
const LINKS = ['https://example.org/', 'https://example.org/b', 'mailto:ana@example.org'];

type Deed = (desk: Desk, dice: Dice) => void;

function place(desk: Desk, dice: Dice): number {
  const { doc } = desk.state;
  const index = dice.between(0, doc.childCount - 1);
  let pos = 1;
  for (let before = 0; before < index; before += 1) pos += doc.child(before).nodeSize;
  const text = doc.child(index).textContent;
  let at = dice.between(0, text.length);
  // Nobody's caret stands inside of a character.
  if (at > 0 && at < text.length && /[\udc00-\udfff]/u.test(text.charAt(at))) at -= 1;
  const code = text.charCodeAt(at);
  return pos + (code >= 0xdc00 && code <= 0xdfff ? at - 1 : at);
}

function select(desk: Desk, from: number, to: number): void {
  desk.dispatch(desk.state.tr.setSelection(TextSelection.create(desk.state.doc, from, to)));
}

function run(command: Command): Deed {
  return (desk) => {
    command(desk.state, (tr) => desk.dispatch(tr));
  };
}

function inRange(command: (dice: Dice) => Command, reach: number): Deed {
  return (desk, dice) => {
    const [one, other] = [place(desk, dice), place(desk, dice)];
    const near = dice.chance(0.7) && Math.abs(one - other) > reach ? one : other;
    select(desk, Math.min(one, near), Math.max(one, near));
    run(command(dice))(desk, dice);
  };
}

function key(name: string): Command {
  const event = { key: name, code: name, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
  return (state, dispatch) =>
    writing().some((plugin) => {
      const press = plugin.props.handleKeyDown;
      const view = { state, dispatch, endOfTextblock: () => false };
      return press?.call(plugin, view as never, event as never) === true;
    });
}

const type: Deed = (desk, dice) => {
  desk.dispatch(desk.state.tr.insertText(dice.pick(WORDS)));
};

const moveAndType: Deed = (desk, dice) => {
  const at = place(desk, dice);
  select(desk, at, at);
  type(desk, dice);
};

const erase: Deed = (desk, dice) => {
  const [one, other] = [place(desk, dice), place(desk, dice)];
  const far = Math.abs(one - other) > 12 && dice.chance(0.85);
  const { doc } = desk.state;
  const end = far ? Math.min(one + 1, doc.resolve(one).end()) : other;
  const fits = far && /[\ud800-\udfff]/u.test(doc.textBetween(Math.min(one, end), Math.max(one, end))) ? one : end;
  if (fits !== one) desk.dispatch(desk.state.tr.delete(Math.min(one, fits), Math.max(one, fits)));
};

const paste: Deed = (desk, dice) => {
  const made: Node[] = [];
  for (let count = dice.between(1, 3); count > 0; count -= 1) {
    const { type: kind, attrs } = typeOf(dice.pick(KINDS));
    const marks = markSet({ strong: dice.chance(0.3), em: dice.chance(0.2), link: dice.chance(0.2) ? dice.pick(LINKS) : null });
    made.push(kind.create(attrs, dice.chance(0.8) ? [schema.text(dice.pick(WORDS).replace('\t', ' '), marks)] : []));
  }
  const at = place(desk, dice);
  select(desk, at, at);
  const open = dice.between(0, 1);
  desk.dispatch(desk.state.tr.replaceSelection(new Slice(Fragment.from(made), open, open)));
};

/** Dragging a block somewhere else. */
const moveBlock: Deed = (desk, dice) => {
  const { doc } = desk.state;
  if (doc.childCount < 2) return;
  const index = dice.between(0, doc.childCount - 1);
  const block = doc.child(index);
  let pos = 0;
  for (let before = 0; before < index; before += 1) pos += doc.child(before).nodeSize;
  const tr = desk.state.tr.delete(pos, pos + block.nodeSize);
  let to = 0;
  for (let before = dice.between(0, tr.doc.childCount); before > 0; before -= 1) {
    to += tr.doc.resolve(to).nodeAfter?.nodeSize ?? 0;
  }
  desk.dispatch(tr.insert(to, block));
};

const everythingGone: Deed = (desk) => {
  desk.dispatch(desk.state.tr.setSelection(new AllSelection(desk.state.doc)).deleteSelection());
};

const oneParagraph: Deed = (desk, dice) => {
  const { doc } = desk.state;
  desk.dispatch(desk.state.tr.replaceWith(0, doc.content.size, nodes.paragraph.create(null, schema.text(dice.pick(WORDS).replace('\t', '')))));
};

const compose: Deed = (desk) => {
  desk.composing = !desk.composing;
};

const deeds: [number, Deed][] = [
  [30, type],
  [14, moveAndType],
  [10, erase],
  [8, run(key('Enter'))],
  [5, run(key('Backspace'))],
  [4, inRange(() => joinBackward, 0)],
  [2, inRange(() => joinForward, 0)],
  [6, inRange(() => toggleStrong, 20)],
  [4, inRange(() => toggleEm, 20)],
  [3, inRange((dice) => setLink(dice.chance(0.7) ? dice.pick(LINKS) : null), 10)],
  [8, inRange((dice) => toggleKind(dice.pick(KINDS)), 10)],
  [3, inRange((dice) => indent(dice.chance(0.6) ? 1 : -1), 10)],
  [4, paste],
  [2, moveBlock],
  [6, run(undo)],
  [3, run(redo)],
  [0.3, everythingGone],
  [0.2, oneParagraph],
  [3, compose],
];
const sum = deeds.reduce((all, [weight]) => all + weight, 0);

/** One thing a person does. */
export function act(desk: Desk, dice: Dice): void {
  let at = dice.next() * sum;
  for (const [weight, deed] of deeds) {
    at -= weight;
    if (at < 0) {
      deed(desk, dice);
      return;
    }
  }
}

/** Typing and new blocks alone: nothing anyone wrote may be gone afterwards. */
export function write(desk: Desk, dice: Dice, word: string): void {
  if (dice.chance(0.4)) {
    const at = place(desk, dice);
    select(desk, at, at);
  }
  if (dice.chance(0.15)) {
    const { selection } = desk.state;
    desk.dispatch(desk.state.tr.split(selection.from));
  }
  desk.dispatch(desk.state.tr.insertText(word));
}
