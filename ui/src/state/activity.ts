// Drafts of activities: what each kind begins with, and how the parts of a rule go together. Whether a
// rule is complete is decided by the core, which says what is missing.

import type { ActivityView } from '../bindings/ActivityView';
import type { BudgetRuleView } from '../bindings/BudgetRuleView';
import type { ChoiceView } from '../bindings/ChoiceView';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { ElectionRuleView } from '../bindings/ElectionRuleView';
import type { PetitionRuleView } from '../bindings/PetitionRuleView';
import type { PollPreset } from '../bindings/PollPreset';
import type { PollRuleView } from '../bindings/PollRuleView';
import type { QuestionKindView } from '../bindings/QuestionKindView';
import type { RuleView } from '../bindings/RuleView';
import { latinDigits, plainNumber } from './expression';
import { freshOption, freshQuestion } from './form';
import { say } from './words.svelte';

export type ActivityType = RuleView['type'];
export type PollKind = PollRuleView['kind'];
export type Presets = { readonly polls: readonly PollPreset[]; readonly petitions: readonly PetitionRuleView[] };

/** In the order in which they are offered. */
export const TYPES: readonly ActivityType[] = ['poll', 'election', 'budget', 'petition', 'conversation', 'survey'];

function optionsOf(kind: QuestionKindView | undefined): ChoiceView[] {
  return kind !== undefined && 'options' in kind ? kind.options : [];
}

/** Options with these words, or two empty ones. */
function named(labels: readonly string[]): ChoiceView[] {
  const options: ChoiceView[] = [];
  for (const label of labels.length === 0 ? ['', ''] : labels) options.push({ ...freshOption(options), label });
  return options;
}

/** The question of a draft's ballot; there is one except in a petition that goes by no areas. */
export function ballotOf(draft: ConsultationDraft): QuestionKindView | undefined {
  return draft.questions[0]?.kind;
}

function withBallot(draft: ConsultationDraft, kind: QuestionKindView): void {
  const [first, ...rest] = draft.questions;
  const question = first ?? freshQuestion('text');
  draft.questions = [{ ...question, label: question.label || draft.title, required: true, kind }, ...rest];
}

/** Makes a draft one of an activity, with what that kind begins with. */
export function become(draft: ConsultationDraft, type: ActivityType, presets: Presets, translate: (word: string) => string): void {
  draft.questions = [];
  if (type === 'survey') {
    delete draft.activity;
    return;
  }
  draft.stage = type === 'conversation' || type === 'petition' ? 'consult' : 'decide';
  const base = { voters: 'everybody', shown: 'after_close', roll: null, quorum: null, least: 0 } as const;
  switch (type) {
    case 'poll': {
      draft.activity = { ...base, rule: { type, kind: 'proposal', none_of_these: null, tests: [], places: 0, tie: [] } };
      setPoll(draft, 'proposal', presets, translate);
      break;
    }
    case 'election':
      draft.activity = { ...base, rule: { type, method: 'schulze', seats: 1, status_quo: null, abstain: null, tie: [] } };
      withBallot(draft, { type: 'ranking', options: named([]) });
      break;
    case 'budget':
      draft.activity = { ...base, rule: { type, money: '0', decimals: 0, currency: '', ballot: 'approval', method: 'equal-shares', utility: 'cost', completion: 'add1u', step: null, exhaustive_stop: false, integral_start: false, comparison: 'none', tie: [] } };
      setBallot(draft, 'approval');
      break;
    case 'petition': {
      const preset = presets.petitions.find((one) => one.name === 'community') ?? presets.petitions[0];
      if (preset === undefined) return;
      draft.activity = { ...base, shown: 'always', rule: { type, ...preset } };
      setPetition(draft, preset, translate);
      break;
    }
    case 'conversation':
      draft.activity = { ...base, shown: 'after_voting', rule: { type, seeds: [], open: true, let_in: true, in_front: 3, least_votes: 7, least_people: 15, groups: null, clear_from: 250, clear_people: 30 } };
      withBallot(draft, { type: 'statements' });
      break;
  }
}

/** Makes a poll one of a kind; options that people wrote stay, those the former kind brought go. */
export function setPoll(draft: ConsultationDraft, kind: PollKind, presets: Presets, translate: (word: string) => string): void {
  const rule = draft.activity?.rule;
  const preset = presets.polls.find((one) => one.kind === kind);
  if (rule?.type !== 'poll' || preset === undefined) return;
  const before = presets.polls.find((one) => one.kind === rule.kind)?.options.map(translate) ?? [];
  const kept = optionsOf(ballotOf(draft)).filter((option) => !before.includes(option.label) && option.id !== rule.none_of_these);
  const own = kept.some((option) => option.label.trim() !== '');
  const options = preset.options.length > 0 ? named(preset.options.map(translate)) : own ? kept : named([]);
  rule.kind = kind;
  rule.tests = [];
  rule.none_of_these = null;
  rule.places = 0;
  if (draft.activity !== undefined) draft.activity.least = 0;
  withBallot(draft, pollBallot(kind, options, preset));
}

