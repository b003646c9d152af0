//! Opening a secret vote: the five questions, the trustees, the roll.
//! Not here: whether a form can be held in secret, which the core says.

use std::collections::BTreeSet;

use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::form::{Form, FormError, Sealing, SealingError};
use majlis_core::consultation::secret::{SecretBallots, SecretError};
use majlis_core::id::{DeviceId, LaneId, PersonId};
use majlis_core::membership::{Capability, Rank};
use majlis_core::record::Record;
use majlis_core::space::Command;
use majlis_secret::risk::{Advice, RiskAnswers};

use crate::api::secret::{OpenSecret, RiskAdvice, RiskView};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::lane;
use crate::plain;

impl Node {
    pub(in crate::node) async fn open_secret(&self, open: OpenSecret) -> Result<Nothing, ApiError> {
        let lane = lane(&open.consultation)?;
        let space = open.space.clone();
        self.at(&space, move |desk| desk.open_secret(lane, &open))
            .await
    }
}

/// What the answers to the five questions come to.
pub(in crate::node) fn weigh(risk: RiskView) -> RiskAdvice {
    let advised = risk_answers(risk).recommend();
    RiskAdvice {
        paper_only: advised.advice == Advice::PaperOnly,
        because: advised
            .because
            .into_iter()
            .map(|question| question.id().to_owned())
            .collect(),
    }
}

const fn risk_answers(risk: RiskView) -> RiskAnswers {
    let RiskView {
        stakes,
        pressure,
        adversary,
        final_,
        small,
    } = risk;
    RiskAnswers {
        stakes,
        pressure,
        adversary,
        final_,
        small,
    }
}

pub(super) const fn risk_view(risk: &RiskAnswers) -> RiskView {
    RiskView {
        stakes: risk.stakes,
        pressure: risk.pressure,
        adversary: risk.adversary,
        final_: risk.final_,
        small: risk.small,
    }
}

fn not_secret(error: SecretError) -> ApiError {
    let about = match error {
        SecretError::Kind => "kind",
        SecretError::Bounds => "bounds",
        SecretError::Questions => "questions",
        SecretError::Voters => "voters",
        SecretError::Trustees => "trustees",
        SecretError::Threshold => "threshold",
        SecretError::Roll => "roll",
        SecretError::Minimum => "minimum",
        SecretError::Risk => return paper_only(&[]),
        _ => "form",
    };
    ApiError::new(ErrorCode::NotSecret, error.to_string()).about(about)
}

fn paper_only(because: &[String]) -> ApiError {
    let why = "opening a secret vote on devices where only a paper box protects people";
    ApiError::new(ErrorCode::PaperOnly, why).about(because.join(","))
}

impl Desk {
    fn open_secret(&mut self, lane: LaneId, open: &OpenSecret) -> Result<Nothing, ApiError> {
        if self.process(lane)?.opening.is_some() {
            let why = "opening a consultation that was opened before";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let advice = weigh(open.risk);
        if advice.paper_only {
            return Err(paper_only(&advice.because));
        }
        let roster = self.space.roster();
        let mut trustees: BTreeSet<DeviceId> = BTreeSet::new();
        let mut people: BTreeSet<PersonId> = BTreeSet::new();
        for text in &open.trustees {
            let device: DeviceId = plain::id(text, "member")?;
            let may = roster
                .rank(device)
                .is_some_and(|rank| rank.may(Capability::Respond));
            let person = roster.person(device).filter(|_| may);
            let person = person.ok_or_else(|| plain::missing("member").about(text))?;
            // One person with two devices would hold two parts.
            if !trustees.insert(device) || !people.insert(person) {
                return Err(not_secret(SecretError::Trustees));
            }
        }
        let votes = |rank: Rank| rank.may(Capability::Respond);
        let roll: BTreeSet<PersonId> = roster
            .members()
            .filter(|row| row.rank.is_some_and(votes))
            .map(|row| row.person)
            .collect();
        let mut form: Form = self.document(lane)?.definition();
        form.activity.voters = Voters::Members;
        form.sealing = Some(Box::new(Sealing::Ballots(SecretBallots {
            trustees: trustees.into_iter().collect(),
            threshold: open.threshold,
            minimum: open.minimum,
            roll: roll.into_iter().collect(),
            risk: SecretBallots::risk_bits(&risk_answers(open.risk)),
        })));
        if let Err(FormError::Sealing(SealingError::Ballots(error))) = form.check() {
            return Err(not_secret(error));
        }
        self.command(Command::Record {
            lane,
            record: Box::new(Record::Open(form)),
            seal: true,
        })?;
        Ok(Nothing {})
    }
}
