// Texts fit their room, pages turn without breaking, and files hold what people wrote as text.

import { describe, expect, it } from 'vitest';

import type { Shape, Sheet } from './scene';
import { fit, markMoves, mirror, pathText, Pile, round, runsRtl, shift, wrap } from './scene';
import { anchor, captioned, escaped, svgText } from './write';

/** Letters half as wide as they are high. */
const sheet: Sheet = { width: 300, em: 16, rtl: false, measure: (text, size) => [...text].length * size * 0.5 };

describe('texts', () => {
  it('stay whole where they fit, and lose their end where they do not', () => {
    expect(fit('water', 40, 16, false, sheet)).toBe('water');
    expect(fit('water', 39, 16, false, sheet)).toBe('wat…');
    expect(fit('water', 0, 16, false, sheet)).toBe('…');
  });

  it('break between words and lose nothing while there are lines', () => {
    const lines = wrap('a well near the school', 80, 16, false, sheet, 9);
    expect(lines.join(' ')).toBe('a well near the school');
    for (const line of lines) expect(sheet.measure(line, 16, false)).toBeLessThanOrEqual(80);
  });

  it('are cut in the last line', () => {
    expect(wrap('a well near the school', 80, 16, false, sheet, 2)).toEqual(['a well', 'near the…']);
  });

  it('cut a word that no line holds', () => {
    expect(wrap('abcdefghijklmnop', 40, 16, false, sheet)).toEqual(['abcd…']);
  });

  it('never break within a number', () => {
    expect(wrap('il manque 81\u202F000\u00A0DH', 80, 16, false, sheet, 9)).toEqual(['il manque', '81\u202F000\u00A0DH']);
  });

  it('run as their first letter does, or as the page', () => {
    expect(runsRtl('3 بئر well', false)).toBe(true);
    expect(runsRtl('3 well بئر', true)).toBe(false);
    expect(runsRtl('(3 + 4)', true)).toBe(true);
    expect(runsRtl('(3 + 4)', false)).toBe(false);
  });

  it('are anchored so that their side stays, whichever way they run', () => {
    expect([anchor('start', false), anchor('start', true), anchor('end', false), anchor('end', true), anchor('middle', true)]).toEqual(['start', 'end', 'end', 'start', 'middle']);
  });
});

const shapes: Shape[] = [
  { kind: 'box', x: 10, y: 1, w: 20, h: 5 },
  { kind: 'dot', x: 40, y: 2, r: 3 },
  { kind: 'mark', x: 5, y: 5, size: 4, mark: 'check' },
  { kind: 'text', x: 0, y: 9, text: 'a', size: 10, align: 'start', tone: 'ink' },
  { kind: 'path', moves: [['M', 0, 0], ['C', 1, 2, 3, 4, 5, 6], ['Z']] },
];

describe('a page the other way', () => {
  it('has everything at the other side', () => {
    const { shapes: turned } = mirror({ width: 100, height: 10, shapes });
    expect(turned[0]).toMatchObject({ x: 70, w: 20 });
    expect(turned[1]).toMatchObject({ x: 60 });
    expect(turned[3]).toMatchObject({ x: 100, align: 'end' });
    expect(turned[4]).toMatchObject({ moves: [['M', 100, 0], ['C', 99, 2, 97, 4, 95, 6], ['Z']] });
  });

  it('is the same page when it is turned back', () => {
    const scene = { width: 100, height: 10, shapes };
    expect(mirror(mirror(scene))).toEqual(scene);
  });

  it('does not turn a sign over', () => {
    const before = markMoves('check', 5, 5, 4).moves.map((move) => round(Number(move[1]) - 5));
    const turned = mirror({ width: 100, height: 10, shapes }).shapes[2];
    const after = turned?.kind === 'mark' ? markMoves(turned.mark, turned.x, turned.y, turned.size).moves.map((move) => round(Number(move[1]) - turned.x)) : [];
    expect(after).toEqual(before);
  });

  it('moves as a whole', () => {
    expect(pathText((shift(shapes, 2, 3)[4] as Shape & { kind: 'path' }).moves)).toBe('M2 3C3 5 5 7 7 9Z');
  });
});

describe('a file', () => {
  const caption = { title: 'Water <b>', label: 'one: 3', source: ['a & b', 'hash 12'] };
  const draw = (on: Sheet): ReturnType<Pile['scene']> => {
    const pile = new Pile(on);
    pile.add({ kind: 'box', x: 0, y: 0, w: 10, h: 10, fill: { tone: 'accent', weave: 'stripes' } });
    pile.write('"x" <script>', 0, on.width);
    return pile.scene(true);
  };
  const colours = { paper: '#fff', of: (tone: string) => `#${tone.length}00` };

  it('is SVG that a reader of XML takes, with title, source and every text as text', () => {
    const scene = captioned(draw, caption, { ...sheet, width: 800 });
    const read = new DOMParser().parseFromString(svgText(scene, colours, caption, false), 'image/svg+xml');
    expect(read.querySelector('parsererror')).toBeNull();
    expect(read.querySelector('title')?.textContent).toBe('Water <b>');
    expect([...read.querySelectorAll('text')].map((one) => one.textContent)).toEqual(['Water <b>', '"x" <script>', 'a & b', 'hash 12']);
    expect(read.querySelector('script')).toBeNull();
    expect(read.querySelectorAll('pattern')).toHaveLength(1);
  });

  it('has its words at the right where the page runs from there', () => {
    const scene = captioned(draw, caption, { ...sheet, width: 800, rtl: true });
    const texts = scene.shapes.filter((shape) => shape.kind === 'text');
    for (const one of texts) expect([one.align, one.x]).toEqual(['end', 776]);
  });

  it('leaves out what XML cannot hold', () => {
    expect(escaped('a\u0000\u0008b\uFFFE\uD800<"\'&>')).toBe('ab&lt;&quot;&apos;&amp;&gt;');
    expect(escaped('😀')).toBe('😀');
  });
});
