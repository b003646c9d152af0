// A condition in words, as it is read in a list.

import type { QuestionView } from '../../bindings/QuestionView';
import { optionName, optionsOf, wordsOf } from '../../state/builder';
import type { Clause, Condition, KindOf } from '../../state/condition';
import { comparedAs } from '../../state/condition';
import { apart, calendar, decimal, say } from '../../state/words.svelte';

export function named(questions: readonly QuestionView[], name: string): QuestionView | undefined {
  return questions.find((question) => question.details?.name === name);
}

export function kindsOf(questions: readonly QuestionView[]): KindOf {
  const kinds = new Map(questions.flatMap((question) => (question.details?.name ? [[question.details.name, question.kind.type] as const] : [])));
  return (name) => kinds.get(name);
}

function valueSaid(question: QuestionView | undefined, value: string): string {
  if (question === undefined) return value;
  const option = optionsOf(question.kind).find((one) => optionName(one) === value);
  if (option !== undefined) return wordsOf(option.label, option.details);
  const as = comparedAs(question.kind.type);
  return as === 'number' ? decimal(value) : as === 'date' ? calendar(value) : value;
}

/** Words are in quotes, numbers and days are not. */
function said(asked: QuestionView | undefined, value: string): string {
  const text = valueSaid(asked, value);
  const as = asked === undefined ? 'text' : comparedAs(asked.kind.type);
  return as === 'number' || as === 'date' ? apart(text) : say('condition.quote', { text });
}

function clauseSaid(questions: readonly QuestionView[], { question, how, values }: Clause): string {
  const asked = named(questions, question);
  const words = [say('condition.quote', { text: asked === undefined ? question : wordsOf(asked.label, asked.details) }), say(`condition.${how}`), ...values.map((value) => said(asked, value))];
  return words.filter((word) => word !== '').join(' ');
}

export function conditionSaid(questions: readonly QuestionView[], { join, clauses }: Condition): string {
  return clauses.map((clause) => clauseSaid(questions, clause)).join(` ${say(join === 'all' ? 'condition.and' : 'condition.or')} `);
}
