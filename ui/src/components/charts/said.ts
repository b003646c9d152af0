// What charts say in words, the same for all of them.

import { list, percent, say } from '../../state/words.svelte';

/** So many figures are read out; the table has all of them. */
const MOST_READ = 24;

/** "Title: one: 3, other: 4"; a figure without a value is only named. */
export function alternative(title: string, figures: readonly (readonly [string, string])[]): string {
  const read = figures.slice(0, MOST_READ).map(([name, value]) => (value === '' ? name : say('mark.named', { name, value })));
  if (figures.length > MOST_READ) read.push('…');
  return say('mark.named', { name: title, value: list(read) });
}

/** A part of a whole, in brackets; nothing where there is no whole. */
export function shareNote(part: number, whole: number): string {
  return whole > 0 ? `(${percent(part / whole)})` : '';
}

/** The letter of a group or a candidate, by its place, in the alphabet of the language. */
export function letterAt(place: number): string {
  const letters = [...say('chart.letters')];
  const round = Math.floor(place / letters.length);
  return `${letters[place % letters.length] ?? ''}${round === 0 ? '' : String(round + 1)}`;
}
