// The order in which a form's questions come on the screen. What is asked, offered and wrong is the
// device's word; here is only how it is laid out.

import type { AnswerValue } from '../bindings/AnswerValue';
import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { QuestionView } from '../bindings/QuestionView';
import type { RepeatView } from '../bindings/RepeatView';
import { given } from './form';

/** Questions by where they stand: `/member[2]/age`. */
export type Asked = ReadonlyMap<string, FilledQuestion>;

/** What is on the screen at once: questions that belong together, or the end of a repeat. */
export interface Step {
  /** Names it while other steps come and go. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Where rows are added and taken away. */
  readonly repeat?: RepeatView;
}

/** The first of some paths that is more than a heading. */
export function firstQuestion(paths: readonly string[], asked: Asked): string | undefined {
  return paths.find((path) => !headingAt(path, asked));
}

/** A row of a repeat and how many there are. */
export interface RowPlace {
  readonly label: string;
  readonly at: number;
  readonly of: number;
}

/** Whether what is answered is sealed with all else that is: photos and sounds are sealed each by themselves. */
export function inPiece(question: FilledQuestion): boolean {
  return question.sealed && question.kind.type !== 'photo' && question.kind.type !== 'sound';
}

/** Whether something takes an answer. */
export function takesAnswer(question: FilledQuestion): boolean {
  switch (question.kind.type) {
    case 'group':
    case 'repeat':
    case 'note':
    case 'statements':
    case 'other':
      return false;
    default:
      return true;
  }
}

/** Whether it stands around others and is only a heading. */
export function isHeading(question: FilledQuestion): boolean {
  return question.kind.type === 'group' || question.kind.type === 'repeat';
}

/** The path of the repeat that a row is of, and its number; nothing for what is no row. */
export function rowAt(path: string): { repeat: string; at: number } | undefined {
  const found = /^(.*)\[(\d+)\]$/u.exec(path);
  if (found === null) return undefined;
  return { repeat: found[1] ?? '', at: Number(found[2]) };
}

/** A row's place, for its heading. */
export function rowPlace(path: string, asked: Asked, repeats: readonly RepeatView[]): RowPlace | undefined {
  const row = rowAt(path);
  if (row === undefined) return undefined;
  const repeat = repeats.find((one) => one.path === row.repeat);
  return { label: asked.get(path)?.label ?? repeat?.label ?? '', at: row.at, of: Math.max(row.at, repeat?.rows ?? 0) };
}

/** The headings above a question, the outermost first. */
export function headingsAbove(path: string, order: readonly string[], asked: Asked): string[] {
  return order.filter((one) => {
    const heading = asked.get(one);
    return heading !== undefined && isHeading(heading) && path.startsWith(`${one}/`);
  });
}

/** One screen after the other: pages as the form wants them, and behind each repeat the place to add a row. */
export function stepsOf(order: readonly string[], asked: Asked, repeats: readonly RepeatView[]): Step[] {
  // The deeper one ends first.
  const ends = repeats.filter((repeat) => repeat.free).sort((one, other) => depth(other.path) - depth(one.path));
  const steps: Step[] = [];
  const end = (after: string): void => {
    for (const repeat of ends) if (repeat.after === after) steps.push({ name: `rows:${repeat.path}`, paths: [], repeat });
  };
  let page: number | undefined;
  let paths: string[] = [];
  const turn = (): void => {
    const name = firstQuestion(paths, asked);
    if (name !== undefined) steps.push({ name, paths });
    for (const path of paths) end(path);
    paths = [];
  };
  end('');
  for (const path of order) {
    const question = asked.get(path);
    if (question === undefined) continue;
    if (page !== question.page) turn();
    page = question.page;
    paths.push(path);
  }
  turn();
  return steps;
}

function headingAt(path: string, asked: Asked): boolean {
  const question = asked.get(path);
  return question === undefined || isHeading(question);
}

function depth(path: string): number {
  return path.split('/').length;
}

/** The step that a path is on. */
export function stepOf(steps: readonly Step[], path: string): number {
  return steps.findIndex((step) => step.paths.includes(path) || step.name === path);
}

/**
 * The step at which a person stopped: the one of the last answer while something on it is open, else the one behind it.
 * Before anybody answered, the first with something open; the first of all where there is none.
 */
export function whereStopped(steps: readonly Step[], asked: Asked, last: string): number {
  const open = (path: string): boolean => {
    const question = asked.get(path);
    return question !== undefined && takesAnswer(question) && !question.read_only && !given(question.value ?? undefined);
  };
  const at = last === '' ? -1 : stepOf(steps, last);
  if (at < 0) return Math.max(0, steps.findIndex((step) => step.paths.some(open)));
  return steps[at]?.paths.some(open) === true ? at : Math.min(at + 1, steps.length - 1);
}

/** A question of a draft as it will be asked, before there is a form to fill in. */
export function asAsked(question: QuestionView): FilledQuestion {
  return {
    path: `/${question.id}`,
    question: question.id,
    kind: question.kind,
    option_media: [],
    label: question.label,
    hint: question.hint,
    guidance: '',
    appearance: question.details?.appearance ?? '',
    media: [],
    depth: 0,
    page: 0,
    required: question.required,
    sealed: false,
    read_only: false,
    value: null,
    wrong: null,
  };
}

/** Words in an appearance. */
export function looksLike(question: { appearance: string }, ...words: readonly string[]): boolean {
  return question.appearance.split(/\s+/u).some((word) => words.includes(word));
}

/** The steps of a range as decimal text; nothing where there are too many to be touched one by one. */
export function rangeSteps(from: string, to: string, step: string, most = 11): string[] | undefined {
  const [low, high, by] = [Number(from), Number(to), Number(step)];
  const count = by > 0 ? Math.floor((high - low) / by + 1e-9) + 1 : 0;
  if (!Number.isFinite(count) || count < 1 || count > most) return undefined;
  return Array.from({ length: count }, (_, at) => String(Math.round((low + at * by) * 1e6) / 1e6));
}

/** Whether two answers are the same. */
export function sameAnswer(one: AnswerValue | undefined, other: AnswerValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
