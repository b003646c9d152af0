// Asking some people again: what was drawn, whose turn each is, and what came of it.

import type { BackCheckView } from '../bindings/BackCheckView';
import type { BackChecksView } from '../bindings/BackChecksView';
import type { CheckedQuestion } from '../bindings/CheckedQuestion';
import type { QuestionView } from '../bindings/QuestionView';
import type { ResponseView } from '../bindings/ResponseView';
import { Draft } from './draft.svelte';
import { Live, aboutProcess } from './live.svelte';
import { ask } from './node';
import { list, say } from './words.svelte';

/** What an officer found about one question. */
export type Found = 'same' | 'other' | 'skipped';

/** How asking somebody again goes, as far as it went. */
export interface Checking {
  found: Record<string, Found>;
  /** What was entered is shown: the person was asked. */
  seen: boolean;
  /** The person could not be asked. */
  absent: boolean;
  why: string;
}

export function isChecking(value: unknown): value is Checking {
  if (typeof value !== 'object' || value === null || !('found' in value && 'seen' in value && 'absent' in value && 'why' in value)) return false;
  return typeof value.found === 'object' && value.found !== null && typeof value.why === 'string';
}

/** A seed as the node draws from it: the same in Arabic and in Latin digits. */
export function plainSeed(seed: string): string {
  return seed.trim().replace(/[٠-٩۰-۹]/gu, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
}

export class BackChecks extends Live<BackChecksView> {
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    super(() => ask('back_checks', { space, consultation }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Draws; the draw stays what it is. Nothing is drawn by one that was made before, nor where nobody is to be drawn. */
  async draw(seed: string, percent: number): Promise<'drawn' | 'before' | 'nobody'> {
    const before = this.value?.drawings.length ?? 0;
    const view = await ask('draw_back_checks', { ...this.#at, seed, percent });
    this.value = view;
    if (view.drawings.length > before) return 'drawn';
    const same = view.drawings.some((one) => one.seed === plainSeed(seed) && one.percent === percent);
    return same ? 'before' : 'nobody';
  }

  /** What was found of asking a voice again and is not told yet, on the disk as it is written. */
  checking(slot: string): Draft<Checking> {
    const { space, consultation } = this.#at;
    return new Draft<Checking>(`check/${space}/${consultation}/${slot}`, { found: {}, seen: false, absent: false, why: '' });
  }

  /** Tells what asking again found, or why nobody could be asked. */
  async tell(slot: string, found: Readonly<Record<string, Found>>, notAsked: string): Promise<void> {
    const those = (wanted: Found): string[] => Object.entries(found).flatMap(([question, said]) => (said === wanted ? [question] : []));
    const told = notAsked === '' ? { same: those('same'), other: those('other') } : { same: [], other: [] };
    this.value = await ask('tell_back_check', { ...this.#at, slot, ...told, not_asked: notAsked });
  }

  /** What was entered for somebody as it was drawn, where this device may show it. */
  async entered(slot: string): Promise<ResponseView | undefined> {
    const drawn = this.value?.checks.find((one) => one.slot === slot)?.answer ?? null;
    if (drawn === null) return undefined;
    const page = await ask('responses', { ...this.#at, mine: false, counted: false, slots: [slot], text: '', offset: 0, limit: 100 });
    return page.responses.find(({ record }) => record === drawn);
  }
}

/** A question that is not compared, and why. */
export interface LeftOut {
  question: string;
  label: string;
  because: 'rows' | 'media' | 'sealed';
}

/** The questions of a form that nobody can say one word of, or that saying it would tell. `asked` has those that the node takes. */
export function leftOut(questions: readonly QuestionView[], asked: readonly CheckedQuestion[]): LeftOut[] {
  const parent = (one: QuestionView): QuestionView | undefined => questions.find(({ id }) => id === (one.details?.part_of ?? null));
  const inRows = (one: QuestionView | undefined): boolean => one !== undefined && (one.kind.type === 'repeat' || inRows(parent(one)));
  return questions.flatMap((one): LeftOut[] => {
    const { type } = one.kind;
    if (UNASKED.has(type)) return [];
    const because = type === 'repeat' ? 'rows' : inRows(parent(one)) ? undefined : type === 'photo' || type === 'sound' ? 'media' : asked.some(({ question }) => question === one.id) ? undefined : 'sealed';
    return because === undefined ? [] : [{ question: one.id, label: one.label, because }];
  });
}

/** What nobody answers. */
const UNASKED: ReadonlySet<string> = new Set(['group', 'note', 'calculate', 'hidden', 'metadata']);

/** Those that wait for this device's person, and the one that they are asking now, whatever becomes of it meanwhile. */
export function waitingFor(view: BackChecksView | undefined, asking?: string): BackCheckView[] {
  return (view?.checks ?? []).filter(({ mine, open, slot }) => mine && (open || slot === asking));
}

/** What became of an answer since it was drawn; empty where it counts as it was. */
export function sinceInWords({ since }: Pick<BackCheckView, 'since'>): string {
  return since === null ? '' : say(`check.since.${since.what}`, { name: list(since.by) });
}
