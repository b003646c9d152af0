// What came out of an activity, in sentences that can be read aloud. Nothing is decided here: the
// node counted, these are its figures in words.

import type { ActivityView } from '../bindings/ActivityView';
import type { BudgetResultView } from '../bindings/BudgetResultView';
import type { ConversationResultView } from '../bindings/ConversationResultView';
import type { ElectionResultView } from '../bindings/ElectionResultView';
import type { ElectionRuleView } from '../bindings/ElectionRuleView';
import type { NamedOption } from '../bindings/NamedOption';
import type { OutcomeView } from '../bindings/OutcomeView';
import type { PetitionResultView } from '../bindings/PetitionResultView';
import type { PollResultView } from '../bindings/PollResultView';
import type { PollRuleView } from '../bindings/PollRuleView';
import type { SecretResultView } from '../bindings/SecretResultView';
import type { StatedView } from '../bindings/StatedView';
import type { TurnoutView } from '../bindings/TurnoutView';
import { catalogues } from '../strings';
import { apart, count, decimal, exactly, list, number, percent, say } from './words.svelte';

/** Hundredths as the node writes them; parts such as `100/3` too. */
export function hundredths(text: string): number {
  const [above, below] = text.split('/').map(Number);
  return above === undefined ? 0 : above / (below ?? 1);
}

/** Hundredths in words. */
export function share(text: string): string {
  return percent(hundredths(text) / 100);
}

/** The part that a rule asks for, exactly: two thirds are fewer than the 67 hundredths that they are nearest to. */
export function part(text: string): string {
  const [above = 0, below = 1] = text.split('/').map(Number);
  if ((above * 100) % below === 0 || !Number.isInteger(above)) return exactly(above / below / 100);
  const common = (one: number, other: number): number => (other === 0 ? one : common(other, one % other));
  const by = common(above, below * 100);
  return apart(`${number(above / by)}/${number((below * 100) / by)}`);
}

/** An amount with its currency, both running the way of the currency's letters. */
export function money(amount: string, currency: string): string {
  return apart(currency === '' ? decimal(amount) : `${decimal(amount)}\u00a0${currency}`);
}

/** Kinds of polls whose options get points. */
export function pointed(kind: PollRuleView['kind']): boolean {
  switch (kind) {
    case 'dot_vote':
    case 'score':
    case 'ranked_choice':
    case 'meeting':
    case 'quadratic':
      return true;
    case 'proposal':
    case 'check':
    case 'count':
    case 'question':
    case 'poll':
    case 'approval':
      return false;
  }
}

/** Whether so many officers signed what this device counts that it is called final. */
export function isFinal(view: Pick<OutcomeView, 'phase' | 'lacking' | 'signatures' | 'signatures_needed'>): boolean {
  return view.phase === 'closed' && view.lacking === 0 && view.signatures >= view.signatures_needed;
}

/** Whether trustees have still to open the totals: then there is no outcome yet to compare or to sign. */
export function opening(view: Pick<OutcomeView, 'result'>): boolean {
  return view.result.type === 'secret' && view.result.state === 'opening';
}

/** How far an outcome stands: so far, counted here, or final. */
export function standing(view: Pick<OutcomeView, 'phase' | 'lacking' | 'signatures' | 'signatures_needed'>): string {
  return say(view.phase !== 'closed' ? 'outcome.so_far' : isFinal(view) ? 'outcome.final' : 'outcome.here');
}

/** Who signed an outcome that is closed and not final: this one, another one, or one that cannot be compared yet. */
export function unsigned(view: Pick<OutcomeView, 'lacking' | 'stated'>): string[] {
  const who = (all: readonly StatedView[]): string => list([...new Set(all.map((one) => one.by))].map(apart));
  if (view.stated.length === 0) return [say('outcome.unsigned')];
  if (view.lacking > 0) return [say('outcome.signed.lacking', { names: who(view.stated) })];
  const [same, other] = [view.stated.filter((one) => one.agrees), view.stated.filter((one) => !one.agrees)];
  return [
    ...(same.length > 0 ? [say('outcome.signed', { names: who(same) })] : []),
    ...(other.length > 0 ? [say('outcome.signed.other', { names: who(other) })] : []),
  ];
}

export function taken(turnout: TurnoutView): string {
  return say('outcome.turnout', { voices: number(turnout.voices), people: number(turnout.people), percent: share(turnout.percent) });
}

/** The names in a list, each apart from the others. */
function names(all: readonly NamedOption[]): string {
  return list(all.map((one) => apart(one.label)));
}

/** The sentences, the most important one first. */
export function decided(activity: ActivityView, view: OutcomeView): string[] {
  const [first = [], more = []] = [short(activity, view), quorum(activity, view)];
  // Where too few took part, that is what came out.
  return view.turnout?.quorum === false && view.phase === 'closed' ? [...more, ...first] : [...first, ...more];
}

function quorum(activity: ActivityView, { turnout, phase }: OutcomeView): string[] {
  if (turnout === null || turnout.quorum === null || activity.quorum === null) return [];
  if (turnout.quorum) return [say('outcome.quorum.yes')];
  const key = phase === 'closed' ? 'outcome.quorum.no' : 'outcome.quorum.not_yet';
  return [say(key, { voices: number(turnout.voices), people: number(turnout.people), percent: part(activity.quorum) })];
}

function short(activity: ActivityView, { result, counted }: OutcomeView): string[] {
  const { rule } = activity;
  switch (result.type) {
    case 'withheld':
      return [];
    case 'survey':
      return [say('outcome.survey')];
    case 'nothing':
      return [say('outcome.nothing')];
    case 'poll':
      return rule.type === 'poll' ? poll(rule, result, counted.all) : [];
    case 'secret':
      return secret(activity, result);
    case 'election':
      return rule.type === 'election' ? election(rule, result) : [];
    case 'budget':
      return [budget(result)];
    case 'petition':
      return petition(result);
    case 'conversation':
      return conversation(result);
  }
}

