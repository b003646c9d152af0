// A chart as a file: SVG that stands alone, or a picture painted on a canvas with the page's own
// letters. Both put title, source and fingerprint on the sheet, dark on white, ready for print.

import type { Draw, Fill, Scene, Shape, Sheet, Tone, Weave } from './scene';
import { markMoves, mirror, pathText, Pile, round, runsRtl, shift } from './scene';

/** Letters for a file that may be opened anywhere: ours first, then what systems bring for Arabic and Latin. */
export const FONTS = "'IBM Plex Sans Arabic','IBM Plex Sans','Noto Sans Arabic','Noto Sans','Segoe UI',Tahoma,Arial,sans-serif";

/** What is said around a chart in a file. */
export interface Caption {
  readonly title: string;
  /** In words, what the chart shows. */
  readonly label: string;
  /** Where it comes from; one line each. */
  readonly source: readonly string[];
}

/** Colour values by tone, and the paper. */
export interface Colours {
  readonly paper: string;
  readonly of: (tone: Tone) => string;
}

/** The side of a woven tile, in pixels. */
export const TILE = 8;

/** What is on a tile over the ground of its colour: lines as paths, in the tile's own unit. */
export function weaveMoves(weave: Weave): string {
  switch (weave) {
    case 'solid':
      return '';
    case 'stripes':
      return 'M-2 2L2 -2M0 8L8 0M6 10L10 6';
    case 'back':
      return 'M6 -2L10 2M0 0L8 8M-2 6L2 10';
    case 'dots':
      return 'M2 2h.01M6 6h.01';
    case 'cross':
      return 'M0 4H8M4 0V8';
    case 'rows':
      return 'M0 2H8M0 6H8';
  }
}

/** How thick the lines of a tile are; dots are round ends of nothing. */
export function weaveWidth(weave: Weave): number {
  return weave === 'dots' ? 2.8 : weave === 'cross' ? 1.6 : 2;
}

/** How much of its colour the ground of a tile has. */
export const GROUND = 0.28;

/** The chart with what is said around it, on a sheet with a margin. */
export function captioned(draw: Draw, caption: Caption, sheet: Sheet): Scene {
  const margin = sheet.em * 1.5;
  const inner = { ...sheet, width: sheet.width - 2 * margin };
  const chart = draw(inner);
  const above = new Pile(inner);
  above.write(caption.title, 0, inner.width, { size: 1.35, bold: true, most: 4 });
  above.y += sheet.em * 0.6;
  const below = new Pile(inner);
  below.y += sheet.em * 0.6;
  below.add({ kind: 'box', x: 0, y: below.y, w: inner.width, h: 1, fill: { tone: 'line-strong' } });
  below.y += sheet.em * 0.4;
  for (const line of caption.source) below.write(line, 0, inner.width, { size: 0.8, tone: 'ink-soft', most: 4 });
  // The chart is mirrored already, if it is one that is.
  const words = (pile: Pile): Scene => (sheet.rtl ? mirror(pile.scene(false)) : pile.scene(false));
  const [head, foot] = [words(above), words(below)];
  const shapes = [
    ...shift(head.shapes, margin, margin),
    ...shift(chart.shapes, margin, margin + head.height),
    ...shift(foot.shapes, margin, margin + head.height + chart.height),
  ];
  return { width: sheet.width, height: Math.ceil(head.height + chart.height + foot.height + 2 * margin), shapes };
}

