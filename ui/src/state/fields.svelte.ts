// Fields in which something stands that cannot be taken: what would use them waits until it is mended.

import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

const KEY = Symbol('fields');

/** Those of a screen, or of a part of it that is done by itself. */
export class Fields {
  /** What brings each of those that are wrong to the eye, with the reason at it. */
  readonly #wrong = new SvelteMap<string, () => void>();

  /** Whether one of them is wrong. */
  get wrong(): boolean {
    return this.#wrong.size > 0;
  }

  /** Says that a field is wrong until what this answers is called. */
  add(id: string, show: () => void): () => void {
    this.#wrong.set(id, show);
    return () => void this.#wrong.delete(id);
  }

  /** Whether all of them can be taken; else each says why not, and the first is gone to. */
  fit(): boolean {
    for (const show of [...this.#wrong.values()].reverse()) show();
    return !this.wrong;
  }
}

/** For all fields inside of the component that is being made. */
export function holdFields(): Fields {
  return setContext(KEY, new Fields());
}

/** Those that a field belongs to, if something is done with them. */
export function fieldsHere(): Fields | undefined {
  return getContext<Fields | undefined>(KEY);
}
