// What keys and the toolbar do: marks, kinds of block, lists, undo.

import { baseKeymap, chainCommands, toggleMark } from 'prosemirror-commands';
import { closeHistory, history, redo, undo } from 'prosemirror-history';
import type { InputRule } from 'prosemirror-inputrules';
import { inputRules, textblockTypeInputRule } from 'prosemirror-inputrules';
import { keymap } from 'prosemirror-keymap';
import type { Attrs, Node, NodeType } from 'prosemirror-model';
import { Slice } from 'prosemirror-model';
import type { Command, EditorState, Plugin } from 'prosemirror-state';
import { ReplaceStep } from 'prosemirror-transform';

import type { BlockKind } from '../bindings/BlockKind';
import { kindCode } from './checksum';
import { DEEPEST, cleanLink, kindOf, marks, nodes, typeOf } from './schema';

/** Makes the selected blocks this, or paragraphs when they are already. */
export function toggleKind(kind: BlockKind): Command {
  return (state, dispatch) => {
    const want = isKind(state, kind) ? { type: 'paragraph' as const } : kind;
    return become(state, dispatch, () => want);
  };
}

/** Whether every selected block is of a kind; for items the depth does not matter. */
export function isKind(state: EditorState, kind: BlockKind): boolean {
  let all = true;
  eachBlock(state, (block) => {
    const is = kindOf(block);
    const alike = is.type === 'item' && kind.type === 'item' ? is.ordered === kind.ordered : kindCode(is) === kindCode(kind);
    all &&= alike;
  });
  return all;
}

function eachBlock(state: EditorState, visit: (block: Node, pos: number) => void): void {
  const { from, to } = state.selection;
  state.doc.nodesBetween(from, to, (node, pos) => {
    if (node.isTextblock) visit(node, pos);
    return !node.isTextblock;
  });
}

function become(
  state: EditorState,
  dispatch: Parameters<Command>[1],
  want: (kind: BlockKind) => BlockKind,
): boolean {
  const tr = state.tr;
  eachBlock(state, (block, pos) => {
    const [old, now] = [kindOf(block), want(kindOf(block))];
    if (kindCode(old) === kindCode(now)) return;
    const { type, attrs } = typeOf(now);
    tr.setNodeMarkup(pos, type, attrs);
  });
  if (!tr.docChanged) return false;
  // Each press is taken back on its own, however quickly it followed another.
  dispatch?.(closeHistory(tr).scrollIntoView());
  return true;
}

/** Moves the selected list items in or out; `false` where there is none. */
export function indent(by: 1 | -1): Command {
  return (state, dispatch) =>
    become(state, dispatch, (kind) => {
      if (kind.type !== 'item') return kind;
      return { ...kind, depth: Math.max(0, Math.min(DEEPEST, kind.depth + by)) };
    });
}

/** At the beginning of a block that is no paragraph, or in an empty one: a step towards a paragraph. */
const outOfKind = (onlyEmpty: boolean): Command => (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.parentOffset > 0 || (onlyEmpty && $from.parent.content.size > 0)) return false;
  const kind = kindOf($from.parent);
  if (kind.type === 'paragraph') return false;
  const out: BlockKind =
    kind.type === 'item' && kind.depth > 0 ? { ...kind, depth: kind.depth - 1 } : { type: 'paragraph' };
  return become(state, dispatch, () => out);
};

