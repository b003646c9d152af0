// Drafts of activities: what a rule speaks of is on the ballot, whatever is chosen in which order.

import { describe, expect, it } from 'vitest';

import type { BudgetRuleView } from '../bindings/BudgetRuleView';
import type { ChoiceView } from '../bindings/ChoiceView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { PollPreset } from '../bindings/PollPreset';
import type { Presets } from './activity';
import { amountOf, ballotOf, become, decidesByPoints, handedIn, numbersOf, setBallot, setElection, setMethod, setNumber, setPetition, setPoll, smallest, special, wrongAmount } from './activity';
import { wholeNumber } from './expression';
import { emptyDraft } from './form';
import { roundsOf, short } from './outcome.svelte';

const poll = (kind: PollPreset['kind'], options: string[] = [], points: PollPreset['points'] = null): PollPreset => ({ kind, options, days: 3, may_be_anonymous: true, binds: true, points });
const presets: Presets = {
  polls: [poll('proposal', ['agree', 'disagree']), poll('poll'), poll('score', [], { each: 5, all: 0, squared: false }), poll('dot_vote', [], { each: 0, all: 8, squared: false }), poll('quadratic', [], { each: 0, all: 100, squared: true }), poll('approval'), poll('ranked_choice')],
  petitions: [
    { name: 'community', source: 's', read_on: '2026-11', steps: [{ name: 'answer', threshold: { by: 'roll', percent: '10', at_most: 30 }, answer_days: 15 }], committee: null, distribution: null, window_days: 30, least_age: null, text_fixed_at: null, population: null, areas: false, members: [] },
  ],
};
const same = (word: string): string => word;

function begun(type: Parameters<typeof become>[1]): ConsultationDraft {
  const draft = emptyDraft();
  become(draft, type, presets, same);
  return draft;
}

function options(draft: ConsultationDraft): ChoiceView[] {
  const kind = ballotOf(draft);
  return kind !== undefined && 'options' in kind ? kind.options : [];
}

describe('a vote', () => {
  it('says how many a ballot names at least, never more than it may name', () => {
    const draft = begun('poll');
    const least = () => numbersOf(draft).find((one) => one.what === 'least');
    expect(least()).toBeUndefined();
    setPoll(draft, 'approval', presets, same);
    const kind = ballotOf(draft);
    if (kind?.type !== 'multiple_choice') throw new Error('several may be chosen');
    kind.options = ['a', 'b', 'c', 'd'].map((label, id) => ({ id: id + 1, label }));
    setNumber(draft, 'least', 9);
    expect(least()).toMatchObject({ value: 4, greatest: 4 });
    setNumber(draft, 'most', 3);
    expect(least()).toMatchObject({ value: 3, greatest: 3 });
    expect(handedIn(draft).activity?.least).toBe(3);
    if (draft.activity?.rule.type === 'poll') draft.activity.rule.none_of_these = 4;
    setNumber(draft, 'most', 0);
    expect(least()).toMatchObject({ value: 3, greatest: 3 });
    setNumber(draft, 'least', 1);
    expect(draft.activity?.least).toBe(0);
    setNumber(draft, 'least', 2);
    setPoll(draft, 'dot_vote', presets, same);
    expect(handedIn(draft).activity?.least).toBe(0);
    const election = begun('election');
    setNumber(election, 'least', 2);
    expect(handedIn(election).activity?.least).toBe(2);
  });

  it('is handed in without lines that nobody wrote anything into', () => {
    const draft = begun('budget');
    const kind = ballotOf(draft);
    if (kind === undefined || !('options' in kind)) throw new Error('there are projects');
    const project = (cost: string) => ({ cost, about: '', area: '', proposer: '', evidence: '', place: null });
    kind.options = [
      { id: 1, label: 'well', project: project('600') },
      { id: 2, label: ' ', project: project('0') },
      { id: 3, label: 'road', project: project('300') },
      { id: 4, label: '', project: project('50') },
    ];
    expect(options(handedIn(draft)).map((one) => one.id)).toEqual([1, 3, 4]);
    // What is just begun keeps its two lines.
    expect(options(handedIn(begun('election')))).toHaveLength(2);
  });

  it('brings the options of its kind, and takes them away with it', () => {
    const draft = begun('poll');
    expect(options(draft).map((one) => one.label)).toEqual(['agree', 'disagree']);
    setPoll(draft, 'poll', presets, same);
    expect(options(draft).map((one) => one.label)).toEqual(['', '']);
  });

  it('keeps options that people wrote when another way to answer is chosen', () => {
    const draft = begun('poll');
    setPoll(draft, 'poll', presets, same);
    for (const [at, option] of options(draft).entries()) option.label = `day ${at}`;
    setPoll(draft, 'score', presets, same);
    expect(ballotOf(draft)?.type).toBe('points');
    expect(options(draft).map((one) => one.label)).toEqual(['day 0', 'day 1']);
  });
});

