//! Activities and their rules in the API's words. Not here: whether a rule fits its form, which the
//! core checks.

use core::str::FromStr;

use majlis_core::consultation::activity::{
    Activity, Band, BudgetBallot, BudgetRule, CoSigner, CommitteeRule, ConversationRule,
    Distribution, ElectionRule, LadderStep, PassTest, Percent, PetitionRule, PollRule, Project,
    Roll, Rule, Shown, Threshold, Voters, usual_tie,
};
use majlis_core::consultation::{Form, QuestionKind};
use majlis_tally::Ratio;
use majlis_tally::budget::Utility;

use crate::api::ApiError;
use crate::api::activity::{
    ActivityView, BandView, BudgetRuleView, CoSignerView, CommitteeView, ConversationRuleView,
    DistributionView, ElectionRuleView, LadderStepView, PassTestView, PetitionRuleView,
    PollRuleView, ProjectView, RollView, RuleView, ShownName, ThresholdView, VotersName,
};
use crate::plain::{self, value};

mod presets;

pub(crate) use presets::presets;

type Read<T> = Result<T, ApiError>;

/// An amount of the smallest unit as decimal text.
pub(crate) fn money(amount: u64, decimals: u8) -> String {
    let unit = Ratio::from(10_u64.saturating_pow(decimals.into()));
    let amount = Ratio::from(amount).over(&unit);
    amount.unwrap_or_else(Ratio::zero).decimal(decimals)
}

/// Decimal text, in any of the digits that people type, as an amount of the smallest unit. Where a comma
/// stands before exactly three digits, nobody can say whether it parts thousands: that is no amount.
pub(crate) fn amount(text: &str, decimals: u8) -> Option<u64> {
    let part = text.trim().rsplit_once(',').map(|(_, part)| part);
    if part.is_some_and(|part| part.chars().filter_map(value::digit).count() == 3) {
        return None;
    }
    let millionths = u64::try_from(value::number(text)?).ok()?;
    let parts = 10_u64.checked_pow(6_u32.checked_sub(decimals.into())?)?;
    (millionths % parts == 0).then(|| millionths / parts)
}

fn percent(text: &str) -> Read<Percent> {
    let ratio: Option<Ratio> = text.trim().parse().ok();
    let parts = ratio.as_ref().and_then(|ratio| {
        Some(Percent {
            over: u32::try_from(ratio.numerator()).ok()?,
            under: u32::try_from(ratio.denominator()).ok()?,
        })
    });
    parts.ok_or_else(|| plain::bad("percentage").about(text))
}

fn percent_text(percent: Percent) -> String {
    let ratio = Ratio::new(percent.over, percent.under);
    ratio.unwrap_or_else(Ratio::zero).to_string()
}

fn word<T: FromStr>(text: &str, what: &str) -> Read<T> {
    text.parse().map_err(|_| plain::bad(what).about(text))
}

fn tie(words: &[String]) -> Read<Vec<majlis_tally::tie::TieKey>> {
    if words.is_empty() {
        return Ok(usual_tie());
    }
    words.iter().map(|one| word(one, "tie rule")).collect()
}

fn tie_words(keys: &[majlis_tally::tie::TieKey]) -> Vec<String> {
    keys.iter().map(|key| key.word().to_owned()).collect()
}

/// The activity of a form as the API shows it; none for a plain survey.
pub(crate) fn view(form: &Form) -> Option<ActivityView> {
    let activity = &form.activity;
    if activity.is_plain() {
        return None;
    }
    Some(ActivityView {
        rule: rule_view(&activity.rule),
        voters: match &activity.voters {
            Voters::Everybody => VotersName::Everybody,
            Voters::Members => VotersName::Members,
            Voters::Guests => VotersName::Guests,
            Voters::Slips(_) => VotersName::Slips,
            Voters::Boxes(_) => VotersName::Boxes,
        },
        shown: match activity.shown {
            Shown::Always => ShownName::Always,
            Shown::AfterVoting => ShownName::AfterVoting,
            Shown::AfterClose => ShownName::AfterClose,
        },
        roll: activity.roll.as_ref().map(|roll| RollView {
            people: roll.people,
            source: roll.source.clone(),
        }),
        quorum: activity.quorum.map(percent_text),
        least: activity.least,
    })
}

