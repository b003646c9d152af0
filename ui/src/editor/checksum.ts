// The core's checksum of a document (`majlis_core::document::checksum`): FNV-1a with 32 bits over
// the UTF-16 units, low byte first, of a canonical text. It guards against defects, not malice.

import type { Node } from 'prosemirror-model';

import type { BlockKind } from '../bindings/BlockKind';
import { kindOf, marksOf } from './schema';

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

function feed(hash: number, text: string): number {
  let out = hash;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    out = Math.imul(out ^ (unit & 0xff), PRIME);
    out = Math.imul(out ^ (unit >> 8), PRIME);
  }
  return out;
}

/** A kind of block in the canonical text. */
export function kindCode(kind: BlockKind): string {
  switch (kind.type) {
    case 'heading':
      return `h${kind.level}`;
    case 'item':
      return `${kind.ordered ? 'o' : 'u'}${kind.depth}`;
    case 'quote':
      return 'q';
    case 'paragraph':
      return 'p';
  }
}

/** The checksum of a document. */
export function checksum(doc: Node): string {
  let hash = OFFSET;
  doc.forEach((block) => {
    hash = feed(hash, `\n${kindCode(kindOf(block))}\n`);
    block.forEach((text) => {
      const { strong, em, link } = marksOf(text.marks);
      hash = feed(hash, `\u0001${Number(strong)}${Number(em)}${link ?? ''}\u0002`);
      hash = feed(hash, text.text ?? '');
    });
  });
  return (hash >>> 0).toString(16).padStart(8, '0');
}
