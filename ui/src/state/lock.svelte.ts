// A device that an officer hands to the person who is asked: only the questions can be reached until the
// officer's code is given. It keeps a curious hand out, not somebody with tools: what the device holds
// is not locked away by it.

import { ask } from './node';

const KEY = 'lock';
/** The shortest code. */
export const SHORTEST = 4;
/** Wrong codes until it waits. */
const TRIES = 5;
/** How long it waits then, in milliseconds. */
const WAIT = 30_000;

/** How long until it is asked again when the device does not answer, in milliseconds. */
const AGAIN = 1_000;

/** What was handed over. */
export interface HandedOver {
  space: string;
  consultation: string;
  filling: string;
}

interface Held extends HandedOver {
  salt: string;
  digest: string;
}

class Lock {
  /** What is handed over now. */
  held = $state.raw<HandedOver>();
  /** Whether it is known if something is handed over; until then nothing else is shown. */
  ready = $state(false);
  /** The filling that just came back. */
  back: string | undefined;
  /** When a code is taken again, in milliseconds since 1970. */
  until = $state(0);
  #held: Held | undefined;
  #wrong = 0;

  /** Reads what was handed over before the page was started. */
  async read(): Promise<void> {
    let kept: string | undefined;
    try {
      kept = (await ask('draft', { key: KEY }))?.value;
    } catch {
      // As long as it is not known, nothing is shown: a lost answer is no way out.
      setTimeout(() => void this.read(), AGAIN);
      return;
    }
    try {
      const value: unknown = kept === undefined ? undefined : JSON.parse(kept);
      if (isHeld(value)) this.#take(value);
    } catch {
      // What cannot be read has no code that leads back.
    }
    this.ready = true;
  }

  /** Hands over; from here on only the code leads back. */
  async hand(what: HandedOver, code: string): Promise<void> {
    const salt = hex(crypto.getRandomValues(new Uint8Array(16)));
    const held: Held = { ...what, salt, digest: await digest(salt, code) };
    await ask('put_draft', { key: KEY, value: JSON.stringify(held), saved: 0 });
    this.#take(held);
  }

  /** Takes it back; answers whether the code was right. */
  async unlock(code: string): Promise<boolean> {
    if (this.#held === undefined || Date.now() < this.until) return false;
    if ((await digest(this.#held.salt, code)) !== this.#held.digest) {
      this.#wrong += 1;
      if (this.#wrong % TRIES === 0) this.until = Date.now() + WAIT;
      return false;
    }
    await ask('drop_draft', { key: KEY });
    this.back = this.#held.filling;
    this.#wrong = 0;
    this.#held = undefined;
    this.held = undefined;
    return true;
  }

  #take(held: Held): void {
    this.#held = held;
    this.held = held;
  }
}

function isHeld(value: unknown): value is Held {
  return typeof value === 'object' && value !== null && ['space', 'consultation', 'filling', 'salt', 'digest'].every((key) => typeof Reflect.get(value, key) === 'string');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A code with the digits of any script. */
export function plainCode(code: string): string {
  const latin = (digit: string): string => String((digit.codePointAt(0) ?? 0) & 0xf);
  return code.trim().replace(/[٠-٩۰-۹]/gu, latin);
}

async function digest(salt: string, code: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${salt}/${plainCode(code)}`);
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

export const lock = new Lock();