fn rule_view(rule: &Rule) -> RuleView {
    match rule {
        Rule::Survey => RuleView::Survey,
        Rule::Poll(rule) => RuleView::Poll(PollRuleView {
            kind: rule.kind.word().to_owned(),
            none_of_these: rule.none_of_these,
            tests: rule
                .tests
                .iter()
                .map(|test| PassTestView {
                    option: test.option,
                    bound: test.bound.word().to_owned(),
                    percent: percent_text(test.percent),
                    of: test.of.word().to_owned(),
                })
                .collect(),
            places: rule.places,
            tie: tie_words(&rule.tie),
        }),
        Rule::Election(rule) => RuleView::Election(ElectionRuleView {
            method: rule.method.word().to_owned(),
            seats: rule.seats,
            status_quo: rule.status_quo,
            abstain: rule.abstain,
            tie: tie_words(&rule.tie),
        }),
        Rule::Budget(rule) => RuleView::Budget(BudgetRuleView {
            money: money(rule.money, rule.decimals),
            decimals: rule.decimals,
            currency: rule.currency.clone(),
            ballot: match rule.ballot {
                BudgetBallot::Approval => "approval",
                BudgetBallot::Points => "points",
                BudgetBallot::Ranked => "ranked",
                BudgetBallot::Knapsack => "knapsack",
            }
            .to_owned(),
            method: rule.method.word().to_owned(),
            utility: rule.utility.word().to_owned(),
            completion: rule.completion.word().to_owned(),
            step: rule.step.map(|step| money(step, rule.decimals)),
            exhaustive_stop: rule.exhaustive_stop,
            integral_start: rule.integral_start,
            comparison: rule.comparison.word().to_owned(),
            tie: tie_words(&rule.tie),
        }),
        Rule::Petition(rule) => RuleView::Petition(petition_view(rule)),
        Rule::Conversation(rule) => RuleView::Conversation(conversation_view(rule)),
    }
}

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn petition_view(rule: &PetitionRule) -> PetitionRuleView {
    let steps = rule.steps.iter().map(|step| LadderStepView {
        name: step.name.clone(),
        threshold: match &step.threshold {
            Threshold::Number(signatures) => ThresholdView::Number {
                signatures: short(*signatures),
            },
            Threshold::Population(bands) => ThresholdView::Population {
                bands: bands
                    .iter()
                    .map(|band| BandView {
                        below: band.below.map(short),
                        signatures: short(band.signatures),
                    })
                    .collect(),
            },
            Threshold::Roll(percent, at_most) => ThresholdView::Roll {
                percent: percent_text(*percent),
                at_most: at_most.map(short),
            },
        },
        answer_days: step.answer_days,
    });
    PetitionRuleView {
        name: rule.name.clone(),
        source: rule.source.clone(),
        read_on: rule.read_on.clone(),
        steps: steps.collect(),
        committee: rule.committee.as_ref().map(|one| CommitteeView {
            least: one.least,
            most: one.most,
            of_areas: one.of_areas.map(percent_text),
        }),
        distribution: rule.distribution.map(|one| DistributionView {
            percent: percent_text(one.percent),
            of_areas: percent_text(one.of_areas),
        }),
        window_days: rule.window_days,
        least_age: rule.least_age,
        text_fixed_at: rule.text_fixed_at.map(short),
        population: rule.population.map(short),
        areas: rule.areas,
        members: rule
            .members
            .iter()
            .map(|one| CoSignerView {
                name: one.name.clone(),
                area: one.area,
            })
            .collect(),
    }
}

fn conversation_view(rule: &ConversationRule) -> ConversationRuleView {
    ConversationRuleView {
        seeds: rule.seeds.clone(),
        open: rule.open,
        let_in: rule.let_in,
        in_front: rule.in_front,
        least_votes: rule.least_votes,
        least_people: rule.least_people,
        groups: rule.groups,
        clear_from: rule.clear_from,
        clear_people: rule.clear_people,
    }
}

impl Default for ConversationRuleView {
    fn default() -> Self {
        conversation_view(&ConversationRule::default())
    }
}

