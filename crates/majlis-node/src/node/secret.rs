//! Secret votes at a desk: what is kept of them in memory, opening one, and how it stands. Ballots are in
//! `node::booth`, trustees in `node::trustees`.
//!
//! Ballots are checked in a thread of their own, each once while the node runs.

mod opening;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_core::consultation::outcome::{Count, Outcome};
use majlis_core::consultation::recount::Recounted;
use majlis_core::consultation::secret::{
    self, ClosedBox, Making, SecretOutcome, SecretState, SecretVote, Voices,
};
use majlis_core::id::{FormId, LaneId};
use majlis_core::record::Counted;
use majlis_core::space::Command;
use majlis_secret::ballot::BallotHash;
use majlis_secret::count::Seen;
use majlis_store::{OpeningRow, ProcessRow};

use crate::api::process::ConsultationRef;
use crate::api::secret::SecretView;
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::booth::Prepared;
use crate::node::consultations::{lane, not_open, short};
use crate::trust::Trusts;
pub(super) use opening::weigh;
pub(crate) use shown::state_name;

/// After something came to a process, what this device owes as a trustee is looked at so late.
const LOOK_AFTER: Duration = Duration::from_millis(150);

/// So many ballots are looked at at the desk before something else has its turn.
const AT_ONCE: usize = 20;

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

/// What a secret vote came to, and of which ballots.
pub(super) struct Judged {
    pub(super) found: SecretOutcome,
    pub(super) voices: Voices,
    /// What the closing names that stands; nothing while it is open.
    pub(super) named: Vec<Counted>,
    /// How much of that is not here.
    pub(super) lacking: u32,
}

/// One secret vote.
pub(super) struct Kept {
    form: FormId,
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
        let _turn = self.0.turn.lock().await;
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
        let _turn = self.0.turn.lock().await;
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
        let before = self.secrets.kept.get(&lane).filter(|kept| kept.form == id);
        let vote = match before {
            Some(kept) => Arc::clone(&kept.vote),
            None => match SecretVote::of(self.id(), lane, (id, &opening.form)) {
                Some(vote) => Arc::new(vote),
                None => return Ok(None),
            },
        };
        let said = self
            .store
            .trustee_words(self.id(), lane, id, vote.trustees());
        let said = said.map_err(|error| store_error(&error))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(id.as_bytes());
        // A record is named by a hash over what it says.
        for one in &said {
            hasher.update(one.id.entry.as_bytes());
            hasher.update(&one.id.index.to_be_bytes());
        }
        let of = *hasher.finalize().as_bytes();
        let before = self.secrets.kept.get(&lane);
        if before.is_none_or(|kept| kept.of != of) {
            let making = Making::of(&vote, secret::sent(id, &said));
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
                form: id,
                vote,
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
            let boxes = self.closed_boxes(lane)?.into_iter();
            voices.extend(boxes.flat_map(|one| one.voices));
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

    /// Looks at a few ballots at the desk itself, so that calls in between are answered; whether none is
    /// left to look at.
    pub(super) fn look_at_some(&mut self, lane: LaneId) -> Result<bool, ApiError> {
        let Some((vote, making, ballots)) = self.unseen(lane)? else {
            return Ok(true);
        };
        let seen = self.secrets.kept.get_mut(&lane);
        let seen = seen.and_then(|kept| kept.seen.as_mut());
        if let (Some(seen), Some(key)) = (seen, making.key()) {
            for ballot in ballots.iter().take(AT_ONCE) {
                if seen.look(&key.booth, vote.roll(), ballot).is_err() {
                    return Ok(true);
                }
            }
        }
        Ok(ballots.len() <= AT_ONCE)
    }

    /// The outcome as lists have it.
    pub(super) fn counted_outcome(&mut self, lane: LaneId) -> Result<Outcome, ApiError> {
        let (row, opening) = self.opened(lane)?;
        Ok(match self.judged(lane, &row, &opening)? {
            Some(judged) => {
                let form = (opening.form_id, &opening.form);
                Count::of_ballots(form.0, form.1, &judged.voices).finish_secret(judged.found)
            }
            None => self.count(lane)?.finish(),
        })
    }

    fn closed_boxes(&self, lane: LaneId) -> Result<Vec<ClosedBox>, ApiError> {
        let boxes = self.store.closed_boxes(self.id(), lane);
        boxes.map_err(|error| store_error(&error))
    }

    /// What a secret vote came to: while it is open of all ballots in force, then of those that the
    /// closing names which stands. `None` for another activity.
    pub(super) fn judged(
        &mut self,
        lane: LaneId,
        row: &ProcessRow,
        opening: &OpeningRow,
    ) -> Result<Option<Judged>, ApiError> {
        if opening.form.secret_ballots().is_none() {
            return Ok(None);
        }
        let closed = row.is_closed();
        let boxes = if closed {
            self.closed_boxes(lane)?
        } else {
            Vec::new()
        };
        let voices = self.voices(lane)?;
        let Some(kept) = self.kept(lane, opening)? else {
            return Ok(None);
        };
        let (vote, making) = (Arc::clone(&kept.vote), Arc::clone(&kept.making));
        let stands = vote.standing(lane, &making, &boxes, kept.seen.as_mut());
        let judged = match stands {
            Some((stands, found)) => Judged {
                found,
                voices: stands.voices.clone(),
                named: stands.named.clone(),
                lacking: 0,
            },
            None => Judged {
                found: vote.outcome(lane, &making, &voices, closed, kept.seen.as_mut()),
                voices,
                named: Vec::new(),
                lacking: 0,
            },
        };
        let lacking = self.store.lacking_of(self.id(), lane, &judged.named);
        let lacking = short(lacking.map_err(|error| store_error(&error))?);
        let judged = Judged { lacking, ..judged };
        let (found, election) = (&judged.found, *vote.election().id().as_bytes());
        // Nothing is left to do with a part of the key; but what counts must all be here, or a device that
        // heard little would take many ballots for too few.
        let over = match found.state {
            SecretState::Known => true,
            SecretState::TooFewBallots | SecretState::Failed | SecretState::Keyless => {
                closed && judged.lacking == 0
            }
            SecretState::Making
            | SecretState::Open
            | SecretState::Opening
            | SecretState::Beyond => false,
        };
        if over {
            self.let_go_of_part(&election);
        }
        Ok(Some(judged))
    }
}
