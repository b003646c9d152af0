// Asking some people again: what was drawn, whose turn each is, and what came of it.

import type { BackCheckView } from '../bindings/BackCheckView';
import type { BackChecksView } from '../bindings/BackChecksView';
import type { ResponseView } from '../bindings/ResponseView';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

/** What an officer found about one question. */
export type Found = 'same' | 'other' | 'skipped';

export class BackChecks extends Live<BackChecksView> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('back_checks', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Draws; the draw stays what it is. */
  async draw(seed: string, percent: number): Promise<void> {
    this.value = await ask('draw_back_checks', { ...this.#at, seed, percent });
  }

  /** Tells what asking again found, or why nobody could be asked. */
  async tell(slot: string, found: Readonly<Record<string, Found>>, notAsked: string): Promise<void> {
    const those = (wanted: Found): string[] => Object.entries(found).flatMap(([question, said]) => (said === wanted ? [question] : []));
    const told = notAsked === '' ? { same: those('same'), other: those('other') } : { same: [], other: [] };
    this.value = await ask('tell_back_check', { ...this.#at, slot, ...told, not_asked: notAsked });
  }

  /** What was entered for somebody, where this device may show it. */
  async entered(slot: string): Promise<ResponseView | undefined> {
    const page = await ask('responses', { ...this.#at, mine: false, counted: true, slots: [slot], text: '', offset: 0, limit: 1 });
    return page.responses[0];
  }
}

/** Those that wait for this device's person. */
export function waitingFor(view: BackChecksView | undefined): BackCheckView[] {
  return (view?.checks ?? []).filter(({ mine, outcome }) => mine && outcome === null);
}
