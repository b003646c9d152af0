// The rule of an activity in words: whose voices count, what people do, and how it is counted. Nothing is decided here:
// it is what is pinned with the form.

import type { ActivityView } from '../bindings/ActivityView';
import type { BudgetRuleView } from '../bindings/BudgetRuleView';
import type { ElectionRuleView } from '../bindings/ElectionRuleView';
import type { LadderStepView } from '../bindings/LadderStepView';
import type { PetitionRuleView } from '../bindings/PetitionRuleView';
import type { PollRuleView } from '../bindings/PollRuleView';
import type { QuestionView } from '../bindings/QuestionView';
import type { VotersName } from '../bindings/VotersName';
import { decidesByPoints } from './activity';
import { hundredths, money, part, pointed } from './decided';
import { presetSource } from './presets.svelte';
import { calendar, count, list, number, say } from './words.svelte';

/** What one thing is called, and what the rule says of it. */
export interface RuleRow {
  readonly term: string;
  readonly lines: readonly string[];
}

/** The rule, in the order in which people ask about it. Nothing for a questionnaire. */
export function ruleRows(activity: ActivityView, questions: readonly QuestionView[]): RuleRow[] {
  const ballot = questions[0];
  const { rule } = activity;
  switch (rule.type) {
    case 'survey':
      return [];
    case 'poll':
      return [...poll(rule, ballot, fewest(activity)), ...who(activity)];
    case 'election':
      return [...election(rule, ballot, fewest(activity)), ...who(activity)];
    case 'budget':
      return [...budget(rule, ballot, fewest(activity)), ...who(activity)];
    case 'petition':
      return [...petition(rule), ...who(activity)];
    case 'conversation':
      return [
        { term: say('rule.ballot'), lines: [say('activity.conversation.text'), ...rule.open ? [say(rule.let_in ? 'talk.let_in' : 'talk.open')] : []] },
        { term: say('rule.winner'), lines: [say('rule.talk')] },
        ...who(activity),
      ];
  }
}

/** How many a ballot names at least, where that is said. */
function fewest({ least }: ActivityView): string[] {
  return least > 0 ? [count('count.least', least)] : [];
}

function nameOf(ballot: QuestionView | undefined, option: number): string {
  if (ballot === undefined || !('options' in ballot.kind)) return '';
  return ballot.kind.options.find((one) => one.id === option)?.label ?? '';
}

/** What a ballot of points may hold. */
export function pointsSaid(kind: QuestionView['kind']): string | undefined {
  if (kind.type !== 'points') return undefined;
  if (kind.squared) return say('rule.points.squared', { n: number(kind.all) });
  if (kind.all === 0) return say('rule.points.each', { n: number(kind.each) });
  return kind.each > 0 && kind.each < kind.all ? say('rule.points.both', { n: number(kind.all), each: number(kind.each) }) : say('rule.points.all', { n: number(kind.all) });
}

function poll(rule: PollRuleView, ballot: QuestionView | undefined, least: readonly string[]): RuleRow[] {
  const points = rule.kind === 'meeting' || ballot === undefined ? undefined : pointsSaid(ballot.kind);
  const several = ballot?.kind.type === 'multiple_choice' && ballot.kind.most > 0 ? [count('count.most', ballot.kind.most)] : [];
  const places = rule.kind === 'ranked_choice' && rule.places > 0 ? [say('rule.places', { n: number(rule.places) })] : [];
  const does = [rule.kind === 'poll' && ballot?.kind.type === 'multiple_choice' ? say('rule.several') : say(`poll.${rule.kind}`), ...least, ...several, ...places, ...(points === undefined ? [] : [points]), ...(rule.kind === 'meeting' ? [say('poll.meeting.text')] : [])];
  const tests = rule.tests.map((one) => say(`rule.pass.${one.bound}.${one.of}`, { name: nameOf(ballot, one.option), percent: part(one.percent) }));
  return [
    { term: say('rule.ballot'), lines: does },
    { term: say('rule.winner'), lines: tests.length > 0 ? tests : [pollWinner(rule.kind)] },
  ];
}

function pollWinner(kind: PollRuleView['kind']): string {
  if (kind === 'question' || kind === 'check') return say(`poll.${kind}.text`);
  return pointed(kind) ? say('rule.first.points') : say('poll.poll.text');
}

function election(rule: ElectionRuleView, ballot: QuestionView | undefined, least: readonly string[]): RuleRow[] {
  const how = rule.method === 'scottish-stv' ? say('election.several') : say(`election.${rule.method}.text`);
  const quo = rule.status_quo === null ? [] : [say('rule.status_quo', { name: nameOf(ballot, rule.status_quo) })];
  return [
    { term: say('rule.ballot'), lines: [say('election.ballot'), ...least] },
    { term: say('rule.winner'), lines: [say('rule.seats', { n: number(rule.seats) }), how, ...quo] },
    ties(rule.tie.filter((one) => one !== 'cost')),
  ];
}

