// The time as pages show it: read anew each minute, while somebody looks at a page that shows it.

import { createSubscriber } from 'svelte/reactivity';

const MINUTE = 60_000;

const follow = createSubscriber((update) => {
  const timer = setInterval(update, MINUTE);
  return () => clearInterval(timer);
});

/** Now. A page that reads it is drawn again each minute. */
export function thisMinute(): number {
  follow();
  return Date.now();
}
