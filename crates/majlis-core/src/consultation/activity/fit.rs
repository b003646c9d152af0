//! Whether a rule fits its form, and a ballot its rule: what the form's questions alone do not say.
//! Not here: counting.

use std::collections::BTreeSet;

use majlis_tally::budget::{MAX_MONEY, Utility};
use majlis_tally::poll::{Base, PollKind};
use majlis_tally::ranked::Method as RankedMethod;
use majlis_tally::tie::TieKey;

use super::{
    BudgetBallot, BudgetRule, ConversationRule, ElectionRule, MAX_ABOUT, MAX_COMMITTEE, MAX_SEEDS,
    MAX_STATEMENT, Percent, PetitionRule, PollRule, Rule, Threshold,
};
use crate::consultation::form::{Answer, AnswerError, Form, MAX_LABEL, Question, QuestionKind};

/// Why a rule does not fit its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The first question is not one that this activity can count, or need not be answered.
    #[error("the first question is not the ballot that the rule counts")]
    Ballot,
    /// The rule names an option that the ballot does not have, or one for two things.
    #[error("the rule names an option that the ballot does not have")]
    Option(u16),
    /// A part or a number that nothing can be counted by.
    #[error("a number of the rule is missing or cannot be counted by")]
    Number,
    /// A part of the roll is asked for, and how many are entitled is not said.
    #[error("the rule needs the number of those who may take part, and where it is from")]
    Roll,
    /// Money is missing, or there is more of it than can be counted.
    #[error("the money or a cost is missing or too large")]
    Money,
    /// The petition needs more people behind it, or from more areas.
    #[error("too few people stand behind the petition")]
    Committee,
    /// The population or the areas that a step goes by are missing.
    #[error("the rule needs the population or the areas of the place")]
    Place,
    /// A text or list is empty or too long, or says the same twice.
    #[error("a text or list of the rule is empty, too long or says the same twice")]
    Text,
}

/// The most points that a ballot may give to one project.
const MAX_POINTS: u32 = 1_000_000;

impl Form {
    /// The question that is the ballot. A survey has none, nor a petition that asks for no area.
    #[must_use]
    pub fn ballot(&self) -> Option<&Question> {
        let asked = match &self.activity.rule {
            Rule::Survey => false,
            Rule::Petition(rule) => rule.areas,
            Rule::Poll(_) | Rule::Election(_) | Rule::Budget(_) | Rule::Conversation(_) => true,
        };
        self.questions.first().filter(|_| asked)
    }

    /// Whether this question may be answered with only some of its options in order.
    pub(in crate::consultation) fn ranks_some(&self, question: &Question) -> bool {
        self.ballot().is_some_and(|ballot| ballot.id == question.id)
            && matches!(question.kind, QuestionKind::Ranking(_))
    }

