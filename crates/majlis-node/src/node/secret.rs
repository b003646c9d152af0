//! Secret votes at a desk: what is kept of them in memory, opening one, and how it stands. Ballots are in
//! `node::booth`, trustees in `node::trustees`.
//!
//! Ballots are checked in a thread of their own, each once while the node runs.

mod opening;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::BASE32_NOPAD;
use majlis_core::consultation::outcome::{Count, Outcome};
use majlis_core::consultation::recount::Recounted;
use majlis_core::consultation::secret::{
    self, Failure, Fate, Making, SecretOutcome, SecretState, SecretVote, Step, Voices,
};
use majlis_core::id::{DeviceId, LaneId};
use majlis_core::membership::Capability;
use majlis_core::space::Command;
use majlis_secret::ballot::BallotHash;
use majlis_secret::ceremony::Fault;
use majlis_secret::count::{BallotStatus, Seen};
use majlis_secret::receipt::Receipt;
use majlis_secret::share::ShareStatus;
use majlis_store::{OpeningRow, ProcessRow};

use crate::api::process::ConsultationRef;
use crate::api::secret::{BallotListed, FailureView, SecretStateName, SecretView, TrusteeView};
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::booth::Prepared;
use crate::node::consultations::{lane, not_open};
use crate::trust::Trusts;
use opening::risk_view;
pub(super) use opening::weigh;

/// After something came to a process, what this device owes as a trustee is looked at so late.
const LOOK_AFTER: Duration = Duration::from_millis(150);

/// What a desk keeps in memory of secret votes.
pub(crate) struct Secrets {
    kept: BTreeMap<LaneId, Kept>,
    /// The ballot that was sealed last in each vote, and neither cast nor tested.
    pub(super) prepared: BTreeMap<LaneId, Prepared>,
    pub(super) trusts: Trusts,
    /// Processes to which something came since a trustee last looked.
    pub(super) news: BTreeSet<LaneId>,
    pub(crate) look_at: Option<Instant>,
}

/// One secret vote.
pub(super) struct Kept {
    pub(super) vote: Arc<SecretVote>,
    pub(super) making: Arc<Making>,
    pub(super) seen: Option<Seen>,
    /// A hash over form and trustees' messages that this was worked out from.
    of: [u8; 32],
}

impl Secrets {
    pub(crate) const fn new(trusts: Trusts) -> Self {
        Self {
            kept: BTreeMap::new(),
            prepared: BTreeMap::new(),
            trusts,
            news: BTreeSet::new(),
            look_at: None,
        }
    }

    /// Something came to a process.
    pub(crate) fn heard(&mut self, lane: LaneId) {
        self.news.insert(lane);
        self.look_at
            .get_or_insert_with(|| Instant::now() + LOOK_AFTER);
    }
}

impl Node {
    pub(super) async fn secret_vote(
        &self,
        at: ConsultationRef,
    ) -> Result<Option<SecretView>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.look_at_ballots(&at.space, lane).await?;
        self.at(&at.space, move |desk| desk.secret_view(lane)).await
    }

    /// Checks ballots that nobody looked at since the node began, away from the desk.
    pub(super) async fn look_at_ballots(&self, space: &str, lane: LaneId) -> Result<(), ApiError> {
        let unseen = self.at(space, move |desk| desk.unseen(lane)).await?;
        let Some((vote, making, ballots)) = unseen else {
            return Ok(());
        };
        let looked = tokio::task::spawn_blocking(move || {
            let booth = &making.key()?.booth;
            let mut seen = Seen::new(booth);
            for ballot in &ballots {
                seen.look(booth, vote.roll(), ballot).ok()?;
            }
            Some(seen)
        });
        let Ok(Some(seen)) = looked.await else {
            return Ok(());
        };
        self.at(space, move |desk| {
            if let Some(known) = desk.secrets.kept.get_mut(&lane)
                && let Some(before) = known.seen.as_mut()
            {
                before.join(seen);
            }
            Ok(())
        })
        .await
    }

    /// Counts again from entries alone, away from the desk: of a secret vote, every proof is checked
    /// by both verifiers.
    pub(super) async fn counted_again(
        &self,
        space: &str,
        lane: LaneId,
    ) -> Result<Recounted, ApiError> {
        let recount = self
            .at(space, move |desk| {
                // What is counted again is what has a signature.
                desk.command(Command::Seal)?;
                desk.entries_again(lane)
            })
            .await?;
        let finished = tokio::task::spawn_blocking(move || recount.finish()).await;
        let internal = |_| ApiError::new(ErrorCode::Internal, "counting again");
        finished.map_err(internal)?.ok_or_else(not_open)
    }
}

