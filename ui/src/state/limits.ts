// "Between … and …" by picking, for kinds whose bounds are an expression of XLSForm: how long a text is,
// which days, how many are chosen. Bounds of numbers are the kind's own. Read and written as conditions are.

import type { Tree } from './expression';
import { plainNumber, quoted, readExpression, textOf } from './expression';
import type { KindName } from './form';

/** Both empty where there is no limit. Days are `YYYY-MM-DD` or `today`. */
export interface Limits {
  least: string;
  most: string;
}

export const TODAY = 'today';

/** What is limited: letters of a text, days, options chosen; nothing for other kinds. */
export function limitedBy(kind: KindName): 'letters' | 'days' | 'chosen' | undefined {
  switch (kind) {
    case 'text':
      return 'letters';
    case 'date':
      return 'days';
    case 'multiple_choice':
      return 'chosen';
    default:
      return undefined;
  }
}

const SUBJECT = { letters: 'string-length(.)', days: '.', chosen: 'count-selected(.)' } as const;

/** The expression; a bound that is none is left out. */
export function writeLimits(kind: KindName, { least, most }: Limits): string {
  const by = limitedBy(kind);
  if (by === undefined) return '';
  const bound = (text: string): string | undefined => {
    if (by !== 'days') return plainNumber(text);
    if (text === TODAY) return 'today()';
    return /^\d{4}-\d{2}-\d{2}$/u.test(text) ? `date(${quoted(text)})` : undefined;
  };
  const [from, to] = [bound(least), bound(most)];
  const parts = [...(from === undefined ? [] : [`${SUBJECT[by]} >= ${from}`]), ...(to === undefined ? [] : [`${SUBJECT[by]} <= ${to}`])];
  return parts.join(' and ');
}

/** Reads limits; nothing where the expression says something else. */
export function readLimits(kind: KindName, constraint: string): Limits | undefined {
  const limits: Limits = { least: '', most: '' };
  if (constraint.trim() === '') return limits;
  const by = limitedBy(kind);
  const tree = readExpression(constraint);
  if (by === undefined || tree === undefined) return undefined;
  const parts = tree.type === 'join' && tree.join === 'and' ? tree.parts : [tree];
  for (const part of parts) {
    if (part.type !== 'compare' || !isSubject(part.left, by)) return undefined;
    const value = boundOf(part.right, by);
    const side = part.sign === '>=' ? 'least' : part.sign === '<=' ? 'most' : undefined;
    if (value === undefined || side === undefined || limits[side] !== '') return undefined;
    limits[side] = value;
  }
  return limits;
}

function isSubject(tree: Tree, by: 'letters' | 'days' | 'chosen'): boolean {
  if (by === 'days') return tree.type === 'itself';
  const name = by === 'letters' ? 'string-length' : 'count-selected';
  return tree.type === 'call' && tree.name === name && tree.of.length === 1 && tree.of[0]?.type === 'itself';
}

function boundOf(tree: Tree, by: 'letters' | 'days' | 'chosen'): string | undefined {
  if (by !== 'days') return tree.type === 'number' ? tree.value : undefined;
  if (tree.type !== 'call') return undefined;
  if (tree.name === 'today' && tree.of.length === 0) return TODAY;
  const [day] = tree.of;
  return tree.name === 'date' && tree.of.length === 1 && day !== undefined ? textOf(day) : undefined;
}
