// Reading aloud: whether each question plays its recording when it comes, on this device; and which recordings those are.

import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { MediumView } from '../bindings/MediumView';
import { Draft } from './draft.svelte';

const isOn = (value: unknown): value is { on: boolean } => typeof value === 'object' && value !== null && 'on' in value && typeof value.on === 'boolean';

class Aloud extends Draft<{ on: boolean }> {
  constructor() {
    super('reading-aloud', { on: false });
  }

  /** Looks, once, for what was chosen before. */
  start(): Promise<void> {
    return this.ready ? Promise.resolve() : this.open(isOn);
  }

  turn(on: boolean): void {
    this.value = { on };
    this.touch();
  }
}

/** The choice of this device. */
export const aloud = new Aloud();

const spoken = (media: readonly MediumView[]): string[] => media.flatMap(({ kind, blob }) => (kind === 'audio' && blob !== null ? [blob] : []));

/** The recordings of a question and of what can be chosen, in the order in which they are read. */
export function recordings(question: FilledQuestion): string[] {
  return [...spoken(question.media), ...question.option_media.flatMap(([, media]) => spoken(media))];
}
