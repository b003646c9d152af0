// The spaces on this device, and founding, joining and leaving one.

import type { FoundSpace } from '../bindings/FoundSpace';
import type { SpaceFounded } from '../bindings/SpaceFounded';
import type { SpaceSummary } from '../bindings/SpaceSummary';
import type { SyncWord } from '../bindings/SyncWord';
import type { TicketCard } from '../bindings/TicketCard';
import { Live } from './live.svelte';
import { ask } from './node';

export interface SyncShown {
  readonly word: SyncWord;
  readonly with: number;
}

/** Events that change nothing about spaces. */
const UNRELATED: string[] = ['remote', 'carrying', 'carry_writing', 'carry_offered'];

class Spaces extends Live<SpaceSummary[]> {
  constructor() {
    super(
      () => ask('spaces', {}),
      (event) => !UNRELATED.includes(event.event),
    );
  }

  of(space: string): SpaceSummary | undefined {
    return this.value?.find((summary) => summary.space === space);
  }

  /** The state of sync of one space, or the one that lags most over all. */
  sync(space?: string): SyncShown | undefined {
    const shown = (this.value ?? []).filter((one) => (space === undefined ? !one.sample : one.space === space));
    return shown
      .map((one) => ({ word: one.sync, with: one.with }))
      .sort((a, b) => ORDER[a.word] - ORDER[b.word] || a.with - b.with)[0];
  }

  found(space: FoundSpace): Promise<SpaceFounded> {
    return ask('found_space', space);
  }

  async sample(): Promise<string> {
    return (await ask('sample_space', {})).space;
  }

  readTicket(ticket: string): Promise<TicketCard> {
    return ask('read_ticket', { ticket });
  }

  async join(ticket: string): Promise<string> {
    return (await ask('join', { ticket })).space;
  }

  /** Leaves; also while something is on this device only, when a person says so. */
  async leave(space: string, anyway = false): Promise<void> {
    await ask('leave_space', { space, anyway });
  }

  /** Deletes the copy, likewise. */
  async forget(space: string, anyway = false): Promise<void> {
    await ask('forget_space', { space, anyway });
    await this.refresh();
  }
}

const ORDER: Readonly<Record<SyncWord, number>> = { saved_here: 0, with_others: 1, everything_exchanged: 2 };

export const spaces = new Spaces();
