// What other questions ask of one whose kind or options change: their conditions go along, or are counted and told.
// Not here: conditions themselves (`condition`), the order of questions (`builder`).

import type { ChoiceView } from '../bindings/ChoiceView';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { QuestionView } from '../bindings/QuestionView';
import { askingFor, optionName } from './builder';
import type { KindOf } from './condition';
import { readCondition, writeCondition } from './condition';

function kindsOf(questions: readonly QuestionView[]): KindOf {
  const kinds = new Map(questions.flatMap(({ details, kind }) => (details === undefined || details.name === '' ? [] : [[details.name, kind.type]])));
  return (name) => kinds.get(name);
}

/** Gives a question another kind. Conditions that ask for it say the same as before where its new kind can say that. */
export function become(questions: readonly QuestionView[], question: QuestionView, kind: QuestionKindView): void {
  const before = kindsOf(questions);
  const picked = askingFor(questions, question).map((one) => ({ one, condition: readCondition(one.details?.rules.relevant ?? '', before) }));
  question.kind = kind;
  const after: KindOf = (name) => (name === question.details?.name ? kind.type : before(name));
  for (const { one, condition } of picked) {
    if (condition === undefined || one.details === undefined) continue;
    const text = writeCondition(condition, after);
    // Read again as it was picked, or left as it is for the eye of whoever writes the form.
    const again = readCondition(text, after);
    if (again !== undefined && again.clauses.length === condition.clauses.length) one.details.rules.relevant = text;
  }
}

/** The questions whose conditions ask whether one option was chosen. */
export function askingForOption(questions: readonly QuestionView[], question: QuestionView, option: ChoiceView): QuestionView[] {
  const kindOf = kindsOf(questions);
  const name = question.details?.name ?? '';
  return askingFor(questions, question).filter(({ details }) => {
    const condition = readCondition(details?.rules.relevant ?? '', kindOf);
    return condition?.clauses.some((clause) => clause.question === name && clause.values.includes(optionName(option))) === true;
  });
}
