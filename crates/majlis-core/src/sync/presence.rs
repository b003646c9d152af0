//! What a device says of itself while its person writes: that it is in a text, and where. It is
//! told beside the session, may be lost, and is never stored. It does not say who: that is the
//! device which proved itself on the link. Not here: when it is told, and to whom (the node).

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::document::Place;
use crate::id::LaneId;

/// The longest presence, in bytes; it has room to grow and stays far below what a datagram takes.
pub const MAX_PRESENCE: usize = 256;
const VERSION: u8 = 1;

/// A caret, or a selection from `anchor` to `head`, which is the end that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caret {
    /// Where the selection began.
    pub anchor: Place,
    /// Where the caret is.
    pub head: Place,
}

/// Whether somebody is in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stay {
    /// Still there, with the caret when it is in the text.
    Here(Option<Caret>),
    /// Gone.
    Gone,
}

/// One presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The text.
    pub lane: LaneId,
    /// Higher than any that was told before on the link: whatever comes late is old.
    pub number: u64,
    /// Whether its person is in the text.
    pub stay: Stay,
}

impl Presence {
    /// As it travels; at most [`MAX_PRESENCE`] bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads what a peer told.
    ///
    /// # Errors
    /// [`DecodeError::Newer`] for a version that is not known here; [`DecodeError::Malformed`] for
    /// everything else that is not exactly what [`Presence::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_PRESENCE {
            return Err(DecodeError::Malformed);
        }
        codec::decode(VERSION, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Edit, Marks};
    use crate::id::LaneClass;
    use crate::time::Timestamp;

    fn lane() -> LaneId {
        LaneId::new(LaneClass::Document, [7; 16])
    }

    fn told() -> Presence {
        let mut document = Document::new(lane());
        let insert = Edit::Insert {
            at: 1,
            text: "water".to_owned(),
            marks: Marks::default(),
        };
        let heads = document.heads();
        let edited = document.edit([9; 16], &heads, &[insert], Timestamp(0));
        let heads = edited.unwrap().heads;
        let place = |at| document.place(&heads, at).unwrap();
        let caret = Caret {
            anchor: place(2),
            head: place(4),
        };
        Presence {
            lane: lane(),
            number: u64::MAX,
            stay: Stay::Here(Some(caret)),
        }
    }

    #[test]
    fn what_is_told_is_read_again_and_is_short() {
        let gone = Presence {
            stay: Stay::Gone,
            ..told()
        };
        for presence in [told(), gone] {
            let bytes = presence.encode();
            assert_eq!(Presence::decode(&bytes), Ok(presence));
            assert!(bytes.len() <= 110, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn nothing_but_the_canonical_form_is_read() {
        let bytes = told().encode();
        for length in 0..bytes.len() {
            let cut = Presence::decode(bytes.get(..length).unwrap());
            assert_eq!(cut, Err(DecodeError::Malformed), "{length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Presence::decode(&longer), Err(DecodeError::Malformed));
        let mut newer = bytes.clone();
        newer[0] = 2;
        assert_eq!(Presence::decode(&newer), Err(DecodeError::Newer));
        newer.resize(MAX_PRESENCE + 1, 0);
        assert_eq!(Presence::decode(&newer), Err(DecodeError::Malformed));
        // A number written longer than it is.
        let mut padded = vec![VERSION];
        padded.extend_from_slice(lane().as_bytes());
        padded.extend_from_slice(&[0x81, 0x00, 1]);
        assert_eq!(Presence::decode(&padded), Err(DecodeError::Malformed));
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let whole = told().encode();
        let mut dice = fastrand::Rng::with_seed(5);
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..dice.usize(1..4) {
                let at = dice.usize(..bytes.len());
                bytes[at] = dice.u8(..);
            }
            if let Ok(read) = Presence::decode(&bytes) {
                assert_eq!(read.encode(), bytes, "one form for one meaning");
            }
        }
    }
}
