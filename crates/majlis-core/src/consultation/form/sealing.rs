//! What a form says about answers that only named readers can read: the key they are sealed to, who
//! holds its parts, and how many of them it takes. Whether a form's sealing makes sense, and whether
//! what came out of a sealed answer fits. Not here: sealing and opening themselves, which need
//! randomness and keys (`majlis-sealed`, and the node).
//!
//! All sealed answers of one response are one piece of opaque bytes. It stands as the answer to the
//! first sealed question, and it is there whatever was answered, so that it says nothing but that
//! somebody answered. Photos and sounds are named in the open, because everybody has to know which bytes
//! to carry, and the bytes themselves are sealed. Those in rows are named in the piece as well, which
//! tells the row; outside they stand as a list, as the answer to the question that asks for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fit::{AnswerError, Places};
use super::{Answer, Form, Question, QuestionKind};
use crate::consultation::secret::{SecretBallots, SecretError};
use crate::id::{DeviceId, QuestionId};

/// The most bytes of one sealed answer.
pub const MAX_SEALED: usize = 80_000;
/// The most keepers of a key.
pub const MAX_KEEPERS: usize = 16;
/// The most devices of one keeper.
pub const MAX_KEEPER_DEVICES: usize = 8;
/// The most bytes of a part of the key, sealed to one device.
pub const MAX_SHARE: usize = 200;

/// How the answers of a form are kept from those who carry them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sealing {
    /// Answers to some questions are readable for the keepers of a key.
    Answers(SealedQuestions),
    /// Ballots are secret: nobody reads one, and their sum is opened by trustees together.
    Ballots(SecretBallots),
}

/// Which questions are sealed, to what, and who can read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedQuestions {
    /// The sealed questions, in the order of the form.
    pub questions: Vec<QuestionId>,
    /// The public key that answers are sealed to (X25519).
    pub key: [u8; 32],
    /// How many keepers it takes to read.
    pub threshold: u8,
    /// Who holds a part of the key; the place in this list is the number of the part.
    pub keepers: Vec<Keeper>,
}

/// Somebody who holds a part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// What tells the part from a wrong one, and gives nothing of it away.
    pub commitment: [u8; 32],
    /// The part, sealed to each of the keeper's devices.
    pub devices: Vec<HeldShare>,
}

/// A part of a key, sealed to one device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldShare {
    /// Who can open it.
    pub device: DeviceId,
    /// The sealed part.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
}

/// Why a form cannot be sealed as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// No question is sealed, or photos and sounds alone, or they are not in the order of the form.
    #[error("the sealed questions are missing, or not in the form's order")]
    Questions,
    /// The answers to this question cannot be sealed.
    #[error("the answers to a question cannot be sealed")]
    Question(QuestionId),
    /// There are no keepers or too many, a device is named twice, or a part is too long.
    #[error("the keepers of the key are missing, too many or named twice")]
    Keepers,
    /// Nobody or more than there are would have to agree.
    #[error("the number of keepers that it takes is not between one and all of them")]
    Threshold,
    /// The vote cannot be held in secret.
    #[error("the vote cannot be held in secret as it says")]
    Ballots(#[source] SecretError),
    /// The key is one of the few to which everybody could open what is sealed.
    #[error("the key that answers are sealed to keeps nothing from anybody")]
    Key,
}

impl Form {
    /// What is sealed of its answers, if anything: a list of no questions seals nothing.
    #[must_use]
    pub fn sealed(&self) -> Option<&SealedQuestions> {
        let said = self.said_of_sealing();
        said.filter(|sealed| !sealed.questions.is_empty())
    }

    /// What it says of sealing answers, whether or not that can be done.
    fn said_of_sealing(&self) -> Option<&SealedQuestions> {
        match self.sealing.as_deref()? {
            Sealing::Answers(sealed) => Some(sealed),
            Sealing::Ballots(_) => None,
        }
    }

    /// What is fixed about its secret ballots, if they are secret.
    #[must_use]
    pub fn secret_ballots(&self) -> Option<&SecretBallots> {
        match self.sealing.as_deref()? {
            Sealing::Ballots(ballots) => Some(ballots),
            Sealing::Answers(_) => None,
        }
    }

