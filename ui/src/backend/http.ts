// The node over HTTP and WebSocket: browsers, on this device or through a meeting's host.

import type { ApiError } from '../bindings/ApiError';
import type { Event } from '../bindings/Event';
import type { AnswerOf, ArgsOf, Backend, CallName, Stop } from './types';
import { CallFailed } from './types';

const TOKEN_KEY = 'majlis-token';
const TOKEN_HASH = '#token=';
/** The name that comes before the token in the WebSocket's offer. */
const SUBPROTOCOL = 'majlis';
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Takes the token out of the address, where it arrives once, and keeps it for this tab only.
 * The address is cleaned, so that a screenshot or a shared link does not carry it.
 */
export function takeToken(): string {
  const hash = window.location.hash;
  if (hash.startsWith(TOKEN_HASH)) {
    const rest = hash.slice(TOKEN_HASH.length);
    const end = rest.search(/[^0-9a-f]/u);
    const token = end < 0 ? rest : rest.slice(0, end);
    sessionStorage.setItem(TOKEN_KEY, token);
    window.history.replaceState(null, '', `${window.location.pathname}#/`);
  }
  return sessionStorage.getItem(TOKEN_KEY) ?? '';
}

/**
 * Whoever reads that the page has no key opens the right address, often in the same tab: only what
 * comes after the `#` changes then, and nothing would be loaded.
 */
export function awaitToken(): void {
  window.addEventListener('hashchange', () => {
    if (window.location.hash.startsWith(TOKEN_HASH)) window.location.reload();
  });
}

export class HttpBackend implements Backend {
  readonly saves = true;
  readonly #base: URL;
  readonly #token: string;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #watchers = new Set<(up: boolean) => void>();
  #socket: WebSocket | undefined;
  #wait = FIRST_WAIT;
  #up = true;

  constructor(base: URL, token: string) {
    this.#base = base;
    this.#token = token;
  }

  async call<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>> {
    let response: Response;
    try {
      response = await fetch(new URL('api', this.#base), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}` },
        body: JSON.stringify({ call: name, args }),
      });
    } catch {
      this.#reached(false);
      this.#connect();
      throw new CallFailed({ code: 'unreachable', message: 'reaching the node', detail: HOST });
    }
    if (response.ok) return (await response.json()) as AnswerOf<K>;
    throw new CallFailed(await readError(response));
  }

  events(listener: (event: Event) => void): Stop {
    this.#listeners.add(listener);
    this.#connect();
    return () => this.#listeners.delete(listener);
  }

  reach(listener: (up: boolean) => void): Stop {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  #connect(): void {
    // Without a key there are no events, and an empty one cannot be offered; calls say what is wrong.
    if (this.#socket !== undefined || this.#token === '') return;
    const url = new URL('events', this.#base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, [SUBPROTOCOL, this.#token]);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#wait = FIRST_WAIT;
      this.#reached(true);
    });
    socket.addEventListener('message', (message) => {
      const event = JSON.parse(String(message.data)) as Event;
      for (const listener of this.#listeners) listener(event);
    });
    socket.addEventListener('close', () => {
      this.#socket = undefined;
      this.#reached(false);
      setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    });
  }

  #reached(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    for (const watcher of this.#watchers) watcher(up);
  }
}

/** The detail of an `unreachable` that means the device's own node, not another device. */
export const HOST = 'host';

async function readError(response: Response): Promise<ApiError> {
  try {
    return (await response.json()) as ApiError;
  } catch {
    return { code: 'internal', message: `the node answered ${response.status}`, detail: null };
  }
}
