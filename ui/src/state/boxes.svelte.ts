// Ballot boxes of a vote: how they stand, sealing one, signing the minutes of one.

import type { BoxesView } from '../bindings/BoxesView';
import type { BoxNew } from '../bindings/BoxNew';
import type { PhotoView } from '../bindings/PhotoView';
import type { Consultation } from './consultation.svelte';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

/** The most boxes of one vote. */
export const MOST_BOXES = 200;

/** Boxes as people write them down: one a line, and after a colon who keeps it. */
export function boxesOf(text: string): BoxNew[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split(/[:：]/u);
      return { name: name.trim(), keeper: rest.join(':').trim() };
    })
    .filter((box) => box.name !== '');
}

/** Names that two boxes have. */
export function twice(boxes: readonly BoxNew[]): string[] {
  const names = boxes.map((box) => box.name);
  // The second of each: told once, however many there are.
  return names.filter((name, at) => names.slice(0, at).filter((other) => other === name).length === 1);
}

/** Opens a draft whose ballots on paper are gathered in boxes. */
export async function openWithBoxes(here: Consultation, at: { space: string; consultation: string }, boxes: BoxNew[], signatures: number): Promise<void> {
  await ask('open_with_boxes', { ...at, boxes, signatures });
  await here.refresh();
}

export class Boxes extends Live<BoxesView | null> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('ballot_boxes', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Seals a box; gives how many ballots are in it. */
  async seal(number: number, papers: number, note: string): Promise<number> {
    const sealed = await ask('seal_box', { ...this.#at, number, papers, note });
    await this.refresh();
    return sealed.ballots;
  }

  /** Adds a photo of the minutes on paper. */
  async picture(minutes: string, photo: PhotoView): Promise<void> {
    await ask('picture_box', { ...this.#at, minutes, photo });
    await this.refresh();
  }

  /** Hides a photo of minutes, or shows it again, for all to see why. */
  async turn(record: string, kind: 'hidden' | 'let_in', why: string): Promise<void> {
    await ask('step', { ...this.#at, kind, about: { type: 'whole' }, text: why, number: null, day: null, sources: [], replaces: [record] });
    await this.refresh();
  }

  async sign(minutes: string): Promise<void> {
    await ask('sign_box', { ...this.#at, minutes });
    await this.refresh();
  }
}
