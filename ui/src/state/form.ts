// Plain shapes for writing a consultation and for filling one in. What a form must have, and what an
// answer may be, is decided by the core.

import type { AnswerTo } from '../bindings/AnswerTo';
import type { AnswerValue } from '../bindings/AnswerValue';
import type { ChoiceView } from '../bindings/ChoiceView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { QuestionView } from '../bindings/QuestionView';

export type KindName = QuestionKindView['type'];

export const KINDS: readonly KindName[] = ['single_choice', 'multiple_choice', 'scale', 'ranking', 'text', 'number', 'date', 'photo', 'sound'];

/** What a person has filled in so far, by question. */
export type Answers = Record<string, AnswerValue>;

export function emptyDraft(): ConsultationDraft {
  return { title: '', description: '', audience: '', stage: 'consult', questions: [] };
}

export function isDraft(value: unknown): value is ConsultationDraft {
  return typeof value === 'object' && value !== null && 'questions' in value && Array.isArray(value.questions) && 'title' in value;
}

/** A new question with its own id, so that what is typed next finds it whatever others add. */
export function freshQuestion(type: KindName): QuestionView {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { id, label: '', hint: '', required: false, kind: kindFrom(type, undefined) };
}

/** A kind of answer, keeping from the one before what both have. */
export function kindFrom(type: KindName, before: QuestionKindView | undefined): QuestionKindView {
  const options = before !== undefined && 'options' in before ? before.options : [freshOption([]), freshOption([])];
  switch (type) {
    case 'text':
    case 'date':
    case 'photo':
    case 'sound':
    case 'statements':
    case 'group':
    case 'repeat':
    case 'note':
    case 'time':
    case 'date_time':
    case 'place':
    case 'barcode':
    case 'acknowledge':
    case 'calculate':
    case 'hidden':
      return { type };
    case 'number':
    case 'whole_number':
      return { type, min: null, max: null };
    case 'range':
      return { type, from: '0', to: '10', step: '1' };
    case 'metadata':
      return { type, what: 'start' };
    case 'other':
      return { type, written: '' };
    case 'single_choice':
    case 'ranking':
      return { type, options };
    case 'multiple_choice':
      return { type, options, most: 0 };
    case 'scale':
      return { type, from: 1, to: 5, low: '', high: '' };
    case 'points':
      return { type, options, each: 0, all: 8, squared: false };
  }
}

/** An option with an id that no other in the question has; random, so that two devices adding at once differ. */
export function freshOption(others: readonly ChoiceView[]): ChoiceView {
  const taken = new Set(others.map((other) => other.id));
  for (;;) {
    const [id] = crypto.getRandomValues(new Uint16Array(1));
    if (id !== undefined && id !== 0 && !taken.has(id)) return { id, label: '' };
  }
}

/** The list with one element moved by a step, or as it was at either end. */
export function moved<T>(list: readonly T[], at: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(Math.max(0, Math.min(list.length - 1, at + by)), 0, one);
  return next;
}

/** Whether a person answers it and others read what was said: no heading, and nothing of the form's own. */
export function isSaid({ type }: QuestionKindView): boolean {
  return !['group', 'note', 'calculate', 'hidden', 'metadata'].includes(type);
}

/** Whether something was filled in at all. */
export function given(value: AnswerValue | undefined): value is AnswerValue {
  if (value === undefined) return false;
  switch (value.type) {
    case 'text':
    case 'number':
      return value.value.trim() !== '';
    case 'date':
    case 'time':
    case 'date_time':
      return value.value !== '';
    case 'choices':
    case 'ranking':
    case 'points':
    case 'votes':
    case 'rows':
      return value.value.length > 0;
    case 'place':
      return value.value.latitude.trim() !== '';
    case 'acknowledged':
    case 'sealed':
    case 'scale':
    case 'photo':
    case 'sound':
      return true;
  }
}

/** What a person has typed of an answer that is typed; nothing for the others. */
export function typed(value: AnswerValue | undefined): string {
  switch (value?.type) {
    case 'text':
    case 'number':
    case 'date':
    case 'time':
    case 'date_time':
      return value.value;
    case 'place':
      return [value.value.latitude, value.value.longitude].filter((part) => part !== '').join(' ');
    default:
      return '';
  }
}

/** Answers that were handed in, to be filled in again. */
export function fillFrom(answers: readonly AnswerTo[]): Answers {
  return Object.fromEntries(answers.map(({ question, value }) => [question, value]));
}

/** The steps of a scale. */
export function steps(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
}
