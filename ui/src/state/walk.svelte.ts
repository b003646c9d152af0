// The way through a form: one screen after the other or all of it, then the check before it is handed in.

import { SvelteSet } from 'svelte/reactivity';

import type { ApiError } from '../bindings/ApiError';
import type { Step } from './filling';
import { stepOf, stepsOf, takesAnswer, whereStopped } from './filling';
import type { Filling } from './filling.svelte';
import { given } from './form';
import { untold } from './keeping';

/** Where the eye should go: a question, or the top. */
export type Shown = (path: string | undefined) => void;

export class Walk {
  /** Whether everything is on one screen. */
  whole = $state(false);
  /** Whether the answers are being checked. */
  checking = $state(false);
  /** Why something could not be kept whose field is not there to say so. */
  lost = $state.raw<ApiError>();
  /** Questions whose fault the person was told of. */
  readonly told = new SvelteSet<string>();
  /** Questions whose fault held the person back once. */
  readonly #held = new SvelteSet<string>();
  readonly filling: Filling;
  readonly #shown: Shown;
  #at = $state('');
  #last = 0;

  readonly steps: readonly Step[] = $derived.by(() => {
    const view = this.filling.view;
    return view === undefined ? [] : stepsOf(view.order, this.filling.asked, view.repeats);
  });
  readonly index = $derived.by(() => {
    const found = this.steps.findIndex((step) => step.name === this.#at);
    return found >= 0 ? found : Math.min(this.#last, Math.max(0, this.steps.length - 1));
  });
  readonly step = $derived(this.steps[this.index]);
  /** Paths where something is wrong, in order; what the device did not take too. */
  readonly wrong: readonly string[] = $derived.by(() => {
    const { view, refused } = this.filling;
    const known = view?.wrong ?? [];
    return (view?.order ?? []).filter((path) => known.includes(path) || refused.has(path));
  });
  /** Questions without an answer that need none. */
  readonly open: readonly string[] = $derived.by(() => {
    const { asked } = this.filling;
    return [...asked.values()]
      .filter((one) => takesAnswer(one) && !one.read_only && !given(this.filling.value(one.path)) && !this.filling.keeps(one) && !this.wrong.includes(one.path))
      .map((one) => one.path);
  });

  constructor(filling: Filling, shown: Shown = () => undefined) {
    this.filling = filling;
    this.#shown = shown;
  }

  /** To where the person stopped, or to the check where there is nothing to ask. */
  start(): void {
    this.told.clear();
    this.#held.clear();
    this.checking = this.steps.length === 0;
    // What stands before the first question is read first.
    const { answered = 0, last = '' } = this.filling.view ?? {};
    this.#go(answered === 0 ? 0 : whereStopped(this.steps, this.filling.asked, last));
  }

  /** The person turned to something else: what was filled in there is looked at, not what is missing. */
  async leave(path: string): Promise<void> {
    await this.filling.flush();
    const wrong = this.filling.asked.get(path)?.wrong;
    if (wrong !== undefined && wrong !== null && wrong.why !== 'missing') this.told.add(path);
  }

  /** Whether the fault of a question is shown. */
  tells(path: string): boolean {
    return this.told.has(path) || this.filling.refused.has(path);
  }

  /** Whether the faults on the screen held the person back already, so that the next step leaves them for later. */
  readonly later = $derived.by(() => {
    const here = this.wrong.filter((path) => this.step?.paths.includes(path));
    return here.length > 0 && here.every((path) => this.#held.has(path));
  });

  /** Faults that are on the screen and held nobody back so far; they are shown, and do so now. */
  #tell(paths: readonly string[]): string | undefined {
    const news = this.wrong.filter((path) => paths.includes(path) && !this.#held.has(path));
    for (const path of news) {
      this.#held.add(path);
      this.told.add(path);
    }
    return news[0];
  }

  /** Waits for what is being kept. What could not be is gone to and said once; knowing it, the person may go on. */
  async kept(): Promise<boolean> {
    const lost = await untold(this.filling.view?.filling);
    const path = lost.find((one) => one.path !== undefined && this.filling.asked.has(one.path))?.path;
    if (path !== undefined) this.show(path);
    this.lost = lost.find((one) => !one.told)?.error;
    return lost.length === 0;
  }

  /** Told of a fault once, a person may go on and mend it later. */
  async next(): Promise<void> {
    if (!(await this.kept())) return;
    await this.filling.flush();
    const paths = this.whole ? (this.filling.view?.order ?? []) : (this.step?.paths ?? []);
    const fault = this.#tell(paths);
    if (fault !== undefined && !this.whole) {
      this.#shown(fault);
      return;
    }
    if (this.whole || this.index + 1 >= this.steps.length) this.check();
    else this.#go(this.index + 1);
  }

  back(): void {
    if (this.checking) {
      this.checking = false;
      this.#go(this.whole ? 0 : this.steps.length - 1);
    } else this.#go(this.index - 1);
  }

  /** Looks everything over. */
  check(): void {
    for (const path of this.wrong) this.told.add(path);
    this.checking = true;
    this.#shown(undefined);
  }

  /** Goes to a question, to change or to mend it. */
  show(path: string): void {
    this.checking = false;
    const at = stepOf(this.steps, path);
    if (at >= 0) this.#put(at);
    this.#shown(path);
  }

  /** Adds a row and goes there. */
  async addRow(repeat: string): Promise<void> {
    const before = this.filling.view?.repeats.find((one) => one.path === repeat)?.rows ?? 0;
    await this.filling.addRow(repeat);
    const row = `${repeat}[${before + 1}]`;
    const at = this.steps.findIndex((step) => step.paths.some((path) => path === row || path.startsWith(`${row}/`)));
    if (at >= 0) this.#put(at);
    this.#shown(this.whole ? row : undefined);
  }

  #put(at: number): void {
    this.lost = undefined;
    this.#last = Math.max(0, Math.min(at, this.steps.length - 1));
    this.#at = this.steps[this.#last]?.name ?? '';
  }

  #go(at: number): void {
    this.#put(at);
    this.#shown(undefined);
  }
}