/// What a project is, beside its name.
pub(crate) fn project_view(form: &Form, option: u16) -> Option<ProjectView> {
    let Rule::Budget(rule) = &form.activity.rule else {
        return None;
    };
    let project = rule
        .projects
        .iter()
        .find(|project| project.option == option)?;
    let degrees = |millionths: i32| value::decimal(millionths.into());
    Some(ProjectView {
        cost: money(project.cost, rule.decimals),
        about: project.about.clone(),
        area: project.area.clone(),
        proposer: project.proposer.clone(),
        evidence: project.evidence.clone(),
        place: project
            .place
            .map(|(one, other)| (degrees(one), degrees(other))),
    })
}

/// An activity as the core takes it; `projects` are those of the ballot's options, in their order.
pub(crate) fn activity(
    view: Option<&ActivityView>,
    projects: &[(u16, Option<ProjectView>)],
) -> Read<Activity> {
    let Some(view) = view else {
        return Ok(Activity::default());
    };
    Ok(Activity {
        rule: rule(&view.rule, projects)?,
        voters: match view.voters {
            // Slips are made when it is opened.
            VotersName::Everybody | VotersName::Slips | VotersName::Boxes => Voters::Everybody,
            VotersName::Members => Voters::Members,
            VotersName::Guests => Voters::Guests,
        },
        shown: match view.shown {
            ShownName::Always => Shown::Always,
            ShownName::AfterVoting => Shown::AfterVoting,
            ShownName::AfterClose => Shown::AfterClose,
        },
        roll: view.roll.as_ref().map(|roll| Roll {
            people: roll.people,
            source: roll.source.trim().to_owned(),
        }),
        quorum: view.quorum.as_deref().map(percent).transpose()?,
        least: view.least,
    })
}

fn rule(view: &RuleView, projects: &[(u16, Option<ProjectView>)]) -> Read<Rule> {
    Ok(match view {
        RuleView::Survey => Rule::Survey,
        RuleView::Poll(view) => {
            let tests = view.tests.iter().map(|test| {
                Ok(PassTest {
                    option: test.option,
                    bound: word(&test.bound, "bound of a test")?,
                    percent: percent(&test.percent)?,
                    of: word(&test.of, "base of a test")?,
                })
            });
            Rule::Poll(PollRule {
                kind: word(&view.kind, "kind of poll")?,
                none_of_these: view.none_of_these,
                tests: tests.collect::<Read<_>>()?,
                places: view.places,
                tie: tie(&view.tie)?,
            })
        }
        RuleView::Election(view) => Rule::Election(ElectionRule {
            method: word(&view.method, "method")?,
            seats: view.seats,
            status_quo: view.status_quo,
            abstain: view.abstain,
            tie: tie(&view.tie)?,
        }),
        RuleView::Budget(view) => Rule::Budget(Box::new(budget(view, projects)?)),
        RuleView::Petition(view) => Rule::Petition(Box::new(petition(view)?)),
        RuleView::Conversation(view) => Rule::Conversation(ConversationRule {
            seeds: view
                .seeds
                .iter()
                .map(|seed| seed.trim().to_owned())
                .collect(),
            open: view.open,
            let_in: view.let_in,
            in_front: view.in_front,
            least_votes: view.least_votes,
            least_people: view.least_people,
            groups: view.groups,
            clear_from: view.clear_from,
            clear_people: view.clear_people,
        }),
    })
}

fn budget(view: &BudgetRuleView, projects: &[(u16, Option<ProjectView>)]) -> Read<BudgetRule> {
    let sum = |text: &str, what: &str| {
        amount(text, view.decimals).ok_or_else(|| plain::bad(what).about(text))
    };
    let degrees = |text: &str| {
        let millionths = value::number(text).and_then(|value| i32::try_from(value).ok());
        millionths.ok_or_else(|| plain::bad("place of a project").about(text))
    };
    let projects = projects.iter().map(|(option, view)| {
        let view = view.clone().unwrap_or_default();
        let place = match &view.place {
            None => None,
            Some((one, other)) => Some((degrees(one)?, degrees(other)?)),
        };
        Ok(Project {
            option: *option,
            // A cost may be missing while it is drafted; then it cannot be opened.
            cost: if view.cost.trim().is_empty() {
                0
            } else {
                sum(&view.cost, "cost")?
            },
            about: view.about.trim().to_owned(),
            area: view.area.trim().to_owned(),
            proposer: view.proposer.trim().to_owned(),
            evidence: view.evidence.trim().to_owned(),
            place,
        })
    });
    Ok(BudgetRule {
        money: if view.money.trim().is_empty() {
            0
        } else {
            sum(&view.money, "money")?
        },
        decimals: view.decimals,
        currency: view.currency.trim().to_owned(),
        ballot: match view.ballot.as_str() {
            "approval" => BudgetBallot::Approval,
            "points" => BudgetBallot::Points,
            "ranked" => BudgetBallot::Ranked,
            "knapsack" => BudgetBallot::Knapsack,
            other => return Err(plain::bad("kind of ballot").about(other)),
        },
        method: word(&view.method, "method")?,
        utility: utility(view)?,
        completion: word(&view.completion, "completion")?,
        step: view
            .step
            .as_deref()
            .map(|step| sum(step, "step"))
            .transpose()?,
        exhaustive_stop: view.exhaustive_stop,
        integral_start: view.integral_start,
        comparison: word(&view.comparison, "comparison")?,
        tie: tie(&view.tie)?,
        projects: projects.collect::<Read<_>>()?,
    })
}

