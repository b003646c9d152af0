// Who has what, addresses, writing carry files, and the check of everything.

import type { CarryWritten } from '../bindings/CarryWritten';
import type { MediaPolicyName } from '../bindings/MediaPolicyName';
import type { MyAddress } from '../bindings/MyAddress';
import type { ReceiptsView } from '../bindings/ReceiptsView';
import type { SyncView } from '../bindings/SyncView';
import type { Verification } from '../bindings/Verification';
import { Live, aboutSpace } from './live.svelte';
import { ask } from './node';

export class Sync extends Live<SyncView> {
  readonly #space: string;

  constructor(space: string) {
    super(() => ask('sync_state', { space }), aboutSpace(space));
    this.#space = space;
  }

  async now(): Promise<void> {
    await ask('sync_now', { space: this.#space });
    await this.refresh();
  }

  /** Writes a carry file with these photos and sounds, in parts of at most so many bytes. */
  exportCarry(part_size: number | null, media: MediaPolicyName): Promise<CarryWritten> {
    return ask('export_carry', { space: this.#space, path: null, part_size, media });
  }

  verify(): Promise<Verification> {
    return ask('verify', { space: this.#space });
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
