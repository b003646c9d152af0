//! Checkpoints in a space: signing what long documents say, showing it to whom their history has
//! not come yet, and holding those who signed to what the entries say.

use std::collections::{BTreeMap, BTreeSet};

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
use crate::space::{CommandError, Reply, Space};
use crate::time::Timestamp;

/// A document shorter than this many bytes of payload needs no checkpoint.
const LONG: u64 = 64 * 1024;
/// So many times its own size must have been written since the last one: what all of them cost
/// stays a tenth of what they stand for.
const WORTH: u64 = 10;

/// What is known of checkpoints here.
#[derive(Debug, Default)]
pub(super) struct Known {
    list: BTreeMap<EntryHash, Outline>,
    /// Of them those that wait for what they cover, before they are compared.
    waiting: BTreeSet<EntryHash>,
    /// Bytes of payload of the changes held, by document.
    weights: BTreeMap<LaneId, u64>,
}

/// A checkpoint without its text.
#[derive(Debug)]
struct Outline {
    lane: LaneId,
    device: DeviceId,
    claimed: Timestamp,
    covers: Vec<Position>,
    entries: u64,
    bytes: u64,
    size: u64,
}

/// What a document says by somebody's word, while its history is still coming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The document.
    pub lane: LaneId,
    /// The checkpoint.
    pub checkpoint: EntryHash,
    /// Who signed it.
    pub device: DeviceId,
    /// When, as claimed.
    pub claimed: Timestamp,
    /// How many entries it covers.
    pub entries: u64,
    /// Of them those that are not here.
    pub missing: u64,
    /// How many devices wrote them.
    pub writers: u32,
}

impl Known {
    /// Counts an entry's changes to the weight of its document.
    pub(super) fn weigh(&mut self, header: &Header) {
        if header.kind == Kind::Changes && header.lane.class() == LaneClass::Document {
            let weight = self.weights.entry(header.lane).or_default();
            *weight = weight.saturating_add(header.payload_len.into());
        }
    }

    /// Takes note of an entry, when it is a checkpoint.
    pub(super) fn read(&mut self, verified: &Verified, payload: &[u8]) {
        let header = verified.header();
        let is_checkpoint = header.lane == LaneId::CHECKPOINTS
            && header.kind == Kind::Checkpoint
            && header.version == VERSION;
        if !is_checkpoint {
            return;
        }
        if let Ok(checkpoint) = Checkpoint::decode(payload) {
            let outline = Outline {
                lane: checkpoint.lane(),
                device: header.device,
                claimed: header.claimed,
                covers: checkpoint.positions().collect(),
                entries: checkpoint.entries(),
                bytes: checkpoint.bytes(),
                size: payload.len() as u64,
            };
            self.list.insert(verified.hash(), outline);
            self.waiting.insert(verified.hash());
        }
    }

    /// Both, for an entry that came in.
    pub(super) fn remember(&mut self, verified: &Verified, payload: &[u8]) {
        self.weigh(verified.header());
        self.read(verified, payload);
    }
}

impl Space {
    /// What was judged before this space was opened needs no judging again.
    pub(super) fn rest_checkpoints(&mut self) {
        let mut waiting = core::mem::take(&mut self.checkpoints.waiting);
        waiting.retain(|hash| !self.is_ripe(*hash));
        self.checkpoints.waiting = waiting;
    }

    /// Whether a checkpoint counts and everything that it covers is here.
    fn is_ripe(&self, checkpoint: EntryHash) -> bool {
        let outline = self.checkpoints.list.get(&checkpoint);
        self.state_of(checkpoint) == Some(State::Admitted)
            && outline.is_some_and(|it| it.covers.iter().all(|at| self.index.contains(at.hash)))
    }

