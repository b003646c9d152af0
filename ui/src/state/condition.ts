// "Show this only if …" by picking: a question, how, and an answer; several joined by all or any. Read
// from the expression that XLSForm has, and written as one. What cannot be shown so is left as it is.

import type { Tree } from './expression';
import { plainNumber, quoted, readExpression, textOf } from './expression';
import type { KindName } from './form';

export type How = 'is' | 'is_not' | 'one_of' | 'more' | 'least' | 'less' | 'most' | 'answered' | 'unanswered';

/** One thing that must be so. */
export interface Clause {
  /** The name of the question. */
  question: string;
  how: How;
  /** What is compared with: one value, several for `one_of`, none for whether it is answered. */
  values: string[];
}

export interface Condition {
  join: 'all' | 'any';
  clauses: Clause[];
}

/** What kind of question has a name; nothing where there is none. */
export type KindOf = (name: string) => KindName | undefined;

/** In which way the answers of a kind are compared; nothing where they are only given or not. */
export function comparedAs(kind: KindName): 'choice' | 'choices' | 'number' | 'text' | 'date' | undefined {
  switch (kind) {
    case 'single_choice':
      return 'choice';
    case 'multiple_choice':
      return 'choices';
    case 'number':
    case 'whole_number':
    case 'scale':
    case 'range':
      return 'number';
    // Both are text here; a date that is computed is compared as it is written.
    case 'text':
    case 'barcode':
    case 'calculate':
    case 'hidden':
    case 'other':
      return 'text';
    case 'date':
      return 'date';
    case 'photo':
    case 'sound':
    case 'ranking':
    case 'points':
    case 'statements':
    case 'group':
    case 'repeat':
    case 'note':
    case 'time':
    case 'date_time':
    case 'place':
    case 'acknowledge':
    case 'metadata':
      return undefined;
  }
}

/** Whether a condition can ask for it. */
export function canBeAsked(kind: KindName): boolean {
  return kind !== 'group' && kind !== 'repeat' && kind !== 'note' && kind !== 'points' && kind !== 'statements' && kind !== 'metadata';
}

/** What can be said of answers of a kind. */
export function waysOf(kind: KindName): readonly How[] {
  switch (comparedAs(kind)) {
    case 'choice':
    case 'choices':
      return ['is', 'is_not', 'one_of', 'answered', 'unanswered'];
    case 'number':
    case 'date':
      return ['is', 'is_not', 'more', 'least', 'less', 'most', 'answered', 'unanswered'];
    case 'text':
      return ['is', 'is_not', 'answered', 'unanswered'];
    case undefined:
      return ['answered', 'unanswered'];
  }
}

const SIGN = { is: '=', is_not: '!=', more: '>', least: '>=', less: '<', most: '<=' } as const;
const HOW: Readonly<Record<string, How>> = { '=': 'is', '!=': 'is_not', '>': 'more', '>=': 'least', '<': 'less', '<=': 'most' };
const DAY = /^\d{4}-\d{2}-\d{2}$/u;

/** Whether everything is picked. */
export function isWhole({ question, how, values }: Clause, kindOf: KindOf): boolean {
  const kind = kindOf(question);
  if (kind === undefined || !waysOf(kind).includes(how)) return false;
  if (how === 'answered' || how === 'unanswered') return true;
  if (values.length === 0 || (how !== 'one_of' && values.length !== 1)) return false;
  return values.every((value) => {
    switch (comparedAs(kind)) {
      case 'number':
        return plainNumber(value) !== undefined;
      case 'date':
        return DAY.test(value);
      default:
        return value !== '';
    }
  });
}

function clauseText({ question, how, values }: Clause, kindOf: KindOf): string {
  const it = `\${${question}}`;
  if (how === 'answered') return `${it} != ''`;
  if (how === 'unanswered') return `${it} = ''`;
  const kind = kindOf(question);
  const as = kind === undefined ? 'text' : comparedAs(kind);
  const one = (value: string): string => {
    if (as === 'choices') return how === 'is_not' ? `not(selected(${it}, ${quoted(value)}))` : `selected(${it}, ${quoted(value)})`;
    const against = as === 'number' ? (plainNumber(value) ?? quoted(value)) : as === 'date' ? `date(${quoted(value)})` : quoted(value);
    return `${it} ${SIGN[how === 'one_of' ? 'is' : how]} ${against}`;
  };
  const parts = values.map(one);
  return parts.length > 1 ? `(${parts.join(' or ')})` : parts.join('');
}

