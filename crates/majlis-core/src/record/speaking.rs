//! Whose records a batch carries, as its head bytes and the columns of speakers say.
//! Not here: the order of the columns (`batch`).

use crate::codec::DecodeError;
use crate::id::{Claim, SlotId};
use crate::record::batch::{
    ASSISTED, ASSISTED_WITHDRAWN, CLOSE, CONSENT, EXTENDED, MODE, NEW, OPEN, OWN, OWN_WITHDRAWN,
    SLIP,
};
use crate::record::{Assisted, AssistedMode, Known, RecordId, Speaker};

type Read<T> = Result<T, DecodeError>;

/// What a head byte says.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) kind: u8,
    pub(super) entered: Option<(AssistedMode, bool)>,
}

impl Head {
    pub(super) fn read(byte: u8) -> Read<Self> {
        if byte == SLIP {
            return Ok(Self {
                kind: SLIP,
                entered: None,
            });
        }
        let kind = byte & ((1 << MODE) - 1);
        let rest = byte >> MODE;
        let entered = match kind {
            NEW | ASSISTED | ASSISTED_WITHDRAWN => {
                let mode = match rest & 3 {
                    0 => AssistedMode::Spoken,
                    1 => AssistedMode::Paper,
                    2 => AssistedMode::Phone,
                    _ => return Err(DecodeError::Malformed),
                };
                Some((mode, byte >> CONSENT & 1 == 1))
            }
            OPEN | CLOSE | OWN | OWN_WITHDRAWN | EXTENDED => None,
            _ => return Err(DecodeError::Malformed),
        };
        Ok(Self { kind, entered })
    }

    pub(super) const fn is_response(self) -> bool {
        matches!(self.kind, NEW | OWN | ASSISTED | SLIP)
    }

    pub(super) const fn is_known(self) -> bool {
        matches!(
            self.kind,
            OWN | ASSISTED | OWN_WITHDRAWN | ASSISTED_WITHDRAWN
        )
    }
}

/// What is left of the columns that say who speaks.
pub(super) struct Speaking {
    pub(super) claims: std::vec::IntoIter<Claim>,
    pub(super) salts: std::vec::IntoIter<[u8; 8]>,
    pub(super) slots: std::vec::IntoIter<SlotId>,
    pub(super) replaced: std::vec::IntoIter<Vec<RecordId>>,
    pub(super) notes: std::vec::IntoIter<String>,
}

impl Speaking {
    pub(super) fn assisted(&mut self, head: Head) -> Option<Assisted> {
        let (mode, consent) = head.entered?;
        Some(Assisted {
            mode,
            consent,
            note: self.notes.next()?,
        })
    }

    pub(super) fn somebody_new(&mut self, head: Head) -> Option<Speaker> {
        Some(Speaker::New {
            claim: self.claims.next()?,
            assisted: self.assisted(head)?,
        })
    }

    pub(super) fn known(&mut self, head: Head) -> Option<Known> {
        let (salt, supersedes) = (self.salts.next()?, self.replaced.next()?);
        Some(if head.entered.is_none() {
            Known::Own { supersedes, salt }
        } else {
            Known::Assisted {
                slot: self.slots.next()?,
                supersedes,
                salt,
                assisted: self.assisted(head)?,
            }
        })
    }
}
