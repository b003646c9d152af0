//! Checkpoints in a space: signing what long documents say, showing it to whom their history has
//! not come yet, and holding those who signed to what the entries say.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use crate::admission::{Missing, Refusal, State};
use crate::checkpoint::{Checkpoint, Covered, Text};
use crate::codec::DecodeError;
use crate::entry::{ChainId, Header, Kind, VERSION, Verified};
use crate::id::{DeviceId, EntryHash, LaneClass, LaneId};
use crate::membership::{Capability, Rank};
use crate::receipt::{Alarm, Position};
use crate::shelf::{Shelf, ShelfError};
use crate::space::command::Done;
use crate::space::step::Step;
use crate::space::{CommandError, Reply, Space, read_whole};
use crate::time::Timestamp;

/// A document shorter than this many bytes of payload needs no checkpoint.
const LONG: u64 = 64 * 1024;
/// So many times its own size must have been written since the last one: what all of them cost
/// stays a tenth of what they stand for.
const WORTH: u64 = 10;
/// The newest checkpoints of one device for one document that are remembered.
const KEPT: usize = 4;

/// What is known of checkpoints here.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By document.
    lanes: BTreeMap<LaneId, Vec<Outline>>,
    /// Bytes of payload of the changes held, by document.
    weights: BTreeMap<LaneId, u64>,
    /// What documents weighed when they could not be signed.
    tried: BTreeMap<LaneId, u64>,
    /// How much had arrived here when a peer last was known to have given everything it had.
    given: u64,
    /// Documents of which it was said that nobody met so far has the rest.
    with_nobody: BTreeSet<LaneId>,
}

/// A checkpoint without its text.
#[derive(Clone, Debug)]
struct Outline {
    hash: EntryHash,
    lane: LaneId,
    device: DeviceId,
    seq: u64,
    claimed: Timestamp,
    title: String,
    covers: Vec<Position>,
    entries: u64,
    size: u64,
    /// How much had arrived here with it.
    arrived: u64,
    /// It was compared with what it covers.
    judged: bool,
}

/// What a document says by somebody's word, while its history is still coming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The document.
    pub lane: LaneId,
    /// The checkpoint.
    pub checkpoint: EntryHash,
    /// Who signed it.
    pub device: DeviceId,
    /// When, as claimed.
    pub claimed: Timestamp,
    /// The title.
    pub title: String,
    /// How many entries it covers.
    pub entries: u64,
    /// Of them those that are not here.
    pub missing: u64,
    /// Entries of the document that are here.
    pub here: u64,
    /// How many devices wrote what it covers.
    pub writers: u32,
    /// Somebody gave everything they had since the checkpoint is here, the rest was not among it, and
    /// nobody who is linked says that it is to come: it is with nobody met so far. Those met may get
    /// it from others later.
    pub with_nobody_met: bool,
}

impl Known {
    /// Counts an entry's changes to the weight of its document.
    pub(super) fn weigh(&mut self, header: &Header) {
        if header.kind == Kind::Changes && header.lane.class() == LaneClass::Document {
            let weight = self.weights.entry(header.lane).or_default();
            *weight = weight.saturating_add(header.payload_len.into());
        }
    }

    /// Takes note of an entry, when it is a checkpoint. Of one device only the newest are kept.
    /// `arrived` is how much had arrived here with it.
    pub(super) fn read(&mut self, verified: &Verified, payload: &[u8], arrived: u64) {
        let header = verified.header();
        let is_checkpoint = header.lane == LaneId::CHECKPOINTS
            && header.kind == Kind::Checkpoint
            && header.version == VERSION;
        if !is_checkpoint {
            return;
        }
        let Ok(checkpoint) = Checkpoint::decode(payload) else {
            return;
        };
        let outlines = self.lanes.entry(checkpoint.lane()).or_default();
        let known = |outline: &Outline| outline.hash == verified.hash();
        if outlines.iter().any(known) {
            return;
        }
        outlines.push(Outline {
            hash: verified.hash(),
            lane: checkpoint.lane(),
            device: header.device,
            seq: header.seq,
            claimed: header.claimed,
            title: checkpoint.title().to_owned(),
            covers: checkpoint.positions().collect(),
            entries: checkpoint.entries(),
            size: payload.len() as u64,
            arrived,
            judged: false,
        });
        let of_device = |outline: &&Outline| outline.device == header.device;
        if outlines.iter().filter(of_device).count() > KEPT {
            let oldest = outlines.iter().filter(of_device);
            let oldest = oldest.min_by_key(|outline| (outline.seq, outline.hash));
            if let Some(oldest) = oldest.map(|outline| outline.hash) {
                outlines.retain(|outline| outline.hash != oldest);
            }
        }
    }

