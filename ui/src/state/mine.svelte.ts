// What is held about this person, on this device and on others.

import type { HeldAboutMe } from '../bindings/HeldAboutMe';
import { Live } from './live.svelte';
import { ask } from './node';

export class Mine extends Live<HeldAboutMe> {
  constructor() {
    super(
      () => ask('held_about_me', {}),
      (event) => event.event === 'me' || event.event === 'process' || event.event === 'document' || event.event === 'membership',
    );
  }
}

/** All of it as a file that other programs read. */
export function fileOf(held: HeldAboutMe): Blob {
  return new Blob([`${JSON.stringify(held, null, 2)}\n`], { type: 'application/json' });
}
