//! What this device does as a trustee of secret votes: its person agrees once, then it sends what is due
//! whenever something came, and gives its part in opening the totals when its person says so.
//!
//! On disk before it is sent: which ceremony it confirms, and which tally it opens, one of each, ever.

use std::collections::BTreeSet;
use std::time::Instant;

use majlis_core::admission::State;
use majlis_core::consultation::secret::{Making, SecretOutcome, SecretState, Step, Voices};
use majlis_core::entry::ChainId;
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::record::{Custody, CustodySaid, Record};
use majlis_core::space::Command;
use majlis_secret::Seed;
use majlis_secret::ballot::BallotHash;
use majlis_secret::count::{BallotStatus, Seen, TallyId};
use majlis_secret::share::{Share, ShareError};
use majlis_store::ProcessRow;
use zeroize::Zeroizing;

use crate::api::me::TrusteeCall;
use crate::api::process::ConsultationRef;
use crate::api::secret::{GivePart, MyTrustView, NamedView};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::{lane, not_open, short};
use crate::profile::disk_error;
use crate::trust::Trust;

/// A ceremony has three rounds; the last trustee to commit may be the first to contribute.
const ROUNDS: usize = 3;

impl Node {
    pub(super) async fn keep_part(&self, at: ConsultationRef) -> Result<Nothing, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.keep_part(lane)).await
    }

    pub(super) async fn give_part(&self, give: GivePart) -> Result<Nothing, ApiError> {
        let lane = lane(&give.consultation)?;
        self.look_at_ballots(&give.space, lane).await?;
        self.at(&give.space, move |desk| desk.give_part(lane, give.seen))
            .await
    }
}

fn no_trustee() -> ApiError {
    let why = "acting as a trustee of a vote that names this device as none";
    ApiError::new(ErrorCode::NotAllowed, why)
}

fn part_gone(why: &str) -> ApiError {
    ApiError::new(ErrorCode::PartGone, why)
}

impl Desk {
    fn trust(&self, election: &[u8; 32]) -> Result<Option<Trust>, ApiError> {
        let read = self.secrets.trusts.read(&self.key, election);
        read.map_err(|error| disk_error(&error))
    }

    fn keep_trust(&self, election: &[u8; 32], trust: &Trust) -> Result<(), ApiError> {
        let written = self.secrets.trusts.write(&self.key, election, trust);
        written.map_err(|error| disk_error(&error))
    }

    /// The person agrees to keep a part of the key on this device.
    fn keep_part(&mut self, lane: LaneId) -> Result<Nothing, ApiError> {
        let me = self.space.me();
        let closed = self.process(lane)?.is_closed();
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        let number = kept.vote.number_of(me).ok_or_else(no_trustee)?;
        if closed {
            return Err(not_open());
        }
        let place = usize::from(number).saturating_sub(1);
        let said = kept.making.stands().get(place);
        let said = said.is_some_and(|stands| stands.committed);
        let election = *kept.vote.election().id().as_bytes();
        let trust = self.trust(&election)?;
        if said && trust.as_ref().is_none_or(|trust| trust.seed.is_none()) {
            return Err(part_gone(
                "keeping a part of a key that was begun and is lost",
            ));
        }
        if trust.is_none() {
            let trust = Trust {
                seed: Some(Zeroizing::new(clock::fresh())),
                ..Trust::default()
            };
            self.keep_trust(&election, &trust)?;
        }
        self.trustee_steps(lane)?;
        Ok(Nothing {})
    }

