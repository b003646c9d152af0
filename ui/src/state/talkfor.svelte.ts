// What somebody without a device says to the statements of a conversation, entered by an officer. On the disk at every
// vote, with how it was given, so that nobody goes on with another's.

import type { AnswerTo } from '../bindings/AnswerTo';
import type { AssistedView } from '../bindings/AssistedView';
import type { Responded } from '../bindings/Responded';
import type { ResponseView } from '../bindings/ResponseView';
import type { StatementView } from '../bindings/StatementView';
import { Draft } from './draft.svelte';
import { ask } from './node';
import type { Vote } from './talk.svelte';
import { Statements } from './talk.svelte';

/** One person's votes, by statement, in the order in which they were said. */
interface Said {
  votes: [string, Vote][];
  terms: AssistedView;
  /** The voice that is corrected; nothing for somebody new. */
  slot: string | null;
}

const nobody = (mode: AssistedView['mode'] = 'spoken'): Said => ({ votes: [], terms: { mode, consent: false, note: '' }, slot: null });

function isSaid(value: unknown): value is Said {
  return typeof value === 'object' && value !== null && 'votes' in value && Array.isArray(value.votes) && 'terms' in value && 'slot' in value;
}

export class TalkFor {
  readonly statements: Statements;
  /** Whether somebody's votes from before are here, and nobody said yet to go on with them. */
  found = $state(false);
  readonly #at: { space: string; consultation: string };
  readonly #draft: Draft<Said>;

  constructor(space: string, consultation: string) {
    this.#at = { space, consultation };
    this.statements = new Statements(space, consultation);
    this.#draft = new Draft<Said>(`talk-for/${space}/${consultation}`, nobody());
  }

  async open(): Promise<void> {
    await this.#draft.open(isSaid);
    this.found = this.said > 0;
  }

  get ready(): boolean {
    return this.#draft.ready;
  }

  /** How many statements the person said something to. */
  get said(): number {
    return this.#draft.value.votes.length;
  }

  /** Whether an answer from before is corrected. */
  get corrects(): boolean {
    return this.#draft.value.slot !== null;
  }

  get terms(): AssistedView {
    return this.#draft.value.terms;
  }

  set terms(terms: AssistedView) {
    this.#put({ terms });
  }

  /** The statement to read out now; nothing when all were. */
  get now(): StatementView | undefined {
    return (this.statements.value ?? []).find((one) => one.standing === 'in' && !this.#draft.value.votes.some(([id]) => id === one.statement));
  }

  say(statement: string, vote: Vote): void {
    this.#put({ votes: [...this.#draft.value.votes.filter(([id]) => id !== statement), [statement, vote]] });
  }

  undo(): void {
    this.#put({ votes: this.#draft.value.votes.slice(0, -1) });
  }

  #put(part: Partial<Said>): void {
    this.#draft.value = { ...this.#draft.value, ...part };
    this.#draft.touch();
  }

  /** Takes up what was entered for somebody, to change it. */
  correct(response: ResponseView): void {
    const votes = response.answers.flatMap(({ value }) => (value.type === 'votes' ? value.value : [])) as [string, Vote][];
    this.#put({ votes, slot: response.slot, ...(response.assisted === null ? {} : { terms: { ...response.assisted } }) });
    this.found = false;
  }

  /** Enters what was said, under a voice of its own or the one that is corrected; gives the receipt and the form. */
  async save(): Promise<{ responded: Responded; form: string }> {
    const view = await ask('consultation', this.#at);
    const ballot = view.form.questions[0]?.id;
    if (ballot === undefined) throw new Error('a conversation begins with its ballot');
    await this.#draft.save();
    const { votes: said, terms: assisted, slot } = $state.snapshot(this.#draft.value);
    const votes = [...said].sort(([a], [b]) => (a < b ? -1 : 1));
    const answers: AnswerTo[] = [{ question: ballot, value: { type: 'votes', value: votes } }];
    const responded = await ask('respond', { ...this.#at, answers, assisted, slot });
    // The receipt is there: nothing that fails from here on may keep it from the person.
    await this.drop().catch(() => undefined);
    void this.statements.refresh();
    return { responded, form: view.form_id ?? '' };
  }

  /** The next person begins anew; the way stays. */
  async drop(): Promise<void> {
    this.#draft.value = nobody(this.#draft.value.terms.mode);
    this.found = false;
    await this.#draft.drop();
  }
}
