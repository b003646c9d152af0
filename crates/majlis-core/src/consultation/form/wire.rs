//! The bytes of a form. What the first version can say is written in it, byte for byte as always; a
//! form that says more is written in the second, and in nothing else: one encoding for each form.
//! Not here: batches (`record::batch`), which say their version once for all that is in them.

use super::{Form, Question, QuestionKind};
use crate::codec::DecodeError;
use crate::consultation::activity::Activity;
use crate::id::FormId;

/// What every release reads.
pub(crate) const FIRST: u8 = 1;
/// With kinds of questions that the first version does not know, and with activities.
pub(crate) const SECOND: u8 = 2;

impl Form {
    /// The form's id: the hash of its canonical bytes.
    #[must_use]
    pub fn id(&self) -> FormId {
        let version = self.version();
        FormId::from_bytes(blake3::derive_key(
            "majlis 2026 form id v1",
            &self.put(version, vec![version]),
        ))
    }

    /// The lowest version that can say it.
    pub(crate) fn version(&self) -> u8 {
        if !self.activity.is_plain() || self.questions.iter().any(Question::is_newer) {
            SECOND
        } else {
            FIRST
        }
    }

    /// Writes it in a version that can say it.
    ///
    /// A form always encodes; one that cannot (none exists) becomes nothing, which does not read back.
    pub(crate) fn put(&self, version: u8, out: Vec<u8>) -> Vec<u8> {
        let Self {
            title,
            description,
            audience,
            stage,
            questions,
            activity: _,
        } = self;
        if version == FIRST {
            let first = (title, description, audience, stage, questions);
            return postcard::to_extend(&first, out).unwrap_or_default();
        }
        postcard::to_extend(self, out).unwrap_or_default()
    }

    /// Reads what [`Form::put`] wrote, and gives what comes after it.
    pub(crate) fn take(version: u8, bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        if version > FIRST {
            return postcard::take_from_bytes(bytes).map_err(|_| DecodeError::Malformed);
        }
        let ((title, description, audience, stage, questions), rest) =
            postcard::take_from_bytes(bytes).map_err(|_| DecodeError::Malformed)?;
        let form = Self {
            title,
            description,
            audience,
            stage,
            questions,
            activity: Activity::default(),
        };
        Ok((form, rest))
    }
}

impl Question {
    const fn is_newer(&self) -> bool {
        match self.kind {
            QuestionKind::Text
            | QuestionKind::Number { .. }
            | QuestionKind::SingleChoice(_)
            | QuestionKind::MultipleChoice { .. }
            | QuestionKind::Scale { .. }
            | QuestionKind::Date
            | QuestionKind::Photo
            | QuestionKind::Sound => false,
            QuestionKind::Ranking(_) | QuestionKind::Points { .. } | QuestionKind::Statements => {
                true
            }
        }
    }
}
