// A chart as a file in the person's hands. It is laid out anew for a sheet of its own, so that a
// picture taken on a phone is no narrower than one taken at a desk.

import type { Draw, Scene, Sheet, Tone } from './scene';
import type { Caption, Colours } from './write';
import { captioned, paint, svgText } from './write';
import { measure, pageFamily, paperColours } from './sheet';

const WIDTH = 800;
const EM = 18;
/** How much finer the picture is than the sheet. */
const FINE = 2;
/** Browsers paint no larger canvas, and phones not this. */
const MOST_PIXELS = 16_000_000;

interface Laid {
  readonly scene: Scene;
  readonly colours: Colours;
}

function laid(draw: Draw, caption: Caption, rtl: boolean): Laid {
  const sheet: Sheet = { width: WIDTH, em: EM, rtl, measure };
  const scene = captioned(draw, caption, sheet);
  const tones = new Set<Tone>();
  for (const shape of scene.shapes) {
    if (shape.kind === 'text') {
      tones.add(shape.tone);
      if (shape.halo !== undefined) tones.add(shape.halo);
      continue;
    }
    if (shape.fill !== undefined) tones.add(shape.fill.tone);
    if (shape.stroke !== undefined) tones.add(shape.stroke.tone);
  }
  return { scene, colours: paperColours(tones) };
}

/** The chart as SVG. */
export async function svgOf(draw: Draw, caption: Caption, rtl: boolean): Promise<Blob> {
  await document.fonts.ready;
  const { scene, colours } = laid(draw, caption, rtl);
  return new Blob([svgText(scene, colours, caption, rtl)], { type: 'image/svg+xml' });
}

/** The chart as PNG. */
export async function pngOf(draw: Draw, caption: Caption, rtl: boolean): Promise<Blob> {
  await document.fonts.ready;
  const { scene, colours } = laid(draw, caption, rtl);
  const fine = Math.min(FINE, Math.sqrt(MOST_PIXELS / (scene.width * scene.height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(scene.width * fine);
  canvas.height = Math.round(scene.height * fine);
  const on = canvas.getContext('2d');
  if (on === null) throw new Error('this browser paints no canvas');
  on.scale(fine, fine);
  paint(on, scene, colours, pageFamily(), rtl);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob === null ? failed(new Error('this browser makes no picture')) : done(blob)), 'image/png');
  });
}

/** A file's name from a title: its letters and digits, in any script. */
export function nameFor(title: string, ending: 'svg' | 'png'): string {
  const plain = title.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/gu, '');
  return `${[...plain].slice(0, 60).join('').replace(/-+$/u, '') || 'majlis'}.${ending}`;
}