    /// Sends what is due of this device in one process, where its person agreed.
    pub(super) fn trustee_steps(&mut self, lane: LaneId) -> Result<(), ApiError> {
        let me = self.space.me();
        for _ in 0..ROUNDS {
            let (row, opening) = match self.process(lane)? {
                row if row.is_closed() => return Ok(()),
                row => match row.opening.clone() {
                    Some(opening) if opening.form.secret_ballots().is_some() => (row, opening),
                    _ => return Ok(()),
                },
            };
            drop(row);
            let Some(kept) = self.secret(lane)? else {
                return Ok(());
            };
            let (vote, making) = (kept.vote.clone(), kept.making.clone());
            let Some(number) = vote.number_of(me) else {
                return Ok(());
            };
            let election = *vote.election().id().as_bytes();
            let Some(mut trust) = self.trust(&election)? else {
                return Ok(());
            };
            let Some(seed) = trust.seed.clone() else {
                return Ok(());
            };
            let due = making.due(&vote, number, Seed::from_bytes(*seed));
            let due = due.map_err(|error| part_gone(&error.to_string()))?;
            let kinds: BTreeSet<u8> = due
                .iter()
                .filter_map(|word| word.first().copied())
                .collect();
            // What was said and is owed again was set aside. Said once more it would be set aside once
            // more, and so for ever.
            if due.is_empty() || !kinds.is_disjoint(&trust.said) || self.own_is_aside(lane) {
                return Ok(());
            }
            if let (Step::Confirming(_), Some(deal)) = (making.step(), making.deal_id()) {
                match trust.confirmed {
                    Some(confirmed) if confirmed != *deal => {
                        return Err(part_gone("confirming a second key of one vote"));
                    }
                    Some(_) => {}
                    None => {
                        trust.confirmed = Some(*deal);
                        self.keep_trust(&election, &trust)?;
                    }
                }
            }
            for word in due {
                self.say_as_trustee(lane, opening.form_id, word)?;
            }
            // Only now: what the disk lost before it was signed may be said another time.
            trust.said.extend(kinds);
            self.keep_trust(&election, &trust)?;
        }
        Ok(())
    }

    /// Whether something that this device signed in a process was set aside.
    fn own_is_aside(&self, lane: LaneId) -> bool {
        self.is_aside(lane, self.space.me())
    }

    /// The same of any device.
    pub(super) fn is_aside(&self, lane: LaneId, device: DeviceId) -> bool {
        let mut items = self.space.index().items_of(ChainId { lane, device });
        items.any(|(_, item)| matches!(item.state, State::Quarantined(_)))
    }

    fn say_as_trustee(
        &mut self,
        lane: LaneId,
        form: majlis_core::id::FormId,
        word: Vec<u8>,
    ) -> Result<(), ApiError> {
        let record = Record::Custody(Custody {
            form,
            said: CustodySaid::Trustee(word),
            salt: clock::fresh(),
        });
        self.command(Command::Record {
            lane,
            record: Box::new(record),
            seal: true,
        })?;
        Ok(())
    }

    /// Valid ballots that are here, and would count if nothing were closed, and that the closing does not
    /// name. Whoever closes chooses: of few enough ballots the totals tell who voted what.
    pub(super) fn unnamed(&mut self, lane: LaneId, voices: &Voices) -> Result<u32, ApiError> {
        let would = self.would_count(lane)?;
        let Some(kept) = self.secret(lane)? else {
            return Ok(0);
        };
        let (vote, making) = (kept.vote.clone(), kept.making.clone());
        let Some(seen) = kept.seen.as_mut() else {
            return Ok(0);
        };
        let mut counted = |voices: &Voices| -> BTreeSet<BallotHash> {
            let tally = vote.tally(lane, &making, voices, seen);
            let tally = tally.iter().flat_map(majlis_secret::count::Tally::ballots);
            let counted = tally.filter(|(_, status)| *status == BallotStatus::Counted);
            counted.map(|(hash, _)| *hash).collect()
        };
        let named = counted(voices);
        Ok(short(counted(&would).difference(&named).count() as u64))
    }

    /// Whether nobody can vote yet, because the key of a secret vote is not made.
    pub(super) fn keyless(&mut self, lane: LaneId) -> Result<bool, ApiError> {
        let opening = self.process(lane)?.opening;
        if opening.is_none_or(|opening| opening.form.secret_ballots().is_none()) {
            return Ok(false);
        }
        let kept = self.secret(lane)?;
        Ok(kept.is_none_or(|kept| kept.making.key().is_none()))
    }

