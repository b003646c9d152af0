// Something a person does: once at a time, with its failure kept until the next try.

import { errorOf } from '../backend';
import type { ApiError } from '../bindings/ApiError';

export class Act<A extends unknown[] = []> {
  busy = $state(false);
  error = $state.raw<ApiError>();
  readonly #deed: (...args: A) => Promise<unknown>;

  constructor(deed: (...args: A) => Promise<unknown>) {
    this.#deed = deed;
  }

  /** Does it, unless it is being done; answers whether it succeeded. */
  async run(...args: A): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = undefined;
    try {
      await this.#deed(...args);
      return true;
    } catch (thrown) {
      this.error = errorOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
