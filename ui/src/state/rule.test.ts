import { describe, expect, it } from 'vitest';

import type { ActivityView } from '../bindings/ActivityView';
import type { ChoiceView } from '../bindings/ChoiceView';
import type { QuestionView } from '../bindings/QuestionView';
import { pointsSaid, priced, ruleRows } from './rule';

const option = (id: number, label: string, cost?: string): ChoiceView => ({
  id,
  label,
  ...(cost === undefined ? {} : { project: { cost, about: '', area: '', proposer: '', evidence: '', place: null } }),
});
const asked = (kind: QuestionView['kind']): QuestionView => ({ id: 'a', label: 'a', hint: '', required: true, kind });
const activity = (rule: ActivityView['rule'], others: Partial<ActivityView> = {}): ActivityView => ({ rule, voters: 'everybody', shown: 'after_close', roll: null, quorum: null, least: 0, ...others });
/** Without the marks that keep names and numbers apart. */
const bare = (text = ''): string => text.replaceAll(/[\u2068\u2069]/gu, '').replaceAll('\u00a0', ' ');
const said = (rows: ReturnType<typeof ruleRows>): string => bare(rows.flatMap(({ term, lines }) => [term, ...lines]).join('\n'));

const projects = asked({ type: 'multiple_choice', options: [option(1, 'Well', '600'), option(2, 'Road', '1400')], most: 0 });
const budget = activity(
  {
    type: 'budget',
    money: '2500',
    decimals: 0,
    currency: 'MAD',
    ballot: 'approval',
    method: 'equal-shares',
    utility: 'cost',
    completion: 'add1u',
    step: null,
    exhaustive_stop: false,
    integral_start: false,
    comparison: 'none',
    tie: ['cost', 'votes', 'lot'],
  },
  { roll: { people: 20, source: 'List of 2026' }, quorum: '50' },
);

describe('the rule in words', () => {
  it('says how much money there is, who is counted, and how many must take part', () => {
    const words = said(ruleRows(budget, [projects]));
    for (const part of ['2,500 MAD', 'equal share', 'most wanted projects that still fit', '20', 'List of 2026', '50%', 'what costs less', 'After the close']) expect(words).toContain(part);
  });

  it('says whether points and places in an order count', () => {
    if (budget.rule.type !== 'budget') throw new Error('a budget');
    const { rule } = budget;
    const of = (more: Partial<typeof rule>): string => said(ruleRows({ ...budget, rule: { ...rule, ...more } }, [projects]));
    expect(of({ ballot: 'ranked', utility: 'points' })).toMatch(/first place is worth \d+ points/u);
    expect(of({ ballot: 'ranked', utility: 'cost' })).toContain('The order does not count');
    expect(of({ ballot: 'points', utility: 'points', method: 'phragmen' })).toContain('How many points does not count');
    expect(of({ ballot: 'points', utility: 'points' })).not.toContain('not count');
  });

  it('changes with what is pinned', () => {
    if (budget.rule.type !== 'budget') throw new Error('a budget');
    const strict = said(ruleRows({ ...budget, rule: { ...budget.rule, completion: 'none', method: 'phragmen' } }, [projects]));
    expect(strict).toContain('same pace');
    expect(strict).not.toContain('equal share');
    const none = said(ruleRows({ ...budget, rule: { ...budget.rule, completion: 'none' } }, [projects]));
    expect(none).toContain('not given out');
  });

  it('names the option that must pass, and of what', () => {
    const poll = asked({ type: 'single_choice', options: [option(7, 'Agree'), option(8, 'Disagree')] });
    const rule: ActivityView['rule'] = { type: 'poll', kind: 'proposal', none_of_these: null, tests: [{ option: 7, bound: 'at-least', percent: '200/3', of: 'eligible' }], places: 0, tie: ['votes', 'lot'] };
    const words = said(ruleRows(activity(rule), [poll]));
    expect(words).toMatch(/Agree.* passes with at least 2\/3 of all who may vote/u);
  });

  it('asks of every area, or of as many as the rule does', () => {
    const rule = { type: 'petition', name: 'town', source: 's', read_on: '2026-11', steps: [], committee: null, window_days: null, least_age: null, text_fixed_at: null, population: null, areas: true, members: [] } as const;
    const of = (of_areas: string): string => said(ruleRows(activity({ ...rule, steps: [], members: [], distribution: { percent: '5', of_areas } }), []));
    expect(of('100')).toContain('Each area must bring 5%');
    expect(of('100/3')).toContain('Of the areas, 1/3 must each bring 5%');
  });

  it('speaks of days as yes, if need be and no, not of points', () => {
    const days = asked({ type: 'points', options: [option(1, 'Saturday')], each: 2, all: 0, squared: false });
    const rule: ActivityView['rule'] = { type: 'poll', kind: 'meeting', none_of_these: null, tests: [], places: 0, tie: ['votes'] };
    expect(said(ruleRows(activity(rule), [days]))).not.toContain('From 0 to 2');
  });

  it('is nothing for a questionnaire', () => {
    expect(ruleRows(activity({ type: 'survey' }), [])).toEqual([]);
  });
});

it('a ballot of points says what it may hold', () => {
  const kind = { type: 'points', options: [], each: 5, all: 0, squared: false } as const;
  expect(bare(pointsSaid({ ...kind, options: [] }))).toContain('From 0 to 5');
  expect(bare(pointsSaid({ ...kind, options: [], all: 8 }))).toContain('8 points');
  expect(bare(pointsSaid({ ...kind, options: [], all: 100, squared: true }))).toContain('out of 100');
});

it('projects are read with what they cost, other options as they are', () => {
  const [read] = priced(budget, [projects]);
  expect(read?.kind.type === 'multiple_choice' && bare(read.kind.options[0]?.label)).toContain('600 MAD');
  expect(priced(undefined, [projects])).toEqual([projects]);
});

describe('the numbers that an author set', () => {
  const points = (each: number, all: number): QuestionView['kind'] => ({ type: 'points', options: [option(1, 'Well'), option(2, 'Road')], each, all, squared: false });

  it('say both limits of points only where the smaller one binds', () => {
    expect([points(3, 12), points(12, 12), points(0, 12), points(4, 0)].map((kind) => bare(pointsSaid(kind)))).toEqual([
      'Everybody has 12 points for all options together, at most 3 for one.',
      'Everybody has 12 points for all options together.',
      'Everybody has 12 points for all options together.',
      'From 0 to 4 for every option; 0 is the least.',
    ]);
  });

  it('say how many may be chosen, and how many places give points', () => {
    const options = [option(1, 'Well'), option(2, 'Road'), option(3, 'Lamp')];
    const rule = { type: 'poll', kind: 'approval', none_of_these: null, tests: [], places: 0, tie: [] } as const;
    const several = said(ruleRows(activity({ ...rule, tests: [], tie: [] }), [asked({ type: 'multiple_choice', options, most: 2 })]));
    expect(several).toContain('2');
    expect(said(ruleRows(activity({ ...rule, tests: [], tie: [] }), [asked({ type: 'multiple_choice', options, most: 0 })]))).not.toContain('2');
    const ranked = said(ruleRows(activity({ ...rule, kind: 'ranked_choice', places: 2, tests: [], tie: [] }), [asked({ type: 'ranking', options })]));
    expect(ranked).toContain('Only the first 2 places give points.');
  });
});
