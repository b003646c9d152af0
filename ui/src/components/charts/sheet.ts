// What only a document knows: how wide its letters are and which value a colour has.

import type { Tone } from './scene';
import type { Colours } from './write';

let pen: CanvasRenderingContext2D | null | undefined;
let family = '';
const widths = new Map<string, number>();
const MOST = 4000;

/** Forgets what was measured, for when other letters have come. */
export function measureAnew(): void {
  widths.clear();
  family = '';
}

/** The letters of the page, by name. */
export function pageFamily(): string {
  if (family === '') family = getComputedStyle(document.documentElement).fontFamily || 'sans-serif';
  return family;
}

/** How wide a text is in the letters of the page. */
export function measure(text: string, size: number, bold: boolean): number {
  const key = `${bold ? 'b' : 'r'}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > MOST) widths.clear();
    width = widthAt100(text, bold);
    widths.set(key, width);
  }
  return (width * size) / 100;
}

function widthAt100(text: string, bold: boolean): number {
  // Where nothing is ever drawn there is no canvas: half a square for a letter will do.
  if (pen === undefined) pen = typeof CanvasRenderingContext2D === 'undefined' ? null : document.createElement('canvas').getContext('2d');
  if (pen === null) return [...text].length * (bold ? 56 : 52);
  pen.font = `${bold ? 600 : 400} 100px ${pageFamily()}`;
  return pen.measureText(text).width;
}

/**
 * The colours for paper, whatever the page wears now. The page is dressed for it and back within one
 * step of the program, so that nothing of it is shown.
 */
export function paperColours(tones: Iterable<Tone>): Colours {
  const page = document.documentElement;
  const worn = page.dataset['theme'];
  page.dataset['theme'] = 'light';
  const style = getComputedStyle(page);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim() || 'currentColor';
  const paper = read('paper');
  const values = new Map([...tones].map((tone) => [tone, tone === 'surface' ? paper : read(tone)] as const));
  if (worn === undefined) delete page.dataset['theme'];
  else page.dataset['theme'] = worn;
  return { paper, of: (tone) => values.get(tone) ?? 'currentColor' };
}
