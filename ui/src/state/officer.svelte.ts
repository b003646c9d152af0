// An officer’s work on one consultation: how each answer was given, and what stays the same from one person to the
// next. On this device only; what was entered, who would not be asked and how many are meant is the node’s word.
import type { AnswerValue } from '../bindings/AnswerValue';
import type { AssistedView } from '../bindings/AssistedView';
import { Draft } from './draft.svelte';
import { rowAt } from './filling';
import type { Filling } from './filling.svelte';
import { given } from './form';

/** The most fillings whose terms are remembered. */
const MOST = 30;

/** An answer that the next person gets too: the place, the household. */
export interface Kept {
  path: string;
  value: AnswerValue;
}

export interface Work {
  /** How the answer of each unfinished filling was given. */
  terms: Record<string, AssistedView>;
  mode: AssistedView['mode'];
  /** Whether an officer chose that. */
  said?: boolean;
  /** Questions whose answers stay for the next person. */
  same: string[];
  kept: Kept[];
}

const NOTHING: Work = { terms: {}, mode: 'spoken', same: [], kept: [] };

function isWork(value: unknown): value is Work {
  return typeof value === 'object' && value !== null && 'terms' in value && 'same' in value && Array.isArray(value.same) && 'kept' in value && Array.isArray(value.kept);
}

export class Officer {
  readonly #work: Draft<Work>;

  constructor(space: string, consultation: string) {
    this.#work = new Draft<Work>(`officer/${space}/${consultation}`, structuredClone(NOTHING));
  }

  /** With how answers are given as a rule, where this officer has not said otherwise yet. */
  async open(mode: AssistedView['mode'] = 'spoken'): Promise<void> {
    await this.#work.open(isWork);
    if (mode !== 'spoken' && this.#work.value.said !== true) this.#work.value = { ...this.#work.value, mode };
  }

  /** How the next answer is given, until it is said. */
  get mode(): AssistedView['mode'] {
    return this.#work.value.mode;
  }

  /** How the answer of a filling was given; the way of the last one until it is said. */
  terms(filling: string): AssistedView {
    return this.#work.value.terms[filling] ?? { mode: this.#work.value.mode, consent: false, note: '' };
  }

  /** An officer chose how the answer was given; the next ones are given like it. */
  setTerms(filling: string, terms: AssistedView): void {
    this.#work.value = { ...this.#work.value, mode: terms.mode, said: true };
    this.takeTerms(filling, terms);
  }

  /** How an answer was given when it was entered, now that it is corrected: it says nothing of the next ones. */
  takeTerms(filling: string, terms: AssistedView): void {
    const others = Object.entries(this.#work.value.terms).filter(([one]) => one !== filling);
    this.#work.value = { ...this.#work.value, terms: Object.fromEntries([...others, [filling, terms]].slice(-MOST)) };
    this.#work.touch();
  }

  /** Whether a question's answer may stay for the next person: not one of a row, nor one that is sealed, which
   * no device keeps in the clear. Of what is not asked now nobody knows, where anything is sealed. */
  mayStay(path: string, filling: Filling | undefined): boolean {
    if (path.split('/').some((part) => rowAt(part) !== undefined)) return false;
    const sealed = filling?.asked.get(path)?.sealed ?? (filling?.view?.readers_needed ?? 0) > 0;
    return !sealed;
  }

  /** Lets go of what may not stay, however it came to be kept. */
  async clear(filling: Filling): Promise<void> {
    const { same, kept } = this.#work.value;
    const [stay, keep] = [same.filter((path) => this.mayStay(path, filling)), kept.filter(({ path }) => this.mayStay(path, filling))];
    if (stay.length === same.length && keep.length === kept.length) return;
    this.#work.value = { ...this.#work.value, same: stay, kept: keep };
    await this.#work.save();
  }

  stays(path: string): boolean {
    return this.#work.value.same.includes(path);
  }

  stay(path: string, stays: boolean): void {
    const others = this.#work.value.same.filter((one) => one !== path);
    this.#work.value = { ...this.#work.value, same: stays ? [...others, path] : others };
    this.#work.touch();
  }

  /** A filling was handed in: what stays of it is kept, its terms are not. A correction is of somebody else, a paper of
   * nobody known. */
  async handedIn(filling: Filling, taken = false): Promise<void> {
    await this.clear(filling);
    const handed = filling.view?.filling ?? '';
    const stays = this.#work.value.same.flatMap((path): Kept[] => {
      const value = filling.value(path);
      return given(value) ? [{ path, value }] : [];
    });
    const kept = !taken && (filling.view?.slot ?? null) === null ? stays : this.#work.value.kept;
    const terms = Object.entries(this.#work.value.terms).filter(([one]) => one !== handed);
    this.#work.value = { ...this.#work.value, kept, terms: Object.fromEntries(terms) };
    await this.#work.save();
  }

  /** Fills in for the next person what stays; what is not asked of them is left out. */
  async fillIn(filling: Filling): Promise<void> {
    await this.clear(filling);
    for (const { path, value } of $state.snapshot(this.#work.value.kept)) {
      if (this.stays(path) && filling.asked.has(path)) await filling.give(path, value);
    }
  }

  save(): Promise<void> {
    return this.#work.save();
  }
}