    /// Both, for an entry that came in.
    pub(super) fn remember(&mut self, verified: &Verified, payload: &[u8], arrived: u64) {
        self.weigh(verified.header());
        self.read(verified, payload, arrived);
    }

    /// A peer was known to have given everything it had when so much had arrived here.
    pub(super) fn give(&mut self, arrived: u64) {
        self.given = self.given.max(arrived);
    }

    fn outlines(&self, lane: LaneId) -> impl Iterator<Item = &Outline> {
        self.lanes.get(&lane).into_iter().flatten()
    }

    fn forget(&mut self, lane: LaneId, hash: EntryHash) {
        let outlines = self.lanes.entry(lane).or_default();
        outlines.retain(|outline| outline.hash != hash);
        if outlines.is_empty() {
            self.lanes.remove(&lane);
        }
    }

    fn judge(&mut self, lane: LaneId, hash: EntryHash) {
        for outline in self.lanes.get_mut(&lane).into_iter().flatten() {
            outline.judged |= outline.hash == hash;
        }
    }
}

impl Space {
    /// What was judged before this space was opened needs no judging again.
    pub(super) fn rest_checkpoints(&mut self) {
        for (lane, hash) in self.unjudged(None) {
            if self.is_ripe(lane, hash) {
                self.checkpoints.judge(lane, hash);
            }
        }
    }

    /// Checkpoints that were not compared yet, of these documents or of all.
    fn unjudged(&self, lanes: Option<&BTreeSet<LaneId>>) -> Vec<(LaneId, EntryHash)> {
        let outlines = self.checkpoints.lanes.iter();
        let of = outlines.filter(|(lane, _)| lanes.is_none_or(|lanes| lanes.contains(*lane)));
        let each = of
            .flat_map(|(_, outlines)| outlines)
            .filter(|one| !one.judged);
        each.map(|outline| (outline.lane, outline.hash)).collect()
    }

    /// Whether a checkpoint counts, everything that it covers is here, and nothing of it waits.
    fn is_ripe(&self, lane: LaneId, checkpoint: EntryHash) -> bool {
        let mut outlines = self.checkpoints.outlines(lane);
        let Some(outline) = outlines.find(|outline| outline.hash == checkpoint) else {
            return false;
        };
        let is_settled = |last: &Position| {
            let mut items = self.index.items_of(last.chain());
            items.all(|(place, item)| {
                place.seq > last.seq || !matches!(item.state, State::Waiting(_))
            })
        };
        self.state_of(checkpoint) == Some(State::Admitted)
            && outline.covers.iter().all(|at| self.index.contains(at.hash))
            && outline.covers.iter().all(is_settled)
    }

    pub(super) fn assess_checkpoint(
        hash: EntryHash,
        rank: Rank,
        step: &Step<'_>,
    ) -> Result<State, ShelfError> {
        if !rank.may(Capability::Checkpoint) {
            return Ok(State::Refused(Refusal::NotAllowed));
        }
        let Some(payload) = read_whole(hash, step)? else {
            return Ok(State::Waiting(Missing::Payload));
        };
        let read = Checkpoint::decode(&payload).and_then(|checkpoint| checkpoint.text());
        Ok(match read {
            Err(DecodeError::Newer) => State::Unknown,
            Err(DecodeError::Malformed) => State::Refused(Refusal::Malformed),
            Ok(_) => State::Admitted,
        })
    }

    /// Compares the checkpoints that what came in made comparable, and says where it changed how
    /// much of a document is here.
    pub(super) fn settle_checkpoints(
        &mut self,
        touched: &BTreeSet<LaneId>,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let all = touched.contains(&LaneId::CHECKPOINTS) || touched.contains(&LaneId::MEMBERSHIP);
        for (lane, hash) in self.unjudged((!all).then_some(touched)) {
            if matches!(
                self.state_of(hash),
                Some(State::Refused(_) | State::Unknown)
            ) {
                self.checkpoints.forget(lane, hash);
                continue;
            }
            Self::announce(lane, step);
            if self.is_ripe(lane, hash) && self.compare(hash, lane, step)? {
                self.checkpoints.judge(lane, hash);
            }
        }
        Ok(())
    }

