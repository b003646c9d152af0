// Carry files on their way in: each comes to the node, says what it holds, and is taken in when the
// person says so. What was begun goes on after a failure.

import { errorOf } from '../backend';
import type { Stop } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { CarryImported } from '../bindings/CarryImported';
import type { CarrySummary } from '../bindings/CarrySummary';
import { putFile } from './files';
import { ask, backend } from './node';

/** How far something came. */
export interface Progress {
  readonly done: number;
  readonly all: number;
}

/** One carry file. */
export class Carried {
  readonly name: string;
  busy = $state(false);
  /** Bytes of it that came from this page to the node. */
  coming = $state.raw<Progress>();
  summary = $state.raw<CarrySummary>();
  /** Bytes of it that were read so far. */
  reading = $state.raw<Progress>();
  taken = $state.raw<CarryImported>();
  error = $state.raw<ApiError>();
  readonly #file: File | undefined;
  #path: string | undefined;

  constructor(from: File | string) {
    if (typeof from === 'string') {
      this.#path = from;
      this.#file = undefined;
      this.name = from.split(/[/\\]/u).at(-1) ?? from;
    } else {
      this.#file = from;
      this.name = from.name;
    }
  }

  /** Whether it can be taken in now. */
  get ready(): boolean {
    return !this.busy && this.taken === undefined && this.summary?.joined === true;
  }

  /** Brings it here and asks what it holds; goes on where it was when it failed before. */
  look(): Promise<void> {
    return this.#do(async () => {
      const file = this.#file;
      if (this.#path === undefined && file !== undefined) {
        this.#path = await putFile(file, (done) => (this.coming = { done, all: file.size }));
      }
      this.coming = undefined;
      if (this.#path !== undefined) this.summary = await ask('carry_summary', { path: this.#path });
    });
  }

  /** Takes it in. */
  take(): Promise<void> {
    const path = this.#path;
    if (path === undefined) return Promise.resolve();
    const stop = backend().events((event) => {
      if (event.event === 'carrying' && event.path === path) this.reading = { done: event.read, all: event.of };
    });
    return this.#do(async () => {
      this.taken = await ask('import_carry', { path });
    }).finally(() => {
      stop();
      this.reading = undefined;
    });
  }

  /** Tries again what failed. */
  again(): Promise<void> {
    return this.summary === undefined ? this.look() : this.take();
  }

  async #do(deed: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = undefined;
    try {
      await deed();
    } catch (thrown) {
      this.error = errorOf(thrown);
    } finally {
      this.busy = false;
      this.coming = undefined;
    }
  }
}

class Carry {
  /** In the order in which they were chosen. */
  files = $state.raw<Carried[]>([]);

  /** Puts chosen files in place of those that were there, and looks at each. */
  async choose(from: readonly (File | string)[]): Promise<void> {
    const kept = this.files.filter((one) => one.busy);
    const fresh = from.map((one) => new Carried(one));
    this.files = [...kept, ...fresh];
    for (const one of fresh) await one.look();
  }

  /** Takes in everything that is ready, one after the other. */
  async takeAll(): Promise<void> {
    for (const one of this.files) if (one.ready) await one.take();
  }

  /** Hears of files that the system opened with this app, now and from now on. */
  follow(arrived: () => void): Stop {
    const fetch = async (): Promise<void> => {
      const offered = await ask('offered_carry', {}).catch(() => []);
      if (offered.length === 0) return;
      arrived();
      await this.choose(offered.map((one) => one.path));
    };
    void fetch();
    return backend().events((event) => {
      if (event.event === 'carry_offered') void fetch();
    });
  }
}

export const carry = new Carry();
