// A chart as a list of shapes: laid out once, then shown on the page, written as SVG or painted for
// a PNG. It knows lengths and words, but no document and no colour value; see `write.ts`.

/** A colour by its name in `styles/tokens.css`. */
export type Tone =
  | 'ink'
  | 'ink-soft'
  | 'line'
  | 'line-strong'
  | 'surface'
  | 'sunken'
  | 'primary'
  | 'primary-soft'
  | 'on-primary'
  | 'accent'
  | 'good'
  | 'good-soft'
  | 'warn'
  | 'bad'
  | 'bad-soft'
  | 'hand-1'
  | 'hand-2'
  | 'hand-3'
  | 'hand-4'
  | 'hand-5'
  | 'hand-6';

/** How an area is filled: what tells areas apart without colour, in print and for the colour-blind. */
export type Weave = 'solid' | 'stripes' | 'dots' | 'cross' | 'back' | 'rows';

export interface Fill {
  readonly tone: Tone;
  readonly weave?: Weave;
  /** From 0 to 1; 1 where it is not given. */
  readonly opacity?: number;
}

export interface Stroke {
  readonly tone: Tone;
  readonly width: number;
  readonly dash?: readonly number[];
}

interface Painted {
  readonly fill?: Fill;
  readonly stroke?: Stroke;
  /** What a tap on it means to the component. */
  readonly pick?: string;
}

/** `M` and `L` take one point, `C` three, `Z` none. */
export type Move = readonly ['M' | 'L', number, number] | readonly ['C', number, number, number, number, number, number] | readonly ['Z'];

export type MarkName = 'check' | 'cross' | 'pin' | 'north' | 'circle' | 'square' | 'triangle' | 'diamond' | 'plus' | 'drop';

export type Align = 'start' | 'middle' | 'end';