    /// Compares a checkpoint with the document; whether that could be done. It cannot where the disk does
    /// not give what that takes. What was set aside since it was signed may be why its version is not to
    /// be had; then nothing can be said.
    fn compare(
        &mut self,
        hash: EntryHash,
        lane: LaneId,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        let read = read_whole(hash, step)?;
        let Some(Ok(checkpoint)) = read.map(|payload| Checkpoint::decode(&payload)) else {
            return Ok(false);
        };
        if !self.is_readable(lane, step)? {
            return Ok(false);
        }
        // Its version must have what it says to cover: an old text is no word about a new one.
        let mut last: Vec<ChangeHash> = Vec::new();
        for at in checkpoint.positions() {
            if self.state_of(at.hash).is_some_and(State::applies) {
                let Some(own) = self.own_changes(at.hash, step)? else {
                    return Ok(false);
                };
                last.extend(own);
            }
        }
        let document = &self.load(lane, step)?.document;
        let is_so = match document.text_at(&checkpoint.heads(), &last) {
            Some((text, has_all)) => has_all && Ok(text) == checkpoint.text(),
            None => self.is_excused(&checkpoint),
        };
        if !is_so && let Some(place) = self.index.place(hash) {
            let alarm = Alarm::Misquotes {
                checkpoint: hash,
                lane,
            };
            self.alarm(place.chain.device, alarm);
        }
        Ok(true)
    }

    /// Whether something that a checkpoint covers does not count here and may have counted where
    /// it was signed, so that its version is not to be had. What no document ever takes is no such thing.
    fn is_excused(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.positions().any(|last| {
            let mut items = self.index.items_of(last.chain());
            items.any(|(place, item)| {
                let never = matches!(
                    item.state,
                    State::Refused(Refusal::Malformed | Refusal::Gate(_) | Refusal::WrongLane)
                );
                place.seq <= last.seq && !item.state.applies() && !never
            })
        })
    }

    /// What documents say that are not whole here, by the word of those who signed it.
    #[must_use]
    pub fn all_coming(&self) -> Vec<Coming> {
        let lanes = self.checkpoints.lanes.keys();
        lanes.filter_map(|lane| self.coming(*lane)).collect()
    }

    /// What a document says that is not whole here, by the word of whoever signed the checkpoint
    /// that covers most of it; of those of the highest rank.
    #[must_use]
    pub fn coming(&self, lane: LaneId) -> Option<Coming> {
        let counts = |outline: &&Outline| {
            self.state_of(outline.hash) == Some(State::Admitted) && !self.misquotes(outline)
        };
        let rank = |outline: &Outline| self.roster.rank(outline.device);
        let outlines = self.checkpoints.outlines(lane).filter(counts);
        let outline =
            outlines.max_by_key(|outline| (rank(outline), outline.entries, outline.hash))?;
        let missing = outline.covers.iter().fold(0_u64, |sum, at| {
            if self.index.contains(at.hash) {
                return sum;
            }
            let (held, _) = self.index.next(at.chain());
            sum.saturating_add(at.seq.saturating_add(1).saturating_sub(held.min(at.seq)))
        });
        let is_to_come = || self.sessions.values().any(|session| session.expects(lane));
        (missing > 0).then(|| Coming {
            lane,
            checkpoint: outline.hash,
            device: outline.device,
            claimed: outline.claimed,
            title: outline.title.clone(),
            entries: outline.entries,
            missing,
            here: self.entries_on(lane),
            writers: u32::try_from(outline.covers.len()).unwrap_or(u32::MAX),
            with_nobody_met: self.checkpoints.given >= outline.arrived && !is_to_come(),
        })
    }

    /// Says of which documents it changed whether anybody met so far has the rest.
    pub(super) fn tell_whereabouts(&mut self, step: &mut Step<'_>) {
        let open: BTreeSet<LaneId> = self
            .unjudged(None)
            .into_iter()
            .map(|(lane, _)| lane)
            .collect();
        let coming = open.into_iter().filter_map(|lane| self.coming(lane));
        let now: BTreeSet<LaneId> = coming
            .filter(|coming| coming.with_nobody_met)
            .map(|coming| coming.lane)
            .collect();
        for lane in now.symmetric_difference(&self.checkpoints.with_nobody) {
            Self::announce(*lane, step);
        }
        self.checkpoints.with_nobody = now;
    }

    /// Entries of a lane that are here.
    fn entries_on(&self, lane: LaneId) -> u64 {
        let chains = self.index.chains().filter(|chain| chain.lane == lane);
        chains.map(|chain| self.index.next(chain).0).sum()
    }

    fn misquotes(&self, outline: &Outline) -> bool {
        let alarm = Alarm::Misquotes {
            checkpoint: outline.hash,
            lane: outline.lane,
        };
        self.has_seen(outline.device, alarm)
    }

