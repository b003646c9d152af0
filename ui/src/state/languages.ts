// The languages of a draft: its own and further ones side by side, and what is not translated yet.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { FormDetailsView } from '../bindings/FormDetailsView';
import type { Language } from '../bindings/Language';
import { choiceDetailsOf, detailsOf, listed, optionsOf } from './builder';
import { words } from './words.svelte';

/** Languages by the names that XLSForm has for them; any other may be named. */
export const NAMED: readonly string[] = ['العربية (ar)', 'Français (fr)', 'English (en)', 'Kurdî (ku)', 'Tamaziɣt (zgh)', 'Soomaali (so)', 'Türkçe (tr)', 'فارسی (fa)', 'اردو (ur)', 'Español (es)'];

const OWN: Readonly<Record<Language, string>> = { ar: 'العربية (ar)', fr: 'Français (fr)', en: 'English (en)' };
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar', 'fa', 'ur', 'he', 'ps', 'sd', 'ckb', 'ug', 'yi', 'dv']);

export function namedFor(language: Language): string {
  return OWN[language];
}

/** The code in `Arabic (ar)`; nothing where there is none. */
export function codeOf(name: string): string | undefined {
  return /\(([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\)\s*$/u.exec(name)?.[1]?.toLowerCase();
}

export function directionOfNamed(name: string): 'rtl' | 'ltr' | 'auto' {
  const code = codeOf(name);
  return code === undefined ? 'auto' : RIGHT_TO_LEFT.has(code) ? 'rtl' : 'ltr';
}

/** The name without its code, as those who speak it call it where it has one. */
export function shownName(name: string): string {
  const bare = name.replace(/\s*\([A-Za-z-]+\)\s*$/u, '') || name;
  // What the project names itself it names as its speakers do.
  return NAMED.includes(name) ? bare : words.languageName(bare, codeOf(name) ?? null);
}

function formDetails(draft: ConsultationDraft): FormDetailsView {
  draft.details ??= { language: '', languages: [], title: {}, description: {}, kept: '' };
  return draft.details;
}

/** The language its texts are in; empty where that is not said. */
export function mainOf(draft: ConsultationDraft): string {
  return draft.details?.language ?? '';
}

export function furtherOf(draft: ConsultationDraft): string[] {
  const main = mainOf(draft);
  return (draft.details?.languages ?? []).filter((name) => name !== main);
}

/** Says which language the texts are in. */
export function setMain(draft: ConsultationDraft, name: string): void {
  const details = formDetails(draft);
  const before = details.language;
  details.languages = [name, ...details.languages.filter((one) => one !== before && one !== name)];
  details.language = name;
}

/** Adds a language; the texts so far are in `own` when nothing says otherwise. */
export function addLanguage(draft: ConsultationDraft, name: string, own: string): void {
  const wanted = name.trim();
  if (wanted === '') return;
  const details = formDetails(draft);
  if (details.language === '') setMain(draft, own);
  if (!details.languages.includes(wanted)) details.languages.push(wanted);
}

/** Takes a further language away, with its texts. */
export function dropLanguage(draft: ConsultationDraft, name: string): void {
  const details = formDetails(draft);
  if (name === details.language) return;
  for (const text of textsOf(draft)) text.put(name, '');
  details.languages = details.languages.filter((one) => one !== name);
}

/** A form to be read, in a language as far as it has words in it; never to be written back. */
export function spoken(form: ConsultationDraft, language: Language): ConsultationDraft {
  if (codeOf(mainOf(form)) === language) return form;
  const name = furtherOf(form).find((one) => codeOf(one) === language);
  if (name === undefined) return form;
  const turned = (text: string, others: Record<string, string | undefined> | undefined): string => others?.[name] || text;
  return {
    ...form,
    title: turned(form.title, form.details?.title),
    description: turned(form.description, form.details?.description),
    questions: form.questions.map((question) => ({
      ...question,
      label: turned(question.label, question.details?.label),
      hint: turned(question.hint, question.details?.hint),
      kind: 'options' in question.kind ? { ...question.kind, options: question.kind.options.map((option) => ({ ...option, label: turned(option.label, option.details?.label) })) } : question.kind,
    })),
  };
}

type What = 'title' | 'description' | 'question' | 'hint' | 'guidance' | 'limit' | 'must' | 'option';

type Others = () => Record<string, string | undefined>;

/** A text of a draft with its translations. */
export interface Text {
  key: string;
  /** The question it belongs to, and the question's number; none for the form's own. */
  question: string | undefined;
  number: readonly number[];
  what: What;
  main: string;
  long: boolean;
  of: (language: string) => string;
  put: (language: string, text: string) => void;
}

function text(key: string, question: string | undefined, number: readonly number[], what: What, main: string, read: Others, write: Others): Text {
  return {
    key,
    question,
    number,
    what,
    main,
    long: what === 'description' || what === 'guidance' || main.length > 60,
    of: (language) => read()[language] ?? '',
    put: (language, value) => {
      if (value !== '') write()[language] = value;
      else if (read()[language] !== undefined) Reflect.deleteProperty(write(), language);
    },
  };
}

/** Every text that can be translated, in order; what is empty in the form's own language is not asked for. */
export function textsOf(draft: ConsultationDraft): Text[] {
  const out: Text[] = [
    text('title', undefined, [], 'title', draft.title, () => draft.details?.title ?? {}, () => formDetails(draft).title),
    text('description', undefined, [], 'description', draft.description, () => draft.details?.description ?? {}, () => formDetails(draft).description),
  ];
  for (const { question, number } of listed(draft.questions)) {
    const own = (what: What, main: string, read: Others, write: Others): Text => text(`${question.id}-${what}`, question.id, number, what, main, read, write);
    const details = question.details;
    out.push(own('question', question.label, () => question.details?.label ?? {}, () => detailsOf(question).label));
    out.push(own('hint', question.hint, () => question.details?.hint ?? {}, () => detailsOf(question).hint));
    if (details !== undefined) {
      out.push(own('guidance', details.guidance.main, () => details.guidance.others, () => details.guidance.others));
      out.push(own('limit', details.constraint_message.main, () => details.constraint_message.others, () => details.constraint_message.others));
      out.push(own('must', details.required_message.main, () => details.required_message.others, () => details.required_message.others));
    }
    for (const option of optionsOf(question.kind)) {
      const key = `${question.id}-option-${String(option.id)}`;
      out.push(text(key, question.id, number, 'option', option.label, () => option.details?.label ?? {}, () => choiceDetailsOf(option).label));
    }
  }
  return out.filter(({ main }) => main.trim() !== '');
}

/** How many texts are not in a language yet. */
export function missingIn(draft: ConsultationDraft, language: string): number {
  return textsOf(draft).filter((one) => one.of(language).trim() === '').length;
}
