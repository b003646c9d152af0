// The statements of a conversation, and the one that this person sees next.

import type { StatementView } from '../bindings/StatementView';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

/** Refreshed with the conversation; nothing is asked where there is none. */
export class Statements extends Live<StatementView[]> {
  constructor(space: string, consultation: string) {
    super(() => ask('statements', { space, consultation }), aboutProcess(space, consultation));
  }
}

export class NextStatement extends Live<StatementView | null> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('next_statement', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Says something in the conversation, for oneself. */
  async add(text: string): Promise<void> {
    await ask('add_statement', { ...this.#at, text, assisted: false });
    await this.refresh();
  }
}
