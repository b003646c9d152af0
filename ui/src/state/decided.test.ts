// What came out and who signed it, in sentences that are so.

import { afterEach, expect, it } from 'vitest';

import type { ActivityView } from '../bindings/ActivityView';
import type { CountEvent } from '../bindings/CountEvent';
import type { FundedView } from '../bindings/FundedView';
import type { LackView } from '../bindings/LackView';
import type { OutcomeView } from '../bindings/OutcomeView';
import type { StatedView } from '../bindings/StatedView';
import { decided, isFinal, opening, part, unsigned } from './decided';
import { words } from './words.svelte';

afterEach(() => (words.language = 'en'));

const stated = (by: string, agrees: boolean): StatedView => ({ by, agrees, time: 0, counted: 2, hash: '', summary: '' });

/** The sentences, without what keeps names apart. */
function said(lacking: number, ...all: StatedView[]): string[] {
  return unsigned({ lacking, stated: all }).map((one) => one.replace(/[\u2068\u2069]/gu, ''));
}

it('nobody is said to be missing who signed', () => {
  words.language = 'en';
  expect(said(0)).toEqual(['Not yet signed by an officer']);
  expect(said(0, stated('Amina', true), stated('Amina', true))).toEqual(['Signed by Amina, not yet by a second officer']);
  expect(said(0, stated('Amina', false), stated('Bilal', false))).toEqual(['Amina and Bilal signed another outcome than this device counts']);
  expect(said(0, stated('Amina', true), stated('Bilal', false))).toEqual(['Signed by Amina, not yet by a second officer', 'Bilal signed another outcome than this device counts']);
});

it('a device that lacks votes neither accuses nor calls it final', () => {
  words.language = 'en';
  for (const agrees of [true, false]) {
    expect(said(1, stated('Amina', agrees), stated('Bilal', agrees))).toEqual(['Signed by Amina and Bilal. This device does not have all votes yet, so it cannot compare']);
  }
  expect(isFinal({ phase: 'closed', lacking: 1, signatures: 2, signatures_needed: 2 })).toBe(false);
  expect(isFinal({ phase: 'closed', lacking: 0, signatures: 2, signatures_needed: 2 })).toBe(true);
});

const activity: ActivityView = {
  rule: { type: 'budget', money: '1000', decimals: 0, currency: '', ballot: 'approval', method: 'equal-shares', utility: 'cost', completion: 'add1u', step: null, exhaustive_stop: false, integral_start: false, comparison: 'none', tie: [] },
  voters: 'everybody',
  shown: 'after_close',
  roll: null,
  quorum: null,
  least: 0,
};
const lack: LackView = { reason: 'support' };
const project = (option: number) => ({ option, label: String(option), cost: '300', votes: 1, points: null, tied: 0 });

function outcome(funded: number): OutcomeView {
  const all = [1, 2, 3].map(project);
  const won = all.slice(0, funded).map((one): FundedView => ({ ...one, how: 'method', payment: null, effective_votes: null, earned: null }));
  return {
    phase: 'closed', shown: true, told: true, counted: { all: 2, own: 2, assisted: 0 }, turnout: null, superseded: 0, withdrawn: 0, late: 0, not_counted: 0, lacking: 0, hash: 'a', earlier: null,
    stated: [], signatures: 1, signatures_needed: 2, signers: 1, forked: 0, forked_members: 0, steps: [], signed: true, may_moderate: true, may_decide: true,
    result: { type: 'budget', currency: '', money: '1000', spent: String(funded * 300), left: '0', funded: won, losers: all.slice(funded).map((one) => ({ ...one, lack })), endowment: null, partly: [], replaced_by_greedy: false },
  };
}

const bare = (text = ''): string => text.replaceAll(/[\u2068\u2069]/gu, '');

it('says of one project what is said of one', () => {
  expect(bare(decided(activity, outcome(1))[0])).toBe('1 of 3 projects is funded, for 300 of 1,000.');
  expect(bare(decided(activity, outcome(2))[0])).toBe('2 of 3 projects are funded, for 600 of 1,000.');
});

it('calls nothing final that one person signed', () => {
  expect(isFinal(outcome(1))).toBe(false);
  expect(isFinal({ ...outcome(1), signatures: 2 })).toBe(true);
});

