// What an open document may hold: a flat list of blocks with marked text, as the core has it. List
// items are blocks too, numbered by the style sheet; nothing nests, so that a position in the page
// and a unit in the core differ by the number of blocks before.

import type { Attrs, DOMOutputSpec, Mark, MarkType, Node, NodeType } from 'prosemirror-model';
import { Schema } from 'prosemirror-model';

import type { BlockKind } from '../bindings/BlockKind';
import type { Marks } from '../bindings/Marks';

/** The deepest list item. */
export const DEEPEST = 5;
/** The longest address of a link, in bytes. */
const MAX_LINK = 2000;

const content = 'text*';
const group = 'block';

export const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: {
      content,
      group,
      parseDOM: [{ tag: 'p' }],
      toDOM: (): DOMOutputSpec => ['p', { dir: 'auto' }, 0],
    },
    heading: {
      content,
      group,
      attrs: { level: { default: 1, validate: 'number' } },
      defining: true,
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: Math.min(level, 3) } })),
      toDOM: (node): DOMOutputSpec => [`h${String(node.attrs['level'])}`, { dir: 'auto' }, 0],
    },
    item: {
      content,
      group,
      attrs: { ordered: { default: false, validate: 'boolean' }, depth: { default: 0, validate: 'number' } },
      defining: true,
      parseDOM: [
        { tag: 'p[data-item]', priority: 60, getAttrs: readOwnItem },
        { tag: 'li', getAttrs: readItem },
      ],
      toDOM: (node): DOMOutputSpec => [
        'p',
        {
          dir: 'auto',
          'data-item': node.attrs['ordered'] === true ? 'ordered' : 'plain',
          'data-depth': String(node.attrs['depth']),
        },
        0,
      ],
    },
    quote: {
      content,
      group,
      defining: true,
      parseDOM: [{ tag: 'blockquote' }],
      toDOM: (): DOMOutputSpec => ['blockquote', { dir: 'auto' }, 0],
    },
    text: {},
  },
  marks: {
    link: {
      attrs: { href: { validate: 'string' } },
      inclusive: false,
      parseDOM: [{ tag: 'a[href]', getAttrs: (dom) => readLink(dom.getAttribute('href') ?? '') }],
      toDOM: (mark): DOMOutputSpec => ['a', { href: String(mark.attrs['href']), rel: 'noopener noreferrer nofollow' }, 0],
    },
    strong: {
      parseDOM: [
        { tag: 'strong' },
        // Some programs wrap what they copy in a <b> that is not bold.
        { tag: 'b', getAttrs: (dom) => (dom.style.fontWeight === 'normal' ? false : null) },
        { style: 'font-weight', getAttrs: (value) => (/^(bold(er)?|[6-9]\d\d)$/u.test(value) ? null : false) },
      ],
      toDOM: (): DOMOutputSpec => ['strong', 0],
    },
    em: {
      parseDOM: [{ tag: 'em' }, { tag: 'i' }, { style: 'font-style=italic' }],
      toDOM: (): DOMOutputSpec => ['em', 0],
    },
  },
});

function readOwnItem(dom: HTMLElement): Attrs {
  const depth = Number(dom.dataset['depth'] ?? 0);
  return { ordered: dom.dataset['item'] === 'ordered', depth: clampDepth(depth) };
}

function readItem(dom: HTMLElement): Attrs {
  let depth = -1;
  for (let up = dom.parentElement; up !== null; up = up.parentElement) {
    if (up.tagName === 'OL' || up.tagName === 'UL') depth += 1;
  }
  return { ordered: dom.parentElement?.tagName === 'OL', depth: clampDepth(depth) };
}

function clampDepth(depth: number): number {
  return Number.isInteger(depth) ? Math.max(0, Math.min(DEEPEST, depth)) : 0;
}

function readLink(href: string): Attrs | false {
  const clean = cleanLink(href);
  return clean === undefined ? false : { href: clean };
}

/** An address as a link may hold it: absolute, of a harmless kind, not too long. */
export function cleanLink(href: string): string | undefined {
  const trimmed = href.trim();
  if (!/^(https?:\/\/|mailto:|tel:)\S+$/iu.test(trimmed)) return undefined;
  return new TextEncoder().encode(trimmed).length <= MAX_LINK ? trimmed : undefined;
}

const known = new Map<string, NodeType>(Object.entries(schema.nodes));

function nodeType(name: string): NodeType {
  const type = known.get(name);
  if (type === undefined) throw new Error(`the schema has no ${name}`);
  return type;
}

/** The schema's types by name, without a question mark behind each. */
export const nodes = {
  paragraph: nodeType('paragraph'),
  heading: nodeType('heading'),
  item: nodeType('item'),
  quote: nodeType('quote'),
};

export const marks = { strong: markType('strong'), em: markType('em'), link: markType('link') };

function markType(name: string): MarkType {
  const type = schema.marks[name];
  if (type === undefined) throw new Error(`the schema has no ${name}`);
  return type;
}

/** What a block is, in the core's words. */
export function kindOf(block: Node): BlockKind {
  switch (block.type) {
    case nodes.heading:
      return { type: 'heading', level: Number(block.attrs['level']) };
    case nodes.item:
      return { type: 'item', ordered: block.attrs['ordered'] === true, depth: Number(block.attrs['depth']) };
    case nodes.quote:
      return { type: 'quote' };
    default:
      return { type: 'paragraph' };
  }
}

/** The node type and attributes of a kind of block. */
export function typeOf(kind: BlockKind): { type: NodeType; attrs: Attrs | null } {
  switch (kind.type) {
    case 'heading':
      return { type: nodes.heading, attrs: { level: kind.level } };
    case 'item':
      return { type: nodes.item, attrs: { ordered: kind.ordered, depth: kind.depth } };
    case 'quote':
      return { type: nodes.quote, attrs: null };
    case 'paragraph':
      return { type: nodes.paragraph, attrs: null };
  }
}

export const PLAIN: Marks = { strong: false, em: false, link: null };

/** Marks in the core's words. */
export function marksOf(set: readonly Mark[]): Marks {
  if (set.length === 0) return PLAIN;
  const out = { ...PLAIN };
  for (const mark of set) {
    if (mark.type === marks.strong) out.strong = true;
    else if (mark.type === marks.em) out.em = true;
    else out.link = String(mark.attrs['href']);
  }
  return out;
}

/** The schema's marks for the core's. */
export function markSet(from: Marks): readonly Mark[] {
  let set: readonly Mark[] = [];
  if (from.strong) set = marks.strong.create().addToSet(set);
  if (from.em) set = marks.em.create().addToSet(set);
  if (from.link !== null) set = marks.link.create({ href: from.link }).addToSet(set);
  return set;
}