    /// The secret votes in which something is waited for that this person alone can do.
    pub(super) fn calls_to_trustee(&mut self) -> Result<Vec<TrusteeCall>, ApiError> {
        let me = self.space.me();
        let mut calls = Vec::new();
        if !self.may_act() {
            return Ok(calls);
        }
        for process in self.outlines(LaneClass::Process)? {
            let row = self.process(process.lane)?;
            let Some(opening) = row.opening.clone() else {
                continue;
            };
            let Some(ballots) = opening.form.secret_ballots() else {
                continue;
            };
            if ballots.trustees.binary_search(&me).is_err() {
                continue;
            }
            let least = usize::try_from(ballots.minimum).unwrap_or(usize::MAX);
            let Some(kept) = self.secret(process.lane)? else {
                continue;
            };
            let failed = matches!(kept.making.step(), Step::Failed(_));
            let made = kept.making.key().is_some();
            let election = *kept.vote.election().id().as_bytes();
            let trust = self.trust(&election)?;
            let holds = trust
                .as_ref()
                .is_some_and(|trust| trust.seed.is_some() && trust.opened.is_none());
            let what = if !row.is_closed() {
                (trust.is_none() && !failed && !made).then_some("keep")
            } else if made && holds && self.voices(process.lane)?.len() >= least {
                Some("give")
            } else {
                None
            };
            calls.extend(what.map(|what| TrusteeCall {
                space: self.id().to_string(),
                consultation: process.lane.to_string(),
                title: opening.form.title,
                what: what.to_owned(),
            }));
        }
        Ok(calls)
    }