function budget(rule: BudgetRuleView, ballot: QuestionView | undefined, least: readonly string[]): RuleRow[] {
  const points = ballot === undefined ? undefined : pointsSaid(ballot.kind);
  const equal = rule.method === 'equal-shares';
  const several = ballot?.kind.type === 'multiple_choice' && ballot.kind.most > 0 ? [count('count.most', ballot.kind.most)] : [];
  return [
    { term: say('rule.money'), lines: [money(rule.money, rule.currency)] },
    { term: say('rule.ballot'), lines: [points ?? say(`budget.ballot.${rule.ballot}.text`), ...worth(rule, ballot), ...least, ...several] },
    {
      term: say('rule.winner'),
      lines: [
        say(`budget.method.${rule.method}.text`),
        ...(equal ? [say(`rule.budget.${rule.completion}`)] : []),
        ...(equal && rule.comparison !== 'none' ? [say('rule.budget.comparison')] : []),
      ],
    },
    ties(rule.tie),
  ];
}

/** How much a project's place or points weigh, where ballots say them. */
function worth(rule: BudgetRuleView, ballot: QuestionView | undefined): string[] {
  if (rule.ballot !== 'points' && rule.ballot !== 'ranked') return [];
  // Points are money there.
  if (rule.ballot === 'points' && rule.method === 'knapsack' && rule.utility === 'points') return [];
  if (!decidesByPoints(rule)) return [say(rule.ballot === 'ranked' ? 'rule.budget.no_order' : 'rule.budget.no_points')];
  const places = ballot !== undefined && 'options' in ballot.kind ? ballot.kind.options.length : 0;
  return rule.ballot === 'ranked' && places > 0 ? [say('rule.budget.places', { n: number(places) })] : [];
}

function ties(keys: BudgetRuleView['tie']): RuleRow {
  return { term: say('rule.tie'), lines: [list(keys.map((one) => say(`rule.tie.${one}`)))] };
}

function petition(rule: PetitionRuleView): RuleRow[] {
  const steps = rule.steps.map((step) => ({
    term: step.name,
    lines: [needed(step), ...(step.answer_days === null ? [] : [say('petition.step.days.said', { n: number(step.answer_days) })])],
  }));
  const limits = [
    ...spread(rule),
    ...(rule.window_days === null ? [] : [say('rule.petition.window', { n: number(rule.window_days) })]),
    ...(rule.least_age === null ? [] : [say('rule.petition.age', { n: number(rule.least_age) })]),
  ];
  const behind = rule.members.map((one) => one.name);
  return [
    ...steps,
    ...(limits.length === 0 ? [] : [{ term: say('rule.petition.limits'), lines: limits }]),
    ...(behind.length === 0 ? [] : [{ term: say('rule.petition.behind'), lines: [list(behind)] }]),
    { term: say('rule.source'), lines: [say('petition.source', { source: presetSource(rule.name, rule.source), date: calendar(rule.read_on) })] },
  ];
}

/** How signatures must be spread over areas. */
export function spread({ distribution }: PetitionRuleView): string[] {
  if (distribution === null) return [];
  const percent = part(distribution.percent);
  return [hundredths(distribution.of_areas) >= 100 ? say('petition.spread', { percent }) : say('petition.spread.part', { percent, areas: part(distribution.of_areas) })];
}

function needed({ threshold }: LadderStepView): string {
  switch (threshold.by) {
    case 'number':
      return say('petition.step.number.said', { n: number(threshold.signatures) });
    case 'roll': {
      const percent = part(threshold.percent);
      return say('petition.step.number.said', { n: threshold.at_most === null ? say('petition.step.roll', { percent }) : say('petition.step.at_most', { percent, n: number(threshold.at_most) }) });
    }
    case 'population':
      return say('petition.step.population');
  }
}

function votersSaid(voters: VotersName): string {
  switch (voters) {
    case 'members':
      return say('who.members');
    case 'slips':
      return say('rule.voters.slips');
    case 'boxes':
      return say('rule.voters.boxes');
    case 'everybody':
    case 'guests':
      return say('who.everybody');
  }
}

function who({ voters, shown, roll, quorum }: ActivityView): RuleRow[] {
  return [
    { term: say('who.voters'), lines: [votersSaid(voters), ...(roll === null ? [] : [roll.source.trim() === '' ? say('rule.roll.plain', { n: number(roll.people) }) : say('rule.roll', { n: number(roll.people), source: roll.source })])] },
    ...(quorum === null ? [] : [{ term: say('who.quorum'), lines: [say('rule.quorum', { percent: part(quorum) })] }]),
    { term: say('who.shown'), lines: [say(`who.${shown}`)] },
  ];
}

/** Questions as they are read: projects are named with what they cost. */
export function priced(activity: ActivityView | undefined, questions: readonly QuestionView[]): readonly QuestionView[] {
  const [ballot, ...rest] = questions;
  if (activity?.rule.type !== 'budget' || ballot === undefined || !('options' in ballot.kind)) return questions;
  const { currency } = activity.rule;
  const options = ballot.kind.options.map((one) => ({ ...one, label: `${one.label} · ${money(one.project?.cost ?? '0', currency)}` }));
  return [{ ...ballot, kind: { ...ballot.kind, options } }, ...rest];
}
