//! How a secret vote is shown: trustees by name, every ballot by receipt with what became of it.

use data_encoding::BASE32_NOPAD;
use majlis_core::consultation::count::Status;
use majlis_core::consultation::secret::{
    Failure, Fate, Making, SecretOutcome, SecretState, SecretVote, Step, Voices,
};
use majlis_core::id::{DeviceId, LaneId, SlotId};
use majlis_core::membership::Capability;
use majlis_secret::ballot::BallotHash;
use majlis_secret::ceremony::Fault;
use majlis_secret::count::BallotStatus;
use majlis_secret::receipt::Receipt;
use majlis_secret::share::ShareStatus;

use super::opening::risk_view;
use crate::api::ApiError;
use crate::api::secret::{
    BallotListed, ClosingView, FailureView, SecretStateName, SecretView, TrusteeView,
};
use crate::desk::{Desk, store_error};
use crate::node::consultations::short;
use majlis_core::consultation::secret::closings;
use majlis_core::record::Counted;
use majlis_store::ProcessRow;

pub(crate) const fn state_name(state: SecretState) -> SecretStateName {
    match state {
        SecretState::Making => SecretStateName::Making,
        SecretState::Failed => SecretStateName::Failed,
        SecretState::Open => SecretStateName::Open,
        SecretState::TooFewBallots => SecretStateName::TooFewBallots,
        SecretState::Opening => SecretStateName::Opening,
        SecretState::Known => SecretStateName::Known,
        SecretState::Beyond => SecretStateName::Beyond,
        SecretState::Keyless => SecretStateName::Keyless,
    }
}

fn fate_name(fate: Fate) -> String {
    let name = match fate {
        Fate::Status(BallotStatus::Counted) => "counted",
        Fate::Status(BallotStatus::Replaced) => "replaced",
        Fate::Status(BallotStatus::Malformed) => "malformed",
        Fate::Status(BallotStatus::OtherQuestion) => "other_question",
        Fate::Status(BallotStatus::NotOnRoll) => "not_on_roll",
        Fate::Status(BallotStatus::Unproven) => "unproven",
        Fate::Status(BallotStatus::Spoiled) => "tested",
        Fate::Status(BallotStatus::Repeated) => "repeated",
        Fate::Status(BallotStatus::Equivocation) => "twice",
        Fate::NotTheirs => "not_theirs",
        Fate::NoKey => "no_key",
    };
    name.to_owned()
}

fn failure_view(failure: Failure) -> FailureView {
    let (trustee, what) = match failure {
        Failure::WrongShare(trustee) => (Some(trustee), "share"),
        Failure::Weak => (None, "chance"),
        Failure::Fault(trustee, fault) => {
            let what = match fault {
                Fault::Promise => "promise",
                Fault::Confirmed => "confirmation",
                _ => "message",
            };
            (Some(trustee), what)
        }
    };
    FailureView {
        trustee,
        what: what.to_owned(),
    }
}

impl Desk {
    pub(super) fn secret_view(&mut self, lane: LaneId) -> Result<Option<SecretView>, ApiError> {
        if self.secret(lane)?.is_none() {
            return Ok(None);
        }
        let (row, opening) = self.opened(lane)?;
        let Some(judged) = self.judged(lane, &row, &opening)? else {
            return Ok(None);
        };
        let closings = self.closing_views(&row, &judged.named);
        let (found, voices, lacking) = (judged.found, judged.voices, judged.lacking);
        let beside = self.beside(lane, &voices)?;
        let own = self.own_slot(lane);
        let own = found.listed.iter().find(|one| Some(one.slot) == own);
        let own = own.map(|one| BallotListed {
            receipt: one.receipt.to_string(),
            fate: fate_name(one.fate),
        });
        let own = own.or_else(|| {
            let last = beside.iter().rfind(|(_, own)| *own);
            last.map(|(one, _)| one.clone())
        });
        let unnamed = if row.is_closed() {
            self.unnamed(lane, &voices)?
        } else {
            0
        };
        let mine = self.my_trust(lane, &row, &found, lacking)?;
        let (Some(kept), Some(ballots)) =
            (self.secrets.kept.get(&lane), opening.form.secret_ballots())
        else {
            return Ok(None);
        };
        let roster = self.space.roster();
        let me = roster.person(self.space.me());
        let on_roll = me.is_some_and(|me| kept.vote.roll().holds(me.as_bytes()));
        let key = kept.making.key().map(|key| {
            let text = BASE32_NOPAD.encode(key.booth.key_id().as_bytes());
            text.chars().take(8).collect()
        });
        let mut listed: Vec<BallotListed> = found
            .listed
            .iter()
            .map(|one| BallotListed {
                receipt: one.receipt.to_string(),
                fate: fate_name(one.fate),
            })
            .collect();
        listed.extend(beside.into_iter().map(|(one, _)| one));
        // A copy has the receipt of what it copies: what counts stands first.
        let order = |one: &BallotListed| (one.receipt.clone(), one.fate != "counted");
        listed.sort_by_key(order);
        Ok(Some(SecretView {
            state: state_name(found.state),
            threshold: ballots.threshold,
            trustees: trustee_views(
                (&kept.vote, &kept.making),
                &found,
                &self.trustee_names(&kept.vote),
                &|device| self.is_aside(lane, device),
            ),
            minimum: ballots.minimum,
            roll: kept.vote.roll().len(),
            on_roll,
            may_vote: on_roll
                && found.state == SecretState::Open
                && self.space.may(Capability::Respond),
            failure: match kept.making.step() {
                Step::Failed(failure) => Some(failure_view(*failure)),
                Step::Committing | Step::Contributing(_) | Step::Confirming(_) | Step::Ready(_) => {
                    None
                }
            },
            mine,
            key,
            counted: found.counted,
            closings,
            unnamed,
            ballots: listed,
            receipt_fate: own.as_ref().map(|own| own.fate.clone()),
            receipt: own.map(|own| own.receipt),
            risk: risk_view(&ballots.risk()),
        }))
    }

