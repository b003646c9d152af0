// How the groups that answered compare with a census: its numbers stay on this device.

import type { CensusColumn } from '../bindings/CensusColumn';
import type { CensusRow } from '../bindings/CensusRow';
import type { CensusStray } from '../bindings/CensusStray';
import type { QuestionView } from '../bindings/QuestionView';
import type { RepresentedView } from '../bindings/RepresentedView';
import { latinDigits } from './expression';
import { toBase64 } from './files';
import { ask } from './node';

export interface CensusLine {
  readonly id: number;
  readonly label: string;
}

/** The options, or steps, of a question that a census can count. */
export function linesOf(question: QuestionView): CensusLine[] {
  const { kind } = question;
  if (kind.type === 'scale') return Array.from({ length: kind.to - kind.from + 1 }, (_, at) => ({ id: kind.from + at, label: String(kind.from + at) }));
  return 'options' in kind ? kind.options.map(({ id, label }) => ({ id, label })) : [];
}

const MOST = 4_000_000_000;
/** Digits behind the point that a number may have. */
const DECIMALS = 6;

/** Numbers as they stand in the fields, typed or read, all in one unit: scaled together until all are whole, as far as there is room. */
export function rowsOf(lines: readonly CensusLine[], typed: Readonly<Record<number, string>>): { rows: CensusRow[]; wrong: number[] } {
  const read = lines.map(({ id }) => ({ id, value: numberOf(typed[id] ?? '') }));
  const wrong = read.filter(({ value }) => value === null).map(({ id }) => id);
  const values = read.flatMap(({ id, value }) => (value === null || value === undefined ? [] : [{ id, value }]));
  const most = Math.max(0, ...values.map(({ value }) => value));
  const whole = (unit: number): boolean => values.every(({ value }) => Math.abs(value * unit - Math.round(value * unit)) < 1e-6);
  let unit = 1;
  while (!whole(unit) && unit < 10 ** DECIMALS && most * unit * 10 <= MOST) unit *= 10;
  return { rows: values.map(({ id, value }) => ({ id, people: Math.min(MOST, Math.round(value * unit)) })), wrong };
}

/** What was typed as a number, with digits of any script; nothing where nothing was, `null` where it is none, or where
 * a comma or a point may part thousands as well as decimals: `12,500`. */
export function numberOf(text: string): number | null | undefined {
  const typed = latinDigits(text).replace(/[\s'’%٬٪]/gu, '');
  if (typed === '') return undefined;
  if (/^[1-9]\d{0,2}[.,]\d{3}$/u.test(typed)) return null;
  const plain = typed.replace(/[,٫]/u, '.');
  return /^\d{1,10}(?:\.\d{1,6})?$/u.test(plain) ? Number(plain) : null;
}

/** Plain decimals as nobody can take for thousands. */
export function certain(plain: string): string {
  return /\.\d{3}$/u.test(plain) ? `${plain}0` : plain;
}

export class Census {
  /** What was typed, by option. */
  typed = $state<Record<number, string>>({});
  groups = $state.raw<readonly RepresentedView[]>();
  strays = $state.raw<readonly CensusStray[]>([]);
  wrong = $state.raw<readonly number[]>([]);
  /** How many lines of a file were taken. */
  taken = $state<number>();
  /** The columns of it that say numbers, and the one that was read. */
  columns = $state.raw<readonly CensusColumn[]>([]);
  column = $state<number>();
  #file = '';
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string) {
    this.#at = { space, consultation };
  }

  /** Another question: what this device keeps for it. */
  async turn(question: QuestionView): Promise<void> {
    [this.typed, this.groups, this.strays, this.wrong, this.taken] = [{}, undefined, [], [], undefined];
    [this.columns, this.column, this.#file] = [[], undefined, ''];
    const kept = await ask('draft', { key: this.#key(question) });
    if (kept === null) return;
    this.typed = JSON.parse(kept.value) as Record<number, string>;
    await this.compare(question);
  }

  /** Reads a file into the fields. */
  async take(question: QuestionView, file: File): Promise<void> {
    [this.columns, this.column, this.strays, this.taken] = [[], undefined, [], undefined];
    await this.#read(question, toBase64(new Uint8Array(await file.arrayBuffer())), null);
  }

  /** Reads another column of that file. */
  async pick(question: QuestionView, column: number): Promise<void> {
    await this.#read(question, this.#file, column);
  }

  /** Reads one column of a file, the likeliest where none is named. */
  async #read(question: QuestionView, base64: string, column: number | null): Promise<void> {
    const read = await ask('read_census', { ...this.#at, question: question.id, base64, column });
    this.#file = base64;
    [this.columns, this.column] = [read.columns, read.column ?? undefined];
    this.strays = read.strays;
    this.taken = read.rows.length;
    if (read.rows.length === 0) return;
    this.typed = Object.fromEntries(read.rows.map(({ id, people }) => [id, certain(people)]));
    await this.compare(question);
  }

  /** Compares, and keeps what was typed for the next time. */
  async compare(question: QuestionView): Promise<void> {
    const { rows, wrong } = rowsOf(linesOf(question), this.typed);
    this.wrong = wrong;
    if (wrong.length > 0) return;
    await ask('put_draft', { key: this.#key(question), value: JSON.stringify(this.typed), saved: 0 });
    this.groups = await ask('representation', { ...this.#at, question: question.id, census: rows });
  }

  #key(question: QuestionView): string {
    return `census/${this.#at.consultation}/${question.id}`;
  }
}
