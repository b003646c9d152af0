// One response while it is filled in: every answer goes to the device at once, which keeps it and says
// what is asked now.

/* eslint-disable svelte/prefer-svelte-reactivity -- these maps are replaced as wholes and never changed in place */

import { CallFailed, errorOf } from '../backend';
import type { AnswerValue } from '../bindings/AnswerValue';
import type { ApiError } from '../bindings/ApiError';
import type { AssistedView } from '../bindings/AssistedView';
import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { FillingView } from '../bindings/FillingView';
import type { Responded } from '../bindings/Responded';
import type { UnfinishedFilling } from '../bindings/UnfinishedFilling';
import type { Saved } from './draft.svelte';
import { type Asked, inPiece } from './filling';
import { given } from './form';
import { kept } from './keeping';
import { ask } from './node';
import { words } from './words.svelte';

/** How long a pause in typing is before it is saved. */
const PAUSE = 300;
/** For numbers where rows may be counted by one, or choices offered: half a number would take some away. */
const PAUSE_IN_A_NUMBER = 2_000;
/** How long until it is tried again when the device does not answer. */
const AGAIN = 2_000;

/** How a filling is begun. */
export interface Beginning {
  space: string;
  consultation: string;
  assisted?: boolean;
  /** An assisted answer to correct. */
  slot?: string | null;
}

/** Those that were left while the device was away, by name. */
const waiting = new Map<string, Filling>();

/** A filling to go on with: the one that still waits for the device, if there is one. */
export function toResume(filling: string): Filling {
  return waiting.get(filling) ?? new Filling();
}

export class Filling {
  /** What the device said last; `changed` in it is taken in already. */
  view = $state.raw<FillingView>();
  asked = $state.raw<Asked>(new Map());
  /** Answers that the device does not have yet, by path; nothing in one takes the answer away. */
  pending = $state.raw<ReadonlyMap<string, AnswerValue | undefined>>(new Map());
  /** Why the device did not take what is pending. */
  refused = $state.raw<ReadonlyMap<string, ApiError>>(new Map());
  /** Whether all of it is on the disk; nothing before the first answer. */
  state = $state<Saved>();
  /** Whether anything was changed since it was opened here. */
  touched = $state(false);
  /** How often rows moved to other paths. */
  moves = $state(0);
  /** Why the form cannot be shown. */
  error = $state.raw<ApiError>();

  #line: Promise<unknown> = Promise.resolve();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Whether an answer of the device was lost, so that its next differences are not enough. */
  #behind = false;

  /** Begins. */
  async begin({ space, consultation, assisted = false, slot = null }: Beginning): Promise<void> {
    await this.#open(() => ask('begin_filling', { space, consultation, assisted, slot, language: words.language }));
  }

  /** Goes on with what was begun before. */
  async resume(space: string, filling: string): Promise<void> {
    await this.#open(() => ask('filling', { space, filling }));
  }

