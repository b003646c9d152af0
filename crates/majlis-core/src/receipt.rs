//! Receipts: what a device that carries entries for others says, signed, that it has on disk; and
//! what it said before, added up. Not here: who may sign one (`membership::rank`), and what
//! follows when a carrier does not keep its word (`space`).

mod added;

use serde::{Deserialize, Serialize};

use crate::chain::Tip;
use crate::codec::{self, DecodeError};
use crate::entry::ChainId;
use crate::id::{DeviceId, EntryHash, LaneId};

pub use added::{Owed, Receipts, Said};

const VERSION: u8 = 1;
/// The most positions of one receipt.
pub const MAX_POSITIONS: usize = 1_000;

/// One position of a chain, and with it everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The lane.
    pub lane: LaneId,
    /// The device that writes the chain.
    pub device: DeviceId,
    /// The position.
    pub seq: u64,
    /// The entry there.
    pub hash: EntryHash,
}

impl Position {
    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        ChainId {
            lane: self.lane,
            device: self.device,
        }
    }
}

impl From<Tip> for Position {
    fn from(tip: Tip) -> Self {
        Self {
            lane: tip.chain.lane,
            device: tip.chain.device,
            seq: tip.seq,
            hash: tip.hash,
        }
    }
}

/// The payload of an entry of kind receipt: the tips of every chain that its author has on disk and
/// that moved since its last receipt, its own receipts left out.
///
/// Receipts are a chain like any other: numbered, linked, and proof of a fork where there are two
/// at one place. Read from the first to the last they are everything their author ever said to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The positions, in order, each once.
    pub positions: Vec<Position>,
}

impl Receipt {
    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload of `author`'s.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] also when it holds no position, more than [`MAX_POSITIONS`], positions out
    /// of order, or one about its author's own receipts.
    pub fn decode(author: DeviceId, bytes: &[u8]) -> Result<Self, DecodeError> {
        let receipt: Self = codec::decode(VERSION, bytes)?;
        let positions = &receipt.positions;
        let own =
            |position: &Position| position.lane == LaneId::RECEIPTS && position.device == author;
        let sorted = positions.is_sorted_by(|one, next| one < next);
        if positions.is_empty()
            || positions.len() > MAX_POSITIONS
            || !sorted
            || positions.iter().any(own)
        {
            return Err(DecodeError::Malformed);
        }
        Ok(receipt)
    }
}

/// What a carrier did that its receipts, or its own frames, show. Each names its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alarm {
    /// On a link it said to have sent everything, and what it had signed for before the link began
    /// did not come.
    Hides {
        /// The receipt.
        receipt: EntryHash,
        /// What it signed for.
        position: Position,
    },
    /// It signed for an entry at a place where that entry is not.
    Misstates {
        /// The receipt.
        receipt: EntryHash,
        /// What it signed for.
        position: Position,
    },
    /// It signed two receipts for one place: it tells different things to different people.
    Equivocates {
        /// One receipt.
        one: EntryHash,
        /// The other.
        other: EntryHash,
    },
    /// It handed over something in another's name that the other did not sign. It was not taken.
    Alters {
        /// On which lane.
        lane: LaneId,
        /// In whose name.
        device: DeviceId,
        /// At which position.
        seq: u64,
    },
    /// It signed a checkpoint that says something else than the entries it covers.
    Misquotes {
        /// The checkpoint.
        checkpoint: EntryHash,
        /// The document.
        lane: LaneId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneClass;

    fn position(lane: LaneId, device: u8, seq: u64) -> Position {
        Position {
            lane,
            device: DeviceId::from_bytes([device; 32]),
            seq,
            hash: EntryHash::from_bytes([9; 32]),
        }
    }

    #[test]
    fn only_positions_in_order_about_others_are_read() {
        let me = DeviceId::from_bytes([7; 32]);
        let lane = LaneId::new(LaneClass::Process, [1; 16]);
        let read = |positions: &[Position]| {
            let positions = positions.to_vec();
            Receipt::decode(me, &Receipt { positions }.encode())
        };
        let good = [position(lane, 1, 4), position(lane, 2, 0)];
        assert_eq!(read(&good).unwrap().positions, good);
        assert!(read(&[position(LaneId::RECEIPTS, 8, 0)]).is_ok());
        for bad in [
            &[][..],
            &[good[1], good[0]],
            &[good[0], good[0]],
            &[position(LaneId::RECEIPTS, 7, 0)],
            &vec![good[0]; MAX_POSITIONS + 1],
        ] {
            assert_eq!(read(bad), Err(DecodeError::Malformed));
        }
    }
}