    /// Who closed the vote, where there is more than one closing.
    fn closing_views(&self, row: &ProcessRow, stands: &[Counted]) -> Vec<ClosingView> {
        let views: Vec<ClosingView> = row
            .closings
            .iter()
            .map(|one| ClosingView {
                by: self
                    .space
                    .roster()
                    .name(one.device)
                    .unwrap_or_default()
                    .to_owned(),
                time: one.claimed.0,
                entry: one.entry.to_string(),
                chains: short(one.close.counted.len() as u64),
                stands: closings::named(&one.close) == stands,
            })
            .collect();
        let [first, rest @ ..] = views.as_slice() else {
            return Vec::new();
        };
        // Two who close alike say one thing.
        if rest.iter().all(|one| one.stands == first.stands) && first.stands {
            return Vec::new();
        }
        views
    }

    /// The trustees by their people's names, never without one; two of one name are told apart.
    fn trustee_names(&self, vote: &SecretVote) -> Vec<String> {
        let roster = self.space.roster();
        let named = |device: &DeviceId| {
            let own = roster.name(*device).filter(|name| !name.trim().is_empty());
            let person = roster.person(*device);
            let mut others = roster.members().filter(|row| Some(row.person) == person);
            let mut other = || others.find(|row| !row.name.trim().is_empty());
            own.map(str::to_owned)
                .or_else(|| other().map(|row| row.name.clone()))
        };
        let names: Vec<Option<String>> = vote.trustees().iter().map(named).collect();
        let each = vote.trustees().iter().zip(&names);
        each.map(|(device, name)| match name {
            None => device.short(),
            Some(name) if names.iter().flatten().filter(|one| *one == name).count() > 1 => {
                format!("{name} ({})", device.short())
            }
            Some(name) => name.clone(),
        })
        .collect()
    }

    /// Ballots that were signed and are not in force, each with whether it is of this person.
    fn beside(&self, lane: LaneId, voices: &Voices) -> Result<Vec<(BallotListed, bool)>, ApiError> {
        let Some(kept) = self.secrets.kept.get(&lane) else {
            return Ok(Vec::new());
        };
        let roster = self.space.roster();
        let me = roster.person(self.space.me());
        let held = self.store.held_ballots(self.id(), lane);
        let held = held.map_err(|error| store_error(&error))?.into_iter();
        let listed = held.filter_map(|one| {
            let fate = match one.status {
                // Another closing names it, or it was in force until then.
                Some(Status::Counted | Status::Late) => "late",
                Some(Status::Withdrawn) => "withdrawn",
                Some(Status::Unfit) => "malformed",
                Some(_) => "replaced",
                None => "set_aside",
            };
            // The very bytes again are the ballot in force.
            let again =
                |(slot, bytes): &(SlotId, Vec<u8>)| Some(*slot) == one.slot && *bytes == one.bytes;
            if voices.iter().any(again) {
                return None;
            }
            let hash = BallotHash::of(kept.vote.election().id(), &one.bytes);
            let view = BallotListed {
                receipt: Receipt::of(&hash).to_string(),
                fate: fate.to_owned(),
            };
            let own = me.is_some() && roster.person(one.device) == me;
            Some((view, own))
        });
        Ok(listed.collect())
    }
}

fn trustee_views(
    (vote, making): (&SecretVote, &Making),
    found: &SecretOutcome,
    names: &[String],
    is_aside: &dyn Fn(DeviceId) -> bool,
) -> Vec<TrusteeView> {
    let each = vote.trustees().iter().zip(making.stands()).zip(names);
    let each = (1_u8..).zip(each);
    each.map(|(number, ((device, stands), name))| TrusteeView {
        number,
        device: device.to_string(),
        name: name.clone(),
        aside: is_aside(*device),
        rounds: [stands.committed, stands.contributed, stands.confirmed]
            .into_iter()
            .map(u8::from)
            .sum(),
        complained: stands.complained,
        part: match found.shares.get(&number) {
            None => "none",
            Some(ShareStatus::Valid | ShareStatus::Repeated) => "right",
            Some(ShareStatus::OtherTally) => "other_tally",
            Some(ShareStatus::Malformed | ShareStatus::Unproven | ShareStatus::NotAllowed) => {
                "wrong"
            }
        }
        .to_owned(),
    })
    .collect()
}
