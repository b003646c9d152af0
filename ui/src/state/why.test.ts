// Why a project was chosen is said in what its ballots give: votes or points.

import { expect, it } from 'vitest';

import type { BudgetRuleView } from '../bindings/BudgetRuleView';
import type { FundedView } from '../bindings/FundedView';
import { chosenBecause } from './why';

const rule: BudgetRuleView = { money: '1000', decimals: 0, currency: '', ballot: 'points', method: 'greedy', utility: 'points', completion: 'add1u', step: null, exhaustive_stop: false, integral_start: false, comparison: 'none', tie: [] };
const one: FundedView = { option: 1, label: 'Well', cost: '300', votes: 2, points: null, how: 'method', payment: null, effective_votes: null, earned: null, tied: 0 };
const because = (of: Partial<BudgetRuleView>, how: FundedView['how'], replaced = false): string | undefined =>
  chosenBecause({ ...rule, ...of }, { replaced_by_greedy: replaced, currency: '' }, { ...one, how });

it('speaks of points where points decide, and of votes where votes do', () => {
  const shares = { method: 'equal-shares' } as const;
  const votes = { ballot: 'approval', utility: 'cost' } as const;
  expect([because({}, 'method'), because(shares, 'votes'), because(shares, 'method', true)]).toEqual([
    'It has the most points of what still fits.',
    'With what the shares left: most points of what still fits.',
    'It has the most points of what still fits.',
  ]);
  expect([because(votes, 'method'), because({ ...votes, ...shares }, 'votes'), because({ ...votes, ...shares }, 'method', true)]).toEqual([
    'It has the most votes of what still fits.',
    'With what the shares left: most votes of what still fits.',
    'It has the most votes of what still fits.',
  ]);
  expect(because(shares, 'method')).toBeUndefined();
});
