//! The bytes of a form. What the first version can say is written in it, byte for byte as always; a
//! form that says more is written in a later one, the lowest that can say it, and in nothing else: one
//! encoding for each form. The second version is the first followed by the activity; the third is the
//! second followed by what there is beyond it, which most questions have nothing of; the fourth is the
//! third followed by what is sealed; the fifth is the fourth in which only slips vote, and the sixth the
//! fourth whose ballots on paper are gathered in boxes. The eighth is the fourth, with slips or boxes or
//! without, followed by how many options a ballot names at least; there is no seventh.
//! Not here: batches (`record::batch`), which say their version once for all that is in them.

use serde::{Deserialize, Serialize};

use super::{ChoiceDetails, Details, Form, FormDetails, Question, QuestionKind, Sealing};
use crate::codec::DecodeError;
use crate::consultation::activity::Activity;
use crate::id::FormId;

/// What every release reads.
pub(crate) const FIRST: u8 = 1;
/// With activities, and the kinds of questions that they ask.
pub(crate) const SECOND: u8 = 2;
/// With conditions, rows, languages, further kinds, and longer lists and labels.
pub(crate) const THIRD: u8 = 3;
/// With sealed answers.
pub(crate) const FOURTH: u8 = 4;
/// With slips.
pub(crate) const FIFTH: u8 = 5;
/// With ballot boxes.
pub(crate) const SIXTH: u8 = 6;
/// With ballots that name so many options at least.
pub(crate) const EIGHTH: u8 = 8;
/// The most questions and options that the first two versions take.
const EARLIER_LIMITS: (usize, usize) = (300, 200);
/// The longest title, label or option that they take.
const EARLIER_LABEL: usize = 1_000;

/// What the third version adds, by place.
#[derive(Serialize)]
struct Beyond<'f> {
    form: &'f FormDetails,
    questions: Vec<(u16, &'f Details)>,
    options: Vec<(u16, u16, &'f ChoiceDetails)>,
}

#[derive(Deserialize)]
struct BeyondRead {
    form: FormDetails,
    questions: Vec<(u16, Details)>,
    options: Vec<(u16, u16, ChoiceDetails)>,
}

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

    /// Whether it says something that the first version of forms cannot say.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.version() > FIRST
    }

    /// Whether it has conditions, rows, names or further kinds: what is filled in question by question.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.questions.iter().any(Question::has_conditions)
    }

    /// The lowest version that can say it.
    pub(crate) fn version(&self) -> u8 {
        if self.activity.least > 0 {
            return EIGHTH;
        }
        if self.boxes().is_some() {
            return SIXTH;
        }
        if self.slips().is_some() {
            return FIFTH;
        }
        if self.sealing.is_some() {
            return FOURTH;
        }
        let beyond = *self.details != FormDetails::default()
            || self.questions.len() > EARLIER_LIMITS.0
            || self.title.len().max(self.audience.len()) > EARLIER_LABEL;
        if beyond {
            return THIRD;
        }
        let least = if self.activity.is_plain() {
            FIRST
        } else {
            SECOND
        };
        let asked = self.questions.iter().map(Question::version);
        asked.fold(least, u8::max)
    }

    /// Writes it in a version that can say it.
    ///
    /// A form always encodes; one that cannot (none exists) becomes nothing, which does not read back.
    pub(crate) fn put(&self, version: u8, out: Vec<u8>) -> Vec<u8> {
        let out = postcard::to_extend(self, out).unwrap_or_default();
        if version == FIRST {
            return out;
        }
        let out = postcard::to_extend(&self.activity, out).unwrap_or_default();
        if version == SECOND {
            return out;
        }
        let (mut questions, mut options) = (Vec::new(), Vec::new());
        for (at, question) in (0_u16..).zip(&self.questions) {
            if question.details != Details::default() {
                questions.push((at, &question.details));
            }
            for (option_at, option) in (0_u16..).zip(question.kind.options()) {
                if option.details != ChoiceDetails::default() {
                    options.push((at, option_at, &option.details));
                }
            }
        }
        let form = &self.details;
        let beyond = Beyond {
            form,
            questions,
            options,
        };
        let out = postcard::to_extend(&beyond, out).unwrap_or_default();
        if version == THIRD {
            return out;
        }
        let out = postcard::to_extend(&self.sealing, out).unwrap_or_default();
        if version < EIGHTH {
            return out;
        }
        postcard::to_extend(&self.activity.least, out).unwrap_or_default()
    }

    /// Reads what [`Form::put`] wrote, and gives what comes after it. More than that reads too: the
    /// caller compares.
    pub(crate) fn take(version: u8, bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let (mut form, rest): (Self, &[u8]) = taken(bytes)?;
        if version == FIRST {
            return Ok((form, rest));
        }
        let (activity, rest): (Activity, &[u8]) = taken(rest)?;
        form.activity = activity;
        if version == SECOND {
            return Ok((form, rest));
        }
        let (beyond, rest): (BeyondRead, &[u8]) = taken(rest)?;
        *form.details = beyond.form;
        for (at, details) in beyond.questions {
            let question = form.questions.get_mut(usize::from(at));
            question.ok_or(DecodeError::Malformed)?.details = details;
        }
        for (at, option_at, details) in beyond.options {
            let question = form.questions.get_mut(usize::from(at));
            let options = question.and_then(|question| question.kind.options_mut());
            let option = options.and_then(|options| options.get_mut(usize::from(option_at)));
            option.ok_or(DecodeError::Malformed)?.details = details;
        }
        if version == THIRD {
            return Ok((form, rest));
        }
        let (sealing, rest): (Option<Box<Sealing>>, &[u8]) = taken(rest)?;
        form.sealing = sealing;
        if version < EIGHTH {
            return Ok((form, rest));
        }
        let (least, rest): (u16, &[u8]) = taken(rest)?;
        form.activity.least = least;
        Ok((form, rest))
    }
}

