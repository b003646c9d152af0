// The outcome of an activity as this device counts it, and what officers sign and do about it.

import type { ActivityView } from '../bindings/ActivityView';
import type { CountEvent } from '../bindings/CountEvent';
import type { OutcomeView } from '../bindings/OutcomeView';
import type { RecountView } from '../bindings/RecountView';
import type { StepName } from '../bindings/StepName';
import type { StepNew } from '../bindings/StepNew';
import type { StepView } from '../bindings/StepView';
import type { WhyView } from '../bindings/WhyView';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

export class Outcome extends Live<OutcomeView> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    const about = aboutProcess(space, consultation);
    super(
      () => ask('outcome', { space, consultation }),
      (event) => about(event) || (event.event === 'sync' && event.space === space),
    );
    this.#at = { space, consultation };
  }

  /** Counts again from signed entries alone. */
  recount(): Promise<RecountView> {
    return ask('recount', this.#at);
  }

  /** What would have to be otherwise for an option to win. */
  explain(option: number): Promise<WhyView> {
    return ask('explain', { ...this.#at, option });
  }

  async sign(summary: string): Promise<void> {
    await ask('state_result', { ...this.#at, summary });
    await this.refresh();
  }

  async step(step: Omit<StepNew, 'space' | 'consultation'>): Promise<void> {
    await ask('step', { ...this.#at, ...step });
    await this.refresh();
  }
}

/** The first digits of a hash, in fours, as people read them to each other. */
export function short(hash: string): string {
  return (hash.slice(0, 16).match(/.{4}/gu) ?? []).join(' ');
}

/** What a round of a count began with and what happened in it; candidates by their option. */
export interface Round {
  readonly votes: readonly { readonly option: number; readonly votes: number }[];
  readonly exhausted: number;
  readonly elected: number[];
  readonly out: number[];
}

/** The rounds of a ranked count, from what it wrote down. */
export function roundsOf(log: readonly CountEvent[]): Round[] {
  const rounds: Round[] = [];
  for (const event of log) {
    const now = rounds.at(-1);
    const named = event.options.map(([one]) => one.option);
    switch (event.event) {
      case 'round':
        rounds.push({
          votes: event.options.map(([one, held]) => ({ option: one.option, votes: Number(held ?? 0) })),
          exhausted: Number(event.votes ?? 0),
          elected: [],
          out: [],
        });
        break;
      case 'elected':
        now?.elected.push(...named);
        break;
      case 'excluded':
        now?.out.push(...named);
        break;
      // Who takes the last seats is said to be elected besides.
      case 'last-seats':
      case 'quota':
      case 'transfer':
      case 'tie-by-round':
      case 'tie':
      case 'does-not-beat-status-quo':
        break;
    }
  }
  return rounds;
}

const OFFICE: readonly StepName[] = ['received', 'admitted', 'refused', 'answered', 'followed_up'];
const REPORT: readonly StepName[] = ['done', 'not_done'];

/** The steps that are offered to whoever may take them; what may be is decided where it is sealed. */
export function stepsFor(type: ActivityView['rule']['type'], view: Pick<OutcomeView, 'may_moderate' | 'may_decide'>): StepName[] {
  const decide = view.may_decide ? [...(type === 'petition' ? OFFICE : []), ...REPORT] : [];
  const moderate: StepName[] = view.may_moderate ? [...(type === 'budget' ? (['feasible', 'infeasible', 'milestone'] as const) : []), 'noted'] : [];
  return [...decide, ...moderate];
}

/** Whether a step needs words, as the record asks for them. */
export function needsText(kind: StepName): boolean {
  return kind !== 'feasible' && kind !== 'admitted' && kind !== 'received' && kind !== 'let_in' && kind !== 'merged';
}

const DAY = 86_400_000;

/** When the office first did something: the day it says, or else when it said so. */
export function doneOn(steps: readonly StepView[], kind: StepName): number | undefined {
  const done = steps.find((step) => step.kind === kind);
  if (done === undefined) return undefined;
  const day = done.day === null ? Number.NaN : Date.parse(done.day);
  return Number.isNaN(day) ? done.time : day;
}

/** So many days after a moment. */
export function after(moment: number, days: number): number {
  return moment + days * DAY;
}

/** Money of the smallest unit as decimal text. */
export function written(amount: number, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
