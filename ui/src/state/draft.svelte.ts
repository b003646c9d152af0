// What a person is writing: durable on this device within a moment, found again after anything.

import { ask } from './node';

export type Saved = 'saved' | 'saving' | 'unsaved';

/** How long a pause in typing is before it is saved. */
const PAUSE = 250;

export class Draft<T> {
  /** What is written so far. */
  value = $state() as T;
  /** Whether all of it is on the disk; nothing as long as nothing was written. */
  state = $state<Saved>();
  /** Whether something from before was found. */
  found = $state(false);
  /** Whether the earlier draft has been looked for. */
  ready = $state(false);

  readonly #key: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  readonly #initial: string;
  #saved: string;

  constructor(key: string, initial: T) {
    this.#key = key;
    this.value = initial;
    this.#initial = JSON.stringify(initial);
    this.#saved = this.#initial;
  }

  /** Looks for what was written before. */
  async open(fits: (value: unknown) => value is T): Promise<void> {
    try {
      const draft = await ask('draft', { key: this.#key });
      if (draft !== null) {
        const value: unknown = JSON.parse(draft.value);
        if (fits(value)) {
          this.value = value;
          this.#saved = draft.value;
          this.found = true;
          this.state = 'saved';
        }
      }
    } catch {
      // A draft that cannot be read is no reason to keep the page from being used.
    }
    this.ready = true;
  }

  /** Says that something was written. */
  touch(): void {
    const text = JSON.stringify(this.value);
    if (text === this.#saved) return;
    this.state = 'saving';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), PAUSE);
  }

  /** Saves now; one writing at a time, the last one wins. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Forgets it, once it has become something else. */
  async drop(): Promise<void> {
    const text = JSON.stringify(this.value);
    clearTimeout(this.#timer);
    await this.#writing;
    // A writing that failed meanwhile is not tried again; what is written by now is.
    if (JSON.stringify(this.value) === text) clearTimeout(this.#timer);
    const [saved, found] = [this.#saved, this.found];
    this.#saved = this.#initial;
    this.found = false;
    this.state = undefined;
    try {
      await ask('drop_draft', { key: this.#key });
    } catch (thrown) {
      // It is still there, unless more was written since.
      if (this.state === undefined) [this.#saved, this.found, this.state] = [saved, found, 'saved'];
      throw thrown;
    }
  }

  async #write(): Promise<void> {
    const text = JSON.stringify(this.value);
    if (text === this.#saved) {
      this.state = 'saved';
      return;
    }
    try {
      await ask('put_draft', { key: this.#key, value: text, saved: 0 });
      this.#saved = text;
      this.state = JSON.stringify(this.value) === text ? 'saved' : 'saving';
    } catch {
      this.state = 'unsaved';
      this.#timer = setTimeout(() => void this.save(), 2000);
    }
  }
}
