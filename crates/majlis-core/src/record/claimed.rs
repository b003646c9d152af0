//! The claim of a slot by the holder of its receipt. Not here: what a code proves
//! (`consultation::claim`), and what counts once a slot is claimed (`consultation::count`).

use crate::consultation::claim::{assisted_slot, claim_of};
use crate::id::{DeviceId, FormId, LaneId, SlotId};
use crate::sign::{Purpose, Signature, verify};

/// The holder of the receipt of an assisted answer claims its slot for themselves.
///
/// Only the code on the receipt makes the key that signs the proof, and the proof names who claims
/// it: nobody who holds the records can claim a slot, or copy a claim. It has no salt; the proof is
/// as good as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The form answered.
    pub form: FormId,
    /// Whose device first entered the answer.
    pub officer: DeviceId,
    /// The public key that the code makes for that device in this process.
    pub key: [u8; 32],
    /// Its signature.
    pub proof: [u8; 64],
}

impl Claimed {
    /// The slot that `device` claims by this on `lane`. `None` when it proves nothing, and when the
    /// officer's own device claims what it entered for somebody.
    #[must_use]
    pub fn slot(&self, lane: LaneId, device: DeviceId) -> Option<SlotId> {
        let message = message(lane, self.officer, device);
        let proof = Signature::from_bytes(self.proof);
        (device != self.officer && verify(&self.key, Purpose::Claim, &message, &proof))
            .then(|| assisted_slot(lane, self.officer, claim_of(&self.key)))
    }
}

/// What is signed: which answers, and who claims them.
#[must_use]
pub fn message(lane: LaneId, officer: DeviceId, claimant: DeviceId) -> Vec<u8> {
    [
        lane.as_bytes().as_slice(),
        officer.as_bytes(),
        claimant.as_bytes(),
    ]
    .concat()
}
