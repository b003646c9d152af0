// Chooses the way to the node.

import { HttpBackend, awaitToken, takeToken } from './http';
import { TauriBackend, inWindow } from './tauri';
import type { Backend } from './types';

export { HOST } from './http';
export { CallFailed, errorOf } from './types';
export type { AnswerOf, ArgsOf, Backend, CallName, Stop } from './types';

/** The backend for where this page runs. */
export function openBackend(): Backend {
  if (inWindow()) return new TauriBackend();
  awaitToken();
  return new HttpBackend(new URL('./', window.location.href), takeToken());
}
