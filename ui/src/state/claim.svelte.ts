// A receipt that somebody shows on their own device: what it is for, and claiming it.

import type { ClaimKeep } from '../bindings/ClaimKeep';
import type { ReceiptView } from '../bindings/ReceiptView';
import { ask } from './node';

/** How many letters and digits a code has. */
const LONG = 12;

/** Whether a text has as many signs as a code; which of them are good, the node says. */
export function isWhole(text: string): boolean {
  return text.replace(/[\s\p{P}\p{Cf}]/gu, '').length === LONG;
}

/** Whether whoever claims has a voice here already: the receipt may be somebody else's, by mistake or not. */
export function speaksAlready(one: Pick<ReceiptView, 'own' | 'elsewhere'>): boolean {
  return one.own !== null || one.elsewhere > 0;
}

export class Claim {
  code = $state('');
  /** What was found; nothing while nobody looked. */
  found = $state.raw<readonly ReceiptView[]>();

  /** Looks again for the code that was typed or scanned. */
  async look(): Promise<void> {
    this.found = await ask('read_receipt', { code: this.code, space: null });
  }

  /** Speaks for one of them from now on. */
  async claim(one: ReceiptView, keep: ClaimKeep): Promise<void> {
    const { space, consultation, slot } = one;
    await ask('claim', { space, consultation, code: this.code, slot, keep });
    await this.look();
  }

  /** Another receipt. */
  drop(): void {
    this.code = '';
    this.found = undefined;
  }
}
