//! What officers state about a ballot box: that it is sealed, with what was counted in it, that they
//! sign what another officer sealed, and how the minutes on paper look. Not here: which ballots are in a box and which boxes count
//! (`consultation::boxes`).

use serde::{Deserialize, Serialize};

use crate::blob::{Blob, Part, Photo};
use crate::id::FormId;
use crate::record::step::MAX_STEP_TEXT;
use crate::record::{RecordId, Salt};

/// Minutes of a ballot box, or a signature under them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minutes {
    /// The form of the vote.
    pub form: FormId,
    /// What is stated.
    pub said: MinutesSaid,
    /// Random bytes.
    pub salt: Salt,
}

/// What is stated about a box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MinutesSaid {
    /// What its author entered for others in this process since they last sealed a box is in this one.
    Sealed(Sealed),
    /// Its author signs these minutes of somebody else. The name is a hash over everything that the other
    /// device signed up to there, so over every ballot in the box.
    Signed(RecordId),
    /// A photo of these minutes as people signed them on paper, with the box. It decides nothing.
    Pictured {
        /// The minutes that it shows.
        minutes: RecordId,
        /// The photo.
        photo: Photo,
    },
}

/// The minutes of a box, or of a part of one: each device that gathers for a box seals its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which of the boxes that the form lists, from 0.
    pub place: u16,
    /// Papers that were in the box, as people counted them by hand.
    pub papers: u32,
    /// Ballots in it, as the sealing device has them.
    pub ballots: u64,
    /// The hash of their figures.
    pub hash: [u8; 32],
    /// What else is to be said.
    pub note: String,
}

impl Minutes {
    pub(super) const fn is_sized(&self) -> bool {
        match &self.said {
            MinutesSaid::Sealed(sealed) => sealed.note.len() <= MAX_STEP_TEXT,
            MinutesSaid::Signed(_) => true,
            MinutesSaid::Pictured { photo, .. } => {
                photo.full.is_sized() && photo.preview.is_sized()
            }
        }
    }

    /// The photo that it brings, in its parts.
    #[must_use]
    pub fn blobs(&self) -> Vec<(Part, Blob)> {
        match &self.said {
            MinutesSaid::Sealed(_) | MinutesSaid::Signed(_) => Vec::new(),
            MinutesSaid::Pictured { photo, .. } => {
                vec![(Part::Preview, photo.preview), (Part::Photo, photo.full)]
            }
        }
    }
}