// What XML 1.0 cannot hold, however it is written.
// eslint-disable-next-line no-control-regex -- exactly these are to be dropped
const UNWRITABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for SVG: what people wrote stays text. */
export function escaped(text: string): string {
  return text.replace(UNWRITABLE, '').replace(/[&<>"']/gu, (letter) => NAMED[letter] ?? '');
}

/** A scene as an SVG file that needs nothing else. */
export function svgText(scene: Scene, colours: Colours, caption: Caption, rtl: boolean): string {
  const weaves = new Map<string, Fill>();
  const paint = (fill: Fill | undefined): string => {
    if (fill === undefined) return 'fill="none"';
    const opacity = fill.opacity === undefined ? '' : ` fill-opacity="${fill.opacity}"`;
    if (fill.weave === undefined || fill.weave === 'solid') return `fill="${colours.of(fill.tone)}"${opacity}`;
    const id = `${fill.weave}-${fill.tone}`;
    weaves.set(id, fill);
    return `fill="url(#${id})"${opacity}`;
  };
  const one = (shape: Shape): string => {
    if (shape.kind === 'text') {
      const own = runsRtl(shape.text, rtl);
      const halo = shape.halo === undefined ? '' : ` stroke="${colours.of(shape.halo)}" stroke-width="${round(shape.size * 0.25)}" stroke-linejoin="round" paint-order="stroke"`;
      return `<text x="${round(shape.x)}" y="${round(shape.y)}" font-size="${round(shape.size)}"${shape.bold === true ? ' font-weight="600"' : ''} text-anchor="${anchor(shape.align, own)}" direction="${own ? 'rtl' : 'ltr'}" fill="${colours.of(shape.tone)}"${halo}>${escaped(shape.text)}</text>`;
    }
    const stroke =
      shape.stroke === undefined
        ? ''
        : ` stroke="${colours.of(shape.stroke.tone)}" stroke-width="${round(shape.stroke.width)}"${shape.stroke.dash === undefined ? '' : ` stroke-dasharray="${shape.stroke.dash.map(round).join(' ')}"`}`;
    const look = `${paint(shape.fill)}${stroke}`;
    if (shape.kind === 'box') return `<rect x="${round(shape.x)}" y="${round(shape.y)}" width="${round(Math.max(0, shape.w))}" height="${round(Math.max(0, shape.h))}"${shape.r === undefined ? '' : ` rx="${round(shape.r)}"`} ${look}/>`;
    if (shape.kind === 'dot') return `<circle cx="${round(shape.x)}" cy="${round(shape.y)}" r="${round(shape.r)}" ${look}/>`;
    const moves = shape.kind === 'mark' ? markMoves(shape.mark, shape.x, shape.y, shape.size).moves : shape.moves;
    return `<path d="${pathText(moves)}" stroke-linecap="round" stroke-linejoin="round" ${look}/>`;
  };
  const body = scene.shapes.map(one).join('\n');
  const defs = [...weaves].map(
    ([id, { tone, weave = 'solid' }]) =>
      `<pattern id="${id}" width="${TILE}" height="${TILE}" patternUnits="userSpaceOnUse"><rect width="${TILE}" height="${TILE}" fill="${colours.paper}"/><rect width="${TILE}" height="${TILE}" fill="${colours.of(tone)}" fill-opacity="${GROUND}"/><path d="${weaveMoves(weave)}" stroke="${colours.of(tone)}" stroke-width="${weaveWidth(weave)}" stroke-linecap="round"/></pattern>`,
  );
  const [w, h] = [round(scene.width), round(scene.height)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" direction="${rtl ? 'rtl' : 'ltr'}" font-family="${FONTS}" role="img">
<title>${escaped(caption.title)}</title>
<desc>${escaped(caption.label)}</desc>
<defs>${defs.join('')}</defs>
<rect width="100%" height="100%" fill="${colours.paper}"/>
${body}
</svg>
`;
}

/** Where SVG anchors a text so that its physical side is at `x`. */
export function anchor(align: 'start' | 'middle' | 'end', rtl: boolean): 'start' | 'middle' | 'end' {
  if (align === 'middle') return 'middle';
  return (align === 'start') === rtl ? 'end' : 'start';
}

/** Paints a scene; the canvas is as large as the scene, in the unit that its transform gives. */
export function paint(on: CanvasRenderingContext2D, scene: Scene, colours: Colours, family: string, rtl: boolean): void {
  on.fillStyle = colours.paper;
  on.fillRect(0, 0, scene.width, scene.height);
  const tiles = new Map<string, CanvasPattern | string>();
  const style = (fill: Fill): CanvasPattern | string => {
    if (fill.weave === undefined || fill.weave === 'solid') return colours.of(fill.tone);
    const id = `${fill.weave}-${fill.tone}`;
    const made = tiles.get(id) ?? tile(on, fill, colours);
    tiles.set(id, made);
    return made;
  };
  for (const shape of scene.shapes) {
    if (shape.kind === 'text') {
      on.font = `${shape.bold === true ? 600 : 400} ${shape.size}px ${family}`;
      on.direction = runsRtl(shape.text, rtl) ? 'rtl' : 'ltr';
      on.textAlign = shape.align === 'middle' ? 'center' : shape.align === 'start' ? 'left' : 'right';
      if (shape.halo !== undefined) {
        on.strokeStyle = colours.of(shape.halo);
        on.lineWidth = shape.size * 0.25;
        on.lineJoin = 'round';
        on.setLineDash([]);
        on.strokeText(shape.text, shape.x, shape.y);
      }
      on.fillStyle = colours.of(shape.tone);
      on.fillText(shape.text, shape.x, shape.y);
      continue;
    }
    const path = outline(shape);
    if (shape.fill !== undefined) {
      on.globalAlpha = shape.fill.opacity ?? 1;
      on.fillStyle = style(shape.fill);
      on.fill(path);
      on.globalAlpha = 1;
    }
    if (shape.stroke !== undefined) {
      on.strokeStyle = colours.of(shape.stroke.tone);
      on.lineWidth = shape.stroke.width;
      on.lineCap = shape.kind === 'box' || shape.kind === 'dot' ? 'butt' : 'round';
      on.lineJoin = 'round';
      on.setLineDash([...(shape.stroke.dash ?? [])]);
      on.stroke(path);
    }
  }
}

function outline(shape: Exclude<Shape, { kind: 'text' }>): Path2D {
  const path = new Path2D();
  switch (shape.kind) {
    case 'box': {
      const [w, h] = [Math.max(0, shape.w), Math.max(0, shape.h)];
      const r = Math.min(shape.r ?? 0, w / 2, h / 2);
      path.moveTo(shape.x + r, shape.y);
      path.arcTo(shape.x + w, shape.y, shape.x + w, shape.y + h, r);
      path.arcTo(shape.x + w, shape.y + h, shape.x, shape.y + h, r);
      path.arcTo(shape.x, shape.y + h, shape.x, shape.y, r);
      path.arcTo(shape.x, shape.y, shape.x + w, shape.y, r);
      path.closePath();
      return path;
    }
    case 'dot':
      path.arc(shape.x, shape.y, Math.max(0, shape.r), 0, 2 * Math.PI);
      return path;
    case 'mark':
      return new Path2D(pathText(markMoves(shape.mark, shape.x, shape.y, shape.size).moves));
    case 'path':
      return new Path2D(pathText(shape.moves));
  }
}

function tile(on: CanvasRenderingContext2D, { tone, weave = 'solid' }: Fill, colours: Colours): CanvasPattern | string {
  const canvas = document.createElement('canvas');
  // Twice as fine as its unit, for a picture twice as fine; the pattern is put back to size.
  canvas.width = TILE * 2;
  canvas.height = TILE * 2;
  const small = canvas.getContext('2d');
  if (small === null) return colours.of(tone);
  small.scale(2, 2);
  small.fillStyle = colours.paper;
  small.fillRect(0, 0, TILE, TILE);
  small.globalAlpha = GROUND;
  small.fillStyle = colours.of(tone);
  small.fillRect(0, 0, TILE, TILE);
  small.globalAlpha = 1;
  small.strokeStyle = colours.of(tone);
  small.lineWidth = weaveWidth(weave);
  small.lineCap = 'round';
  small.stroke(new Path2D(weaveMoves(weave)));
  const pattern = on.createPattern(canvas, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(0.5));
  return pattern ?? colours.of(tone);
}