function poll(rule: PollRuleView, result: PollResultView, all: number): string[] {
  if (rule.kind === 'question') return [say('outcome.poll.texts')];
  const stands = standsAside(rule, result);
  const judging = result.options.filter((one) => one.passed !== null).map((one) => say(one.passed === true ? 'outcome.poll.passed' : 'outcome.poll.failed', { name: one.label }));
  if (stands !== undefined) return [...judging, ...stands];
  const [first, ...others] = result.first.length > 1 ? result.first.filter((one) => !abstains(rule, one.label)) : result.first;
  const options = result.options.find((one) => one.option === first?.option);
  if (first === undefined || options === undefined) return [say('outcome.none_yet')];
  const most =
    others.length > 0
      ? say('outcome.poll.equal', { list: names([first, ...others]) })
      : pointed(rule.kind)
        ? say('outcome.poll.points', { name: first.label, points: number(options.total) })
        : say('outcome.poll.first', { name: first.label, votes: number(options.votes), all: number(all) });
  return [...judging, most];
}

const ABSTAIN: ReadonlySet<string> = new Set(Object.values(catalogues).map(({ words }) => words['choice.abstain']));

/** Whether an option of a proposal is that somebody takes part and takes no side. */
function abstains(rule: PollRuleView, label: string): boolean {
  return rule.kind === 'proposal' && ABSTAIN.has(label.trim());
}

/** What is said where most chose none of the choices, or no side: neither has won. */
function standsAside(rule: PollRuleView, result: { options: readonly (NamedOption & { total: number })[]; first: readonly NamedOption[] }): string[] | undefined {
  const [first, ...others] = result.first;
  if (first === undefined || others.length > 0) return undefined;
  if (first.option === rule.none_of_these) return [say('outcome.poll.none', { name: first.label })];
  if (!abstains(rule, first.label)) return undefined;
  const rest = result.options.filter((one) => !abstains(rule, one.label));
  const most = Math.max(0, ...rest.map((one) => one.total));
  const leading = rest.filter((one) => one.total === most && most > 0);
  const [one, ...equal] = leading;
  const side = one === undefined ? [] : [equal.length > 0 ? say('outcome.poll.others_equal', { list: names(leading), votes: number(most) }) : say('outcome.poll.of_others', { name: one.label, votes: number(most) })];
  return [say('outcome.poll.abstain'), ...side];
}

function secret({ rule }: ActivityView, result: SecretResultView): string[] {
  const [first] = result.options;
  if (result.state !== 'known' || first === undefined || first.total === 0) return [];
  const judged = (result.poll?.options ?? []).filter((one) => one.passed !== null);
  const tests = judged.map((one) => say(one.passed === true ? 'outcome.poll.passed' : 'outcome.poll.failed', { name: one.label }));
  const equal = result.options.filter((one) => one.total === first.total);
  const stands = rule.type === 'poll' ? standsAside(rule, { options: result.options, first: equal }) : undefined;
  if (stands !== undefined) return [...tests, ...stands];
  const most = equal.length > 1 ? say('secret.equal', { list: names(equal) }) : say('secret.first', { name: first.label, total: number(first.total) });
  return [...tests, most];
}

function election(rule: ElectionRuleView, result: ElectionResultView): string[] {
  const [winner] = result.winners;
  if (winner === undefined) return [say('outcome.none_yet')];
  if (winner.option === rule.status_quo) return [say('outcome.election.status_quo', { name: winner.label })];
  return [say('outcome.election.elected', { list: names(result.winners) }), ...ties(result)];
}

/** What was decided between equals, and for what: what comes after a tie in the log says what one was picked for. */
function ties({ log, winners }: ElectionResultView): string[] {
  const elected = new Set(winners.map((one) => one.option));
  return log.flatMap((event, at) => {
    const among = event.options.map(([one]) => one);
    const [picked] = among;
    if (event.event !== 'tie' || picked === undefined) return [];
    const after = log[at + 1];
    const words = { list: names(among), name: picked.label };
    if (after?.event === 'transfer') return [say('outcome.election.lot.surplus', words)];
    if (after?.event !== 'excluded') return [say('outcome.election.lot', words)];
    // Who of those without a vote is out first changes nothing, unless one of the others is elected for it.
    return Number(after.options[0]?.[1] ?? 0) === 0 && !among.some((one) => elected.has(one.option)) ? [] : [say('outcome.election.lot.out', words)];
  });
}

function budget(result: BudgetResultView): string {
  return count('count.funded', result.funded.length, {
    all: number(result.funded.length + result.losers.length),
    spent: money(result.spent, result.currency),
    money: money(result.money, result.currency),
  });
}

function petition(result: PetitionResultView): string[] {
  const reached = result.steps.findLast((step) => step.reached);
  const next = result.steps.find((step) => !step.reached);
  return [
    say('outcome.petition.signed', { n: number(result.signatures) }),
    ...(reached === undefined ? [] : [say('outcome.petition.reached', { name: reached.name })]),
    ...(next === undefined
      ? []
      : [next.missing > 0 ? say('outcome.petition.next', { missing: number(next.missing), name: next.name }) : say('outcome.petition.spread', { name: next.name })]),
  ];
}

function conversation(result: ConversationResultView): string[] {
  const groups =
    result.groups.length > 1
      ? count('count.opinion_groups', result.groups.length)
      : result.trust === 'few'
        ? say('outcome.talk.few')
        : say('outcome.talk.one');
  return [say('outcome.talk.people', { n: number(result.people) }), groups];
}