describe('an election', () => {
  it('has votes that move when several are elected, and no status quo then', () => {
    const draft = begun('election');
    const rule = draft.activity?.rule;
    if (rule?.type !== 'election') throw new Error('no election');
    rule.status_quo = special(draft, 'nothing changes', null);
    expect(options(draft)).toHaveLength(3);
    setElection(draft, 2, rule.method);
    expect(rule).toMatchObject({ seats: 2, method: 'scottish-stv', status_quo: null });
    expect(options(draft)).toHaveLength(2);
    setElection(draft, 1, rule.method);
    expect(rule.method).toBe('schulze');
  });
});

describe('a budget', () => {
  it('has a project for every option in every kind of ballot', () => {
    const draft = begun('budget');
    for (const ballot of ['knapsack', 'points', 'ranked', 'approval'] as const) {
      setBallot(draft, ballot);
      expect(options(draft).every((one) => one.project !== undefined)).toBe(true);
    }
  });

  it('is handed in with amounts that can be read, although fields are empty', () => {
    const draft = begun('budget');
    draft.title = 'Spring';
    const [first] = options(draft);
    if (first?.project === undefined) throw new Error('no project');
    first.project.cost = ' ';
    const handed = handedIn(draft);
    expect(options(handed)[0]?.project?.cost).toBe('0');
    expect(handed.questions[0]?.label).toBe('Spring');
  });

  it('takes amounts as people type them, to the parts that they typed', () => {
    const draft = begun('budget');
    const [first, second] = options(draft);
    if (draft.activity?.rule.type !== 'budget' || first?.project === undefined || second?.project === undefined) throw new Error('no project');
    draft.activity.rule.money = '12 500,50';
    [first.label, second.label] = ['Well', 'Road'];
    [first.project.cost, second.project.cost] = ['٥٠٠٠', '2\u202f000,5'];
    const handed = handedIn(draft);
    expect(handed.activity?.rule).toMatchObject({ money: '12500.50', decimals: 1 });
    expect(options(handed).map((one) => one.project?.cost)).toEqual(['5000', '2000.5']);
  });

  it('reads no amount where a mark may part thousands, and hands it in as what is refused', () => {
    for (const text of ['12,000', '12.000', '١٢,٥٠٠', '١٢.٥٠٠', '۱۲,۵۰۰', '12,000\u200f', '\u200f١٢,٥٠٠ \u200f', '-1', '1.2345678', 'many']) expect(amountOf(text)).toBeUndefined();
    expect(['12000', '12 000', '12,5', '12.50', '١٢٬٥٠٠', '١٢٫٥٠٠', '۱۲\u200f ۵۰۰'].map(amountOf)).toEqual(['12000', '12000', '12.5', '12.50', '12500', '12.500', '12500']);
    const draft = begun('budget');
    if (draft.activity?.rule.type !== 'budget') throw new Error('no budget');
    draft.activity.rule.money = '12.000';
    expect(handedIn(draft).activity?.rule).toMatchObject({ money: '12,000', decimals: 0 });
  });
});

it('loses no money of a milestone: what is typed is read as that of a budget, or said to be none', () => {
  expect(['12 000', '١٢٬٠٠٠', '۱۲۰۰۰', '12000.00', '12,5', '0,50', '0'].map((text) => smallest(text, 2))).toEqual([1_200_000, 1_200_000, 1_200_000, 1_200_000, 1250, 50, 0]);
  for (const text of ['12,000', '12.345', 'many', '1234567890123']) expect([smallest(text, 2), wrongAmount(text, 2)]).toEqual([null, expect.stringContaining('12500.5')]);
  expect([wrongAmount('12.5', 0), wrongAmount(' ', 0), wrongAmount('12 000', 0)]).toEqual([expect.stringContaining('whole'), undefined, undefined]);
});

it('asks for the area where the rule of a petition looks at areas', () => {
  const draft = begun('petition');
  const [preset] = presets.petitions;
  if (preset === undefined) throw new Error('no preset');
  expect(draft.questions).toHaveLength(0);
  setPetition(draft, { ...preset, distribution: { percent: '5', of_areas: '100' } }, same);
  expect(ballotOf(draft)?.type).toBe('single_choice');
  setPetition(draft, preset, same);
  expect(draft.questions).toHaveLength(0);
});

it('reads rounds from what a count wrote down', () => {
  const named = (option: number): { option: number; label: string } => ({ option, label: String(option) });
  const log = [
    { event: 'quota' as const, round: null, options: [], votes: '3' },
    { event: 'round' as const, round: 1, options: [[named(1), '2'], [named(2), '1.5']] as [ReturnType<typeof named>, string][], votes: '0.5' },
    { event: 'excluded' as const, round: null, options: [[named(2), '1.5']] as [ReturnType<typeof named>, string][], votes: null },
    { event: 'round' as const, round: 2, options: [[named(1), '3']] as [ReturnType<typeof named>, string][], votes: '1' },
    // Who takes a last seat is written down twice, and elected once.
    { event: 'last-seats' as const, round: null, options: [[named(1), null]] as [ReturnType<typeof named>, null][], votes: null },
    { event: 'elected' as const, round: null, options: [[named(1), '3']] as [ReturnType<typeof named>, string][], votes: null },
  ];
  expect(roundsOf(log)).toEqual([
    { votes: [{ option: 1, votes: 2 }, { option: 2, votes: 1.5 }], exhausted: 0.5, elected: [], out: [2] },
    { votes: [{ option: 1, votes: 3 }], exhausted: 1, elected: [1], out: [] },
  ]);
});

