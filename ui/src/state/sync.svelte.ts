// Who has what, addresses, writing carry files, and the check of everything.

import type { CarryWritten } from '../bindings/CarryWritten';
import type { MediaPolicyName } from '../bindings/MediaPolicyName';
import type { TrafficView } from '../bindings/TrafficView';
import type { MyAddress } from '../bindings/MyAddress';
import type { ReceiptsView } from '../bindings/ReceiptsView';
import type { SetTraffic } from '../bindings/SetTraffic';
import type { SyncView } from '../bindings/SyncView';
import type { Verification } from '../bindings/Verification';
import type { Progress } from './carry.svelte';
import { Live, aboutSpace } from './live.svelte';
import { ask, backend } from './node';

export class Sync extends Live<SyncView> {
  /** How far the carry file came that is being written. */
  writing = $state.raw<Progress>();
  readonly #space: string;

  constructor(space: string) {
    super(() => ask('sync_state', { space }), aboutSpace(space));
    this.#space = space;
  }

  /** Meets everybody; over the internet as well, though the budget is used up, when a person says so. */
  async now(overBudget = false): Promise<void> {
    await ask('sync_now', { space: this.#space, over_budget: overBudget });
    await this.refresh();
  }

  /** Writes a carry file with these photos and sounds, in parts of at most so many bytes. */
  async exportCarry(part_size: number | null, media: MediaPolicyName): Promise<CarryWritten> {
    const stop = backend().events((event) => {
      if (event.event === 'carry_writing' && event.space === this.#space) this.writing = { done: event.done, all: event.of };
    });
    try {
      return await ask('export_carry', { space: this.#space, path: null, part_size, media });
    } finally {
      stop();
      this.writing = undefined;
    }
  }

  verify(): Promise<Verification> {
    return ask('verify', { space: this.#space });
  }
}

/** What the network cost, the budget, and how data is saved. */
export class Network extends Live<TrafficView> {
  constructor() {
    super(
      () => ask('traffic', {}),
      (event) => event.event === 'network',
    );
  }

  async settle(change: Partial<SetTraffic>): Promise<void> {
    this.value = await ask('set_traffic', { budget: null, saving: null, news_minutes: null, ...change });
  }
}

/** Receipts of those who carry for others, and alarms about them. */
export class Receipts extends Live<ReceiptsView> {
  constructor(space: string) {
    super(() => ask('receipts', { space }), aboutSpace(space));
  }
}

/** This device's address. */
export class Address extends Live<MyAddress> {
  constructor() {
    super(
      () => ask('my_address', {}),
      (event) => event.event === 'me',
    );
  }

  async meet(address: string): Promise<void> {
    await ask('add_peer', { address });
  }
}
