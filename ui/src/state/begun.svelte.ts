// What was begun on this device and not handed in, over spaces: a sheet that nobody finds is lost.

import type { UnfinishedFilling } from '../bindings/UnfinishedFilling';
import { Live, aboutSpace } from './live.svelte';
import { ask } from './node';

export class Begun extends Live<UnfinishedFilling[]> {
  /** Those of some spaces, asked for anew each time; the one saved last first. */
  constructor(spaces: () => readonly string[]) {
    super(
      async () => {
        const each = await Promise.all(spaces().map((space) => ask('fillings', { space })));
        return each.flat().sort((one, other) => other.saved - one.saved);
      },
      (event) => event.event === 'process' && spaces().some((space) => aboutSpace(space)(event)),
    );
  }
}
