//! The pinned rule as `majlis_tally` takes it. Options are known there by their numbers as text.
//! Not here: ballots.

use majlis_tally::budget as tally_budget;
use majlis_tally::opinion::OpinionRule;
use majlis_tally::poll as tally_poll;
use majlis_tally::ranked as tally_ranked;
use majlis_tally::tie::TieKey;
use majlis_tally::{LotSeed, Ratio, TieRule};

use super::{BudgetRule, ConversationRule, ElectionRule, Percent, PollRule};
use crate::consultation::form::{Form, Question, QuestionKind};

impl Percent {
    pub(in crate::consultation) fn ratio(self) -> Ratio {
        Ratio::new(self.over, self.under).unwrap_or_else(Ratio::zero)
    }
}

fn tie_rule(keys: &[TieKey]) -> TieRule {
    let words: Vec<&str> = keys.iter().map(|key| key.word()).collect();
    // Checked at opening; a rule that says nothing would still leave the order of ids.
    words.join(",").parse().unwrap_or_default()
}

impl PollRule {
    pub(in crate::consultation) fn tallied(
        &self,
        ballot: &Question,
        eligible: Option<u64>,
        seed: LotSeed,
    ) -> tally_poll::PollRule {
        let asked = ballot.kind.options().iter();
        let options: Vec<tally_poll::PollOption> = asked
            .filter(|option| Some(option.id) != self.none_of_these)
            .map(|option| tally_poll::PollOption {
                id: option.id.to_string(),
                test: self.test(option.id),
            })
            .collect();
        let all = u32::try_from(options.len()).unwrap_or(u32::MAX);
        let (each, together) = match &ballot.kind {
            QuestionKind::Points { each, all, .. } => (*each, *all),
            QuestionKind::Text
            | QuestionKind::Number { .. }
            | QuestionKind::SingleChoice(_)
            | QuestionKind::MultipleChoice { .. }
            | QuestionKind::Scale { .. }
            | QuestionKind::Date
            | QuestionKind::Photo
            | QuestionKind::Sound
            | QuestionKind::Ranking(_)
            | QuestionKind::Statements
            | QuestionKind::Group
            | QuestionKind::Repeat
            | QuestionKind::Note
            | QuestionKind::WholeNumber { .. }
            | QuestionKind::Range { .. }
            | QuestionKind::Time
            | QuestionKind::DateTime
            | QuestionKind::Place
            | QuestionKind::Barcode
            | QuestionKind::Acknowledge
            | QuestionKind::Calculate
            | QuestionKind::Hidden
            | QuestionKind::Metadata(_)
            | QuestionKind::Other(_) => (1, 0),
        };
        let most = match (self.kind, self.places) {
            (tally_poll::PollKind::RankedChoice, places @ 1..) => all.min(places.into()),
            _ => all,
        };
        tally_poll::PollRule {
            kind: self.kind,
            options,
            least: 0,
            most,
            points: if together == 0 { each } else { together },
            none_of_these: self.none_of_these.is_some(),
            eligible,
            // The quorum is of the activity, whatever its kind.
            quorum: None,
            tie: tie_rule(&self.tie),
            seed,
        }
    }

    fn test(&self, option: u16) -> Option<tally_poll::PassTest> {
        let test = self.tests.iter().find(|test| test.option == option)?;
        Some(tally_poll::PassTest {
            bound: test.bound,
            percent: test.percent.ratio(),
            of: test.of,
        })
    }
}

impl ElectionRule {
    pub(in crate::consultation) fn tallied(&self, seed: LotSeed) -> tally_ranked::RankedRule {
        tally_ranked::RankedRule {
            method: self.method,
            seats: self.seats.into(),
            status_quo: self.status_quo.map(|option| option.to_string()),
            tie: tie_rule(&self.tie),
            seed,
        }
    }
}

impl BudgetRule {
    pub(in crate::consultation) fn tallied(&self, seed: LotSeed) -> tally_budget::BudgetRule {
        let unit = 10_u64.saturating_pow(self.decimals.into());
        let step = self.step.and_then(|step| Ratio::new(step, unit));
        tally_budget::BudgetRule {
            method: self.method,
            utility: self.utility,
            completion: self.completion,
            step: step.map_or(tally_budget::Step::Thousandth, tally_budget::Step::Amount),
            exhaustive_stop: self.exhaustive_stop,
            integral_start: self.integral_start,
            comparison: self.comparison,
            tie: tie_rule(&self.tie),
            seed,
        }
    }
}

/// The rule that groups of opinion are found by.
#[must_use]
pub const fn opinion_rule(rule: &ConversationRule) -> OpinionRule {
    OpinionRule {
        least_votes: rule.least_votes,
        least_people: rule.least_people,
        groups: rule.groups,
        clear_from: rule.clear_from,
        clear_people: rule.clear_people,
    }
}

