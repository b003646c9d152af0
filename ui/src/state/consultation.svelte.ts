// One consultation: its form, this person's answer, the answers held here and the count.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { ConsultationView } from '../bindings/ConsultationView';
import type { DayView } from '../bindings/DayView';
import type { DividedView } from '../bindings/DividedView';
import type { MyResponse } from '../bindings/MyResponse';
import type { ResponseView } from '../bindings/ResponseView';
import type { ResultsView } from '../bindings/ResultsView';
import { spoken } from './languages';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';
import { words } from './words.svelte';

export class Consultation extends Live<ConsultationView> {
  readonly #at: { space: string; consultation: string };
  /** The form in the language of whoever reads, as far as it has words in it. */
  readonly shown = $derived(this.value === undefined ? undefined : spoken(this.value.form, words.language));

  constructor(space: string, consultation: string) {
    super(() => ask('consultation', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  static async start(space: string, draft: ConsultationDraft): Promise<string> {
    return (await ask('new_consultation', { space, draft })).consultation;
  }

  /** Hands a draft to the space; answers the draft as it stands there now, with what others wrote. */
  edit(draft: ConsultationDraft): Promise<ConsultationDraft> {
    return ask('edit_consultation', { ...this.#at, draft });
  }

  async open(): Promise<void> {
    await ask('open_consultation', this.#at);
    await this.refresh();
  }

  /** Opens it with answers that only the keepers of a fresh key can read. */
  async openSealed(questions: string[], keepers: string[], threshold: number): Promise<void> {
    await ask('open_sealed', { ...this.#at, questions, keepers, threshold });
    await this.refresh();
  }

  /** Says until when people are asked to take part, or moves it; it decides nothing. */
  async sayUntil(until: string, why: string): Promise<void> {
    await ask('open_until', { ...this.#at, until, why });
    await this.refresh();
  }

  async close(note: string): Promise<void> {
    await ask('close_consultation', { ...this.#at, note });
    await this.refresh();
  }

  async withdraw(slot: string | null = null): Promise<void> {
    await ask('withdraw', { ...this.#at, slot });
  }
}

/** This person's own answer. */
export class MyAnswer extends Live<MyResponse | null> {
  constructor(space: string, consultation: string) {
    const about = aboutProcess(space, consultation);
    super(
      () => ask('my_response', { space, consultation }),
      (event) => about(event) || (event.event === 'sync' && event.space === space),
    );
  }
}

/** What an officer's devices entered for others today, who would not be asked, and how many are meant. */
export class FieldDay extends Live<DayView> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    const about = aboutProcess(space, consultation);
    super(
      () => ask('field_day', { space, consultation }),
      // Whoever is met may take over what was on this device only.
      (event) => about(event) || (event.event === 'sync' && event.space === space),
    );
    this.#at = { space, consultation };
  }

  /** One more who would not be asked, or one fewer. */
  async refuse(by: 1 | -1): Promise<void> {
    this.value = await ask('tell_day', { ...this.#at, refused: by, target: null });
  }

  /** How many are meant for a day, in any digits. */
  async aim(text: string): Promise<void> {
    const wanted = Number.parseInt(text.replace(/[٠-٩]/gu, (digit) => String(digit.charCodeAt(0) - 0x0660)), 10);
    const target = Number.isFinite(wanted) ? Math.max(0, Math.min(1_000, wanted)) : 0;
    this.value = await ask('tell_day', { ...this.#at, refused: 0, target });
  }
}

export class Results extends Live<ResultsView> {
  constructor(space: string, consultation: string) {
    super(() => ask('results', { space, consultation }), aboutProcess(space, consultation));
  }
}

/** What each group answered, by the question that was picked. */
export class Divisions extends Live<DividedView | undefined> {
  /** A question; empty while results are not split by one. */
  by = $state('');

  constructor(space: string, consultation: string) {
    super(
      async () => (this.by === '' ? undefined : await ask('divided', { space, consultation, by: { type: 'question', question: this.by } })),
      aboutProcess(space, consultation),
    );
  }

  /** Splits by another question, or by none. */
  pick(by: string): Promise<void> {
    this.value = undefined;
    this.by = by;
    return this.refresh();
  }
}

const PAGE = 30;

/** The answers held here, as many pages as were asked for. */
export class Responses extends Live<{ responses: ResponseView[]; total: number }> {
  text = $state('');
  mine = $state(false);
  #shown = PAGE;

  constructor(space: string, consultation: string, mine = false) {
    super(
      () =>
        ask('responses', { space, consultation, mine: this.mine, counted: false, slots: [], text: this.text.trim(), offset: 0, limit: this.#shown }),
      aboutProcess(space, consultation),
    );
    this.mine = mine;
  }

  /** Starts over with other words or another filter. */
  filter(): Promise<void> {
    this.#shown = PAGE;
    return this.refresh();
  }

  more(): Promise<void> {
    this.#shown += PAGE;
    return this.refresh();
  }
}
