// Something read from the node that stays true: asked again whenever an event is about it.

import type { Stop } from '../backend';
import { errorOf } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { Event } from '../bindings/Event';
import { backend } from './node';

export class Live<T> {
  /** The last answer; kept while a newer one is asked for. */
  value = $state.raw<T>();
  /** Why there is no newer answer. */
  error = $state.raw<ApiError>();

  readonly #ask: () => Promise<T>;
  readonly #about: (event: Event) => boolean;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(ask: () => Promise<T>, about: (event: Event) => boolean) {
    this.#ask = ask;
    this.#about = about;
  }

  /** Reads now and whenever something changes, until stopped. */
  start(): Stop {
    const stops = [
      backend().events((event) => {
        if (this.#about(event)) void this.refresh();
      }),
      backend().reach((up) => {
        if (up) void this.refresh();
      }),
    ];
    void this.refresh();
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Reads again. While an answer is on its way, one more reading follows it, however often this is called. */
  refresh(): Promise<void> {
    if (this.#running !== undefined) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#read().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #read(): Promise<void> {
    do {
      this.#again = false;
      try {
        this.value = await this.#ask();
        this.error = undefined;
      } catch (thrown) {
        this.error = errorOf(thrown);
      }
    } while (this.#again);
  }
}

/** Events about a space as a whole: its members, its processes, its documents, its sync. Writing it to a card changes nothing. */
export function aboutSpace(space: string): (event: Event) => boolean {
  return (event) => event.event !== 'carry_writing' && 'space' in event && event.space === space;
}

/** Events about one process of a space, or about who is in the space. */
export function aboutProcess(space: string, process: string): (event: Event) => boolean {
  return (event) => {
    switch (event.event) {
      case 'process':
        return event.space === space && event.process === process;
      case 'membership':
        return event.space === space;
      case 'me':
      case 'document':
      case 'remote':
      case 'presence':
      case 'quarantine':
      case 'sync':
      case 'blob':
      case 'carrying':
      case 'carry_writing':
      case 'carry_offered':
      case 'network':
        return false;
    }
  };
}