/// Petitions: between the tally's rule with its presets and the pinned one.
pub(super) mod petition_rule {
    use std::collections::BTreeMap;

    use majlis_tally::petition as tally;

    use super::super::{
        Band, CommitteeRule, Distribution, LadderStep, Percent, PetitionRule, Threshold,
    };
    use super::Form;

    impl PetitionRule {
        pub(in crate::consultation) fn tallied(&self) -> tally::PetitionRule {
            let steps = self.steps.iter().map(|step| tally::Step {
                name: step.name.clone(),
                threshold: match &step.threshold {
                    Threshold::Number(signatures) => tally::Threshold::Number {
                        signatures: *signatures,
                    },
                    Threshold::Population(bands) => tally::Threshold::Population {
                        bands: bands
                            .iter()
                            .map(|band| tally::Band {
                                below: band.below,
                                signatures: band.signatures,
                            })
                            .collect(),
                    },
                    Threshold::Roll(percent, at_most) => tally::Threshold::Roll {
                        percent: percent.ratio(),
                        at_most: *at_most,
                    },
                },
                answer_days: step.answer_days,
            });
            tally::PetitionRule {
                name: self.name.clone(),
                source: self.source.clone(),
                read_on: self.read_on.clone(),
                steps: steps.collect(),
                committee: self.committee.as_ref().map(|one| tally::CommitteeRule {
                    least: one.least,
                    most: one.most,
                    of_areas: one.of_areas.map(Percent::ratio),
                }),
                distribution: self.distribution.map(|one| tally::Distribution {
                    percent: one.percent.ratio(),
                    of_areas: one.of_areas.ratio(),
                }),
                // No signature counts or not because of a clock or of an age that nobody checks.
                window_days: None,
                least_age: None,
                text_fixed_at: self.text_fixed_at,
            }
        }

        pub(in crate::consultation) fn place(&self, form: &Form) -> tally::Place {
            let areas = form
                .ballot()
                .map_or(&[][..], |ballot| ballot.kind.options());
            let members = self.members.iter().enumerate().map(|(at, member)| {
                let area = member
                    .area
                    .map_or_else(String::new, |area| area.to_string());
                (format!("{at} {}", member.name), area)
            });
            tally::Place {
                population: self.population,
                roll: form.activity.roll.as_ref().map(|roll| roll.people.into()),
                areas: areas.iter().map(|option| option.id.to_string()).collect(),
                opened: 0,
                committee: members.collect::<BTreeMap<_, _>>(),
            }
        }

        /// The pinned form of a rule of the tally, such as a preset; `None` for a fraction that is
        /// too fine to pin.
        #[must_use]
        pub fn pinned(rule: &tally::PetitionRule) -> Option<Self> {
            let percent = |ratio: &majlis_tally::Ratio| {
                Some(Percent {
                    over: u32::try_from(ratio.numerator()).ok()?,
                    under: u32::try_from(ratio.denominator()).ok()?,
                })
            };
            let steps = rule.steps.iter().map(|step| {
                let threshold = match &step.threshold {
                    tally::Threshold::Number { signatures } => Threshold::Number(*signatures),
                    tally::Threshold::Population { bands } => {
                        let bands = bands.iter().map(|band| Band {
                            below: band.below,
                            signatures: band.signatures,
                        });
                        Threshold::Population(bands.collect())
                    }
                    tally::Threshold::Roll {
                        percent: part,
                        at_most,
                    } => Threshold::Roll(percent(part)?, *at_most),
                };
                Some(LadderStep {
                    name: step.name.clone(),
                    threshold,
                    answer_days: step.answer_days,
                })
            });
            let committee = match &rule.committee {
                None => None,
                Some(one) => Some(CommitteeRule {
                    least: one.least,
                    most: one.most,
                    of_areas: match &one.of_areas {
                        None => None,
                        Some(part) => Some(percent(part)?),
                    },
                }),
            };
            let distribution = match &rule.distribution {
                None => None,
                Some(one) => Some(Distribution {
                    percent: percent(&one.percent)?,
                    of_areas: percent(&one.of_areas)?,
                }),
            };
            Some(Self {
                name: rule.name.clone(),
                source: rule.source.clone(),
                read_on: rule.read_on.clone(),
                steps: steps.collect::<Option<Vec<_>>>()?,
                areas: distribution.is_some(),
                committee,
                distribution,
                window_days: rule.window_days,
                least_age: rule.least_age,
                text_fixed_at: rule.text_fixed_at,
                population: None,
                members: Vec::new(),
            })
        }
    }

    /// Whether the committee is as the rule wants it; `None` where none is wanted.
    pub(in crate::consultation) fn standing(form: &Form, rule: &PetitionRule) -> Option<bool> {
        let counted = tally::count(&rule.tallied(), &rule.place(form), []).ok()?;
        counted.committee.map(|one| one.complete)
    }
}
