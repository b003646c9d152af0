// Trying a form that is being written: the node fills it in memory, by the same rules as in earnest, and
// keeps nothing.

import { errorOf } from '../backend';
import type { AnswerValue } from '../bindings/AnswerValue';
import type { ApiError } from '../bindings/ApiError';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { FillingView } from '../bindings/FillingView';
import type { RepeatView } from '../bindings/RepeatView';
import { handedIn } from './activity';
import { spaceHere } from './media.svelte';
import { ask } from './node';

/** What the trial shows, one under the other. */
export type Shown = { type: 'question'; question: FilledQuestion } | { type: 'add'; repeat: RepeatView };

export class Trial {
  view = $state.raw<FillingView>();
  error = $state.raw<ApiError>();
  /** What stands in the way of the last answer, by its path. */
  refused = $state.raw<{ path: string; error: ApiError }>();
  #questions = $state.raw<Readonly<Record<string, FilledQuestion>>>({});
  #queue: Promise<void> = Promise.resolve();

  readonly shown = $derived.by((): Shown[] => {
    const view = this.view;
    if (view === undefined) return [];
    const out: Shown[] = [];
    const behind = (path: string): void => {
      for (const repeat of view.repeats) if (repeat.free && repeat.after === path) out.push({ type: 'add', repeat });
    };
    behind('');
    for (const path of view.order) {
      const question = this.#questions[path];
      if (question !== undefined) out.push({ type: 'question', question });
      behind(path);
    }
    return out;
  });

  /** Begins anew with the form as it is now. */
  begin(draft: ConsultationDraft, language: string | null): Promise<void> {
    return this.#next(async () => {
      this.view = undefined;
      this.refused = undefined;
      this.#questions = {};
      try {
        this.#take(await ask('try_form', { space: spaceHere(), draft: handedIn(draft), language }));
        this.error = undefined;
      } catch (thrown) {
        this.error = errorOf(thrown);
      }
    });
  }

  fill(path: string, value: AnswerValue | undefined): Promise<void> {
    return this.#go(path, (at) => ask('fill', { ...at, path, value: value ?? null, beforehand: false }));
  }

  addRow(path: string): Promise<void> {
    return this.#go(path, (at) => ask('fill_add_row', { ...at, path }));
  }

  removeRow(path: string): Promise<void> {
    return this.#go(path, (at) => ask('fill_remove_row', { ...at, path }));
  }

  speak(language: string): Promise<void> {
    return this.#go('', (at) => ask('speak_filling', { ...at, language }));
  }

  /** Lets go of it. */
  stop(): void {
    const view = this.view;
    if (view !== undefined) void ask('drop_filling', { space: view.space, filling: view.filling }).catch(() => undefined);
    this.view = undefined;
  }

  #go(path: string, act: (at: { space: string; filling: string }) => Promise<FillingView>): Promise<void> {
    return this.#next(async () => {
      const view = this.view;
      if (view === undefined) return;
      try {
        const next = await act({ space: view.space, filling: view.filling });
        this.refused = undefined;
        this.#take(next);
      } catch (thrown) {
        this.refused = { path, error: errorOf(thrown) };
      }
    });
  }

  #take(view: FillingView): void {
    const changed = Object.fromEntries(view.changed.map((question) => [question.path, question]));
    this.#questions = { ...this.#questions, ...changed };
    this.view = view;
  }

  /** One call at a time, in the order in which they were made. */
  #next(act: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(act, act);
    return this.#queue;
  }
}
