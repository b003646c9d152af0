// Answers that only some can read: who, their parts of the key, and the figures that they publish.

import type { QuestionView } from '../bindings/QuestionView';
import type { SealChoices } from '../bindings/SealChoices';
import type { SealingView } from '../bindings/SealingView';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

/** Who can read what of a consultation; nothing where nothing is sealed. */
export class Sealed extends Live<SealingView | null> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('sealing', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Gives this person's part to the others; answers who did not get it, because they are out. */
  async release(): Promise<string[]> {
    const { left_out: out } = await ask('release_part', this.#at);
    await this.refresh();
    return out;
  }

  async publish(least: number): Promise<void> {
    await ask('publish_figures', { ...this.#at, least });
    await this.refresh();
  }
}

/** What of a draft can be sealed, and who may hold a part of the key. */
export function sealChoices(space: string, consultation: string): Promise<SealChoices> {
  return ask('seal_choices', { space, consultation });
}

/** Whether the answers to a question are among the sealed ones: its own, or those of the rows that it is asked in. */
export function isSealed(questions: readonly QuestionView[], sealed: readonly string[], question: string): boolean {
  if (sealed.includes(question)) return true;
  const around = questions.find(({ id }) => id === question)?.details?.part_of ?? null;
  return around !== null && around !== question && isSealed(questions, sealed, around);
}

/** How many of the keepers may lose their devices before nobody can read any more. */
export function mayBeLost(keepers: number, needed: number): number {
  return Math.max(0, keepers - needed);
}