it('shortens a hash to fours', () => {
  expect(short('0123456789abcdef0123')).toBe('0123 4567 89ab cdef');
});

describe('the numbers of a ballot', () => {
  const shown = (draft: ConsultationDraft): [string, number][] => numbersOf(draft).map(({ what, value }) => [what, value]);

  it('begin as they always were', () => {
    const draft = begun('poll');
    expect(shown(draft)).toEqual([]);
    const usual = (['dot_vote', 'score', 'quadratic', 'poll', 'approval', 'ranked_choice'] as const).map((kind) => {
      setPoll(draft, kind, presets, same);
      return shown(draft);
    });
    expect(usual).toEqual([[['all', 8], ['each', 0]], [['best', 5]], [['credits', 100]], [['most', 1]], [['least', 0], ['most', 0]], [['least', 0], ['places', 0]]]);
  });

  it('are set within what a ballot may hold, and forgotten with their kind', () => {
    const draft = begun('poll');
    setPoll(draft, 'dot_vote', presets, same);
    setNumber(draft, 'all', 12);
    setNumber(draft, 'each', 3);
    expect(ballotOf(draft)).toMatchObject({ type: 'points', all: 12, each: 3 });
    setNumber(draft, 'all', 0);
    setNumber(draft, 'each', -4);
    expect(shown(draft)).toEqual([['all', 1], ['each', 0]]);
    setNumber(draft, 'credits', 50);
    expect(shown(draft)).toEqual([['all', 1], ['each', 0]]);
    setPoll(draft, 'ranked_choice', presets, same);
    setNumber(draft, 'places', 9);
    expect(draft.activity?.rule).toMatchObject({ places: 2 });
    setPoll(draft, 'score', presets, same);
    expect(draft.activity?.rule).toMatchObject({ places: 0 });
  });

  it('let people choose one or several of the same options', () => {
    const draft = begun('poll');
    setPoll(draft, 'poll', presets, same);
    const before = options(draft);
    setNumber(draft, 'most', 2);
    expect(ballotOf(draft)).toEqual({ type: 'multiple_choice', options: before, most: 2 });
    setNumber(draft, 'most', 0);
    expect(ballotOf(draft)).toMatchObject({ type: 'multiple_choice', most: 0 });
    setNumber(draft, 'most', 1);
    expect(ballotOf(draft)).toEqual({ type: 'single_choice', options: before });
  });

  it('never make points of a budget into money', () => {
    const draft = begun('budget');
    const rule = draft.activity?.rule;
    if (rule?.type !== 'budget') throw new Error('a budget');
    setBallot(draft, 'points');
    setNumber(draft, 'all', 20);
    expect(ballotOf(draft)).toMatchObject({ all: 20 });
    setMethod(rule, 'knapsack');
    expect(rule.utility).toBe('cost');
    setBallot(draft, 'points');
    expect([rule.method, rule.utility]).toEqual(['equal-shares', 'points']);
  });

  it('count for what they say: points as points, and an order by its places', () => {
    const draft = begun('budget');
    const rule = draft.activity?.rule;
    if (rule?.type !== 'budget') throw new Error('a budget');
    const counts = (ballot: BudgetRuleView['ballot']): boolean[] => {
      setMethod(rule, 'greedy');
      setBallot(draft, ballot);
      return (['equal-shares', 'greedy', 'greedy-per-cost', 'phragmen', 'knapsack'] as const).map((method) => {
        setMethod(rule, method);
        return decidesByPoints(rule);
      });
    };
    const heeded = [true, true, true, false, false];
    expect([counts('points'), counts('ranked')]).toEqual([heeded, heeded]);
    expect([counts('approval'), counts('knapsack')].flat()).not.toContain(true);
    // A rule that asks only who supports what gives way to ballots that say more.
    setBallot(draft, 'approval');
    setMethod(rule, 'phragmen');
    setBallot(draft, 'ranked');
    expect([rule.method, rule.utility]).toEqual(['equal-shares', 'points']);
  });
});

it('reads how many people there are in the digits of any script, and no number that could be two', () => {
  expect(['200', '٢٠٠', '۲۰۰', '12 500', '١٢٬٥٠٠', '\u200f٣٠'].map(wholeNumber)).toEqual([200, 200, 200, 12_500, 12_500, 30]);
  for (const text of ['12,500', '12.5', '-3', '', 'many', '1234567890']) expect(wholeNumber(text)).toBeUndefined();
});
