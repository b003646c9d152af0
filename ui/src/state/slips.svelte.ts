// Slips: the code that a voter typed or scanned, and the sheet that an officer prints.

import type { SlipOf } from '../bindings/SlipOf';
import type { SlipView } from '../bindings/SlipView';
import type { Consultation } from './consultation.svelte';
import { ask } from './node';

/** How many digits a code has. */
const LONG = 24;
/** So many are drawn at once. */
const PAGE = 60;
/** The most slips of one vote. */
export const MOST_SLIPS = 2000;

/** Whether a text has as many signs as a code; whether it is one, the node says. */
export function isWholeSlip(text: string): boolean {
  return text.replace(/[\s\p{P}\p{Cf}]/gu, '').length === LONG;
}

/** Opens a draft for whoever holds one of so many slips. */
export async function openWithSlips(here: Consultation, space: string, consultation: string, slips: number): Promise<void> {
  await ask('open_with_slips', { space, consultation, slips });
  await here.refresh();
}

/** A slip that somebody holds. It is in memory alone, and gone when the screen is left. */
export class Slip {
  code = $state('');
  /** The votes that it is of; nothing while nobody looked. */
  found = $state.raw<readonly SlipOf[]>();

  async look(): Promise<void> {
    this.found = await ask('read_slip', { code: this.code });
  }

  drop(): void {
    this.code = '';
    this.found = undefined;
  }
}

/** All slips of a vote, as they are printed. */
export async function sheet(space: string, consultation: string): Promise<SlipView[]> {
  const all: SlipView[] = [];
  for (;;) {
    const page = await ask('slip_sheet', { space, consultation, offset: all.length, limit: PAGE });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
