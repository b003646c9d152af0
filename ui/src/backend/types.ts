// What the pages know of the node: one call, one stream of events, and whether the way there is up.

import type { ApiError } from '../bindings/ApiError';
import type { Calls } from '../bindings/Calls';
import type { Event } from '../bindings/Event';

export type CallName = keyof Calls;
export type ArgsOf<K extends CallName> = Calls[K][0];
export type AnswerOf<K extends CallName> = Calls[K][1];

/** Ends a subscription. */
export type Stop = () => void;

export interface Backend {
  /** Whether a page here can hand a file to the person to save. */
  readonly saves?: boolean;
  /** Asks the node; rejects with a `CallFailed`. */
  call<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>>;
  /** Hears every event from now on. */
  events(listener: (event: Event) => void): Stop;
  /**
   * Hears when the way to the node is lost and found again; events between the two were missed, so
   * whoever shows something asks again. Not called while all is well.
   */
  reach(listener: (up: boolean) => void): Stop;
}

/** A call that failed, with the node's typed error. */
export class CallFailed extends Error {
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(error.message);
    this.name = 'CallFailed';
    this.error = error;
  }
}

/** The error in whatever was thrown by a call. */
export function errorOf(thrown: unknown): ApiError {
  if (thrown instanceof CallFailed) return thrown.error;
  return { code: 'internal', message: String(thrown), detail: null };
}
