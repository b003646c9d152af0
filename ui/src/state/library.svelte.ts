// Questions of the consultations on this device, in all its spaces, to be found and taken into a form.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { MediumView } from '../bindings/MediumView';
import type { QuestionView } from '../bindings/QuestionView';
import { keep } from './beside';
import { copies, listed, withInside } from './builder';
import { fromBase64 } from './files';
import { furtherOf, mainOf } from './languages';
import { ask } from './node';

/** The most consultations that are looked through, the latest first. */
const MOST = 200;

export interface Kept {
  question: QuestionView;
  space: string;
  consultation: string;
  /** Everything in it, when it is a section. */
  inside: QuestionView[];
  language: string;
}

/** Words as they are compared: without vowel signs and the shapes of one letter. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\u0640]/gu, '')
    .replace(/[أإآٱ]/gu, 'ا')
    .replace(/ى/gu, 'ي')
    .replace(/ة/gu, 'ه')
    .toLowerCase();
}

/** Whether every word that is looked for is in a text. */
export function matches(text: string, wanted: string): boolean {
  const all = folded(text);
  return folded(wanted)
    .split(/\s+/u)
    .every((word) => all.includes(word));
}

export class Library {
  questions = $state.raw<readonly Kept[]>([]);
  ready = $state(false);
  failed = $state(false);

  async read(): Promise<void> {
    const found: Kept[] = [];
    const known: Record<string, true> = {};
    try {
      const spaces = await ask('spaces', {});
      const lists = await Promise.all(spaces.map(({ space }) => ask('consultations', { space })));
      const all = lists.flat().toSorted((one, other) => other.time - one.time);
      for (const { space, consultation, title } of all.slice(0, MOST)) {
        const { form } = await ask('consultation', { space, consultation });
        const ballot = form.activity !== undefined && form.activity.rule.type !== 'petition' ? form.questions[0]?.id : undefined;
        for (const { question } of listed(form.questions)) {
          const key = JSON.stringify([question.label, question.kind.type]);
          if (question.id === ballot || question.label.trim() === '' || known[key]) continue;
          known[key] = true;
          const own = withInside(form.questions, question.id);
          const inside = form.questions.filter(({ id }) => id !== question.id && own.has(id));
          found.push({ question, space, consultation: title, inside, language: mainOf(form) });
        }
        this.questions = [...found];
      }
    } catch {
      this.failed = true;
    }
    this.ready = true;
  }
}

/** Keeps what questions show and play in the space that they are taken into; what is not on this device of it is missing there. */
export async function carried(questions: readonly QuestionView[], from: string, to: string): Promise<void> {
  if (from === to) return;
  const known: Record<string, string | null> = {};
  const carry = async (medium: MediumView, small: boolean): Promise<void> => {
    const { blob, kind } = medium;
    if (blob === null) return;
    known[blob] ??= await broughtOver({ space: from, blob }, to, kind, small);
    medium.blob = known[blob] ?? null;
  };
  for (const { details, kind } of questions) {
    for (const medium of details?.media ?? []) await carry(medium, false);
    for (const option of 'options' in kind ? kind.options : []) for (const medium of option.details?.media ?? []) await carry(medium, true);
  }
}

async function broughtOver(at: { space: string; blob: string }, to: string, kind: string, small: boolean): Promise<string | null> {
  const { base64, media_type: type } = await ask('blob', at);
  return base64 === null ? null : keep(new Blob([fromBase64(base64)], { type }), kind, small, to);
}

/** A question of another form with what is in it, for a draft: texts in the draft's own language where they are there. */
export function taken({ question, inside, language }: Kept, draft: ConsultationDraft): QuestionView[] {
  const [main, further] = [mainOf(draft), furtherOf(draft)];
  const fresh = copies([question, ...inside], draft.questions);
  for (const one of fresh) {
    turn(one, 'label', one.details?.label, main, language);
    turn(one, 'hint', one.details?.hint, main, language);
    only(one.details?.label, further);
    only(one.details?.hint, further);
    if ('options' in one.kind) {
      for (const option of one.kind.options) {
        delete option.project;
        turn(option, 'label', option.details?.label, main, language);
        only(option.details?.label, further);
      }
    }
    for (const text of [one.details?.guidance, one.details?.constraint_message, one.details?.required_message]) {
      if (text === undefined) continue;
      turn(text, 'main', text.others, main, language);
      only(text.others, further);
    }
  }
  return fresh;
}

/** Puts the draft's language first where the text has it. */
function turn<K extends string>(of: Record<K, unknown>, key: K, others: Record<string, string | undefined> | undefined, main: string, language: string): void {
  const wanted = others?.[main];
  if (others === undefined || wanted === undefined || wanted === '' || main === language) return;
  const text = of[key];
  if (language !== '' && typeof text === 'string') others[language] = text;
  (of as Record<string, unknown>)[key] = wanted;
  Reflect.deleteProperty(others, main);
}

function only(others: Record<string, string | undefined> | undefined, further: readonly string[]): void {
  for (const name of Object.keys(others ?? {})) if (others !== undefined && !further.includes(name)) Reflect.deleteProperty(others, name);
}