    /// What a checkpoint says.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    pub fn checkpoint_text(
        &self,
        checkpoint: EntryHash,
        shelf: &dyn Shelf,
    ) -> Result<Option<Text>, ShelfError> {
        let payload = read_whole(checkpoint, shelf)?;
        let read = payload.and_then(|payload| Checkpoint::decode(&payload).ok());
        Ok(read.and_then(|checkpoint| checkpoint.text().ok()))
    }

    /// The documents of which this device is to sign a checkpoint: long ones, of which much was
    /// written since the last. One member comes first and the others after it when it does not sign,
    /// so that not all do at once.
    #[must_use]
    pub fn due_checkpoints(&self) -> Vec<LaneId> {
        if !self.may(Capability::Checkpoint) {
            return Vec::new();
        }
        let weights = self.checkpoints.weights.iter();
        let due = weights.filter(|(lane, weight)| {
            let tried = self
                .checkpoints
                .tried
                .get(lane)
                .copied()
                .unwrap_or_default();
            **weight >= LONG.max(tried.saturating_mul(2)) && self.is_due(**lane, **weight)
        });
        due.map(|(lane, _)| *lane).collect()
    }

    fn is_due(&self, lane: LaneId, weight: u64) -> bool {
        let all = self.entries_on(lane).max(1);
        let before = self.checkpoints.outlines(lane).filter(|outline| {
            self.state_of(outline.hash) == Some(State::Admitted) && !self.misquotes(outline)
        });
        // What it covers and is here, as a part of the weight: nobody's word.
        let stands_for = |outline: &Outline| {
            let held = outline.covers.iter().map(|at| {
                let (held, _) = self.index.next(at.chain());
                held.min(at.seq.saturating_add(1))
            });
            let part = u128::from(weight).saturating_mul(held.sum::<u64>().into());
            let stood = part.checked_div(all.into()).unwrap_or_default();
            (u64::try_from(stood).unwrap_or(u64::MAX), outline.size)
        };
        let (stood, size) = before.map(stands_for).max().unwrap_or_default();
        let enough = LONG.max(size.saturating_mul(WORTH));
        let since = weight.saturating_sub(stood);
        since >= enough && since >= enough.saturating_mul(self.before_me(lane).saturating_add(1))
    }

    /// How many others come before this device in signing a checkpoint of a document.
    fn before_me(&self, lane: LaneId) -> u64 {
        let draw = |device: DeviceId| {
            let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 checkpoint order v1");
            hasher.update(lane.as_bytes());
            hasher.update(device.as_bytes());
            *hasher.finalize().as_bytes()
        };
        let mine = draw(self.me);
        let may = self.roster.members().filter(|row| {
            let rank = row.rank.filter(|_| row.out.is_none());
            rank.is_some_and(|rank| rank.may(Capability::Checkpoint))
        });
        may.filter(|row| draw(row.device) < mine).count() as u64
    }

    /// Signs what a document says. Own work is sealed first: a checkpoint covers entries.
    pub(super) fn sign_checkpoint(&mut self, lane: LaneId, step: &mut Step<'_>) -> Done {
        if !self.may(Capability::Checkpoint) {
            return Ok(Err(self.denied(Capability::Checkpoint)));
        }
        self.seal(lane, step)?;
        if !self.is_whole(lane, step)? {
            self.put_off(lane);
            return Ok(Err(CommandError::Unreadable));
        }
        let chains = self.index.chains().filter(|chain| chain.lane == lane);
        let covered: Vec<Covered> = chains.filter_map(|chain| self.covered(chain)).collect();
        let document = self.document(lane, step)?;
        let (heads, text) = (document.heads(), document.text());
        let made = match Checkpoint::new(lane, covered, &heads, &text) {
            Ok(made) => made,
            Err(unfit) => {
                self.put_off(lane);
                return Ok(Err(CommandError::Checkpoint(unfit)));
            }
        };
        let payload = made.encode();
        let hash = self.seal_entry(LaneId::CHECKPOINTS, Kind::Checkpoint, payload, step);
        self.settle(&[hash], step)?;
        Ok(Ok(Reply::Entry(hash)))
    }

    /// A document could not be signed: it is due again when it weighs twice as much.
    fn put_off(&mut self, lane: LaneId) {
        let weight = self.checkpoints.weights.get(&lane).copied();
        let weight = weight.unwrap_or_default();
        self.checkpoints.tried.insert(lane, weight);
    }

    /// The last entry of a chain that is in the document.
    fn covered(&self, chain: ChainId) -> Option<Covered> {
        let items = self.index.items_of(chain);
        let applied = items.filter(|(_, item)| item.state.applies());
        let (place, item) = applied.max_by_key(|(place, _)| place.seq)?;
        Some(Covered {
            device: chain.device,
            seq: place.seq,
            hash: item.hash,
        })
    }
}
