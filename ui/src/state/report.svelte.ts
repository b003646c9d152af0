// The closing report of a consultation: what people said, what is done about it, and sorting answers
// into what they say.

import type { AnswerValue } from '../bindings/AnswerValue';
import type { QuestionView } from '../bindings/QuestionView';
import type { ReportView } from '../bindings/ReportView';
import type { ResponseView } from '../bindings/ResponseView';
import type { StepView } from '../bindings/StepView';
import type { Themed } from '../bindings/Themed';
import type { ThemedPage } from '../bindings/ThemedPage';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';
import { say } from './words.svelte';

interface At {
  readonly space: string;
  readonly consultation: string;
}

/** What is said about a theme, or about everything when no theme is named. */
export interface Reply {
  readonly kind: 'done' | 'not_done';
  readonly theme: string | undefined;
  readonly text: string;
  readonly day: string;
}

export class Report extends Live<ReportView> {
  readonly #at: At;

  constructor(space: string, consultation: string) {
    super(() => ask('report', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  async reply(reply: Reply): Promise<void> {
    await ask('step', {
      ...this.#at,
      kind: reply.kind,
      about: reply.theme === undefined ? { type: 'whole' } : { type: 'statement', id: reply.theme },
      text: reply.text.trim(),
      number: null,
      day: reply.day === '' ? null : reply.day,
      sources: [],
      replaces: [],
    });
    await this.refresh();
  }

  /** Puts voices behind a theme with these words, or takes them away from it. */
  async sort(text: string, add: readonly string[], remove: readonly string[]): Promise<void> {
    await ask('change_theme', { ...this.#at, text: text.trim(), add: [...add], remove: [...remove] });
    await this.refresh();
  }
}

const PAGE = 30;
/** The device gives no more at once. */
const MOST = 500;

/** Answers with their themes, as many pages as were asked for. */
export class ThemedAnswers extends Live<ThemedPage> {
  of = $state.raw<Themed>({ type: 'none' });
  text = $state('');
  #shown = PAGE;

  constructor(space: string, consultation: string, of: Themed) {
    super(
      async () => {
        const page: ThemedPage = { answers: [], total: 0 };
        do {
          const [offset, limit] = [page.answers.length, Math.min(MOST, this.#shown - page.answers.length)];
          const next = await ask('themed_answers', { space, consultation, of: this.of, text: this.text.trim(), offset, limit });
          page.total = next.total;
          page.answers.push(...next.answers);
          if (next.answers.length === 0) break;
        } while (page.answers.length < Math.min(this.#shown, page.total));
        return page;
      },
      aboutProcess(space, consultation),
    );
    this.of = of;
  }

  /** Starts over with other words or another theme. */
  filter(): Promise<void> {
    this.#shown = PAGE;
    return this.refresh();
  }

  more(): Promise<void> {
    this.#shown += PAGE;
    return this.refresh();
  }
}

interface Worded {
  question: QuestionView;
  value: AnswerValue;
}

/**
 * What an answer says in words, question by question; everything it says where no words are asked for.
 * With `rows`, what is said in repeated questions too, as whoever searches finds it.
 */
export function worded(of: Pick<ResponseView, 'answers'>, questions: readonly QuestionView[], rows = false): Worded[] {
  const worded = questions.filter((question) => question.kind.type === 'text');
  const own = (worded.length > 0 ? worded : questions).flatMap((question): Worded[] => {
    const given = of.answers.find((answer) => answer.question === question.id);
    return given === undefined ? [] : [{ question, value: given.value }];
  });
  const inside = (answers: ResponseView['answers']): ResponseView['answers'] => answers.flatMap(({ value }) => (value.type === 'rows' ? value.value.flat().flatMap((one) => [one, ...inside([one])]) : []));
  if (!rows || worded.length === 0) return own;
  return [...own, ...inside(of.answers).flatMap(({ question: id, value }) => worded.filter((question) => question.id === id).map((question) => ({ question, value })))];
}

/** What a choice in a list of themes asks for. */
export function themedOf(choice: string): Themed {
  return choice === 'none' || choice === 'all' ? { type: choice } : { type: 'theme', theme: choice };
}

/** What a step is called: what had its day still before it when it was told is not said to be done. */
export function stepSaid({ kind, day, time }: Pick<StepView, 'kind' | 'day' | 'time'>): string {
  const ahead = kind === 'done' && day !== null && Date.parse(day) > time;
  return say(ahead ? 'step.will' : `step.${kind}`);
}
