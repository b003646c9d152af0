// The questions of a draft as a tree in one list: what stands in a group or repeat follows it. Moving,
// adding and deleting keep them so. What a form must have is decided by the core.

import type { ChoiceDetailsView } from '../bindings/ChoiceDetailsView';
import type { ChoiceView } from '../bindings/ChoiceView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { MediumView } from '../bindings/MediumView';
import type { QuestionDetails } from '../bindings/QuestionDetails';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { QuestionView } from '../bindings/QuestionView';
import { canBeAsked, namesIn } from './condition';
import type { KindName } from './form';
import { freshQuestion } from './form';

/** In the order in which they are offered, by what people want to ask. */
export const OFFERED: readonly { readonly group: 'choose' | 'write' | 'show' | 'sections' | 'quiet'; readonly kinds: readonly KindName[] }[] = [
  { group: 'choose', kinds: ['single_choice', 'multiple_choice', 'scale', 'ranking', 'acknowledge'] },
  { group: 'write', kinds: ['text', 'whole_number', 'number', 'range', 'date', 'time', 'date_time'] },
  { group: 'show', kinds: ['place', 'photo', 'sound', 'barcode', 'note'] },
  { group: 'sections', kinds: ['group', 'repeat'] },
  { group: 'quiet', kinds: ['points', 'calculate', 'metadata'] },
];

export function emptyDetails(): QuestionDetails {
  return {
    name: '',
    part_of: null,
    rules: { relevant: '', required_if: '', constraint: '', calculation: '', trigger: '', default: '', read_only: '', choice_filter: '', repeat_count: '' },
    label: {},
    hint: {},
    guidance: { main: '', others: {} },
    constraint_message: { main: '', others: {} },
    required_message: { main: '', others: {} },
    appearance: '',
    media: [],
    list: '',
    parameters: {},
    cells: {},
  };
}

export function emptyChoiceDetails(): ChoiceDetailsView {
  return { name: '', label: {}, properties: {}, media: [] };
}

/** What a question says further, to be written. */
export function detailsOf(question: QuestionView): QuestionDetails {
  question.details ??= emptyDetails();
  return question.details;
}

export function choiceDetailsOf(option: ChoiceView): ChoiceDetailsView {
  option.details ??= emptyChoiceDetails();
  return option.details;
}

export function optionsOf(kind: QuestionKindView): ChoiceView[] {
  return 'options' in kind ? kind.options : [];
}

/** What conditions and exports call an option. */
export function optionName(option: ChoiceView): string {
  return option.details?.name || String(option.id);
}

export function isSection(question: QuestionView): boolean {
  return question.kind.type === 'group' || question.kind.type === 'repeat';
}

function parentOf(question: QuestionView): string | null {
  return question.details?.part_of ?? null;
}

/** A question in the list: how deep it lies, its number among its like, and how many those are. */
export interface Listed {
  question: QuestionView;
  depth: number;
  /** From 1, as `2` or `2.1`. */
  number: number[];
  at: number;
  of: number;
}

/** The list as it is shown. A question whose section is not there stands at the end, in none. */
export function listed(questions: readonly QuestionView[]): Listed[] {
  const ids = new Set(questions.filter(isSection).map(({ id }) => id));
  const inside = new Map<string | null, QuestionView[]>();
  for (const question of questions) {
    const parent = parentOf(question);
    const key = parent !== null && ids.has(parent) && parent !== question.id ? parent : null;
    inside.set(key, [...(inside.get(key) ?? []), question]);
  }
  const out: Listed[] = [];
  const add = (parent: string | null, number: readonly number[]): void => {
    const all = inside.get(parent) ?? [];
    inside.delete(parent);
    for (const [at, question] of all.entries()) {
      const own = [...number, at + 1];
      out.push({ question, depth: number.length, number: own, at, of: all.length });
      if (ids.has(question.id)) add(question.id, own);
    }
  };
  add(null, []);
  return out;
}

function inOrder(questions: readonly QuestionView[]): QuestionView[] {
  return listed(questions).map(({ question }) => question);
}

/** The question and everything in it. */
export function withInside(questions: readonly QuestionView[], id: string): Set<string> {
  const inside = new Set([id]);
  for (const { question } of listed(questions)) {
    const parent = parentOf(question);
    if (parent !== null && inside.has(parent)) inside.add(question.id);
  }
  return inside;
}

/** With a question, and what is in it, before or after its neighbour; the first `fixed` stay. */
export function movedIn(questions: readonly QuestionView[], id: string, by: 1 | -1, fixed = 0): QuestionView[] {
  const list = listed(questions);
  const one = list.find(({ question }) => question.id === id);
  if (one === undefined) return [...questions];
  const parent = parentOf(one.question);
  const like = list.filter(({ question, depth }) => depth === one.depth && parentOf(question) === parent);
  const other = like[one.at + by];
  if (other === undefined || (one.depth === 0 && Math.min(one.at, other.at) < fixed)) return inOrder(questions);
  const mine = withInside(questions, id);
  const its = withInside(questions, other.question.id);
  const all = inOrder(questions);
  const [block, rest] = [all.filter((question) => mine.has(question.id)), all.filter((question) => !mine.has(question.id))];
  const places = rest.flatMap((question, at) => (its.has(question.id) ? [at] : []));
  const at = by > 0 ? Math.max(...places) + 1 : Math.min(...places);
  return [...rest.slice(0, at), ...block, ...rest.slice(at)];
}

/** The sections that a question may stand in: all but itself and what is in it. */
export function sectionsFor(questions: readonly QuestionView[], id: string): Listed[] {
  const own = withInside(questions, id);
  return listed(questions).filter(({ question }) => isSection(question) && !own.has(question.id));
}

