// Whether the node answers this page.

import { backend } from './node';

class Reach {
  up = $state(true);

  /** Follows the backend from now on. */
  follow(): () => void {
    return backend().reach((up) => (this.up = up));
  }
}

export const reach = new Reach();
