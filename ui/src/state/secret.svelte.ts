// A secret vote: its trustees, its ballots by receipt, and casting. Nothing of a choice is kept here.

import type { AnswerValue } from '../bindings/AnswerValue';
import type { BallotTested } from '../bindings/BallotTested';
import type { NamedView } from '../bindings/NamedView';
import type { OpenSecret } from '../bindings/OpenSecret';
import type { RiskAdvice } from '../bindings/RiskAdvice';
import type { RiskView } from '../bindings/RiskView';
import type { SecretView } from '../bindings/SecretView';
import type { TestChecked } from '../bindings/TestChecked';
import type { TranscriptView } from '../bindings/TranscriptView';
import { saveFiles } from './files';
import { Live, aboutProcess } from './live.svelte';
import { ask, inBrowser } from './node';

/** The questions that come before, in the order of asking. */
export const RISKS = ['stakes', 'pressure', 'adversary', 'final', 'small'] as const satisfies readonly (keyof RiskView)[];

/** What the answers come to; a paper box comes first, whatever they are. */
export function weigh(risk: RiskView): Promise<RiskAdvice> {
  return ask('weigh_risk', risk);
}

export async function openSecret(open: OpenSecret): Promise<void> {
  await ask('open_secret', open);
}

export class SecretVote extends Live<SecretView | null> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('secret_vote', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Agrees to keep a part of the key on this device. */
  async keep(): Promise<void> {
    await ask('keep_part', this.#at);
    await this.refresh();
  }

  /** Gives this device's part in opening the totals; `seen` is what its person read of the closing. */
  async give(seen: NamedView | null): Promise<void> {
    await ask('give_part', { ...this.#at, seen });
    await this.refresh();
  }

  /** Seals a ballot; answers its receipt. It is not cast by that. */
  async seal(answer: AnswerValue): Promise<string> {
    return (await ask('seal_ballot', { ...this.#at, answer })).receipt;
  }

  async cast(receipt: string): Promise<void> {
    await ask('cast_ballot', { ...this.#at, receipt });
    await this.refresh();
  }

  /** Takes this person's ballot back; they may vote again until the closing. */
  async takeBack(): Promise<void> {
    await ask('withdraw', { ...this.#at, slot: null });
    await this.refresh();
  }

  /** Opens a sealed ballot for a test; it is never cast. */
  test(receipt: string): Promise<BallotTested> {
    return ask('test_ballot', { ...this.#at, receipt });
  }

  /** Checks a ballot that another device opened for a test. */
  check(text: string): Promise<TestChecked> {
    return ask('check_test', { ...this.#at, text });
  }

  /** Writes everything that was published, verified twice. */
  async transcript(): Promise<TranscriptView> {
    const written = await ask('write_transcript', { ...this.#at, path: null });
    if (inBrowser()) await saveFiles([written.path]);
    return written;
  }
}