  async #open(call: () => Promise<FillingView>): Promise<void> {
    this.error = undefined;
    try {
      this.asked = new Map();
      this.#take(await call());
    } catch (thrown) {
      this.error = errorOf(thrown);
    }
  }

  /** Whether what was sealed before at a question stays as it is. */
  keeps(question: FilledQuestion): boolean {
    return this.view?.sealed_before === 'kept' && inPiece(question);
  }

  /** What stands at a question: what was just filled in, else what the device has. */
  value(path: string): AnswerValue | undefined {
    return this.pending.has(path) ? this.pending.get(path) : (this.asked.get(path)?.value ?? undefined);
  }

  /** What answers a question of this filling, whichever one is on the screen by then. */
  answering(path: string): (value: AnswerValue | undefined, typed?: boolean) => void {
    return (value, typed) => this.fill(path, value, typed);
  }

  /** Answers a question; `typed` waits for a pause. */
  fill(path: string, value: AnswerValue | undefined, typed = false): void {
    const now = given(value) ? value : undefined;
    this.touched = true;
    this.state = 'saving';
    const refused = new Map(this.refused);
    refused.delete(path);
    [this.pending, this.refused] = [new Map(this.pending).set(path, now), refused];
    const half = this.view?.steered === true && (now ?? this.asked.get(path)?.value)?.type === 'number';
    this.#later(path, !typed ? 0 : half ? PAUSE_IN_A_NUMBER : PAUSE);
  }

  /** Answers for the person what is known already; what does not fit is left out. */
  async give(path: string, value: AnswerValue): Promise<void> {
    await this.#line;
    try {
      this.#take(await ask('fill', { ...this.#at(), path, value, beforehand: true }));
    } catch {
      this.#behind = true;
    }
  }

  /** Hands everything to the device that it does not have; answers whether it took it. */
  async flush(): Promise<boolean> {
    for (const path of this.pending.keys()) {
      if (this.refused.has(path)) continue;
      clearTimeout(this.#timers.get(path));
      this.#timers.delete(path);
      void this.#send(path);
    }
    await this.#line;
    return this.pending.size === 0;
  }

  addRow(path: string): Promise<void> {
    return this.#act((at) => ask('fill_add_row', { ...at, path }));
  }

  /** Takes a row away, with what was not saved of it; the rows behind it move up to other paths. */
  async removeRow(path: string): Promise<void> {
    for (const own of this.pending.keys()) if (own.startsWith(`${path}/`)) this.#settle(own);
    await this.#act((at) => ask('fill_remove_row', { ...at, path }));
    const repeat = path.replace(/\d+\]$/u, '');
    for (const own of this.pending.keys()) if (own.startsWith(repeat)) this.#settle(own);
    this.moves += 1;
  }

  speak(language: string): Promise<void> {
    return this.#act((at) => ask('speak_filling', { ...at, language }));
  }

  /** Hands it in, unless the device does not have all of it: what was drawn, photographed and spoken too. Told once that it could not be kept, a person may do without. */
  async finish(assisted: AssistedView | null): Promise<Responded> {
    await kept(this.view?.filling);
    if (!(await this.flush())) throw new CallFailed({ code: 'unreachable', message: 'some answers are not with the device yet', detail: null });
    return ask('finish_filling', { ...this.#at(), assisted });
  }

  /** Drops it, with everything in it. */
  async drop(): Promise<void> {
    this.stop();
    await this.#line;
    if (this.view !== undefined) await ask('drop_filling', this.#at());
  }

  /** Lets go of it once the device has all of it; until then it is tried again, and found by whoever goes on with it. */
  async letGo(): Promise<void> {
    const { filling } = this.#at();
    if (await this.flush()) this.stop();
    else if (this.#timers.size > 0) waiting.set(filling, this);
  }

  /** Lets go of it; it stays on the device. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #at(): { space: string; filling: string } {
    const { space, filling } = this.view ?? { space: '', filling: '' };
    return { space, filling };
  }

  async #act(call: (at: { space: string; filling: string }) => Promise<FillingView>): Promise<void> {
    await this.flush();
    this.touched = true;
    this.#take(await call(this.#at()));
    this.state = this.pending.size === 0 ? 'saved' : 'unsaved';
  }

  #later(path: string, pause: number): void {
    clearTimeout(this.#timers.get(path));
    const go = (): void => {
      this.#timers.delete(path);
      void this.#send(path);
    };
    if (pause === 0) go();
    else this.#timers.set(path, setTimeout(go, pause));
  }

  /** One answer after the other: what the device says is the difference to what it said before. */
  #send(path: string): Promise<unknown> {
    this.#line = this.#line.then(() => this.#hand(path));
    return this.#line;
  }

  async #hand(path: string): Promise<void> {
    if (!this.pending.has(path)) return;
    const value = this.pending.get(path);
    let failed = false;
    try {
      if (this.#behind) {
        this.#take(await ask('filling', this.#at()));
        this.#behind = false;
      }
      const view = await ask('fill', { ...this.#at(), path, value: value ?? null, beforehand: false });
      if (this.pending.get(path) === value) this.#settle(path);
      this.#take(view);
    } catch (thrown) {
      failed = true;
      if (this.pending.get(path) === value) this.#failed(path, thrown);
    }
    if (this.pending.size === 0) waiting.delete(this.#at().filling);
    this.state = this.pending.size === 0 ? 'saved' : failed || this.refused.size > 0 ? 'unsaved' : 'saving';
  }

  #failed(path: string, thrown: unknown): void {
    const error = errorOf(thrown);
    switch (error.code) {
      case 'answer_unfit':
      case 'bad_input':
      case 'disk_full':
        this.refused = new Map(this.refused).set(path, error);
        return;
      case 'not_found':
      case 'not_allowed':
        if (error.detail !== null && error.detail === this.view?.filling) {
          // All of it is gone from the device; what stands here is not told to be saved.
          this.error = error;
          this.refused = new Map(this.refused).set(path, error);
          return;
        }
        // It is not asked any more, or was never to be changed.
        this.#settle(path);
        this.#behind = true;
        return;
      default:
        this.#behind = true;
        // The device may be away for a moment; what was filled in stays and is tried again.
        if (!(thrown instanceof CallFailed) || error.code === 'unreachable') this.#later(path, AGAIN);
        else this.refused = new Map(this.refused).set(path, error);
    }
  }

  #settle(path: string): void {
    const [pending, refused] = [new Map(this.pending), new Map(this.refused)];
    pending.delete(path);
    refused.delete(path);
    [this.pending, this.refused] = [pending, refused];
  }

  #take(view: FillingView): void {
    const known = new Map<string, FilledQuestion>(this.asked);
    for (const one of view.changed) known.set(one.path, one);
    const shown = view.order.flatMap((path) => known.get(path) ?? []);
    this.#behind = shown.length < view.order.length;
    this.asked = new Map(shown.map((one) => [one.path, one]));
    this.view = view;
  }
}

/** What was begun of one consultation and not handed in, newest first. */
export async function unfinished(space: string, consultation: string, assisted: boolean): Promise<UnfinishedFilling[]> {
  const all = await ask('fillings', { space });
  return all.filter((one) => one.consultation === consultation && one.assisted === assisted).sort((one, other) => other.saved - one.saved);
}