    /// Gives this device's part in opening the ballots that the closing names.
    fn give_part(&mut self, lane: LaneId, sure: Option<NamedView>) -> Result<Nothing, ApiError> {
        let me = self.space.me();
        let (row, opening) = self.opened(lane)?;
        if !row.is_closed() {
            let why = "opening the totals of a vote that is not closed";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let judged = self.judged(lane, &row, &opening)?.ok_or_else(not_open)?;
        if judged.lacking > 0 {
            let why = "opening totals while something that the closing names is not here";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let voices = judged.voices;
        let unnamed = self.unnamed(lane, &voices)?;
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        let number = kept.vote.number_of(me).ok_or_else(no_trustee)?;
        let (vote, making) = (kept.vote.clone(), kept.making.clone());
        let key = making.key().ok_or_else(no_key)?;
        let seen = kept.seen.get_or_insert_with(|| Seen::new(&key.booth));
        let tally = vote.tally(lane, &making, &voices, seen);
        let tally = tally.ok_or_else(no_key)?;
        let election = *vote.election().id().as_bytes();
        let gone = || part_gone("giving a part of a key that is not on this device");
        let mut trust = self.trust(&election)?.ok_or_else(gone)?;
        let seed = trust.seed.clone().ok_or_else(gone)?;
        let part = making.decryption_key(&vote, number, Seed::from_bytes(*seed));
        let part = part.ok_or_else(gone)?;
        // The file is believed, and so is what this device signed: either may be an old copy.
        let own = own_parts(&making, number);
        let earlier = trust.opened.map(TallyId::from_bytes).into_iter().chain(own);
        let earlier = earlier.reduce(|one, other| if one == *tally.id() { other } else { one });
        if earlier.is_some_and(|earlier| earlier != *tally.id()) {
            return Err(part_gone("opening a second set of ballots of one vote"));
        }
        let named = NamedView {
            counted: tally.counted(),
            unnamed,
        };
        if tally.may_open(&key.booth) && unnamed > 0 && sure != Some(named) {
            let why = "opening totals of a closing that leaves out ballots which are here";
            let about = format!("{} {}", named.counted, named.unnamed);
            return Err(ApiError::new(ErrorCode::BallotsUnnamed, why).about(about));
        }
        let nonces = Seed::from_bytes(clock::fresh());
        let share = part.share(&key.booth, &tally, earlier.as_ref(), &nonces);
        let share = share.map_err(|error| match error {
            ShareError::TooFew => {
                let why = "opening totals of so few ballots that they would tell who voted what";
                ApiError::new(ErrorCode::NotAllowed, why)
            }
            _ => part_gone(&error.to_string()),
        })?;
        let id: &TallyId = tally.id();
        trust.opened = Some(*id.as_bytes());
        self.keep_trust(&election, &trust)?;
        self.say_as_trustee(lane, opening.form_id, share.encode())?;
        Ok(Nothing {})
    }

    /// After the closing, lets go of a part that nothing is left to do with, whether or not anybody looks
    /// at the vote here.
    fn end_of_trust(&mut self, lane: LaneId) -> Result<(), ApiError> {
        let row = self.process(lane)?;
        let Some(opening) = row.opening.clone().filter(|_| row.is_closed()) else {
            return Ok(());
        };
        let Some(kept) = self.secret(lane)? else {
            return Ok(());
        };
        let election = *kept.vote.election().id().as_bytes();
        let trust = self.trust(&election)?;
        if trust.is_none_or(|trust| trust.seed.is_none()) {
            return Ok(());
        }
        if !self.look_at_some(lane)? {
            self.secrets.heard(lane);
            return Ok(());
        }
        self.judged(lane, &row, &opening)?;
        Ok(())
    }

    /// The totals are known: nothing is left to do with a part of the key.
    pub(super) fn let_go_of_part(&self, election: &[u8; 32]) {
        let held = self.trust(election).ok().flatten();
        if let Some(mut trust) = held.filter(|trust| trust.seed.is_some()) {
            trust.seed = None;
            if let Err(error) = self.keep_trust(election, &trust) {
                tracing::warn!(%error, "destroying a part of a key");
            }
        }
    }

    pub(super) fn my_trust(
        &mut self,
        lane: LaneId,
        row: &ProcessRow,
        found: &SecretOutcome,
        lacking: u32,
    ) -> Result<Option<MyTrustView>, ApiError> {
        let me = self.space.me();
        let Some(kept) = self.secret(lane)? else {
            return Ok(None);
        };
        let Some(number) = kept.vote.number_of(me) else {
            return Ok(None);
        };
        let election = *kept.vote.election().id().as_bytes();
        let gave = found.shares.contains_key(&number);
        let trust = self.trust(&election)?;
        let here = trust.as_ref().is_some_and(|trust| trust.seed.is_some());
        let opened = trust.as_ref().and_then(|trust| trust.opened);
        let given_otherwise = opened.is_some() && row.is_closed() && opened != found.tally;
        Ok(Some(MyTrustView {
            number,
            agreed: trust.is_some(),
            here,
            may_give: here
                && !gave
                && !given_otherwise
                && found.state == SecretState::Opening
                && lacking == 0,
            given_otherwise,
        }))
    }

    /// The same when it is due.
    pub(crate) fn trustee_on_time(&mut self, now: Instant) {
        if self.secrets.look_at.is_some_and(|at| at <= now) {
            self.look_as_trustee();
        }
    }

    /// Looks at what this device owes as a trustee, in every process to which something came.
    pub(crate) fn look_as_trustee(&mut self) {
        self.secrets.look_at = None;
        let news = std::mem::take(&mut self.secrets.news);
        for lane in &news {
            if let Err(error) = self.look_at_outcome(*lane)
                && error.code != ErrorCode::NotFound
            {
                tracing::warn!(%error, space = %self.id().short(), "looking at an outcome");
            }
        }
        // Most devices are trustees of nothing, and nothing is looked up for them.
        if self.secrets.trusts.is_empty() {
            return;
        }
        if !self.may_act() {
            return;
        }
        for lane in news {
            let looked = self
                .trustee_steps(lane)
                .and_then(|()| self.end_of_trust(lane));
            if let Err(error) = looked
                && error.code != ErrorCode::NotFound
            {
                tracing::warn!(%error, space = %self.id().short(), "acting as a trustee");
            }
        }
    }

    /// The same for every process, once a desk opens.
    pub(crate) fn begin_as_trustee(&mut self) {
        if self.secrets.trusts.is_empty() {
            return;
        }
        match self.outlines(LaneClass::Process) {
            Ok(all) => {
                for process in all {
                    self.secrets.heard(process.lane);
                }
                self.secrets.look_at = self.secrets.look_at.map(|_| Instant::now());
            }
            Err(error) => tracing::warn!(%error, "looking for secret votes"),
        }
    }
}

/// What the parts that this trustee signed open.
fn own_parts(making: &Making, number: u8) -> Vec<TallyId> {
    let shares = making.shares().iter();
    let shares = shares.filter_map(|bytes| Share::decode(bytes).ok());
    let own = shares.filter(|share| share.trustee() == number);
    own.map(|share| *share.tally()).collect()
}

pub(super) fn no_key() -> ApiError {
    let why = "voting in secret before the trustees made the key";
    ApiError::new(ErrorCode::NoKey, why)
}
