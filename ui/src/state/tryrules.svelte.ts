// What rules would do with made-up ballots, before a draft is opened. The node makes the ballots up and counts them.

import type { ChoiceView } from '../bindings/ChoiceView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { RulesTried } from '../bindings/RulesTried';
import type { TriedRule } from '../bindings/TriedRule';
import { handedIn } from './activity';
import { ask } from './node';
import { number, say } from './words.svelte';

/** Hundredths of the large and of the small group that may like an option. */
export interface Guess {
  large: number;
  small: number;
}

/** The large group likes every other option, the small one what is left: where rules differ most. */
export function guessAt(place: number): Guess {
  return place % 2 === 0 ? { large: 70, small: 10 } : { large: 20, small: 80 };
}

export class RuleTrial {
  large = $state(60);
  small = $state(30);
  /** By the number of an option: what was guessed for it. */
  guesses = $state<Record<number, Guess>>({});
  found = $state.raw<RulesTried>();

  guess(option: number, place: number): Guess {
    return this.guesses[option] ?? guessAt(place);
  }

  set(option: number, place: number, group: keyof Guess, value: number): void {
    this.guesses[option] = { ...this.guess(option, place), [group]: value };
  }

  async run(draft: ConsultationDraft): Promise<void> {
    this.found = undefined;
    const ballot = draft.questions[0]?.kind;
    const options = ballot !== undefined && 'options' in ballot ? ballot.options : [];
    const support = options.map((option, place) => {
      const { large, small } = this.guess(option.id, place);
      return [large, small];
    });
    const named = options.map((option, place) => ({ ...option, label: nameOf(option, place) }));
    const [first, ...rest] = handedIn(draft).questions;
    if (first === undefined || !('options' in first.kind)) return;
    const questions = [{ ...first, kind: { ...first.kind, options: named } }, ...rest];
    this.found = await ask('try_rules', { draft: { ...handedIn(draft), questions }, camps: [this.large, this.small], support });
  }
}

/** What an option is called, before it has a name too. */
export function nameOf(option: ChoiceView, place: number): string {
  return option.label.trim() || `${say('question.option')} ${number(place + 1)}`;
}

/** What a method is called. */
export function methodName(method: TriedRule['method']): string {
  switch (method) {
    case 'equal-shares':
    case 'greedy':
    case 'greedy-per-cost':
    case 'phragmen':
    case 'knapsack':
      return say(`budget.method.${method}`);
    case 'schulze':
    case 'minimax':
    case 'borda':
    case 'irv':
    case 'scottish-stv':
      return say(`election.${method}`);
  }
}
