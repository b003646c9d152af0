// What is held about this person, on this device and on others.

import type { MyData } from '../bindings/MyData';
import { Live } from './live.svelte';
import { ask } from './node';

export class Mine extends Live<MyData> {
  constructor() {
    super(
      () => ask('my_data', {}),
      (event) => event.event === 'me' || event.event === 'process' || event.event === 'document' || event.event === 'membership',
    );
  }
}

/** All of it as a file that other programs read. */
export function fileOf(held: MyData): Blob {
  return new Blob([`${JSON.stringify(held, null, 2)}\n`], { type: 'application/json' });
}