export type Shape =
  | ({ readonly kind: 'box'; readonly x: number; readonly y: number; readonly w: number; readonly h: number; readonly r?: number } & Painted)
  | ({ readonly kind: 'path'; readonly moves: readonly Move[] } & Painted)
  | ({ readonly kind: 'dot'; readonly x: number; readonly y: number; readonly r: number } & Painted)
  /** A sign that looks the same whichever way the page runs; `size` is its height. */
  | ({ readonly kind: 'mark'; readonly x: number; readonly y: number; readonly size: number; readonly mark: MarkName } & Painted)
  | {
      readonly kind: 'text';
      readonly x: number;
      /** The line the letters stand on. */
      readonly y: number;
      readonly text: string;
      readonly size: number;
      /** Where `x` is: `start` is the side of x = 0. */
      readonly align: Align;
      readonly tone: Tone;
      readonly bold?: boolean;
      /** A rim in this tone keeps the letters readable on what lies under them. */
      readonly halo?: Tone;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** What a chart is laid out on. */
export interface Sheet {
  readonly width: number;
  /** The size of the letters of the page, in the unit of `width`. */
  readonly em: number;
  readonly rtl: boolean;
  /** How wide a text is at a size. */
  readonly measure: (text: string, size: number, bold: boolean) => number;
}

/** Lays a chart out on a sheet. */
export type Draw = (sheet: Sheet) => Scene;

/** The figures of a chart as a table, for those who hear it or want to be exact. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A series or group by its place: tone and weave together, so that either is enough. */
export function fillAt(place: number): Fill & { weave: Weave } {
  const tones = ['hand-1', 'hand-2', 'hand-3', 'hand-4', 'hand-5', 'hand-6'] as const;
  const weaves = ['solid', 'stripes', 'dots', 'cross', 'back', 'rows'] as const;
  return { tone: tones[place % tones.length] ?? 'hand-1', weave: weaves[place % weaves.length] ?? 'solid' };
}

const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;
const LETTER = /\p{L}/u;

/** Which way a text runs: by its first letter, as `dir="auto"` does; without letters, as the page. */
export function runsRtl(text: string, page: boolean): boolean {
  const first = LETTER.exec(text);
  return first === null ? page : RTL.test(first[0]);
}

/** Cuts a text to a width, with an ellipsis where something is lost. */
export function fit(text: string, width: number, size: number, bold: boolean, sheet: Sheet): string {
  if (sheet.measure(text, size, bold) <= width) return text;
  const letters = [...text];
  let [fits, fails] = [0, letters.length];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (sheet.measure(`${letters.slice(0, middle).join('').trimEnd()}…`, size, bold) <= width) fits = middle;
    else fails = middle;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}

/** Breaks a text into lines of a width; what does not fit into `most` lines is cut. */
export function wrap(text: string, width: number, size: number, bold: boolean, sheet: Sheet, most = 3): string[] {
  const lines: string[] = [];
  let line = '';
  // Only where a line may break: the spaces within a number and before its unit hold.
  const words = text.trim().split(/[ \t\r\n]+/u);
  for (const [at, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || sheet.measure(longer, size, bold) <= width) {
      line = longer;
      continue;
    }
    if (lines.length === most - 1) {
      lines.push(fit([line, ...words.slice(at)].join(' '), width, size, bold, sheet));
      return lines;
    }
    lines.push(fit(line, width, size, bold, sheet));
    line = word;
  }
  lines.push(fit(line, width, size, bold, sheet));
  return lines;
}

/** The same chart for a page that runs the other way. */
export function mirror(scene: Scene): Scene {
  const flip = (x: number): number => scene.width - x;
  const turned = scene.shapes.map((shape): Shape => {
    switch (shape.kind) {
      case 'box':
        return { ...shape, x: flip(shape.x + shape.w) };
      case 'dot':
      case 'mark':
        return { ...shape, x: flip(shape.x) };
      case 'text':
        return { ...shape, x: flip(shape.x), align: shape.align === 'start' ? 'end' : shape.align === 'end' ? 'start' : 'middle' };
      case 'path':
        return { ...shape, moves: shape.moves.map((move) => bend(move, (x, y) => [flip(x), y])) };
    }
  });
  return { ...scene, shapes: turned };
}

/** The same chart elsewhere. */
export function shift(shapes: readonly Shape[], dx: number, dy: number): Shape[] {
  return shapes.map((shape) =>
    shape.kind === 'path'
      ? { ...shape, moves: shape.moves.map((move) => bend(move, (x, y) => [x + dx, y + dy])) }
      : { ...shape, x: shape.x + dx, y: shape.y + dy },
  );
}

function bend(move: Move, to: (x: number, y: number) => [number, number]): Move {
  if (move[0] === 'Z') return move;
  if (move[0] === 'C') return ['C', ...to(move[1], move[2]), ...to(move[3], move[4]), ...to(move[5], move[6])];
  return [move[0], ...to(move[1], move[2])];
}

/** A path as SVG and canvas read it. */
export function pathText(moves: readonly Move[]): string {
  return moves.map(([letter, ...numbers]) => letter + numbers.map((one) => round(one)).join(' ')).join('');
}

/** To a hundredth: nobody sees more. */
export function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}

/** The outline of a mark around a point; an open one has only strokes. */
export function markMoves(mark: MarkName, x: number, y: number, size: number): { moves: Move[]; open: boolean } {
  const h = size / 2;
  const ring = (points: readonly (readonly [number, number])[]): Move[] => [
    ...points.map(([dx, dy], at): Move => [at === 0 ? 'M' : 'L', x + dx * h, y + dy * h]),
    ['Z'],
  ];
  switch (mark) {
    case 'check':
      return { moves: [['M', x - h, y], ['L', x - h * 0.3, y + h * 0.7], ['L', x + h, y - h * 0.7]], open: true };
    case 'cross':
      return { moves: [['M', x - h * 0.8, y - h * 0.8], ['L', x + h * 0.8, y + h * 0.8], ['M', x + h * 0.8, y - h * 0.8], ['L', x - h * 0.8, y + h * 0.8]], open: true };
    case 'square':
      return { moves: ring([[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]]), open: false };
    case 'triangle':
      return { moves: ring([[0, -1.05], [1, 0.75], [-1, 0.75]]), open: false };
    case 'diamond':
      return { moves: ring([[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]]), open: false };
    case 'plus':
      return { moves: ring([[-0.38, -1], [0.38, -1], [0.38, -0.38], [1, -0.38], [1, 0.38], [0.38, 0.38], [0.38, 1], [-0.38, 1], [-0.38, 0.38], [-1, 0.38], [-1, -0.38], [-0.38, -0.38]]), open: false };
    case 'north':
      return { moves: ring([[0, -1], [0.6, 1], [0, 0.55], [-0.6, 1]]), open: false };
    case 'pin':
    case 'drop': {
      // Its tip is at the point itself.
      const [top, wide] = [y - size, h * 0.8];
      return {
        moves: [['M', x, y], ['C', x - wide * 0.4, y - h * 0.6, x - wide, y - h, x - wide, top + wide], ['C', x - wide, top - wide * 0.35, x + wide, top - wide * 0.35, x + wide, top + wide], ['C', x + wide, y - h, x + wide * 0.4, y - h * 0.6, x, y], ['Z']],
        open: false,
      };
    }
    case 'circle': {
      const k = h * 0.5523;
      return {
        moves: [['M', x - h, y], ['C', x - h, y - k, x - k, y - h, x, y - h], ['C', x + k, y - h, x + h, y - k, x + h, y], ['C', x + h, y + k, x + k, y + h, x, y + h], ['C', x - k, y + h, x - h, y + k, x - h, y], ['Z']],
        open: false,
      };
    }
  }
}

