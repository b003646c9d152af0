// Groups of those who answered beside the same groups of the people: two bars each.

import type { Draw, Fill } from './scene';
import { leading, Pile } from './scene';

export interface Group {
  readonly label: string;
  /** Its share of those who answered, and of the people: parts of one. */
  readonly share: number;
  readonly expected: number;
  /** What can be said of it. */
  readonly words: string;
  readonly tone: 'good' | 'warn' | 'ink-soft';
}

export interface RepresentedData {
  readonly groups: readonly Group[];
  readonly answered: string;
  readonly people: string;
  readonly percent: (share: number) => string;
}

const ANSWERED: Fill = { tone: 'primary' };
const PEOPLE: Fill = { tone: 'hand-2', weave: 'stripes' };

/** Two bars for each group against one measure. */
export function represented(data: RepresentedData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    pile.legend([{ label: data.answered, fill: ANSWERED }, { label: data.people, fill: PEOPLE }]);
    pile.y += em * 0.3;
    const most = Math.max(0.01, ...data.groups.flatMap(({ share, expected }) => [share, expected]));
    const texts = data.groups.flatMap(({ share, expected }) => [data.percent(share), data.percent(expected)]);
    const room = Math.max(0, ...texts.map((text) => sheet.measure(text, em * 0.9, true))) + em * 0.5;
    for (const { label, share, expected, words, tone } of data.groups) {
      pile.write(label, 0, width, { bold: true, most: 3 });
      pile.write(words, 0, width, { size: 0.9, tone, most: 3 });
      pile.y += em * 0.2;
      for (const [part, fill] of [[share, ANSWERED], [expected, PEOPLE]] as const) {
        const w = Math.max(part > 0 ? 2 : 0, (part / most) * (width - room));
        if (w > 0) pile.add({ kind: 'box', x: 0, y: pile.y, w, h: em * 0.85, r: Math.min(em * 0.15, w / 2), fill, stroke: { tone: fill.tone, width: 1 } });
        pile.add({ kind: 'text', x: w + em * 0.4, y: pile.y + em * 0.74, text: data.percent(part), size: em * 0.9, align: 'start', tone: 'ink', bold: true });
        pile.y += em * 1.05;
      }
      pile.y += em * 0.55 * leading('');
    }
    return pile.scene(true);
  };
}
