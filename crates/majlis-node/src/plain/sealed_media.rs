//! Photos and sounds whose bytes only the keepers of a key can read: what stands before the box, sealing
//! and opening. Not here: answers themselves (`plain::sealed`), which name such bytes in the open.
//!
//! The bytes are those of a blob like any other, so carriers need know nothing of this. They say which
//! form they belong to, so whoever shows a blob knows what would open it.

use majlis_core::consultation::form::SealedQuestions;
use majlis_core::id::{FormId, LaneId, SlotId};
use majlis_sealed::{open, pad, seal, unpad};

use super::sealed::{Place, Purpose, Reader};
use crate::clock::Fresh;

/// What sealed bytes begin with; no photo or sound does.
const MARK: &[u8; 8] = b"mjlseal1";
/// Sizes are multiples of this: a photo of one kind is told from another by its size.
const STEP: usize = 4_096;
/// The mark, the lane, the form and the slot.
const HEAD: usize = 8 + LaneId::LEN + 32 + 16;

/// Sealed bytes, taken apart.
pub(crate) struct SealedMedium<'a> {
    pub(crate) lane: LaneId,
    pub(crate) form: FormId,
    head: &'a [u8],
    sealed: &'a [u8],
}

impl<'a> SealedMedium<'a> {
    /// Reads bytes that are sealed; `None` for any others.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, sealed) = bytes.split_at_checked(HEAD)?;
        let rest = head.strip_prefix(MARK)?;
        let (lane, rest) = rest.split_first_chunk::<{ LaneId::LEN }>()?;
        let (form, _) = rest.split_first_chunk::<32>()?;
        Some(Self {
            lane: LaneId::from_bytes(*lane),
            form: FormId::from_bytes(*form),
            head,
            sealed,
        })
    }

    /// What they hold, for a device that can read the form's answers.
    pub(crate) fn open(&self, reader: &Reader) -> Option<Vec<u8>> {
        if reader.id != self.form || reader.place.lane != self.lane {
            return None;
        }
        let info = reader.place.info(Purpose::Medium, self.form.as_bytes());
        let padded = open(&reader.key, &info, self.head, self.sealed)?;
        let end = padded.iter().rposition(|byte| *byte != 0)?;
        // Filled up in two steps: the second one is all zeros.
        let first = end.checked_add(1)?.div_ceil(256).checked_mul(256)?;
        unpad(padded.get(..first)?).map(<[u8]>::to_vec)
    }
}

impl Place {
    /// Seals the bytes of a photo or a sound of one voice; `None` when the key takes nothing.
    pub(crate) fn seal_medium(
        self,
        form: FormId,
        sealed: &SealedQuestions,
        slot: SlotId,
        bytes: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let mut head = MARK.to_vec();
        head.extend_from_slice(self.lane.as_bytes());
        head.extend_from_slice(form.as_bytes());
        head.extend_from_slice(slot.as_bytes());
        let mut padded = pad(bytes);
        let size = padded.len().div_ceil(STEP).saturating_mul(STEP);
        padded.resize(size, 0);
        let info = self.info(Purpose::Medium, form.as_bytes());
        let made = seal(&sealed.key, &info, &head, &padded, &mut Fresh).ok()?;
        head.extend_from_slice(&made);
        Some(head)
    }
}