    /// The questions whose answers are sealed, by themselves or with the section around them.
    #[must_use]
    pub fn sealed_questions(&self) -> BTreeSet<QuestionId> {
        let Some(sealed) = self.sealed() else {
            return BTreeSet::new();
        };
        let named: BTreeSet<QuestionId> = sealed.questions.iter().copied().collect();
        let mut around: BTreeMap<QuestionId, Option<QuestionId>> = BTreeMap::new();
        for question in &self.questions {
            around
                .entry(question.id)
                .or_insert(question.details.part_of);
        }
        let inside = |question: &QuestionId| {
            let mut at = Some(*question);
            // A section stands before what is in it; a form of a peer may say otherwise.
            for _ in 0..=super::MAX_DEPTH {
                match at {
                    Some(id) if named.contains(&id) => return true,
                    Some(id) => at = around.get(&id).copied().flatten(),
                    None => return false,
                }
            }
            false
        };
        let inside: Vec<QuestionId> = around.keys().copied().filter(inside).collect();
        named.into_iter().chain(inside).collect()
    }

    /// Those of them that are in the one piece: all but photos and sounds outside of rows.
    #[must_use]
    pub fn questions_in_piece(&self) -> BTreeSet<QuestionId> {
        let mut inside = self.sealed_questions();
        if !inside.is_empty() {
            let places = Places::of(self);
            let media = self.questions.iter().filter(|one| one.kind.is_medium());
            for question in media.filter(|one| places.repeat(one.id).is_none()) {
                inside.remove(&question.id);
            }
        }
        inside
    }

    /// The photos and sounds of sealed rows, in the order of the form: each is answered in the open by a
    /// list of all that the rows name.
    #[must_use]
    pub fn listed_media(&self) -> Vec<QuestionId> {
        if self.sealed().is_none() {
            return Vec::new();
        }
        let inside = self.questions_in_piece();
        let media = self.questions.iter().filter(|one| one.kind.is_medium());
        let media = media.map(|one| one.id);
        media.filter(|id| inside.contains(id)).collect()
    }

    /// The question whose answer the piece stands as.
    #[must_use]
    pub fn first_in_piece(&self) -> Option<QuestionId> {
        let named = &self.sealed()?.questions;
        let kinds: BTreeMap<QuestionId, &QuestionKind> = self
            .questions
            .iter()
            .rev()
            .map(|one| (one.id, &one.kind))
            .collect();
        let mut named = named.iter().copied();
        named.find(|id| kinds.get(id).is_none_or(|kind| !kind.is_medium()))
    }

    /// Whether answers to this question are sealed; whoever asks of many takes
    /// [`Form::sealed_questions`], which is the same.
    #[must_use]
    pub fn is_sealed(&self, question: QuestionId) -> bool {
        self.sealing.is_some() && self.sealed_questions().contains(&question)
    }

    /// A digest of all that it says but the sealed parts of the key themselves, which are sealed under
    /// it. So a part that was made for this form opens for no other, in which other keepers or devices
    /// would get it, other questions would be sealed to it, or anything else stands.
    #[must_use]
    pub fn digest_without_parts(&self) -> [u8; 32] {
        let mut form = self.clone();
        if let Some(Sealing::Answers(sealed)) = form.sealing.as_deref_mut() {
            let shares = sealed.keepers.iter_mut();
            for share in shares.flat_map(|keeper| &mut keeper.devices) {
                share.sealed.clear();
            }
        }
        let version = form.version();
        let bytes = form.put(version, vec![version]);
        blake3::derive_key("majlis 2026 form without key parts v1", &bytes)
    }

    /// Whether answers to a question can be sealed: not what is counted as a ballot, and in rows only
    /// all of it together.
    #[must_use]
    pub fn can_seal(&self, question: &Question) -> bool {
        let inside = |id: QuestionId| {
            let under = self.questions.iter().filter(move |one| {
                let mut at = one.details.part_of;
                for _ in 0..=super::MAX_DEPTH {
                    match at {
                        Some(above) if above == id => return true,
                        Some(above) => {
                            let above = self.questions.iter().find(|one| one.id == above);
                            at = above.and_then(|above| above.details.part_of);
                        }
                        None => return false,
                    }
                }
                false
            });
            under.map(|one| &one.kind)
        };
        let counted = |kind: &QuestionKind| matches!(kind, QuestionKind::Statements);
        let alone = match &question.kind {
            QuestionKind::Group | QuestionKind::Note => false,
            QuestionKind::Repeat => !inside(question.id).any(counted),
            kind => !counted(kind),
        };
        let ballot = self.ballot().is_some_and(|ballot| ballot.id == question.id);
        alone && !ballot && Places::of(self).repeat(question.id).is_none()
    }

