// The statements of a conversation, and what this person says to them. Votes are kept on this device
// at once and handed in together after a pause: a ballot carries all of them, so one for each
// statement would make a record of everything at every touch.

import type { AnswerTo } from '../bindings/AnswerTo';
import type { StatementView } from '../bindings/StatementView';
import type { StepView } from '../bindings/StepView';
import { Draft } from './draft.svelte';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';

export type Vote = 1 | 0 | -1;
/** What was said and not handed in yet, by statement, in the order in which it was said. */
type Votes = [string, Vote][];

/** How long a pause hands in what was said. */
const PAUSE = 4000;

/** Statements, those to vote on first as the conversation orders them. */
export class Statements extends Live<StatementView[]> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('statements', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Says something in the conversation, for oneself. */
  async add(text: string): Promise<void> {
    await ask('add_statement', { ...this.#at, text, assisted: false });
    await this.refresh();
  }

  /** Asks that one's own, which was joined with another, stand by itself. */
  async keepApart(statement: string): Promise<void> {
    await ask('keep_apart', { ...this.#at, statement, text: '' });
    await this.refresh();
  }

  /** Makes the draft of a budget from the ideas that can be done, under a title of its own; gives which one. */
  async budget(title: string): Promise<string> {
    const made = await ask('budget_of_ideas', { ...this.#at, title });
    return made.consultation;
  }
}

function isVotes(value: unknown): value is Votes {
  return Array.isArray(value) && value.every((one) => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number');
}

/** What this person says, statement by statement. */
export class Talk {
  readonly statements: Statements;
  readonly #at: { space: string; consultation: string };
  readonly #draft: Draft<Votes>;
  #next = $state.raw<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #handing: Promise<void> = Promise.resolve();

  constructor(space: string, consultation: string) {
    this.#at = { space, consultation };
    this.statements = new Statements(space, consultation);
    this.#draft = new Draft<Votes>(`talk/${space}/${consultation}`, []);
  }

  /** Finds what was said before, and which statement comes first. */
  async open(): Promise<void> {
    await this.#draft.open(isVotes);
    await this.#choose();
    if (this.#draft.found) this.#later();
  }

  get ready(): boolean {
    return this.#draft.ready;
  }

  /** What was said to a statement, handed in or not. */
  voteOf(one: StatementView): number | null {
    return this.#draft.value.find(([id]) => id === one.statement)?.[1] ?? one.vote;
  }

  /** The statement to look at now; nothing when all were seen. */
  get now(): StatementView | undefined {
    const open = (this.statements.value ?? []).filter((one) => one.standing === 'in' && this.voteOf(one) === null);
    return open.find((one) => one.statement === this.#next) ?? open[0];
  }

  get canUndo(): boolean {
    return this.#draft.value.length > 0;
  }

  say(statement: string, vote: Vote): void {
    this.#draft.value = [...this.#draft.value.filter(([id]) => id !== statement), [statement, vote]];
    this.#draft.touch();
    this.#later();
  }

  /** Takes back the last thing that was not handed in. */
  undo(): void {
    const last = this.#draft.value.at(-1);
    if (last === undefined) return;
    this.#draft.value = this.#draft.value.slice(0, -1);
    this.#draft.touch();
    this.#next = last[0];
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.handIn().catch(() => undefined), PAUSE);
  }

  /** Hands in what was said; one after the other. Fails as the call does, and keeps what was said. */
  handIn(): Promise<void> {
    clearTimeout(this.#timer);
    this.#handing = this.#handing.catch(() => undefined).then(() => this.#hand());
    return this.#handing;
  }

  async #hand(): Promise<void> {
    const said = $state.snapshot(this.#draft.value);
    if (said.length === 0) return;
    const [{ form }, mine] = await Promise.all([ask('consultation', this.#at), ask('my_response', this.#at)]);
    const ballot = form.questions[0]?.id;
    if (ballot === undefined) return;
    const before = mine === null || mine.withdrawn ? [] : mine.answers;
    const earlier = before.find((one) => one.question === ballot)?.value;
    const kept = (earlier?.type === 'votes' ? earlier.value : []).filter(([id]) => !said.some(([other]) => other === id));
    const value: AnswerTo['value'] = { type: 'votes', value: [...kept, ...said].sort(([a], [b]) => (a < b ? -1 : 1)) };
    const answers = [{ question: ballot, value }, ...before.filter((one) => one.question !== ballot)];
    await ask('respond', { ...this.#at, answers, assisted: null, slot: null });
    await this.statements.refresh();
    // Only what was handed in goes; what was said meanwhile stays.
    this.#draft.value = this.#draft.value.filter(([id, vote]) => !said.some(([other, given]) => other === id && given === vote));
    if (this.#draft.value.length === 0) await this.#draft.drop();
    else this.#later();
    await this.#choose();
  }

  async #choose(): Promise<void> {
    try {
      this.#next = (await ask('next_statement', this.#at))?.statement;
    } catch {
      // The order of the list will do.
    }
  }
}

/** Into which statement one was merged, by the step that says so; nothing while that is not known. */
export function mergedInto(one: StatementView, steps: readonly StepView[], all: readonly StatementView[]): StatementView | undefined {
  const about = steps.filter((step) => step.kind === 'merged' && step.about.type === 'statement' && step.about.id === one.statement);
  const into = about.flatMap((step) => step.sources).findLast((source) => source.type === 'statement');
  return into?.type === 'statement' ? all.find((other) => other.statement === into.id) : undefined;
}
