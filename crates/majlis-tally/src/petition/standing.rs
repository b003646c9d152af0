//! Where a petition stands.

use serde::Serialize;

use super::{PetitionRule, Reason, Threshold};
use crate::canonical::{Canonical, Writer};

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discarded {
    /// Whose.
    pub person: String,
    /// Why.
    pub reason: Reason,
}

/// What one area brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaStanding {
    /// The area.
    pub area: String,
    /// Signatures that count.
    pub signatures: u64,
    /// What it lacks.
    pub missing: u64,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepStanding {
    /// The step.
    pub name: String,
    /// Signatures it needs.
    pub required: u64,
    /// What it lacks, wherever from.
    pub missing: u64,
    /// Whether number and spread are both reached.
    pub reached: bool,
    /// Days for an answer once it is reached and received.
    pub answer_days: Option<u32>,
    /// Areas that must bring their part.
    pub areas_required: u64,
    /// Areas that do.
    pub areas_reached: u64,
    /// Each area; empty where the rule asks for no spread.
    pub areas: Vec<AreaStanding>,
}

/// Whether the committee is as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitteeStanding {
    /// Members.
    pub members: u64,
    /// Members it needs.
    pub required: u64,
    /// Areas they come from.
    pub areas: u64,
    /// Areas they must come from.
    pub areas_required: u64,
    /// Whether it is complete.
    pub complete: bool,
}

/// Where a petition stands, as far as is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PetitionStanding {
    /// The rule that was applied.
    pub rule: PetitionRule,
    /// Signatures that count.
    pub valid: u64,
    /// The committee; absent where the rule asks for none.
    pub committee: Option<CommitteeStanding>,
    /// Areas with at least one signature.
    pub heard_from: u64,
    /// All areas.
    pub areas: u64,
    /// Whether so many have signed that the text must stay as it is.
    pub text_fixed: bool,
    /// The steps, in the order of the rule.
    pub steps: Vec<StepStanding>,
    /// Signatures that do not count, in the order of people.
    pub discarded: Vec<Discarded>,
}

fn write_rule(writer: &mut Writer, rule: &PetitionRule) {
    for text in [&rule.name, &rule.source, &rule.read_on] {
        writer.text(text);
    }
    writer.list(&rule.steps, |writer, step| {
        writer.text(&step.name);
        match &step.threshold {
            Threshold::Number { signatures } => {
                writer.byte(0);
                writer.number(*signatures);
            }
            Threshold::Population { bands } => {
                writer.byte(1);
                writer.list(bands, |writer, band| {
                    writer.maybe(band.below.as_ref(), |writer, one| writer.number(*one));
                    writer.number(band.signatures);
                });
            }
            Threshold::Roll { percent, at_most } => {
                writer.byte(2);
                writer.ratio(percent);
                writer.maybe(at_most.as_ref(), |writer, one| writer.number(*one));
            }
        }
        writer.maybe(step.answer_days.as_ref(), |writer, days| {
            writer.number(u64::from(*days));
        });
    });
    writer.maybe(rule.committee.as_ref(), |writer, one| {
        writer.number(u64::from(one.least));
        writer.maybe(one.most.as_ref(), |writer, most| {
            writer.number(u64::from(*most));
        });
        writer.maybe(one.of_areas.as_ref(), Writer::ratio);
    });
    writer.maybe(rule.distribution.as_ref(), |writer, one| {
        writer.ratio(&one.percent);
        writer.ratio(&one.of_areas);
    });
    writer.maybe(rule.window_days.as_ref(), |writer, one| {
        writer.number(u64::from(*one));
    });
    writer.maybe(rule.least_age.as_ref(), |writer, age| writer.byte(*age));
    writer.maybe(rule.text_fixed_at.as_ref(), |writer, one| {
        writer.number(*one);
    });
}

impl Canonical for PetitionStanding {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis petition standing", 1);
        write_rule(&mut writer, &self.rule);
        writer.number(self.valid);
        writer.maybe(self.committee.as_ref(), |writer, one| {
            for number in [one.members, one.required, one.areas, one.areas_required] {
                writer.number(number);
            }
            writer.flag(one.complete);
        });
        writer.number(self.heard_from);
        writer.number(self.areas);
        writer.flag(self.text_fixed);
        writer.list(&self.steps, |writer, step| {
            writer.text(&step.name);
            for number in [
                step.required,
                step.missing,
                step.areas_required,
                step.areas_reached,
            ] {
                writer.number(number);
            }
            writer.flag(step.reached);
            writer.list(&step.areas, |writer, area| {
                writer.text(&area.area);
                writer.number(area.signatures);
                writer.number(area.missing);
            });
        });
        writer.list(&self.discarded, |writer, one| {
            writer.text(&one.person);
            writer.text(one.reason.word());
        });
        writer.finish()
    }
}