const poll = (none: number | null): ActivityView => ({ ...activity, rule: { type: 'poll', kind: none === null ? 'proposal' : 'poll', none_of_these: none, tests: [], places: 0, tie: [] } });

/** Options with their votes, the most first. */
function polled(...all: [string, number][]): OutcomeView {
  const options = all.map(([label, votes], at) => ({ option: at + 1, label, votes, total: votes, mean: '', percent: '', by_value: [], passed: null }));
  return { ...outcome(1), result: { type: 'poll', options, first: options.filter((one) => one.total === options[0]?.total), plain: null } as unknown as OutcomeView['result'] };
}
const sentences = (of: ActivityView, view: OutcomeView): string[] => decided(of, view).map(bare);

it('calls no abstention and no refusal of all choices the winner', () => {
  const aside = 'More people took no side than chose any one side.';
  expect(sentences(poll(null), polled(['Abstain', 5], ['Agree', 3], ['Disagree', 1]))).toEqual([aside, 'Of the others, “Agree” has the most votes: 3.']);
  expect(sentences(poll(null), polled(['Abstain', 4], ['Agree', 3], ['Disagree', 3]))).toEqual([aside, 'Of the others, Agree and Disagree have equally many votes: 3.']);
  expect(sentences(poll(null), polled(['Je m’abstiens', 5], ['Pour', 0]))).toEqual([aside]);
  expect(sentences(poll(null), polled(['Agree', 3], ['Abstain', 3]))).toEqual(['“Agree” has the most votes: 3 of 2.']);
  expect(sentences(poll(1), polled(['None of these', 4], ['Saturday', 1]))).toEqual(['“None of these” has the most: none of the choices is chosen.']);
  // Whatever an option is called, in another kind of poll it is one.
  expect(sentences(poll(9), polled(['Abstain', 4], ['Saturday', 1]))).toEqual(['“Abstain” has the most votes: 4 of 2.']);
});

it('a secret vote that is not opened yet has nothing to compare', () => {
  const secret = (state: 'opening' | 'known' | 'too_few_ballots') => ({ result: { type: 'secret' as const, state, counted: 2, refused: 0, waiting: 1, options: [], poll: null } });
  expect([opening(secret('opening')), opening(secret('known')), opening(secret('too_few_ballots')), opening(outcome(1))]).toEqual([true, false, false, false]);
});

it('says of equals what one of them was picked for: to be out, to move votes on, or to win', () => {
  const [ali, nour] = [{ option: 1, label: 'Ali' }, { option: 2, label: 'Nour' }];
  const event = (name: CountEvent['event'], ...options: CountEvent['options']): CountEvent => ({ event: name, round: null, options, votes: null });
  const tie = event('tie', [ali, null], [nour, null]);
  const election: ActivityView = { ...activity, rule: { type: 'election', method: 'scottish-stv', seats: 1, status_quo: null, abstain: null, tie: [] } };
  const told = (...log: CountEvent[]): string[] => sentences(election, { ...outcome(1), result: { type: 'election', winners: [nour], order: [[nour], [ali]], scores: [], contests: [], log } });
  expect(told(tie, event('excluded', [ali, '2.00000']))).toEqual(['Elected: Nour.', 'Equal with the fewest votes: Ali and Nour. The lot that follows from the count took Ali out.']);
  const sami = { option: 3, label: 'Sami' };
  const others = event('tie', [ali, null], [sami, null]);
  expect(told(others, event('excluded', [ali, '0.00000']))).toEqual(['Elected: Nour.']);
  // The lot that takes out one without a vote gives the other one the last seat.
  expect(told(tie, event('excluded', [ali, '0.00000']), event('last-seats', [nour, null]))).toEqual(['Elected: Nour.', 'Equal with the fewest votes: Ali and Nour. The lot that follows from the count took Ali out.']);
  expect(told(tie, event('transfer', [ali, null]))[1]).toContain('moved the votes of Ali on first');
  expect(told(tie)[1]).toContain('put Ali first');
});

it('says what a rule asks for exactly: thirds as thirds, and halves of a hundredth', () => {
  expect(['200/3', '100/3', '50', '125/2', '12.5', '5'].map(part).map(bare)).toEqual(['2/3', '1/3', '50%', '62.5%', '12.5%', '5%']);
});