/** A new block of the same kind; after a heading, and at its end, a paragraph. */
const newBlock: Command = (state, dispatch) => {
  const { $from, $to } = state.selection;
  if ($from.depth !== 1 || $to.depth !== 1) return false;
  const kind = kindOf($from.parent);
  const atEnd = $to.parentOffset === $to.parent.content.size;
  const next = kind.type === 'heading' && atEnd ? typeOf({ type: 'paragraph' }) : typeOf(kind);
  const tr = state.tr;
  if ($to.pos > $from.pos) tr.step(new ReplaceStep($from.pos, $to.pos, Slice.empty));
  tr.split($from.pos, 1, [next]);
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** Makes the selection a link, or no link with `null`. */
export function setLink(href: string | null): Command {
  return (state, dispatch) => {
    const { from, to, empty } = state.selection;
    if (empty) return false;
    const clean = href === null ? undefined : cleanLink(href);
    if (href !== null && clean === undefined) return false;
    const tr = state.tr.removeMark(from, to, marks.link);
    if (clean !== undefined) tr.addMark(from, to, marks.link.create({ href: clean }));
    dispatch?.(tr);
    return true;
  };
}

/** The link at the caret or at the beginning of the selection. */
export function linkAt(state: EditorState): string | null {
  const { $from, from, to, empty } = state.selection;
  const set = empty ? $from.marks() : ($from.nodeAfter?.marks ?? []);
  const found = marks.link.isInSet(set);
  return found !== undefined && (empty || state.doc.rangeHasMark(from, to, marks.link)) ? String(found.attrs['href']) : null;
}

export const toggleStrong = toggleMark(marks.strong, null, { removeWhenPresent: false });
export const toggleEm = toggleMark(marks.em, null, { removeWhenPresent: false });

/** Whether a mark is on at the caret or in the whole selection. */
export function hasMark(state: EditorState, name: 'strong' | 'em'): boolean {
  const { from, to, empty, $from } = state.selection;
  if (empty) return marks[name].isInSet(state.storedMarks ?? $from.marks()) !== undefined;
  let all = true;
  state.doc.nodesBetween(from, to, (node) => {
    all &&= !node.isText || marks[name].isInSet(node.marks) !== undefined;
  });
  return all && state.doc.rangeHasMark(from, to, marks[name]);
}

const keys = {
  'Mod-z': undo,
  'Mod-y': redo,
  'Shift-Mod-z': redo,
  'Mod-b': toggleStrong,
  'Mod-i': toggleEm,
  'Mod-Alt-0': toggleKind({ type: 'paragraph' }),
  'Mod-Alt-1': toggleKind({ type: 'heading', level: 1 }),
  'Mod-Alt-2': toggleKind({ type: 'heading', level: 2 }),
  'Mod-Alt-3': toggleKind({ type: 'heading', level: 3 }),
  'Mod-Shift-7': toggleKind({ type: 'item', ordered: true, depth: 0 }),
  'Mod-Shift-8': toggleKind({ type: 'item', ordered: false, depth: 0 }),
  'Mod-Shift-9': toggleKind({ type: 'quote' }),
  'Mod-]': indent(1),
  'Mod-[': indent(-1),
  Enter: chainCommands(outOfKind(true), newBlock),
  'Shift-Enter': newBlock,
  Backspace: outOfKind(false),
} satisfies Record<string, Command>;

/** `# `, `- `, `1. ` and `> ` at the beginning of a paragraph. */
function rules(): Plugin {
  const rule = (pattern: RegExp, type: NodeType, attrs: (match: RegExpMatchArray) => Attrs | null): InputRule =>
    textblockTypeInputRule(pattern, type, attrs);
  return inputRules({
    rules: [
      rule(/^(#{1,3})\s$/u, nodes.heading, (match) => ({ level: match[1]?.length ?? 1 })),
      rule(/^[-*]\s$/u, nodes.item, () => ({ ordered: false, depth: 0 })),
      rule(/^(?:1|\u0661|\u06f1)[.)]\s$/u, nodes.item, () => ({ ordered: true, depth: 0 })),
      rule(/^>\s$/u, nodes.quote, () => null),
    ],
  });
}

/** History, keys and input rules. Others' edits are not in the history: undoing takes back one's own. */
export function writing(): Plugin[] {
  return [history(), rules(), keymap(keys), keymap(baseKeymap)];
}

export { redo, undo };