function pollBallot(kind: PollKind, options: ChoiceView[], { points }: PollPreset): QuestionKindView {
  const { each, all, squared } = points ?? { each: 0, all: 8, squared: false };
  switch (kind) {
    case 'proposal':
    case 'check':
    case 'count':
    case 'poll':
      return { type: 'single_choice', options };
    case 'approval':
      return { type: 'multiple_choice', options, most: 0 };
    case 'ranked_choice':
      return { type: 'ranking', options };
    case 'question':
      return { type: 'text' };
    case 'dot_vote':
    case 'score':
    case 'meeting':
    case 'quadratic':
      return { type: 'points', options, each, all, squared };
  }
}

/** What a ballot of a budget looks like; the projects stay. */
export function setBallot(draft: ConsultationDraft, ballot: BudgetRuleView['ballot']): void {
  const rule = draft.activity?.rule;
  if (rule?.type !== 'budget') return;
  const now = optionsOf(ballotOf(draft));
  const options = (now.length > 0 ? now : named([])).map((option) => ({ ...option, project: option.project ?? freshProject() }));
  rule.ballot = ballot;
  if (draft.activity !== undefined) draft.activity.least = 0;
  setMethod(rule, fits(ballot, rule.method) ? rule.method : 'equal-shares');
  switch (ballot) {
    case 'approval':
    case 'knapsack':
      withBallot(draft, { type: 'multiple_choice', options, most: 0 });
      break;
    case 'points':
      withBallot(draft, { type: 'points', options, each: 0, all: 8, squared: false });
      break;
    case 'ranked':
      withBallot(draft, { type: 'ranking', options });
      break;
  }
}

/** Whether a rule heeds all that a ballot says: two rules ask only who supports what, not how much or in which order. */
export function fits(ballot: BudgetRuleView['ballot'], method: BudgetRuleView['method']): boolean {
  return !weighs(ballot) || (method !== 'phragmen' && method !== 'knapsack');
}

/** Whether a ballot says how much each project is worth, in points or by its place. */
function weighs(ballot: BudgetRuleView['ballot']): boolean {
  return ballot === 'points' || ballot === 'ranked';
}

/** Whether points, and places in an order, decide; else only who supports what does. */
export function decidesByPoints({ ballot, method, utility }: BudgetRuleView): boolean {
  return weighs(ballot) && utility === 'points' && fits(ballot, method);
}

/** How winners of a budget are found. What ballots say of each project's worth counts where the rule heeds it. */
export function setMethod(rule: BudgetRuleView, method: BudgetRuleView['method']): void {
  rule.method = method;
  rule.utility = weighs(rule.ballot) && fits(rule.ballot, method) ? 'points' : 'cost';
}

/** A number of a ballot that its author sets: 0 where there may be no limit. */
export interface BallotNumber {
  readonly what: 'all' | 'credits' | 'each' | 'best' | 'least' | 'most' | 'places';
  readonly value: number;
  readonly least: number;
  readonly greatest: number;
}

/** As many points as a ballot of a budget may give to a project. */
const MOST_POINTS = 1_000_000;

/** The numbers that the kind of ballot has. */
export function numbersOf(draft: ConsultationDraft): BallotNumber[] {
  const least = leastOf(draft);
  return least === undefined ? limitsOf(draft) : [least, ...limitsOf(draft)];
}

/** How many a ballot names at least, where it may name several. */
function leastOf(draft: ConsultationDraft): BallotNumber | undefined {
  const { activity } = draft;
  const ballot = ballotOf(draft);
  if (activity === undefined || ballot === undefined) return undefined;
  if (ballot.type !== 'multiple_choice' && ballot.type !== 'ranking') return undefined;
  const { rule } = activity;
  const alone = (rule.type === 'poll' && rule.none_of_these !== null) || (rule.type === 'election' && rule.abstain !== null);
  const all = ballot.options.length - (alone ? 1 : 0);
  const greatest = ballot.type === 'multiple_choice' && ballot.most > 0 ? Math.min(all, ballot.most) : all;
  const value = Math.min(activity.least, greatest);
  return { what: 'least', value: value < 2 ? 0 : value, least: 0, greatest };
}

