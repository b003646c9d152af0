// Fields in which something stands that cannot be taken: what would use them waits until it is mended.

import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

const KEY = Symbol('fields');

/** Those of a screen, or of a part of it that is done by itself. */
export class Fields {
  /** What brings each of those that are wrong to the eye, with the reason at it. */
  readonly #wrong = new SvelteMap<HTMLElement, () => void>();

  /** Whether one of them is wrong. */
  get wrong(): boolean {
    return this.#wrong.size > 0;
  }

  /** Says that a field is wrong, by its control, until what this answers is called. */
  add(control: HTMLElement, show: () => void): () => void {
    this.#wrong.set(control, show);
    return () => void this.#wrong.delete(control);
  }

  /** Whether all of them can be taken; else each says why not, and the first on the screen is gone to. */
  fit(): boolean {
    const last = ([one]: [HTMLElement, unknown], [other]: [HTMLElement, unknown]): number => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? 1 : -1);
    for (const [, show] of [...this.#wrong].sort(last)) show();
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