    pub(super) fn assess_checkpoint(
        hash: EntryHash,
        rank: Rank,
        step: &Step<'_>,
    ) -> Result<State, ShelfError> {
        let Some(payload) = step.payload(hash)? else {
            return Ok(State::Waiting(Missing::Payload));
        };
        Ok(match Checkpoint::decode(&payload) {
            Err(DecodeError::Newer) => State::Unknown,
            Err(DecodeError::Malformed) => State::Refused(Refusal::Malformed),
            Ok(_) if rank.may(Capability::Checkpoint) => State::Admitted,
            Ok(_) => State::Refused(Refusal::NotAllowed),
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
        let waiting = self.checkpoints.waiting.iter().copied();
        let waiting: Vec<(EntryHash, LaneId)> = waiting
            .filter_map(|hash| Some((hash, self.checkpoints.list.get(&hash)?.lane)))
            .filter(|(_, lane)| all || touched.contains(lane))
            .collect();
        for (hash, lane) in waiting {
            Self::announce(lane, step);
            if self.is_ripe(hash) {
                self.checkpoints.waiting.remove(&hash);
                self.compare(hash, lane, step)?;
            }
        }
        Ok(())
    }

    /// Compares a checkpoint with the document. What was set aside since it was signed may be why
    /// its version is not to be had; then nothing can be said.
    fn compare(
        &mut self,
        hash: EntryHash,
        lane: LaneId,
        step: &Step<'_>,
    ) -> Result<(), ShelfError> {
        let read = step.payload(hash)?;
        let Some(Ok(checkpoint)) = read.map(|payload| Checkpoint::decode(&payload)) else {
            return Ok(());
        };
        let (heads, said) = (checkpoint.heads(), checkpoint.text());
        let document = self.document(lane, step)?;
        let is_so = match document.text_at(&heads) {
            Some(text) => Some(text) == said || document.text_made_at(&heads) == said,
            None => !self.all_apply(&checkpoint),
        };
        if let (false, Some(outline)) = (is_so, self.checkpoints.list.get(&hash)) {
            let alarm = Alarm::Misquotes {
                checkpoint: hash,
                lane,
            };
            self.alarm(outline.device, alarm);
        }
        Ok(())
    }

    /// Whether everything that a checkpoint covers is in the document, so that its version is.
    fn all_apply(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.positions().all(|last| {
            let mut items = self.index.items_of(last.chain());
            items.all(|(place, item)| place.seq > last.seq || item.state.applies())
        })
    }

    /// What documents say that are not whole here, by the word of those who signed it: of each
    /// document the checkpoint that covers most.
    #[must_use]
    pub fn previews(&self) -> Vec<Preview> {
        let lanes: BTreeSet<LaneId> = self.checkpoints.list.values().map(|it| it.lane).collect();
        let each = lanes.into_iter();
        each.filter_map(|lane| self.preview(lane)).collect()
    }

    /// What a document says that is not whole here, by the word of whoever signed the checkpoint
    /// that covers most of it.
    #[must_use]
    pub fn preview(&self, lane: LaneId) -> Option<Preview> {
        let of_lane = self.checkpoints.list.iter().filter(|(hash, outline)| {
            outline.lane == lane && self.state_of(**hash) == Some(State::Admitted)
        });
        let (hash, outline) = of_lane
            .filter(|(hash, outline)| !self.misquotes(**hash, outline))
            .max_by_key(|(hash, outline)| (outline.entries, **hash))?;
        let missing = outline.covers.iter().fold(0_u64, |sum, at| {
            if self.index.contains(at.hash) {
                return sum;
            }
            let (held, _) = self.index.next(at.chain());
            sum.saturating_add(at.seq.saturating_add(1).saturating_sub(held.min(at.seq)))
        });
        (missing > 0).then(|| Preview {
            lane,
            checkpoint: *hash,
            device: outline.device,
            claimed: outline.claimed,
            entries: outline.entries,
            missing,
            writers: u32::try_from(outline.covers.len()).unwrap_or(u32::MAX),
        })
    }

    fn misquotes(&self, checkpoint: EntryHash, outline: &Outline) -> bool {
        let lane = outline.lane;
        self.has_seen(outline.device, Alarm::Misquotes { checkpoint, lane })
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
        let payload = shelf.payload(checkpoint)?;
        let read = payload.and_then(|payload| Checkpoint::decode(&payload).ok());
        Ok(read.and_then(|checkpoint| checkpoint.text()))
    }

    /// The documents of which this device is to sign a checkpoint: long ones, of which much was
    /// written since the last. One member's turn comes first, so that not all sign at once.
    #[must_use]
    pub fn due_checkpoints(&self) -> Vec<LaneId> {
        if !self.may(Capability::Checkpoint) {
            return Vec::new();
        }
        let long = self
            .checkpoints
            .weights
            .iter()
            .filter(|(_, weight)| **weight >= LONG);
        let due = long.filter(|(lane, weight)| {
            let before = self.checkpoints.list.iter().filter(|(hash, outline)| {
                outline.lane == **lane && self.state_of(**hash) == Some(State::Admitted)
            });
            let last = before
                .map(|(_, outline)| (outline.bytes, outline.size))
                .max();
            let (bytes, size) = last.unwrap_or_default();
            let enough = LONG.max(size.saturating_mul(WORTH));
            let since = weight.saturating_sub(bytes);
            since >= enough && (since >= enough.saturating_mul(2) || self.has_turn(**lane))
        });
        due.map(|(lane, _)| *lane).collect()
    }

    /// Whether it is this device's turn, of all that may sign a checkpoint of a document.
    fn has_turn(&self, lane: LaneId) -> bool {
        let turn = |device: DeviceId| {
            let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 checkpoint turn v1");
            hasher.update(lane.as_bytes());
            hasher.update(device.as_bytes());
            *hasher.finalize().as_bytes()
        };
        let may = self.roster.members().filter(|row| {
            let rank = row.rank.filter(|_| row.out.is_none());
            rank.is_some_and(|rank| rank.may(Capability::Checkpoint))
        });
        may.map(|row| row.device).min_by_key(|device| turn(*device)) == Some(self.me)
    }

    /// Signs what a document says. Own work is sealed first: a checkpoint covers entries.
    pub(super) fn sign_checkpoint(&mut self, lane: LaneId, step: &mut Step<'_>) -> Done {
        if !self.may(Capability::Checkpoint) {
            return Ok(Err(self.denied(Capability::Checkpoint)));
        }
        self.seal(lane, step)?;
        let chains = self.index.chains().filter(|chain| chain.lane == lane);
        let covered: Vec<Covered> = chains.filter_map(|chain| self.covered(chain)).collect();
        let bytes = self.checkpoints.weights.get(&lane);
        let bytes = bytes.copied().unwrap_or_default();
        let document = self.document(lane, step)?;
        let heads = document.heads();
        let made = document
            .text_at(&heads)
            .and_then(|text| Checkpoint::new(lane, covered, bytes, &heads, &text));
        let Some(made) = made else {
            return Ok(Err(CommandError::BadInput));
        };
        let payload = made.encode();
        let hash = self.seal_entry(LaneId::CHECKPOINTS, Kind::Checkpoint, payload, step);
        self.settle(&[hash], step)?;
        Ok(Ok(Reply::Entry(hash)))
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
