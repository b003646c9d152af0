// The one way from the pages to the node. Set once at the start; tests set their own.

import type { AnswerOf, ArgsOf, Backend, CallName } from '../backend';

let chosen: Backend | undefined;

/** Sets the backend that everything asks. */
export function useBackend(backend: Backend): void {
  chosen = backend;
}

/** The backend itself, for the editor, which talks to the node on its own. */
export function backend(): Backend {
  if (chosen === undefined) throw new Error('no backend was set');
  return chosen;
}

/** Asks the node. */
export function ask<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>> {
  return backend().call(name, args);
}

/** Whether this is a browser, which saves files by itself; the window shows where they are. */
export function inBrowser(): boolean {
  return backend().saves === true;
}