/** With a question put into a section, at its end, or out of all. */
export function putInto(questions: readonly QuestionView[], id: string, section: string | null): QuestionView[] {
  const own = withInside(questions, id);
  if (section !== null && own.has(section)) return [...questions];
  const all = inOrder(questions);
  const block = all.filter((question) => own.has(question.id));
  const rest = all.filter((question) => !own.has(question.id));
  for (const question of block) if (question.id === id) question.details = { ...(question.details ?? emptyDetails()), part_of: section };
  return inOrder([...rest, ...block]);
}

/** With a new question after all others in its section. */
export function added(questions: readonly QuestionView[], fresh: readonly QuestionView[], section: string | null): QuestionView[] {
  for (const question of fresh) if (section !== null && parentOf(question) === null) detailsOf(question).part_of = section;
  return inOrder([...questions, ...fresh]);
}

/** Without a question and what is in it. */
export function without(questions: readonly QuestionView[], id: string): QuestionView[] {
  const gone = withInside(questions, id);
  return inOrder(questions).filter((question) => !gone.has(question.id));
}

/**
 * Copies with ids of their own; what stands in another one that is copied stands in its copy. What they ask of
 * questions that did not come along they ask further in the same form, and not in another.
 */
export function copies(questions: readonly QuestionView[], taken: readonly QuestionView[], same = false): QuestionView[] {
  const ids = new Map(questions.map(({ id }) => [id, freshQuestion('text').id]));
  const names = new Set(taken.map((question) => question.details?.name ?? ''));
  const renamed = new Map<string, string>();
  const out = questions.map((question) => {
    const copy: QuestionView = structuredClone(question);
    copy.id = ids.get(question.id) ?? copy.id;
    if (copy.details !== undefined) {
      const { part_of: parent, name } = copy.details;
      copy.details.part_of = parent === null ? null : (ids.get(parent) ?? null);
      if (name !== '') {
        copy.details.name = freeName(name, names);
        names.add(copy.details.name);
        renamed.set(name, copy.details.name);
      }
    }
    return copy;
  });
  for (const { details } of out) {
    if (details === undefined) continue;
    for (const [rule, text] of Object.entries(details.rules) as [keyof typeof details.rules, string][]) {
      const all = namesIn(text);
      details.rules[rule] = same || all.every((name) => renamed.has(name)) ? text.replace(/\$\{\s*([^{}\s]+)\s*\}/gu, (_, name: string) => `\${${renamed.get(name) ?? name}}`) : '';
    }
  }
  return out;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${String(number)}`;
  return name;
}

/** The name by which conditions ask for a question; made when it has none, from its words where they are Latin. */
export function nameFor(questions: readonly QuestionView[], question: QuestionView): string {
  const details = detailsOf(question);
  if (details.name === '') {
    const words = question.label
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[a-z][a-z0-9]*/gu);
    const made = (words ?? []).slice(0, 4).join('_').slice(0, 30);
    const names = new Set(questions.flatMap((one) => (one.details?.name ? [one.details.name] : [])));
    details.name = freeName(made === '' ? `q_${question.id.slice(0, 4)}` : made, names);
  }
  return details.name;
}

/** The repeats around a question, from outside. */
function repeatsAround(questions: readonly QuestionView[], id: string): string {
  const by = new Map(questions.map((question) => [question.id, question]));
  const around: string[] = [];
  for (let parent = by.get(id)?.details?.part_of ?? null; parent !== null && around.length < 40; parent = by.get(parent)?.details?.part_of ?? null) {
    if (by.get(parent)?.kind.type === 'repeat') around.unshift(parent);
  }
  return around.join('/');
}

/** The questions that a condition of another may ask for: those before it that have one answer there. */
export function askable(questions: readonly QuestionView[], id: string): Listed[] {
  const list = listed(questions);
  const end = list.findIndex(({ question }) => question.id === id);
  const here = repeatsAround(questions, id);
  return list.slice(0, end < 0 ? list.length : end).filter(({ question }) => canBeAsked(question.kind.type) && here.startsWith(repeatsAround(questions, question.id)));
}

/** The questions whose rules ask for one by its name. */
export function askingFor(questions: readonly QuestionView[], question: QuestionView): QuestionView[] {
  const name = question.details?.name ?? '';
  if (name === '') return [];
  return questions.filter((one) => one.details !== undefined && Object.values(one.details.rules).some((rule) => namesIn(rule).includes(name)));
}

/** The pictures or sounds of a list with one put in the place of those of its kind, or taken out. */
export function withMedium(media: readonly MediumView[], kind: 'image' | 'audio', blob: string | null): MediumView[] {
  const others = media.filter((medium) => medium.kind !== kind);
  if (blob === null) return others;
  const ending = kind === 'image' ? 'jpg' : 'ogg';
  return [...others, { kind, language: '', file: `${blob.slice(0, 12)}.${ending}`, blob }];
}

/** The picture or sound of all languages that is kept here. */
export function mediumOf(media: readonly MediumView[] | undefined, kind: 'image' | 'audio'): string | undefined {
  return media?.find((medium) => medium.kind === kind && medium.blob !== null)?.blob ?? undefined;
}

/** Whether anything was written into a draft's questions. */
export function hasQuestions(draft: ConsultationDraft): boolean {
  return draft.questions.length > 0;
}

/** What a question or an option says: in the form's first language, else in another, else its name. */
export function wordsOf(label: string, details: { readonly name: string; readonly label: Readonly<Record<string, string | undefined>> } | undefined): string {
  if (label !== '' || details === undefined) return label;
  return (details.label['default'] || Object.values(details.label).find((text) => text)) ?? details.name;
}
