// Where the person is, as the address says.

import type { Place } from './place';
import { placeAt, to } from './place';

class Route {
  place = $state.raw<Place>(placeAt(window.location.hash));
  /** The space seen last, which is where the bar's *Space* leads. */
  space = $state<string>();
  #held: (() => void) | undefined;

  constructor() {
    window.addEventListener('hashchange', () => this.#arrive());
    this.#arrive();
  }

  /** Goes to a place. */
  go(place: Place): void {
    window.location.hash = to(place);
  }

  /** Goes to a place without leaving this one behind to come back to. */
  replace(place: Place): void {
    window.history.replaceState(null, '', to(place));
    this.#arrive();
  }

  /** Keeps the person here: instead of leaving, they are asked. Until the returned function is called. */
  hold(ask: () => void): () => void {
    this.#held = ask;
    return () => (this.#held = undefined);
  }

  #arrive(): void {
    if (this.#held !== undefined && window.location.hash !== to(this.place)) {
      window.history.replaceState(null, '', to(this.place));
      this.#held();
      return;
    }
    this.place = placeAt(window.location.hash);
    if ('space' in this.place) this.space = this.place.space;
  }
}

export const route = new Route();
