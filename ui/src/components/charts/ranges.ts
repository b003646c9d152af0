// Bins for an axis from what the node wrote as the names of bars: ranges of numbers, days, months.

import type { Bin } from './histogram';

/** A bar as the node gives it. */
export interface Labelled {
  readonly label: string;
  readonly parts: readonly number[];
}

const NUMBER = '-?\\d+(?:\\.\\d+)?';
const RANGE = new RegExp(`^(${NUMBER})(?: – (${NUMBER}))?$`, 'u');
const DAY = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/u;
const DAY_LENGTH = 86_400_000;
/** So many columns fit a telephone. */
const MOST = 62;

/** `3 – 7` or `5`. */
export function rangeOf(label: string): { from: number; to: number } | undefined {
  const found = RANGE.exec(label);
  if (found === null) return undefined;
  const from = Number(found[1]);
  return { from, to: found[2] === undefined ? from : Number(found[2]) };
}

/** Months are counted up from here, so that they are never taken for days; years and tens of years likewise. */
const MONTHS = 1_000_000;
const YEARS = 2_000_000;
const DECADES = 3_000_000;

/** `2025-03-09` as days since 1970, `2025-03` as months behind `MONTHS`. */
export function dayOf(label: string): number | undefined {
  const found = DAY.exec(label);
  if (found === null) return undefined;
  const [year, month] = [Number(found[1]), Number(found[2])];
  if (month < 1 || month > 12) return undefined;
  return found[3] === undefined ? MONTHS + year * 12 + month - 1 : Math.round(Date.UTC(year, month - 1, Number(found[3])) / DAY_LENGTH);
}

/**
 * Bins in the order of the axis; days and months without answers have empty ones, as a gap says
 * something too. Days that lie too far apart for that are put together by months, years, or tens of
 * years. Nothing where an axis would not help: fewer than three bars, or names that are none of these.
 */
export function binsOf(bars: readonly Labelled[], kind: 'numbers' | 'dates'): Bin[] | undefined {
  if (bars.length < 3) return undefined;
  const bins: Bin[] = [];
  for (const { label, parts } of bars) {
    const day = kind === 'dates' ? dayOf(label) : undefined;
    const range = kind === 'numbers' ? rangeOf(label) : day === undefined ? undefined : { from: day, to: day };
    if (range === undefined) return undefined;
    bins.push({ ...range, parts });
  }
  bins.sort((one, other) => one.from - other.from);
  return kind === 'numbers' ? bins : filled(bins);
}

function filled(bins: readonly Bin[]): Bin[] | undefined {
  const [first, last] = [bins[0]?.from ?? 0, bins.at(-1)?.from ?? 0];
  if (last - first >= MOST) return first >= DECADES ? undefined : filled(coarser(bins));
  const held = new Map(bins.map((bin) => [bin.from, bin.parts]));
  const none = (bins[0]?.parts ?? []).map(() => 0);
  return Array.from({ length: last - first + 1 }, (_, at) => ({ from: first + at, to: first + at, parts: held.get(first + at) ?? none }));
}

/** The next longer stretch of time that a day, a month or a year lies in. */
function longer(at: number): number {
  if (at >= YEARS) return DECADES + Math.floor((at - YEARS) / 10);
  if (at >= MONTHS) return YEARS + Math.floor((at - MONTHS) / 12);
  const date = dateOf(at);
  return MONTHS + date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function coarser(bins: readonly Bin[]): Bin[] {
  const sums = new Map<number, number[]>();
  for (const { from, parts } of bins) {
    const at = longer(from);
    const sum = sums.get(at);
    sums.set(at, sum === undefined ? [...parts] : sum.map((part, index) => part + (parts[index] ?? 0)));
  }
  return [...sums].map(([at, parts]) => ({ from: at, to: at, parts }));
}

/** A day, a month, a year or tens of years of an axis as short as the axis allows: the year where there are several. */
export function dayName(at: number, bins: readonly Bin[], locale: string): string {
  if (at >= YEARS) {
    const form = new Intl.DateTimeFormat(locale, { year: 'numeric', timeZone: 'UTC' });
    return at >= DECADES ? form.formatRange(dateOf(at), new Date(Date.UTC((at - DECADES) * 10 + 9, 0, 1))) : form.format(dateOf(at));
  }
  const years = new Set([bins[0]?.from ?? at, bins.at(-1)?.from ?? at].map((one) => dateOf(one).getUTCFullYear()));
  const parts: Intl.DateTimeFormatOptions = at >= MONTHS ? { month: 'short', year: 'numeric' } : years.size > 1 ? { day: 'numeric', month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: 'UTC' }).format(dateOf(at));
}

function dateOf(at: number): Date {
  if (at >= DECADES) return new Date(Date.UTC((at - DECADES) * 10, 0, 1));
  if (at >= YEARS) return new Date(Date.UTC(at - YEARS, 0, 1));
  return at >= MONTHS ? new Date(Date.UTC(Math.floor((at - MONTHS) / 12), (at - MONTHS) % 12, 1)) : new Date(at * DAY_LENGTH);
}
