//! What the keepers of a key state: that they give their part to the others, and the figures of
//! questions whose answers only they can read. Each is final.
//! Not here: the key, its parts and who holds them (`consultation::form::sealing`), adding figures up
//! (`consultation::published`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::consultation::form::{
    HeldShare, MAX_KEEPER_DEVICES, MAX_KEEPERS, MAX_OPTIONS, MAX_QUESTIONS, MAX_SHARE,
};
use crate::consultation::published::Published;
use crate::consultation::secret::MAX_WORD;
use crate::id::FormId;
use crate::membership::Capability;
use crate::record::Salt;

/// Something that a keeper of a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// The form whose key it is.
    pub form: FormId,
    /// What was done.
    pub said: CustodySaid,
    /// Random bytes.
    pub salt: Salt,
}

/// What a keeper did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustodySaid {
    /// Gave their part of the key to the other keepers, sealed to each of their devices.
    Released(Vec<HeldShare>),
    /// Published figures of sealed questions, without saying of which answers: nobody can compare them.
    Published(Published),
    /// A trustee's message about the key of a secret vote, in the encoding of `majlis_secret`.
    Trustee(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Published figures of sealed questions, and of which answers (`consultation::published::Voices`).
    PublishedOf(Published, [u8; 32]),
}

impl CustodySaid {
    /// What its author's rank has to allow. Whether the author is a keeper the form says; who is not
    /// has nothing to give, and their figures are shown as theirs.
    #[must_use]
    pub const fn needs(&self) -> Capability {
        match self {
            Self::Released(_) | Self::Trustee(_) => Capability::Respond,
            Self::Published(_) | Self::PublishedOf(..) => Capability::Moderate,
        }
    }
}

impl Custody {
    pub(super) fn is_sized(&self) -> bool {
        match &self.said {
            CustodySaid::Released(shares) => {
                let mut devices = BTreeSet::new();
                !shares.is_empty()
                    && shares.len() <= MAX_KEEPERS.saturating_mul(MAX_KEEPER_DEVICES)
                    && shares.iter().all(|share| {
                        share.sealed.len() <= MAX_SHARE && devices.insert(share.device)
                    })
            }
            CustodySaid::Trustee(word) => !word.is_empty() && word.len() <= MAX_WORD,
            CustodySaid::Published(figures) | CustodySaid::PublishedOf(figures, _) => {
                // A scale has at most a hundred and one steps, a choice as many options as there may
                // be; one more for those who did not answer.
                let most = MAX_OPTIONS.saturating_add(1);
                let mut questions = BTreeSet::new();
                figures.questions.len() <= MAX_QUESTIONS
                    && figures
                        .questions
                        .iter()
                        .all(|one| one.bars.len() <= most && questions.insert(one.question))
            }
        }
    }
}