    /// Whether the rule can count this form.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check_rule(&self) -> Result<(), RuleError> {
        let activity = &self.activity;
        if let Some(roll) = &activity.roll {
            let said = !roll.source.trim().is_empty() && roll.source.len() <= MAX_LABEL;
            if roll.people == 0 || !said {
                return Err(RuleError::Roll);
            }
        }
        if let Some(quorum) = activity.quorum {
            part(quorum)?;
            self.needs_roll()?;
        }
        self.check_least()?;
        match &activity.rule {
            Rule::Survey => Ok(()),
            Rule::Poll(rule) => self.check_poll(rule),
            Rule::Election(rule) => self.check_election(rule),
            Rule::Budget(rule) => self.check_budget(rule),
            Rule::Petition(rule) => self.check_petition(rule),
            Rule::Conversation(rule) => self.check_conversation(rule),
        }
    }

    fn needs_roll(&self) -> Result<(), RuleError> {
        let roll = self.activity.roll.as_ref();
        roll.map(|_| ()).ok_or(RuleError::Roll)
    }

    /// The option that says none of the others, or nobody: it stands alone on a ballot.
    fn stands_alone(&self) -> Option<u16> {
        match &self.activity.rule {
            Rule::Poll(rule) => rule.none_of_these,
            Rule::Election(rule) => rule.abstain,
            Rule::Survey | Rule::Budget(_) | Rule::Petition(_) | Rule::Conversation(_) => None,
        }
    }

    /// Whether some ballot can name so many options.
    fn check_least(&self) -> Result<(), RuleError> {
        let least = usize::from(self.activity.least);
        if least == 0 {
            return Ok(());
        }
        let kind = self.ballot().map(|ballot| &ballot.kind);
        let asked = kind.map_or(0, |kind| kind.options().len());
        let asked = asked.saturating_sub(self.stands_alone().map_or(0, |_| 1));
        let most = match kind {
            Some(QuestionKind::MultipleChoice { most: 0, .. } | QuestionKind::Ranking(_)) => asked,
            Some(QuestionKind::MultipleChoice { most, .. }) => asked.min(usize::from(*most)),
            Some(_) | None => 0,
        };
        let mut paid = true;
        if let Rule::Budget(rule) = &self.activity.rule
            && rule.ballot == BudgetBallot::Knapsack
        {
            let mut costs: Vec<u64> = rule.projects.iter().map(|one| one.cost).collect();
            costs.sort_unstable();
            let cheapest = costs.iter().take(least);
            paid = cheapest.fold(0_u64, |sum, cost| sum.saturating_add(*cost)) <= rule.money;
        }
        if (2..=most).contains(&least) && paid {
            Ok(())
        } else {
            Err(RuleError::Number)
        }
    }

    /// The ballot question, which has to be answered.
    fn asked(&self, fits: impl Fn(&QuestionKind) -> bool) -> Result<&Question, RuleError> {
        let ballot = self.ballot().filter(|one| one.required && fits(&one.kind));
        ballot.ok_or(RuleError::Ballot)
    }

    fn check_poll(&self, rule: &PollRule) -> Result<(), RuleError> {
        let ballot = self.asked(|kind| match rule.kind {
            PollKind::Proposal | PollKind::Check | PollKind::Count => {
                matches!(kind, QuestionKind::SingleChoice(_))
            }
            PollKind::Poll => matches!(
                kind,
                QuestionKind::SingleChoice(_) | QuestionKind::MultipleChoice { .. }
            ),
            PollKind::Approval => matches!(kind, QuestionKind::MultipleChoice { .. }),
            PollKind::DotVote => {
                matches!(
                    kind,
                    QuestionKind::Points {
                        all: 1..,
                        squared: false,
                        ..
                    }
                )
            }
            PollKind::Score => matches!(
                kind,
                QuestionKind::Points {
                    each: 1..,
                    all: 0,
                    ..
                }
            ),
            PollKind::Meeting => matches!(
                kind,
                QuestionKind::Points {
                    each: 2,
                    all: 0,
                    ..
                }
            ),
            PollKind::Quadratic => {
                matches!(
                    kind,
                    QuestionKind::Points {
                        all: 1..,
                        squared: true,
                        ..
                    }
                )
            }
            PollKind::RankedChoice => matches!(kind, QuestionKind::Ranking(_)),
            PollKind::Question => matches!(kind, QuestionKind::Text),
        })?;
        let has = |id: u16| ballot.kind.options().iter().any(|option| option.id == id);
        if let Some(none) = rule.none_of_these.filter(|id| !has(*id)) {
            return Err(RuleError::Option(none));
        }
        for test in &rule.tests {
            if !has(test.option) || rule.none_of_these == Some(test.option) {
                return Err(RuleError::Option(test.option));
            }
            part(test.percent)?;
            if test.of == Base::Eligible {
                self.needs_roll()?;
            }
        }
        let tested: BTreeSet<u16> = rule.tests.iter().map(|test| test.option).collect();
        if tested.len() != rule.tests.len() {
            return Err(RuleError::Text);
        }
        tie(&rule.tie)
    }

    fn check_election(&self, rule: &ElectionRule) -> Result<(), RuleError> {
        let ballot = self.asked(|kind| matches!(kind, QuestionKind::Ranking(_)))?;
        let has = |id: &u16| ballot.kind.options().iter().any(|option| option.id == *id);
        for id in [rule.status_quo, rule.abstain].into_iter().flatten() {
            if !has(&id) {
                return Err(RuleError::Option(id));
            }
        }
        if rule.status_quo.is_some() && rule.status_quo == rule.abstain {
            return Err(RuleError::Option(rule.status_quo.unwrap_or_default()));
        }
        let several = rule.method == RankedMethod::ScottishStv;
        let transfers = several || rule.method == RankedMethod::Irv;
        if rule.seats == 0
            || (rule.seats > 1 && !several)
            || (transfers && rule.status_quo.is_some())
        {
            return Err(RuleError::Number);
        }
        tie(&rule.tie)
    }

    fn check_budget(&self, rule: &BudgetRule) -> Result<(), RuleError> {
        let ballot = self.asked(|kind| match rule.ballot {
            BudgetBallot::Approval | BudgetBallot::Knapsack => {
                matches!(kind, QuestionKind::MultipleChoice { .. })
            }
            BudgetBallot::Points => matches!(kind, QuestionKind::Points { .. }),
            BudgetBallot::Ranked => matches!(kind, QuestionKind::Ranking(_)),
        })?;
        let options = ballot.kind.options();
        for (place, option) in options.iter().enumerate() {
            let project = rule.projects.get(place);
            if project.is_none_or(|project| project.option != option.id) {
                return Err(RuleError::Option(option.id));
            }
        }
        if let Some(more) = rule.projects.get(options.len()) {
            return Err(RuleError::Option(more.option));
        }
        let costs = rule.projects.iter().map(|project| project.cost);
        let all = costs.fold(0_u64, u64::saturating_add);
        let priced = rule.projects.iter().all(|project| project.cost > 0);
        if rule.money == 0 || rule.money.max(all) > MAX_MONEY || !priced || rule.step == Some(0) {
            return Err(RuleError::Money);
        }
        if let QuestionKind::Points { each, all, .. } = ballot.kind {
            let most = if each == 0 { all } else { each };
            if !(1..=MAX_POINTS).contains(&most) {
                return Err(RuleError::Number);
            }
        }
        let pointed = rule.utility == Utility::Points;
        let flat = matches!(rule.ballot, BudgetBallot::Approval | BudgetBallot::Knapsack);
        if rule.decimals > 6 || (pointed && flat) {
            return Err(RuleError::Number);
        }
        let fine = rule.projects.iter().all(|project| {
            let short = [&project.area, &project.proposer, &project.evidence];
            project.about.len() <= MAX_ABOUT && short.iter().all(|text| text.len() <= MAX_LABEL)
        });
        if !fine || rule.currency.len() > MAX_LABEL {
            return Err(RuleError::Text);
        }
        tie(&rule.tie)
    }

    fn check_petition(&self, rule: &PetitionRule) -> Result<(), RuleError> {
        let areas = if rule.areas {
            let ballot = self.asked(|kind| matches!(kind, QuestionKind::SingleChoice(_)))?;
            ballot.kind.options()
        } else {
            &[]
        };
        let short = [&rule.name, &rule.source, &rule.read_on];
        let names = rule.members.iter().map(|member| &member.name);
        let steps = rule.steps.iter().map(|step| &step.name);
        if rule.steps.is_empty()
            || rule.steps.len() > MAX_COMMITTEE
            || rule.members.len() > MAX_COMMITTEE
            || !short
                .into_iter()
                .chain(names)
                .chain(steps)
                .all(|text| named(text))
        {
            return Err(RuleError::Text);
        }
        for step in &rule.steps {
            match &step.threshold {
                Threshold::Number(0) => return Err(RuleError::Number),
                Threshold::Number(_) => {}
                Threshold::Population(bands) => {
                    let people = rule.population.ok_or(RuleError::Place)?;
                    let within = |below: u64| people < below;
                    if bands.len() > MAX_COMMITTEE
                        || !bands.iter().any(|band| band.below.is_none_or(within))
                    {
                        return Err(RuleError::Place);
                    }
                }
                Threshold::Roll(percent, _) => {
                    part(*percent)?;
                    self.needs_roll()?;
                }
            }
        }
        for member in &rule.members {
            if let Some(area) = member.area
                && !areas.iter().any(|option| option.id == area)
            {
                return Err(RuleError::Option(area));
            }
        }
        let spread = rule.committee.as_ref().and_then(|one| one.of_areas);
        if (rule.distribution.is_some() || spread.is_some()) && areas.is_empty() {
            return Err(RuleError::Place);
        }
        let distribution = rule.distribution.map(|one| [one.percent, one.of_areas]);
        for percent in distribution.into_iter().flatten().chain(spread) {
            part(percent)?;
        }
        let standing = super::petition_rule::standing(self, rule);
        if standing.is_some_and(|complete| !complete) {
            return Err(RuleError::Committee);
        }
        Ok(())
    }

    fn check_conversation(&self, rule: &ConversationRule) -> Result<(), RuleError> {
        self.asked(|kind| matches!(kind, QuestionKind::Statements))?;
        let seeds: BTreeSet<&str> = rule.seeds.iter().map(|seed| seed.trim()).collect();
        let sized = |seed: &&str| !seed.is_empty() && seed.len() <= MAX_STATEMENT;
        if rule.seeds.len() > MAX_SEEDS
            || seeds.len() != rule.seeds.len()
            || !seeds.iter().all(sized)
            || (!rule.open && rule.seeds.is_empty())
        {
            return Err(RuleError::Text);
        }
        if rule.groups.is_some_and(|groups| !(2..=5).contains(&groups)) {
            return Err(RuleError::Number);
        }
        Ok(())
    }

    /// Whether an answer that fits its question is, if that is the ballot, one that the rule takes.
    pub(in crate::consultation) fn fits_rule(
        &self,
        question: &Question,
        answer: &Answer,
    ) -> Result<(), AnswerError> {
        if self.ballot().is_none_or(|ballot| ballot.id != question.id) {
            return Ok(());
        }
        let (least, special) = (self.activity.least, self.stands_alone());
        let mut fits = true;
        if least > 0 || special.is_some() {
            let named = named_by(answer);
            let has_special = special.is_some_and(|option| named.contains(&option));
            if !has_special && named.len() < usize::from(least) {
                return Err(AnswerError::TooFew(question.id, least));
            }
            fits = !has_special || named.len() == 1;
        }
        if let Rule::Budget(rule) = &self.activity.rule
            && rule.ballot == BudgetBallot::Knapsack
        {
            fits = fits && cost(rule, answer) <= rule.money;
        }
        if fits {
            Ok(())
        } else {
            Err(AnswerError::OutOfRange(question.id))
        }
    }
}

/// The options that a ballot names.
fn named_by(answer: &Answer) -> Vec<u16> {
    match answer {
        Answer::Choices(ids) | Answer::Ranking(ids) => ids.clone(),
        Answer::Points(points) => points.iter().map(|(id, _)| *id).collect(),
        Answer::Text(_)
        | Answer::Number(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => Vec::new(),
    }
}

fn cost(rule: &BudgetRule, answer: &Answer) -> u64 {
    let Answer::Choices(chosen) = answer else {
        return u64::MAX;
    };
    let costs = rule
        .projects
        .iter()
        .filter(|project| chosen.contains(&project.option));
    costs.fold(0, |sum, project| sum.saturating_add(project.cost))
}

const fn part(percent: Percent) -> Result<(), RuleError> {
    // No part of anything is above the whole of it.
    if percent.under == 0 || percent.over as u64 > 100 * percent.under as u64 {
        Err(RuleError::Number)
    } else {
        Ok(())
    }
}

fn tie(keys: &[TieKey]) -> Result<(), RuleError> {
    let different: BTreeSet<TieKey> = keys.iter().copied().collect();
    if different.len() == keys.len() {
        Ok(())
    } else {
        Err(RuleError::Text)
    }
}

fn named(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_LABEL
}
