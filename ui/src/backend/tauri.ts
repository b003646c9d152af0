// The node inside the window's own process.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { ApiError } from '../bindings/ApiError';
import type { Event } from '../bindings/Event';
import type { AnswerOf, ArgsOf, Backend, CallName, Stop } from './types';
import { CallFailed } from './types';

/** Whether this page is in the window. */
export function inWindow(): boolean {
  return '__TAURI_INTERNALS__' in window;
}

export class TauriBackend implements Backend {
  readonly saves = false;
  async call<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>> {
    try {
      return await invoke<AnswerOf<K>>('call', { request: { call: name, args } });
    } catch (thrown) {
      throw new CallFailed(isError(thrown) ? thrown : { code: 'internal', message: String(thrown), detail: null });
    }
  }

  events(listener: (event: Event) => void): Stop {
    const listening = listen<Event>('majlis', (event) => listener(event.payload));
    return () => void listening.then((stop) => stop());
  }

  // The node lives and dies with the window.
  reach(): Stop {
    return () => undefined;
  }
}

function isError(thrown: unknown): thrown is ApiError {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown;
}
