// Why something was chosen or did not win, in sentences: the node searched, these are its figures in words.

import type { ActivityView } from '../bindings/ActivityView';
import type { BudgetResultView } from '../bindings/BudgetResultView';
import type { BudgetRuleView } from '../bindings/BudgetRuleView';
import type { FundedView } from '../bindings/FundedView';
import type { NamedOption } from '../bindings/NamedOption';
import type { NearestView } from '../bindings/NearestView';
import type { OutcomeView } from '../bindings/OutcomeView';
import type { WhyView } from '../bindings/WhyView';
import { money } from './decided';
import { decimal, number, say } from './words.svelte';

export interface Line {
  readonly text: string;
  readonly soft?: boolean;
}

/** Who or what may be asked about: everything that did not win. */
export function losersOf({ rule }: ActivityView, { result }: OutcomeView): NamedOption[] {
  switch (result.type) {
    case 'poll': {
      const won = result.first.map((one) => one.option);
      const none = rule.type === 'poll' ? rule.none_of_these : null;
      if (won.length === 0) return [];
      return result.options
        .filter((one) => one.option !== none && (one.passed === null ? !won.includes(one.option) : !one.passed))
        .map(({ option, label }) => ({ option, label }));
    }
    case 'election': {
      const won = result.winners.map((one) => one.option);
      return won.length === 0 ? [] : result.order.flat().filter((one) => !won.includes(one.option));
    }
    case 'budget':
      return result.losers.map(({ option, label }) => ({ option, label }));
    case 'withheld':
    case 'survey':
    case 'nothing':
    case 'petition':
    case 'conversation':
    case 'secret':
      return [];
  }
}

function near(nearest: NearestView, enough: (amount: string) => string, write: (amount: string) => string): Line[] {
  if (nearest.amount === null) return [{ text: say('why.none', { n: write(nearest.tried ?? '0') }), soft: true }];
  return [{ text: enough(write(nearest.amount)) }, ...(nearest.certain ? [] : [{ text: say('why.perhaps'), soft: true }])];
}

export function whyLines(why: WhyView, currency: string): Line[] {
  switch (why.type) {
    case 'nothing':
      return [{ text: say('why.nothing') }];
    case 'too_many':
      return [{ text: say('why.too_many') }];
    case 'test':
      return [
        ...(why.needed === null ? [] : [{ text: say('why.test', { votes: number(why.votes), needed: number(why.needed) }) }]),
        ...(why.changed === null ? [] : [{ text: say('why.test.changed', { n: number(why.changed) }) }]),
        ...(why.more === null ? [] : [{ text: say('why.test.more', { n: number(why.more) }) }]),
      ];
    case 'behind':
      return [{ text: say('why.behind', { n: number(why.by) }) }];
    case 'election':
      return near(why.more, (n) => say('why.election', { n }), decimal);
    case 'budget': {
      const ways = [
        { nearest: why.more, lines: near(why.more, (n) => say('why.budget.more', { n }), decimal) },
        { nearest: why.added, lines: near(why.added, (n) => say('why.budget.added', { n }), decimal) },
        { nearest: why.cheaper, lines: near(why.cheaper, (amount) => say('why.budget.cheaper', { amount }), (amount) => money(amount, currency)) },
      ];
      const enough = ways.filter((way) => way.nearest.amount !== null).flatMap((way) => way.lines);
      // What was tried in vain is only told where nothing else would have done.
      return enough.length > 0 ? [{ text: say('why.budget.enough') }, ...enough] : ways.flatMap((way) => way.lines);
    }
    case 'groups':
      // What groups share has a card of its own.
      return [];
  }
}

/** Why a project was chosen when it was; nothing where the picture of who paid says it. */
export function chosenBecause(rule: BudgetRuleView, result: Pick<BudgetResultView, 'replaced_by_greedy' | 'currency'>, one: FundedView): string | undefined {
  const pointed = rule.utility === 'points';
  const most = pointed ? 'budget.why.greedy_points' : 'budget.why.greedy';
  const rest = pointed ? 'budget.why.rest_points' : 'budget.why.rest';
  if (one.how === 'everything-fits') return say('budget.why.all');
  switch (rule.method) {
    case 'equal-shares':
      if (result.replaced_by_greedy) return say(most);
      return one.how === 'votes' ? say(rest) : undefined;
    case 'greedy':
      return say(most);
    case 'greedy-per-cost':
      // Where points count, a vote is not what is paid for.
      return pointed || one.votes === 0 ? say('budget.why.per_cost') : say('budget.why.per_vote', { amount: money(String(Math.round((Number(one.cost) / one.votes) * 100) / 100), result.currency) });
    case 'phragmen':
      return one.earned === null ? undefined : say('budget.why.phragmen', { amount: money(one.earned, result.currency) });
    case 'knapsack':
      return say('budget.why.knapsack');
  }
}