    /// Whether the form can be sealed as it says.
    ///
    /// # Errors
    /// The first thing that is missing or wrong.
    pub fn check_sealing(&self) -> Result<(), SealingError> {
        if let Some(ballots) = self.secret_ballots() {
            return match ballots.question(self) {
                Ok(_) => Ok(()),
                Err(error) => Err(SealingError::Ballots(error)),
            };
        }
        let Some(sealed) = self.said_of_sealing() else {
            return Ok(());
        };
        if is_low_order(&sealed.key) {
            return Err(SealingError::Key);
        }
        let mut wanted = sealed.questions.iter().peekable();
        if wanted.peek().is_none() {
            return Err(SealingError::Questions);
        }
        for question in &self.questions {
            if wanted.next_if(|id| **id == question.id).is_some() && !self.can_seal(question) {
                return Err(SealingError::Question(question.id));
            }
        }
        if wanted.next().is_some() || self.first_in_piece().is_none() {
            return Err(SealingError::Questions);
        }
        let mut devices = BTreeSet::new();
        let held = |keeper: &Keeper| {
            !keeper.devices.is_empty() && keeper.devices.len() <= MAX_KEEPER_DEVICES
        };
        let mut shares = sealed.keepers.iter().flat_map(|keeper| &keeper.devices);
        if sealed.keepers.is_empty()
            || sealed.keepers.len() > MAX_KEEPERS
            || !sealed.keepers.iter().all(held)
            || !shares.all(|share| share.sealed.len() <= MAX_SHARE && devices.insert(share.device))
        {
            return Err(SealingError::Keepers);
        }
        let threshold = usize::from(sealed.threshold);
        if threshold == 0 || threshold > sealed.keepers.len() {
            return Err(SealingError::Threshold);
        }
        Ok(())
    }

    /// Whether what was sealed fits this form: the answers to sealed questions alone. Whether a
    /// required one is missing is asked at the author's device, where all that was said is known.
    ///
    /// # Errors
    /// The first answer that does not fit.
    pub fn accepts_sealed(&self, answers: &[(QuestionId, Answer)]) -> Result<(), AnswerError> {
        let sealed = self.questions_in_piece();
        for (id, answer) in answers {
            if !sealed.contains(id) {
                return Err(AnswerError::NoSuchQuestion(*id));
            }
            if matches!(answer, Answer::Sealed(_)) {
                return Err(AnswerError::WrongKind(*id));
            }
        }
        Places::of(self).accept_all(answers)
    }
}

impl Form {
    /// A secret vote takes one sealed ballot, of somebody on its roll, and nothing beside it.
    pub(super) fn accepts_secret(
        &self,
        ballots: &SecretBallots,
        answers: &[(QuestionId, Answer)],
    ) -> Result<(), AnswerError> {
        let mut asked = self.questions.iter().filter(|one| one.kind.is_asked());
        let asked = asked.next().map(|one| one.id);
        let mut missing = asked.map(AnswerError::Missing);
        for (id, answer) in answers {
            if Some(*id) != asked || missing.is_none() {
                return Err(AnswerError::NoSuchQuestion(*id));
            }
            match answer {
                Answer::Sealed(_) if ballots.takes(answer) => missing = None,
                Answer::Sealed(_) => return Err(AnswerError::OutOfRange(*id)),
                _ => return Err(AnswerError::InTheClear(*id)),
            }
        }
        missing.map_or(Ok(()), Err)
    }
}

/// Whether an answer is the list of what sealed rows name, and no answer of its own.
#[must_use]
pub fn is_list_of_media(question: QuestionId, answer: &Answer) -> bool {
    let Answer::Rows(rows) = answer else {
        return false;
    };
    let mut each = rows.iter();
    each.all(|row| matches!(row.as_slice(), [(id, _)] if *id == question))
}

impl SealedQuestions {
    /// The place of the keeper with this device.
    #[must_use]
    pub fn keeper_of(&self, device: DeviceId) -> Option<usize> {
        self.keepers.iter().position(|keeper| {
            let mut held = keeper.devices.iter();
            held.any(|share| share.device == device)
        })
    }
}

/// Points of low order, by their u-coordinates (Curve25519, RFC 7748, 6.1): a secret shared over one is
/// the same for everybody. The last three are zero and those next to it, written another way.
const LOW_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    near(1, 0, 0),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    near(0xec, 0xff, 0x7f),
    near(0xed, 0xff, 0x7f),
    near(0xee, 0xff, 0x7f),
];

const fn near(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    if let Some((own, _)) = bytes.split_first_mut() {
        *own = first;
    }
    if let Some((own, _)) = bytes.split_last_mut() {
        *own = last;
    }
    bytes
}

fn is_low_order(key: &[u8; 32]) -> bool {
    let mut key = *key;
    // The highest bit is not read.
    if let Some((last, _)) = key.split_last_mut() {
        *last &= 0x7f;
    }
    LOW_ORDER.contains(&key)
}

#[cfg(test)]
mod tests;
