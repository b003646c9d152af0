// Who is in a space, at which rank, and the invites that lead into it.

import type { InviteCreated } from '../bindings/InviteCreated';
import type { InviteView } from '../bindings/InviteView';
import type { MemberView } from '../bindings/MemberView';
import type { RankName } from '../bindings/RankName';
import type { StewardsView } from '../bindings/StewardsView';
import { Live, aboutSpace } from './live.svelte';
import { ask } from './node';

export const RANKS: readonly RankName[] = ['observer', 'member', 'facilitator', 'steward'];

export class Members extends Live<MemberView[]> {
  readonly #space: string;

  constructor(space: string) {
    super(
      () => ask('members', { space }),
      (event) => event.event === 'membership' && event.space === space,
    );
    this.#space = space;
  }

  async changeRank(device: string, rank: RankName): Promise<void> {
    await ask('change_rank', { space: this.#space, device, rank });
    await this.refresh();
  }

  async remove(device: string, reason: string): Promise<void> {
    await ask('remove_member', { space: this.#space, device, reason });
    await this.refresh();
  }
}

/** The stewards together: what waits until enough of them agree, and the recovery card. */
export class Stewards extends Live<StewardsView> {
  readonly #space: string;

  constructor(space: string) {
    super(
      () => ask('stewards', { space }),
      (event) => event.event === 'membership' && event.space === space,
    );
    this.#space = space;
  }

  async agree(change: string): Promise<void> {
    await ask('agree', { space: this.#space, change });
    await this.refresh();
  }

  async recover(card: string, remove: string[], reason: string): Promise<void> {
    await ask('recover', { space: this.#space, card, remove, reason });
  }
}

export class Invites extends Live<InviteView[]> {
  readonly #space: string;

  constructor(space: string) {
    super(() => ask('invites', { space }), aboutSpace(space));
    this.#space = space;
  }

  async make(rank: RankName, uses: number, label: string): Promise<InviteCreated> {
    const made = await ask('invite', { space: this.#space, rank, uses, label });
    await this.refresh();
    return made;
  }

  async stop(invite: string): Promise<void> {
    await ask('close_invite', { space: this.#space, invite });
    await this.refresh();
  }
}

/** Draws a text as a QR code. */
export async function drawCode(text: string): Promise<string> {
  return (await ask('qr', { text })).svg;
}

/** Reads the QR code in a picture, given as base64. */
export async function readCode(base64: string): Promise<string> {
  return (await ask('read_qr', { base64 })).text;
}