/// What a funded project is worth, as it is said or else as ballots say it.
fn utility(view: &BudgetRuleView) -> Read<Utility> {
    if !view.utility.is_empty() {
        return word(&view.utility, "utility");
    }
    let weighs = matches!(view.ballot.as_str(), "points" | "ranked");
    let heeds = !matches!(view.method.as_str(), "phragmen" | "knapsack");
    Ok(if weighs && heeds {
        Utility::Points
    } else {
        Utility::Cost
    })
}

fn petition(view: &PetitionRuleView) -> Read<PetitionRule> {
    let steps = view.steps.iter().map(|step| {
        Ok(LadderStep {
            name: step.name.trim().to_owned(),
            threshold: match &step.threshold {
                ThresholdView::Number { signatures } => Threshold::Number((*signatures).into()),
                ThresholdView::Population { bands } => {
                    let bands = bands.iter().map(|band| Band {
                        below: band.below.map(u64::from),
                        signatures: band.signatures.into(),
                    });
                    Threshold::Population(bands.collect())
                }
                ThresholdView::Roll {
                    percent: part,
                    at_most,
                } => Threshold::Roll(percent(part)?, at_most.map(u64::from)),
            },
            answer_days: step.answer_days,
        })
    });
    let of_areas = view
        .committee
        .as_ref()
        .and_then(|one| one.of_areas.as_deref());
    let of_areas = of_areas.map(percent).transpose()?;
    let distribution = view.distribution.as_ref().map(|one| {
        Ok::<_, ApiError>(Distribution {
            percent: percent(&one.percent)?,
            of_areas: percent(&one.of_areas)?,
        })
    });
    Ok(PetitionRule {
        name: view.name.trim().to_owned(),
        source: view.source.trim().to_owned(),
        read_on: view.read_on.trim().to_owned(),
        steps: steps.collect::<Read<_>>()?,
        committee: view.committee.as_ref().map(|one| CommitteeRule {
            least: one.least,
            most: one.most,
            of_areas,
        }),
        distribution: distribution.transpose()?,
        window_days: view.window_days,
        least_age: view.least_age,
        text_fixed_at: view.text_fixed_at.map(u64::from),
        population: view.population.map(u64::from),
        areas: view.areas,
        members: view
            .members
            .iter()
            .map(|one| CoSigner {
                name: one.name.trim().to_owned(),
                area: one.area,
            })
            .collect(),
    })
}

/// The options of the ballot with their projects.
pub(crate) fn projects_of(
    kind: &QuestionKind,
    views: &[crate::api::process::ChoiceView],
) -> Vec<(u16, Option<ProjectView>)> {
    let options = kind.options().iter();
    options
        .zip(views)
        .map(|(option, view)| (option.id, view.project.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_in_the_smallest_unit() {
        assert_eq!(amount("12.5", 2), Some(1_250));
        assert_eq!(amount("١٢٬٠٠٠", 0), Some(12_000));
        assert_eq!(amount("0.001", 2), None);
        assert_eq!(amount("12,000", 3), None);
        assert_eq!(amount("12,5", 1), Some(125));
        assert_eq!(amount("-1", 2), None);
        assert_eq!(money(1_250, 2), "12.50");
        assert_eq!(money(12_000, 0), "12000");
    }
}