pub(crate) const fn state_name(state: SecretState) -> SecretStateName {
    match state {
        SecretState::Making => SecretStateName::Making,
        SecretState::Failed => SecretStateName::Failed,
        SecretState::Open => SecretStateName::Open,
        SecretState::TooFewBallots => SecretStateName::TooFewBallots,
        SecretState::Opening => SecretStateName::Opening,
        SecretState::Known => SecretStateName::Known,
        SecretState::Beyond => SecretStateName::Beyond,
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
    /// A secret vote as the records held here have it; `None` for another activity.
    pub(super) fn secret(&mut self, lane: LaneId) -> Result<Option<&mut Kept>, ApiError> {
        let row = self.process(lane)?;
        let secret = |opening: &OpeningRow| opening.form.secret_ballots().is_some();
        match row.opening.filter(secret) {
            Some(opening) => self.kept(lane, &opening),
            None => Ok(None),
        }
    }

    fn kept(&mut self, lane: LaneId, opening: &OpeningRow) -> Result<Option<&mut Kept>, ApiError> {
        let id = opening.form_id;
        let said = self.proceedings(lane)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(id.as_bytes());
        for one in secret::sent(id, &said.custody) {
            hasher.update(one.device.as_bytes());
            hasher.update(&one.place.0.to_be_bytes());
            hasher.update(&one.place.1.to_be_bytes());
            hasher.update(blake3::hash(one.bytes).as_bytes());
        }
        let of = *hasher.finalize().as_bytes();
        if self
            .secrets
            .kept
            .get(&lane)
            .is_none_or(|kept| kept.of != of)
        {
            let Some(vote) = SecretVote::of(self.id(), lane, (id, &opening.form)) else {
                return Ok(None);
            };
            let making = Making::of(&vote, secret::sent(id, &said.custody));
            let before = self.secrets.kept.remove(&lane);
            // What was found of ballots is of their key: under the same one it stays.
            let seen = making.key().map(|key| {
                let mut seen = Seen::new(&key.booth);
                if let Some(before) = before.and_then(|kept| kept.seen) {
                    seen.join(before);
                }
                seen
            });
            let kept = Kept {
                vote: Arc::new(vote),
                making: Arc::new(making),
                seen,
                of,
            };
            self.secrets.kept.insert(lane, kept);
        }
        Ok(self.secrets.kept.get_mut(&lane))
    }

    /// A count of the lane that is not finished.
    pub(super) fn count(&self, lane: LaneId) -> Result<Count, ApiError> {
        let count = self.store.count(self.id(), lane);
        count
            .map_err(|error| store_error(&error))?
            .ok_or_else(not_open)
    }

    /// The ballots in force.
    pub(super) fn voices(&self, lane: LaneId) -> Result<Voices, ApiError> {
        Ok(self.count(lane)?.secret().cloned().unwrap_or_default())
    }

    /// The ballots that would be in force if nothing were closed.
    pub(super) fn would_count(&self, lane: LaneId) -> Result<Voices, ApiError> {
        let held = self.store.held_ballots(self.id(), lane);
        let held = held.map_err(|error| store_error(&error))?.into_iter();
        let held = held.filter(|one| one.would_count);
        Ok(held
            .filter_map(|one| Some((one.slot?, one.bytes)))
            .collect())
    }

    /// Ballots that nobody looked at yet, and what they are looked at with.
    #[expect(clippy::type_complexity, reason = "three things that go to one thread")]
    fn unseen(
        &mut self,
        lane: LaneId,
    ) -> Result<Option<(Arc<SecretVote>, Arc<Making>, Vec<Vec<u8>>)>, ApiError> {
        if self.secret(lane)?.is_none_or(|kept| kept.seen.is_none()) {
            return Ok(None);
        }
        let mut voices = self.voices(lane)?;
        if self.process(lane)?.is_closed() {
            voices.extend(self.would_count(lane)?);
        }
        let Some(kept) = self.secrets.kept.get(&lane) else {
            return Ok(None);
        };
        let Some(seen) = &kept.seen else {
            return Ok(None);
        };
        let id = kept.vote.election().id();
        let fresh = voices.into_iter().map(|(_, ballot)| ballot);
        let fresh: Vec<Vec<u8>> = fresh
            .filter(|ballot| !seen.knows(&BallotHash::of(id, ballot)))
            .collect();
        let work = (Arc::clone(&kept.vote), Arc::clone(&kept.making), fresh);
        Ok(Some(work).filter(|(.., fresh)| !fresh.is_empty()))
    }

    /// The outcome as lists have it.
    pub(super) fn counted_outcome(&mut self, lane: LaneId) -> Result<Outcome, ApiError> {
        let count = self.count(lane)?;
        if count.secret().is_none() {
            return Ok(count.finish());
        }
        let (row, opening) = self.opened(lane)?;
        let found = self.secret_outcome(lane, &row, &opening, count.secret())?;
        Ok(match found {
            Some(found) => count.finish_secret(found),
            None => count.finish(),
        })
    }

    fn secret_outcome(
        &mut self,
        lane: LaneId,
        row: &ProcessRow,
        opening: &OpeningRow,
        voices: Option<&Voices>,
    ) -> Result<Option<SecretOutcome>, ApiError> {
        let (Some(kept), Some(voices)) = (self.kept(lane, opening)?, voices) else {
            return Ok(None);
        };
        let closed = row.is_closed();
        let found = kept
            .vote
            .outcome(lane, &kept.making, voices, closed, kept.seen.as_mut());
        let election = *kept.vote.election().id().as_bytes();
        if found.state == SecretState::Known {
            self.let_go_of_part(&election);
        }
        Ok(Some(found))
    }

    fn secret_view(&mut self, lane: LaneId) -> Result<Option<SecretView>, ApiError> {
        if self.secret(lane)?.is_none() {
            return Ok(None);
        }
        let (row, opening) = self.opened(lane)?;
        let voices = self.voices(lane)?;
        let Some(found) = self.secret_outcome(lane, &row, &opening, Some(&voices))? else {
            return Ok(None);
        };
        let receipt = self.own_receipt(lane, &voices)?;
        let unnamed = if row.is_closed() {
            self.unnamed(lane)?
        } else {
            0
        };
        let mine = self.my_trust(lane, &row, &found)?;
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
        // A copy has the receipt of what it copies: what counts stands first.
        let order = |one: &BallotListed| (one.receipt.clone(), one.fate != "counted");
        listed.sort_by_key(order);
        Ok(Some(SecretView {
            state: state_name(found.state),
            threshold: ballots.threshold,
            trustees: trustee_views(&kept.vote, &kept.making, &found, &|device| {
                roster.name(device).unwrap_or_default().to_owned()
            }),
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
            unnamed,
            ballots: listed,
            receipt,
            risk: risk_view(&ballots.risk()),
        }))
    }

    /// The receipt of this person's own ballot in force.
    fn own_receipt(&mut self, lane: LaneId, voices: &Voices) -> Result<Option<String>, ApiError> {
        let own = self.own_slot(lane);
        let Some(kept) = self.secret(lane)? else {
            return Ok(None);
        };
        let mine = voices.iter().find(|(slot, _)| Some(*slot) == own);
        let receipt = mine.map(|(_, ballot)| {
            let hash = BallotHash::of(kept.vote.election().id(), ballot);
            Receipt::of(&hash).to_string()
        });
        Ok(receipt)
    }
}

fn trustee_views(
    vote: &SecretVote,
    making: &Making,
    found: &SecretOutcome,
    name: &dyn Fn(DeviceId) -> String,
) -> Vec<TrusteeView> {
    let each = (1_u8..).zip(vote.trustees().iter().zip(making.stands()));
    each.map(|(number, (device, stands))| TrusteeView {
        number,
        device: device.to_string(),
        name: name(*device),
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