/** The expression; what is not picked to the end is left out. */
export function writeCondition({ join, clauses }: Condition, kindOf: KindOf): string {
  const parts = clauses.filter((clause) => isWhole(clause, kindOf)).map((clause) => clauseText(clause, kindOf));
  return parts.join(join === 'all' ? ' and ' : ' or ');
}

/** Reads what was picked, or what another program wrote; nothing where it cannot be shown so. */
export function readCondition(expression: string, kindOf: KindOf): Condition | undefined {
  if (expression.trim() === '') return { join: 'all', clauses: [] };
  const tree = readExpression(expression);
  if (tree === undefined) return undefined;
  const alone = clauseOf(tree, kindOf);
  if (alone !== undefined) return { join: 'all', clauses: [alone] };
  if (tree.type !== 'join') return undefined;
  const clauses: Clause[] = [];
  for (const part of tree.parts) {
    const clause = clauseOf(part, kindOf);
    if (clause === undefined) return undefined;
    clauses.push(clause);
  }
  return { join: tree.join === 'and' ? 'all' : 'any', clauses };
}

function clauseOf(tree: Tree, kindOf: KindOf): Clause | undefined {
  const clause = oneOf(tree, kindOf) ?? (tree.type === 'compare' ? compared(tree, kindOf) : tree.type === 'call' ? chosen(tree) : undefined);
  if (clause === undefined) return undefined;
  const kind = kindOf(clause.question);
  if (kind === undefined || !canBeAsked(kind)) return undefined;
  // A single choice may be asked for as one of several chosen.
  return waysOf(kind).includes(clause.how) && isWhole(clause, kindOf) ? clause : undefined;
}

function compared({ left, sign, right }: Extract<Tree, { type: 'compare' }>, kindOf: KindOf): Clause | undefined {
  const how = HOW[sign];
  if (left.type !== 'reference' || how === undefined) return undefined;
  const question = left.name;
  const day = right.type === 'call' && right.name === 'date' && right.of.length === 1 ? right.of[0] : undefined;
  const value = textOf(day ?? right);
  if (value === undefined) return undefined;
  if (value === '' && right.type === 'text') {
    if (how === 'is_not') return { question, how: 'answered', values: [] };
    return how === 'is' ? { question, how: 'unanswered', values: [] } : undefined;
  }
  // Of several chosen, being equal is to be chosen alone, which is not what is picked here.
  const kind = kindOf(question);
  const as = kind === undefined ? undefined : comparedAs(kind);
  if (as === 'choices' || (day !== undefined) !== (as === 'date')) return undefined;
  return { question, how, values: [value] };
}

function chosen({ name, of }: Extract<Tree, { type: 'call' }>): Clause | undefined {
  const [first, second] = of;
  if (name === 'not' && of.length === 1 && first?.type === 'call' && first.name === 'selected') {
    const clause = chosen(first);
    return clause === undefined ? undefined : { ...clause, how: 'is_not' };
  }
  if (name !== 'selected' || of.length !== 2 || first?.type !== 'reference' || second === undefined) return undefined;
  const value = textOf(second);
  return value === undefined ? undefined : { question: first.name, how: 'is', values: [value] };
}

/** Several answers to one question in brackets are one clause. */
function oneOf(tree: Tree, kindOf: KindOf): Clause | undefined {
  if (tree.type !== 'join' || tree.join !== 'or' || !tree.bracketed) return undefined;
  const values: string[] = [];
  let question: string | undefined;
  for (const part of tree.parts) {
    const clause = part.type === 'compare' ? compared(part, kindOf) : part.type === 'call' ? chosen(part) : undefined;
    if (clause?.how !== 'is' || (question !== undefined && clause.question !== question)) return undefined;
    question = clause.question;
    values.push(...clause.values);
  }
  return question === undefined ? undefined : { question, how: 'one_of', values };
}

/** The names that an expression asks for. */
export function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\$\{\s*([^{}\s]+)\s*\}/gu)].map(([, name]) => name ?? '');
}