/** Shapes that are put under each other, and how far down they reach. */
export class Pile {
  readonly shapes: Shape[] = [];
  y = 0;

  constructor(readonly sheet: Sheet) {}

  add(...shapes: Shape[]): void {
    this.shapes.push(...shapes);
  }

  /** Text from `x` on, in as many lines as it needs; goes down behind it. */
  write(text: string, x: number, width: number, look: { size?: number; bold?: boolean; tone?: Tone; most?: number } = {}): void {
    const { sheet } = this;
    const size = (look.size ?? 1) * sheet.em;
    const step = size * leading(text);
    for (const line of wrap(text, width, size, look.bold === true, sheet, look.most)) {
      this.add({ kind: 'text', x, y: this.y + step * 0.74, text: line, size, align: 'start', tone: look.tone ?? 'ink', bold: look.bold === true });
      this.y += step;
    }
  }

  /** Names of fills, side by side as far as there is room. */
  legend(entries: readonly { readonly label: string; readonly fill: Fill; readonly mark?: MarkName }[]): void {
    const { sheet } = this;
    const [em, size] = [sheet.em, sheet.em * 0.875];
    const [box, step] = [em * 0.95, em * 1.7];
    let x = 0;
    for (const entry of entries) {
      const label = fit(entry.label, sheet.width - box - em * 0.4, size, false, sheet);
      const width = box + em * 0.4 + sheet.measure(label, size, false);
      if (x > 0 && x + width > sheet.width) {
        x = 0;
        this.y += step;
      }
      const middle = this.y + step / 2;
      if (entry.mark === undefined) {
        this.add({ kind: 'box', x, y: middle - box / 2, w: box, h: box, r: em * 0.15, fill: entry.fill, stroke: { tone: entry.fill.tone, width: 1 } });
      } else {
        this.add({ kind: 'mark', x: x + box / 2, y: middle, size: box * 0.8, mark: entry.mark, fill: entry.fill, stroke: { tone: 'surface', width: 1 } });
      }
      this.add({ kind: 'text', x: x + box + em * 0.4, y: middle + size * 0.34, text: label, size, align: 'start', tone: 'ink' });
      x += width + em * 1.1;
    }
    if (entries.length > 0) this.y += step;
  }

  /** What the sign for an untold number stands for. */
  untold(label: string): void {
    const { em, width } = this.sheet;
    const [size, foot] = [em * 0.875, this.y + em * 1.12];
    this.add({ kind: 'box', x: 0.75, y: this.y + em * 0.35, w: em * 1.4, h: em * 0.95, stroke: { tone: 'ink-soft', width: 1.5, dash: [4, 3] } });
    this.add({ kind: 'text', x: em * 0.7, y: foot, text: '?', size: em * 0.8, align: 'middle', tone: 'ink', bold: true });
    this.add({ kind: 'text', x: em * 1.85, y: foot, text: fit(label, width - em * 2, size, false, this.sheet), size, align: 'start', tone: 'ink' });
    this.y += em * 1.7;
  }

  scene(mirrored: boolean): Scene {
    const scene = { width: this.sheet.width, height: Math.ceil(this.y), shapes: this.shapes };
    return mirrored && this.sheet.rtl ? mirror(scene) : scene;
  }
}

/** Arabic stands and hangs further than Latin. */
export function leading(text: string): number {
  return RTL.test(text) ? 1.65 : 1.4;
}
