// Whole documents between the API's blocks and the page's nodes.

import type { Node } from 'prosemirror-model';

import type { BlockView } from '../bindings/BlockView';
import { kindOf, markSet, marksOf, nodes, schema, typeOf } from './schema';

/** The page's document for blocks; at least one paragraph. */
export function docOf(blocks: readonly BlockView[]): Node {
  const made = blocks.map(({ kind, runs }) => {
    const { type, attrs } = typeOf(kind);
    const full = runs.filter((run) => run.text !== '');
    return type.create(attrs, full.map((run) => schema.text(run.text, markSet(run.marks))));
  });
  return schema.topNodeType.create(null, made.length === 0 ? [nodes.paragraph.create()] : made);
}

/** The blocks of the page's document. */
export function blocksOf(doc: Node): BlockView[] {
  return doc.content.content.map((block) => ({
    kind: kindOf(block),
    runs: block.content.content.map((text) => ({ text: text.text ?? '', marks: marksOf(text.marks) })),
  }));
}
