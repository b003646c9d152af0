// The filling that is being filled in on a screen: found unfinished, begun, gone through and let go of.

import { tick } from 'svelte';

import type { UnfinishedFilling } from '../bindings/UnfinishedFilling';
import { Draft } from './draft.svelte';
import type { Beginning } from './filling.svelte';
import { Filling, toResume, unfinished } from './filling.svelte';
import { allKept } from './keeping';
import { ask } from './node';
import { Walk } from './walk.svelte';

type Look = 'one' | 'all' | 'auto';

function isLook(value: unknown): value is Look {
  return value === 'one' || value === 'all' || value === 'auto';
}

export class Paper {
  /** What is filled in now. */
  walk = $state.raw<Walk>();
  /** What was begun before and is offered. */
  found = $state.raw<UnfinishedFilling[]>([]);
  /** Whether it was looked for. */
  ready = $state(false);
  readonly #look = new Draft<Look>('fill/look', 'auto');
  readonly #at: { space: string; consultation: string; assisted: boolean };
  #began = false;
  #gone = false;

  constructor(space: string, consultation: string, assisted: boolean) {
    this.#at = { space, consultation, assisted };
  }

  /** Looks for what was begun; something without an answer is gone on with unasked. `first` may fill in what is known. */
  async open(first?: (filling: Filling) => Promise<void>): Promise<void> {
    await this.#look.open(isLook);
    await this.search();
    const [last] = this.found;
    const empty = last !== undefined && last.open && last.answered === 0 && last.slot === null;
    if (empty) await this.resume(last, first);
    else if (last === undefined) await this.begin({}, first);
    this.ready = true;
  }

  async search(): Promise<void> {
    const { space, consultation, assisted } = this.#at;
    this.found = await unfinished(space, consultation, assisted);
  }

  /** Begins a filling; `first` may fill in what is known. */
  async begin(how: Omit<Beginning, 'space' | 'consultation' | 'assisted'> = {}, first?: (filling: Filling) => Promise<void>): Promise<void> {
    const filling = new Filling();
    await filling.begin({ ...this.#at, ...how });
    await first?.(filling);
    this.#began = true;
    await this.#lay(filling);
  }

  async resume(of: UnfinishedFilling, first?: (filling: Filling) => Promise<void>): Promise<void> {
    const filling = toResume(of.filling);
    await filling.resume(of.space, of.filling);
    await first?.(filling);
    this.#began = false;
    await this.#lay(filling);
  }

  /** Goes on with a filling by its name. */
  async goOn(filling: string): Promise<void> {
    await this.#look.open(isLook);
    await this.search();
    const of = this.found.find((one) => one.filling === filling);
    if (of !== undefined) await this.resume(of);
  }

  async drop(of: UnfinishedFilling): Promise<void> {
    // Also one of a form that is not asked any more, which cannot be opened.
    await ask('drop_filling', { space: of.space, filling: of.filling });
    await this.search();
  }

  /** One question or all of them, from now on. */
  async whole(whole: boolean): Promise<void> {
    const { walk } = this;
    if (walk === undefined) return;
    const at = walk.step?.paths.at(0);
    walk.whole = whole;
    this.#look.value = whole ? 'all' : 'one';
    await this.#look.save();
    if (at !== undefined) walk.show(at);
  }

  /** It was handed in, or taken away. */
  done(): void {
    this.walk?.filling.stop();
    this.walk = undefined;
    this.#began = false;
  }

  /** Lets go of it when the screen is left: what was answered stays; what was only looked at does not. */
  async leave(): Promise<void> {
    this.#gone = true;
    await this.putAway();
  }

  /** Lets go of the filling for something else. */
  async putAway(): Promise<void> {
    const filling = this.walk?.filling;
    if (filling === undefined) return;
    // It may be the only answer.
    await allKept();
    if (this.#began && !filling.touched && (await this.#isAsBegun(filling))) await filling.drop();
    else await filling.letGo();
    this.walk = undefined;
    this.#began = false;
    await this.search();
  }

  /** Whether nobody went on with it elsewhere: in another window of this device. */
  async #isAsBegun({ view }: Filling): Promise<boolean> {
    const { space, consultation, assisted } = this.#at;
    const all = await unfinished(space, consultation, assisted);
    const held = all.find((one) => one.filling === view?.filling);
    return held === undefined || held.answered <= (view?.answered ?? 0);
  }

  async #lay(filling: Filling): Promise<void> {
    if (this.#gone) {
      if (this.#began) await filling.drop();
      return;
    }
    const walk = new Walk(filling, (path) => void show(path));
    walk.whole = this.#look.value === 'auto' ? !window.matchMedia('(width < 50rem)').matches : this.#look.value === 'all';
    walk.start();
    this.walk = walk;
  }
}

/** Brings a question to the eye, or the top of the screen. */
async function show(path: string | undefined): Promise<void> {
  await tick();
  if (path === undefined) {
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('.questions h2, main .content h2')?.focus({ preventScroll: true });
    return;
  }
  const place = document.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
  place?.scrollIntoView({ block: 'center' });
  const control = place?.querySelector<HTMLElement>('input:not([hidden]), textarea, select') ?? place?.querySelector<HTMLElement>('h2');
  control?.focus({ preventScroll: true });
}
