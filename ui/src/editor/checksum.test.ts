// @vitest-environment node
import { describe, expect, it } from 'vitest';

import type { BlockView } from '../bindings/BlockView';
import type { Marks } from '../bindings/Marks';
import { blocksOf, docOf } from './blocks';
import { checksum } from './checksum';

const plain: Marks = { strong: false, em: false, link: null };

// From the definition of FNV-1a, reckoned apart from this code; the fuzz compares with the core.
const golden: [string, BlockView[], string][] = [
  ['nothing', [{ kind: { type: 'paragraph' }, runs: [] }], 'd0e6b9ed'],
  [
    'headings, marks and links',
    [
      { kind: { type: 'heading', level: 2 }, runs: [{ text: 'Water', marks: plain }] },
      {
        kind: { type: 'paragraph' },
        runs: [
          { text: 'The ', marks: plain },
          { text: 'well', marks: { ...plain, strong: true } },
          { text: ' now', marks: { strong: true, em: true, link: 'https://example.org/' } },
        ],
      },
    ],
    'f16b26fc',
  ],
  [
    'lists, quotes, Arabic and characters of two units',
    [
      { kind: { type: 'item', ordered: true, depth: 2 }, runs: [{ text: 'مجلس 😀', marks: plain }] },
      { kind: { type: 'item', ordered: false, depth: 0 }, runs: [] },
      { kind: { type: 'quote' }, runs: [{ text: 'e\u0301', marks: { ...plain, em: true } }] },
    ],
    '00072ffd',
  ],
];

describe('a checksum', () => {
  it.each(golden)('of %s is the agreed one', (_name, blocks, sum) => {
    expect(checksum(docOf(blocks))).toBe(sum);
  });

  it.each(golden)('is of what is shown: blocks of %s come back as they were', (_name, blocks) => {
    expect(blocksOf(docOf(blocks))).toEqual(blocks);
  });
});