function limitsOf(draft: ConsultationDraft): BallotNumber[] {
  const rule = draft.activity?.rule;
  const ballot = ballotOf(draft);
  if (ballot === undefined) return [];
  const options = optionsOf(ballot).length;
  const points = (what: 'all' | 'credits' | 'each' | 'best', value: number, least: number): BallotNumber => ({ what, value, least, greatest: MOST_POINTS });
  if (rule?.type === 'poll') {
    if (rule.kind === 'score' && ballot.type === 'points') return [points('best', ballot.each, 1)];
    if (rule.kind === 'quadratic' && ballot.type === 'points') return [points('credits', ballot.all, 1)];
    if (rule.kind === 'dot_vote' && ballot.type === 'points') return [points('all', ballot.all, 1), points('each', ballot.each, 0)];
    if (rule.kind === 'poll') return [{ what: 'most', value: ballot.type === 'multiple_choice' ? ballot.most : 1, least: 0, greatest: options }];
    if (rule.kind === 'approval' && ballot.type === 'multiple_choice') return [{ what: 'most', value: ballot.most, least: 0, greatest: options }];
    if (rule.kind === 'ranked_choice') return [{ what: 'places', value: rule.places, least: 0, greatest: options }];
  }
  if (rule?.type === 'budget') {
    if (ballot.type === 'points') return [points('all', ballot.all, 1), points('each', ballot.each, 0)];
    if (rule.ballot === 'approval' && ballot.type === 'multiple_choice') return [{ what: 'most', value: ballot.most, least: 0, greatest: options }];
  }
  return [];
}

/** Sets one of them; what is too small or too large becomes the nearest that is not. */
export function setNumber(draft: ConsultationDraft, what: BallotNumber['what'], typed: number): void {
  const rule = draft.activity?.rule;
  const ballot = ballotOf(draft);
  const now = numbersOf(draft).find((one) => one.what === what);
  if (ballot === undefined || now === undefined) return;
  const value = Math.min(Math.max(Math.trunc(typed) || 0, now.least), now.greatest);
  if (what === 'least') {
    if (draft.activity !== undefined) draft.activity.least = value < 2 ? 0 : value;
  } else if (what === 'places') {
    if (rule?.type === 'poll') rule.places = value;
  } else if (what === 'most') {
    if (ballot.type === 'multiple_choice' && !(rule?.type === 'poll' && rule.kind === 'poll' && value === 1)) ballot.most = value;
    else if (rule?.type === 'poll' && rule.kind === 'poll') withBallot(draft, value === 1 ? { type: 'single_choice', options: optionsOf(ballot) } : { type: 'multiple_choice', options: optionsOf(ballot), most: value });
  } else if (ballot.type === 'points') {
    if (what === 'all' || what === 'credits') ballot.all = value;
    else ballot.each = value;
  }
}

export function freshProject(): NonNullable<ChoiceView['project']> {
  return { cost: '0', about: '', area: '', proposer: '', evidence: '', place: null };
}

/** A petition by a rule; where it looks at areas, the ballot asks for the area. */
export function setPetition(draft: ConsultationDraft, preset: PetitionRuleView, translate: (word: string) => string): void {
  const areas = preset.areas || preset.distribution !== null || (preset.committee?.of_areas ?? null) !== null;
  const steps = preset.steps.map((step) => ({ ...step, name: translate(step.name) }));
  if (draft.activity === undefined) return;
  draft.activity.rule = { type: 'petition', ...preset, steps, areas };
  draft.questions = [];
  if (!areas) return;
  withBallot(draft, { type: 'single_choice', options: named([]) });
  for (const question of draft.questions.slice(0, 1)) question.label = translate('area.ask');
}

/** Adds an option that the rule speaks of, such as that nothing changes, or takes it out; its number, or none. */
export function special(draft: ConsultationDraft, label: string, now: number | null): number | null {
  const kind = ballotOf(draft);
  if (kind === undefined || !('options' in kind)) return null;
  if (now !== null) {
    kind.options = kind.options.filter((option) => option.id !== now);
    return null;
  }
  const option = { ...freshOption(kind.options), label };
  kind.options = [...kind.options, option];
  return option.id;
}

/** How an election is counted: several seats need votes that move on; a status quo needs pairs or places. */
export function setElection(draft: ConsultationDraft, seats: number, method: ElectionRuleView['method']): void {
  const rule = draft.activity?.rule;
  if (rule?.type !== 'election') return;
  rule.seats = Math.max(1, seats);
  rule.method = rule.seats > 1 ? 'scottish-stv' : method === 'scottish-stv' ? 'schulze' : method;
  if ((rule.method === 'scottish-stv' || rule.method === 'irv') && rule.status_quo !== null) rule.status_quo = special(draft, '', rule.status_quo);
}

