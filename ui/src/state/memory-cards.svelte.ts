// Memory cards and sticks in this device, and taking everything along on one.

import { errorOf } from '../backend';
import type { Stop } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { CarryWritten } from '../bindings/CarryWritten';
import type { MemoryCard } from '../bindings/MemoryCard';
import type { Progress } from './carry.svelte';
import { ask, backend } from './node';
import { data, say } from './words.svelte';

/** So often is looked whether a card came or went, in milliseconds: nothing tells of it. */
const LOOKS = 4_000;

/** Cards that are in now. */
export class MemoryCards {
  list = $state.raw<MemoryCard[]>([]);

  #followed = 0;
  #next: ReturnType<typeof setTimeout> | undefined;

  /** Looks now and from then on, while the page is seen and somebody follows. */
  follow(): Stop {
    this.#followed += 1;
    if (this.#followed === 1) void this.#watch();
    return () => {
      this.#followed -= 1;
      if (this.#followed === 0) clearTimeout(this.#next);
    };
  }

  async #watch(): Promise<void> {
    clearTimeout(this.#next);
    // Without an answer nothing is said of cards; files can be chosen all the same.
    if (!document.hidden) await this.look().catch(() => undefined);
    if (this.#followed > 0) this.#next = setTimeout(() => void this.#watch(), LOOKS);
  }

  async look(): Promise<void> {
    this.list = await ask('memory_cards', {});
  }
}

/** A space that is taken along. */
export interface Along {
  readonly space: string;
  readonly name: string;
  readonly written?: CarryWritten;
  readonly error?: ApiError;
}

/** How far a carry file came on its way out, in words. */
export function writingWords(at: Progress | undefined): string {
  if (at === undefined) return say('carry.begins');
  return at.done < at.all ? say('carry.writing', { done: data(at.done), all: data(at.all) }) : say('carry.settles');
}

/** Takes all spaces of this device along, one after the other. */
export class TakeAlong {
  busy = $state(false);
  /** Where to: the name of a card, or nothing for this device itself. */
  card = $state.raw<string>();
  /** Every space, in the order in which they are written. */
  spaces = $state.raw<readonly Along[]>([]);
  /** Which of them is being written, and how far it came. */
  now = $state.raw<string>();
  writing = $state.raw<Progress>();

  /** How far it came, in words. */
  get doing(): string {
    return writingWords(this.writing);
  }

  /** What was written, in files. */
  get paths(): string[] {
    return this.spaces.flatMap((one) => one.written?.paths ?? []);
  }

  /** Spaces that could not be written. */
  get failed(): readonly Along[] {
    return this.spaces.filter((one) => one.error !== undefined);
  }

  /** Entries, photos and sounds that the storage of this device did not give. */
  get unreadable(): number {
    return this.spaces.reduce((sum, one) => sum + (one.written?.unreadable ?? 0), 0);
  }

  /** Writes all; what fails for one keeps no other from being written. */
  async write(spaces: readonly { space: string; name: string }[], card: MemoryCard | undefined): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.card = card?.name;
    this.spaces = spaces.map(({ space, name }) => ({ space, name }));
    const stop = backend().events((event) => {
      if (event.event === 'carry_writing' && event.space === this.now) this.writing = { done: event.done, all: event.of };
    });
    try {
      for (const { space } of spaces) {
        this.now = space;
        this.writing = undefined;
        const became = await ask('export_carry', { space, path: card?.path ?? null, part_size: null, media: 'all' })
          .then((written) => ({ written }))
          .catch((thrown: unknown) => ({ error: errorOf(thrown) }));
        this.spaces = this.spaces.map((one) => (one.space === space ? { ...one, ...became } : one));
      }
    } finally {
      stop();
      this.now = undefined;
      this.writing = undefined;
      this.busy = false;
    }
  }
}

export const cards = new MemoryCards();
/** What is being taken along goes on while other pages are looked at. */
export const along = new TakeAlong();
