// The language in use, and everything that depends on it: sentences, plurals, numbers, dates.

import type { Language } from '../bindings/Language';
import type { CountKey, Values, WordKey } from '../strings';
import { catalogues, directionOf, fill, formFor } from '../strings';
import { thisMinute } from './minute';

/** Which digits are shown. */
export type Digits = 'auto' | 'latn' | 'arab';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

class Words {
  language = $state<Language>(guess(navigator.languages));
  digits = $state<Digits>('auto');

  /** The locale for `Intl`: the language, its region on this device, Gregorian months, the chosen digits. */
  readonly locale = $derived.by(() => {
    const regional = navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${this.language}-`));
    const tag = regional ?? this.language;
    const digits = this.digits === 'auto' ? '' : `-nu-${this.digits}`;
    return new Intl.Locale(`${new Intl.Locale(tag).baseName}-u-ca-gregory${digits}`).toString();
  });
  readonly direction = $derived(directionOf(this.language));
  readonly #numbers = $derived(new Intl.NumberFormat(this.locale, { maximumFractionDigits: 6 }));
  readonly #arabic = $derived(this.#numbers.resolvedOptions().numberingSystem === 'arab');
  /** What stands before decimals. */
  readonly #mark = $derived(this.#numbers.formatToParts(0.5).find((part) => part.type === 'decimal')?.value ?? '.');
  readonly #percents = $derived(new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 0 }));
  readonly #plain = $derived(new Intl.NumberFormat(this.locale, { useGrouping: false }));
  readonly #days = $derived(new Intl.DateTimeFormat(this.locale, { day: 'numeric', month: 'short', year: 'numeric' }));
  readonly #calendarDays = $derived(new Intl.DateTimeFormat(this.locale, { dateStyle: 'long', timeZone: 'UTC' }));
  readonly #calendarMonths = $derived(new Intl.DateTimeFormat(this.locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }));
  readonly #moments = $derived(new Intl.DateTimeFormat(this.locale, { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit' }));
  readonly #appointments = $derived(new Intl.DateTimeFormat(this.locale, { weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' }));
  readonly #clock = $derived(new Intl.DateTimeFormat(this.locale, { hour: 'numeric', minute: '2-digit' }));
  readonly #ago = $derived(new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }));
  readonly #lists = $derived(new Intl.ListFormat(this.locale, { type: 'conjunction' }));

  say = (key: WordKey, values?: Values): string => {
    const sentence = catalogues[this.language].words[key];
    return values === undefined ? sentence : fill(sentence, values);
  };

  count = (key: CountKey, number: number, values: Values = {}): string =>
    fill(formFor(this.language, key, number), { n: this.number(number), ...values });

  list = (items: string[]): string => this.#lists.format(items);
  number = (value: number): string => this.#numbers.format(value);
  /** A share; as many digits as it takes not to say that all or nobody did. */
  percent = (share: number): string => {
    if (share <= 0 || share >= 1) return this.#percents.format(share);
    const few = Math.min(share, 1 - share) * 100 - 1e-9;
    const digits = [0, 1, 2, 3].find((at) => few > 0.5 / 10 ** at);
    if (digits === 0) return this.#percents.format(share);
    return new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: digits ?? 4 }).format(share);
  };
  /** A share as it is set, to hundredths of a hundredth. */
  exactly = (share: number): string => new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 2 }).format(share);
  /** Without grouping: years, positions. */
  plain = (value: number): string => this.#plain.format(value);
  /** A number that the node wrote as decimal text. */
  decimal = (text: string): string => (Number.isFinite(Number(text)) && text !== '' ? this.number(Number(text)) : text);
  /** Decimal text with the digits of the language, for a field that is typed in; nothing else changes. */
  written = (text: string): string => (this.#arabic ? text.replace(/\d/gu, (digit) => String.fromCodePoint(0x660 + Number(digit))) : text);
  /** A number that the node wrote, as it is typed in the language: its digits, and its mark before decimals. */
  typed = (text: string): string => this.written(/^-?\d+\.\d+$/u.test(text) ? text.replace('.', this.#mark) : text);
  /** What was typed for a number, with a point where the language writes a comma before decimals. */
  untyped = (text: string): string => (this.#mark === ',' && /^[^.,]*,[^.,]*$/u.test(text) ? text.replace(',', '.') : text);
  /** An average that the node wrote: to the hundredth, as nobody reads more. */
  average = (text: string): string => this.number(Math.round(Number(text) * 100) / 100);
  /** A name in a list whose others may run the other way. */
  apart = (name: string): string => `\u2068${name}\u2069`;
  day = (time: number): string => this.#days.format(time);
  moment = (time: number): string => this.#moments.format(time);
  /** The day of the week, the date and the time; the year where it is another one. */
  appointment = (time: number): string => {
    const said = new Date(time).getFullYear() === new Date().getFullYear() ? this.#appointments.format(time) : this.moment(time);
    // Morning or evening stays on the line of its hour.
    return said.replace(/\s(\S{1,5})$/u, '\u00a0$1');
  };
  /** The time of day. */
  clock = (time: number): string => this.#clock.format(time);

  /** A calendar day `YYYY-MM-DD` or month `YYYY-MM`; anything else as it is. */
  calendar = (text: string): string => {
    const found = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/u.exec(text);
    if (found === null) return text;
    const [, year, month, day] = found;
    const date = Date.UTC(Number(year), Number(month) - 1, Number(day ?? '1'));
    return day === undefined ? this.#calendarMonths.format(date) : this.#calendarDays.format(date);
  };

  /** A form's language as those who speak it call it; as the form names it where it says no code. */
  languageName = (name: string, code: string | null): string => {
    const bare = name.replace(/\s*\([^)]*\)$/u, '');
    if (code === null) return bare;
    try {
      return new Intl.DisplayNames([code], { type: 'language', fallback: 'none' }).of(code) ?? bare;
    } catch {
      // A code that no standard knows.
      return bare;
    }
  };

  /** A calendar day `YYYY-MM-DD` in the calendar of the Hijra, as Umm al-Qura counts it; empty for anything else. */
  hijri = (text: string): string => {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text);
    if (found === null) return '';
    const locale = new Intl.Locale(this.locale, { calendar: 'islamic-umalqura' }).toString();
    const form = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
    return form.format(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])));
  };

  monthNames(): string[] {
    const name = new Intl.DateTimeFormat(this.locale, { month: 'long', timeZone: 'UTC' });
    return Array.from({ length: 12 }, (_, month) => name.format(Date.UTC(2001, month, 15)));
  }

  /** An amount of data in the unit that suits it, in decimal units as phone companies sell it. */
  data = (bytes: number): string => {
    const steps = [
      [1e9, 'gigabyte'],
      [1e6, 'megabyte'],
      [1e3, 'kilobyte'],
    ] as const;
    const [size, unit] = steps.find(([from]) => bytes >= from) ?? [1, 'byte' as const];
    const amount = bytes / size;
    const digits = amount < 10 && size > 1 ? 1 : 0;
    const display = { style: 'unit', unit, unitDisplay: size === 1 ? 'long' : 'short', maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(this.locale, display).format(amount);
  };

  /** A time that is left, rounded as people say it. */
  lasts = (seconds: number): string => {
    const steps = [
      [HOUR, 'hour'],
      [MINUTE, 'minute'],
    ] as const;
    const [size, unit] = steps.find(([from]) => seconds * 1000 >= from * 1.5) ?? [1000, 'second' as const];
    const amount = Math.max(1, Math.ceil((seconds * 1000) / size));
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  };

  /** How long ago, in words that a page keeps true; a date when it is long ago. */
  ago = (time: number, now: number = thisMinute()): string => {
    const past = Math.max(0, now - time);
    if (past < HOUR) return this.#ago.format(-Math.floor(past / MINUTE), 'minute');
    if (past < DAY) return this.#ago.format(-Math.floor(past / HOUR), 'hour');
    if (past < 14 * DAY) return this.#ago.format(-Math.floor(past / DAY), 'day');
    return this.day(time);
  };
}

/** The usual amounts of data, given in megabytes, and the one that was set elsewhere; in bytes. */
export function amounts(usual: readonly number[], set: number | null): number[] {
  const all = usual.map((amount) => amount * 1_000_000);
  return set === null || all.includes(set) ? all : [...all, set].sort((one, other) => one - other);
}

function guess(tags: readonly string[]): Language {
  for (const tag of tags) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === 'ar' || language === 'fr' || language === 'en') return language;
  }
  return 'en';
}

export const words = new Words();
export const { say, count, number, percent, exactly, apart, plain, decimal, average, day, moment, clock, calendar, ago, list, data, lasts } = words;