/** A draft as it is handed in: fields left empty become what the core reads as nothing. */
export function handedIn(typed: ConsultationDraft): ConsultationDraft {
  const draft = withAmounts(typed);
  if (draft.activity === undefined) return draft;
  const questions = draft.questions.map((question, at) => (at === 0 ? { ...question, label: question.label || draft.title, kind: priced(written(question.kind)) } : question));
  const whole = { ...draft, questions };
  return { ...whole, activity: { ...tidy(draft.activity), least: leastOf(whole)?.value ?? 0 } };
}

/** An amount of money as it was typed, with a point before its parts. Where a comma or a point stands before exactly
 * three digits nobody can say whether it parts thousands, so it is read as nothing. */
export function amountOf(text: string): string | undefined {
  if (/[.,]\d{3}$/u.test(latinDigits(text))) return undefined;
  const plain = plainNumber(text);
  return plain === undefined || plain.startsWith('-') || parts(plain) > MOST_PARTS ? undefined : plain;
}

/** Digits after the point that count. */
function parts(plain: string): number {
  return (plain.split('.')[1] ?? '').replace(/0+$/u, '').length;
}

/** As many digits after the point as a budget may have. */
const MOST_PARTS = 6;

/** As many digits before the point as an amount may have. */
const MOST_WHOLE = 12;

/** What is wrong with a typed amount of so many digits after the point; nothing where it is one, or nothing. */
export function wrongAmount(text: string, decimals = MOST_PARTS): string | undefined {
  if (text.trim() === '' || smallest(text, decimals) !== null) return undefined;
  return say(decimals === 0 ? 'budget.amount.whole' : 'budget.amount.wrong');
}

/** Money as it is typed, in the smallest unit; nothing where it is none. */
export function smallest(text: string, decimals: number): number | null {
  const plain = amountOf(text);
  const [whole = '', part = ''] = plain?.split('.') ?? [];
  if (plain === undefined || whole.length > MOST_WHOLE || parts(plain) > decimals) return null;
  return Number(whole + part.padEnd(decimals, '0').slice(0, decimals));
}

/** A draft with the amounts of its budget as the node reads them, to as many digits as somebody typed. What is no
 * amount stays, in a form that is refused everywhere. */
export function withAmounts(draft: ConsultationDraft): ConsultationDraft {
  const { activity } = draft;
  const ballot = ballotOf(draft);
  if (activity?.rule.type !== 'budget' || ballot === undefined || !('options' in ballot)) return draft;
  const { rule } = activity;
  const read = (text: string): string => (text.trim() === '' ? '' : (amountOf(text) ?? text.replace('.', ',')));
  const options = ballot.options.map((option) => (option.project === undefined ? option : { ...option, project: { ...option.project, cost: read(option.project.cost) } }));
  const money = read(rule.money);
  const decimals = Math.max(0, ...[money, ...options.map((option) => option.project?.cost ?? '')].map((text) => parts(amountOf(text) ?? '')));
  const questions = draft.questions.map((question, at) => (at === 0 ? { ...question, kind: { ...ballot, options } } : question));
  return { ...draft, questions, activity: { ...activity, rule: { ...rule, money, decimals } } };
}

/** Without lines that nobody wrote anything into, as long as there is something to choose between. */
function written(kind: QuestionKindView): QuestionKindView {
  if (!('options' in kind)) return kind;
  const said = kind.options.filter(({ label, project }) => label.trim() !== '' || (project !== undefined && Number(project.cost) > 0));
  return said.length < 2 ? kind : { ...kind, options: said };
}

function priced(kind: QuestionKindView): QuestionKindView {
  if (!('options' in kind)) return kind;
  const options = kind.options.map((option) => (option.project === undefined ? option : { ...option, project: { ...option.project, cost: option.project.cost.trim() || '0' } }));
  return { ...kind, options };
}

function tidy(activity: ActivityView): ActivityView {
  const { rule, roll } = activity;
  return {
    ...activity,
    roll: roll === null || (roll.people === 0 && roll.source.trim() === '') ? null : roll,
    rule:
      rule.type === 'budget'
        ? // A draft of an earlier release had places in an order count for nothing.
          { ...rule, money: rule.money.trim() || '0', utility: rule.ballot === 'ranked' && fits('ranked', rule.method) ? 'points' : rule.utility }
        : rule.type === 'petition'
          ? { ...rule, members: rule.members.filter((one) => one.name.trim() !== '') }
          : rule.type === 'conversation'
            ? { ...rule, seeds: rule.seeds.map((seed) => seed.trim()).filter((seed) => seed !== '') }
            : rule,
  };
}
