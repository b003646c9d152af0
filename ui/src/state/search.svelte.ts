// Finding things on this device while the words are still being typed.

import { errorOf } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { SearchHit } from '../bindings/SearchHit';
import { ask } from './node';

const PAUSE = 200;

export class Search {
  text = $state('');
  /** The words that `hits` answer. */
  asked = $state('');
  hits = $state.raw<SearchHit[]>();
  error = $state.raw<ApiError>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  type(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.find(), PAUSE);
  }

  async find(): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.text.trim();
    if (text === '') {
      this.hits = undefined;
      this.asked = '';
      return;
    }
    try {
      const hits = await ask('search', { text, space: null });
      if (text !== this.text.trim()) return;
      this.hits = hits;
      this.asked = text;
      this.error = undefined;
    } catch (thrown) {
      this.error = errorOf(thrown);
    }
  }
}