fn taken<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<(T, &'b [u8]), DecodeError> {
    postcard::take_from_bytes(bytes).map_err(|_| DecodeError::Malformed)
}

impl Question {
    fn has_conditions(&self) -> bool {
        self.kind_version() == THIRD || self.details != Details::default()
    }

    /// The lowest version that has its kind.
    const fn kind_version(&self) -> u8 {
        match self.kind {
            QuestionKind::Text
            | QuestionKind::Number { .. }
            | QuestionKind::SingleChoice(_)
            | QuestionKind::MultipleChoice { .. }
            | QuestionKind::Scale { .. }
            | QuestionKind::Date
            | QuestionKind::Photo
            | QuestionKind::Sound => FIRST,
            QuestionKind::Ranking(_) | QuestionKind::Points { .. } | QuestionKind::Statements => {
                SECOND
            }
            QuestionKind::Group
            | QuestionKind::Repeat
            | QuestionKind::Note
            | QuestionKind::WholeNumber { .. }
            | QuestionKind::Range { .. }
            | QuestionKind::Time
            | QuestionKind::DateTime
            | QuestionKind::Place
            | QuestionKind::Barcode
            | QuestionKind::Acknowledge
            | QuestionKind::Calculate
            | QuestionKind::Hidden
            | QuestionKind::Metadata(_)
            | QuestionKind::Other(_) => THIRD,
        }
    }

    /// The lowest version that can ask it.
    fn version(&self) -> u8 {
        let kind = self.kind_version();
        let long = match &self.kind {
            QuestionKind::Scale { low, high, .. } => low.len().max(high.len()),
            kind => {
                let labels = kind.options().iter().map(|option| option.label.len());
                labels.max().unwrap_or_default()
            }
        };
        let mut options = self.kind.options().iter();
        let beyond = long.max(self.label.len()).max(self.hint.len()) > EARLIER_LABEL
            || self.details != Details::default()
            || self.kind.options().len() > EARLIER_LIMITS.1
            || options.any(|option| option.details != ChoiceDetails::default());
        if beyond { THIRD } else { kind }
    }
}
