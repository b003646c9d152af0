//! A form as it was frozen at opening, and what is a fitting answer to it.
//! Not here: drafting a form together (`document::definition`), its bytes (`wire`), the rule by which
//! it is counted (`activity`), who can read what of its answers (`sealing`).

pub mod details;
mod fit;
mod sealing;
mod wire;

use serde::{Deserialize, Serialize};

use crate::blob::{Blob, PIECE, Part, Photo};
use crate::consultation::activity::{Activity, Voters};
use crate::consultation::boxes::Boxes;
use crate::consultation::slip::Slips;
use crate::id::{QuestionId, StatementId};

pub use details::{ChoiceDetails, Details, FormDetails};
pub use fit::{AnswerError, FormError};
pub use sealing::{
    HeldShare, Keeper, MAX_KEEPER_DEVICES, MAX_KEEPERS, MAX_SEALED, MAX_SHARE, SealedQuestions,
    Sealing, SealingError, is_list_of_media,
};
pub(crate) use wire::EIGHTH;

/// The longest text answer, in bytes of UTF-8.
pub const MAX_TEXT_ANSWER: usize = 8_000;
/// The most questions in a form, groups and notes among them.
pub const MAX_QUESTIONS: usize = 1_000;
/// The most options in a question.
pub const MAX_OPTIONS: usize = 1_000;
/// The most statements that one answer votes on.
pub const MAX_VOTES: usize = 2_000;
/// The most rows that a repeat is answered with.
pub const MAX_ROWS: usize = 1_000;
/// How deep groups and repeats may stand in each other.
pub const MAX_DEPTH: usize = 16;
/// How deep repeats may stand in each other.
pub const MAX_REPEATS: usize = 4;
/// The longest title, label or option, in bytes of UTF-8.
pub const MAX_LABEL: usize = 4_000;
/// The longest description, in bytes of UTF-8.
pub const MAX_DESCRIPTION: usize = 20_000;

/// How much influence the answers have: the open-government ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// People are told.
    Inform,
    /// People are asked; the owner answers.
    Consult,
    /// People decide.
    Decide,
}

/// A consultation's form, frozen by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who it is for, in words.
    pub audience: String,
    /// How much influence the answers have.
    pub stage: Stage,
    /// The questions, in order; what stands in a group or repeat comes after it.
    pub questions: Vec<Question>,
    /// What kind of activity it is, and how it is counted.
    #[serde(skip)]
    pub activity: Activity,
    /// What it says beside that.
    #[serde(skip)]
    pub details: Box<FormDetails>,
    /// Which of its answers are kept from those who carry them.
    #[serde(skip)]
    pub sealing: Option<Box<Sealing>>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable through edits of the draft.
    pub id: QuestionId,
    /// The question.
    pub label: String,
    /// Help shown under it.
    pub hint: String,
    /// Whether an answer without it is incomplete.
    pub required: bool,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
    /// What it says beside that.
    #[serde(skip)]
    pub details: Details,
}

/// What kind of answer a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuestionKind {
    /// Free text.
    Text,
    /// A number with up to six decimals, between optional bounds in millionths.
    Number {
        /// Smallest accepted value, in millionths.
        min: Option<i64>,
        /// Largest accepted value, in millionths.
        max: Option<i64>,
    },
    /// One of the options.
    SingleChoice(Vec<Choice>),
    /// Any number of the options up to `most`.
    MultipleChoice {
        /// The options.
        options: Vec<Choice>,
        /// The most that may be chosen; 0 means all.
        most: u16,
    },
    /// A whole number on a scale.
    Scale {
        /// Lowest step.
        from: i16,
        /// Highest step.
        to: i16,
        /// What the lowest step means.
        low: String,
        /// What the highest step means.
        high: String,
    },
    /// A calendar date.
    Date,
    /// A photo.
    Photo,
    /// Something spoken.
    Sound,
    /// The options in an order, the best first; all of them, or as many as one likes where the
    /// question is a ballot.
    Ranking(Vec<Choice>),
    /// Points given to options.
    Points {
        /// The options.
        options: Vec<Choice>,
        /// The most for one option; 0 for no limit but that of all together.
        each: u32,
        /// The most for all options together; 0 for no limit but that of each.
        all: u32,
        /// Whether n points for an option use up n times n of all.
        squared: bool,
    },
    /// Agree, disagree or pass on statements.
    Statements,
    /// Questions that belong together; takes no answer.
    Group,
    /// Questions that are asked once for each of several things: answered in rows.
    Repeat,
    /// A text to read; takes no answer.
    Note,
    /// A whole number between optional bounds in millionths.
    WholeNumber {
        /// Smallest accepted value, in millionths.
        min: Option<i64>,
        /// Largest accepted value, in millionths.
        max: Option<i64>,
    },
    /// A number in steps, all in millionths.
    Range {
        /// Lowest.
        from: i64,
        /// Highest.
        to: i64,
        /// From one to the next; above zero.
        step: i64,
    },
    /// A time of day.
    Time,
    /// A day and time.
    DateTime,
    /// A point on the earth.
    Place,
    /// A code read by the camera.
    Barcode,
    /// A confirmation.
    Acknowledge,
    /// A value that is computed and not shown.
    Calculate,
    /// A value that is neither shown nor computed.
    Hidden,
    /// What the device knows by itself.
    Metadata(Metadata),
    /// A kind of another program, as it is written there; its answers are carried as text.
    Other(String),
}

/// What a device knows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metadata {
    /// When filling began.
    Start,
    /// When filling ended.
    End,
    /// The day it began.
    Today,
    /// The device's short name.
    Device,
    /// The name of whoever fills it in.
    User,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Stable through edits of the draft; unique in its question.
    pub id: u16,
    /// What it says.
    pub label: String,
    /// What it says beside that.
    #[serde(skip)]
    pub details: ChoiceDetails,
}

/// An answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Free text.
    Text(String),
    /// A number in millionths.
    Number(i64),
    /// The chosen options, ascending, one for a single choice.
    Choices(Vec<u16>),
    /// A step of a scale.
    Scale(i16),
    /// Days since 1970-01-01.
    Date(i32),
    /// A photo.
    Photo(Photo),
    /// Something spoken.
    Sound(Blob),
    /// Options, the best first.
    Ranking(Vec<u16>),
    /// Options with points above zero, in ascending order of options.
    Points(Vec<(u16, u32)>),
    /// Statements with 1 for agree, -1 for disagree and 0 for pass, in ascending order of statements.
    Votes(Vec<(StatementId, i8)>),
    /// Milliseconds since midnight.
    Time(u32),
    /// A day and time.
    DateTime(DateTime),
    /// A point on the earth.
    Place(Place),
    /// A confirmation.
    Acknowledged,
    /// The rows of a repeat, each like a response of its own.
    Rows(Vec<Row>),
    /// What only some can read.
    Sealed(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// The answers in one row of a repeat.
pub type Row = Vec<(QuestionId, Answer)>;

/// A day and time as a clock showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DateTime {
    /// Milliseconds since 1970 began, on the clock where it was written.
    pub millis: i64,
    /// Minutes that the clock was ahead of UTC, where that is known.
    pub ahead: Option<i16>,
}

/// A point on the earth (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Ten-millionths of a degree north.
    pub latitude: i32,
    /// Ten-millionths of a degree east.
    pub longitude: i32,
    /// Centimetres above the ellipsoid; zero where that is not known.
    pub altitude: i32,
    /// Radius of uncertainty in centimetres; zero where that is not known.
    pub accuracy: u32,
}

impl Form {
    /// Whether answers that an officer enters for somebody take part.
    #[must_use]
    pub fn takes_assisted(&self) -> bool {
        match self.activity.voters {
            Voters::Everybody | Voters::Guests | Voters::Boxes(_) => {
                self.secret_ballots().is_none()
            }
            Voters::Members | Voters::Slips(_) => false,
        }
    }

    /// The slips that vote, where nobody else does.
    #[must_use]
    pub const fn slips(&self) -> Option<&Slips> {
        match &self.activity.voters {
            Voters::Slips(slips) => Some(slips),
            Voters::Everybody | Voters::Members | Voters::Guests | Voters::Boxes(_) => None,
        }
    }

    /// The boxes in which what officers enter is gathered, where the form lists some.
    #[must_use]
    pub const fn boxes(&self) -> Option<&Boxes> {
        match &self.activity.voters {
            Voters::Boxes(boxes) => Some(boxes),
            Voters::Everybody | Voters::Members | Voters::Guests | Voters::Slips(_) => None,
        }
    }

    /// The pictures and sounds of its questions and options, as far as somebody added them. Small
    /// pictures come first, as those of answers do.
    #[must_use]
    pub fn blobs(&self) -> Vec<(Part, Blob)> {
        let of = |medium: &details::Medium| {
            let part = match medium.kind.as_str() {
                "audio" => Part::Sound,
                _ if medium.blob.is_some_and(|blob| blob.size <= PIECE) => Part::Preview,
                _ => Part::Photo,
            };
            medium.blob.map(|blob| (part, blob))
        };
        let each = self.questions.iter().flat_map(|question| {
            let options = question.kind.options().iter();
            let options = options.flat_map(|option| &option.details.media);
            question.details.media.iter().chain(options)
        });
        each.filter_map(of).collect()
    }
}

impl Answer {
    /// The blobs it refers to.
    #[must_use]
    pub fn blobs(&self) -> Vec<(Part, Blob)> {
        match self {
            Self::Photo(photo) => {
                vec![(Part::Preview, photo.preview), (Part::Photo, photo.full)]
            }
            Self::Sound(sound) => vec![(Part::Sound, *sound)],
            Self::Rows(rows) => {
                let inner = rows.iter().flatten();
                inner.flat_map(|(_, answer)| answer.blobs()).collect()
            }
            Self::Text(_)
            | Self::Number(_)
            | Self::Choices(_)
            | Self::Scale(_)
            | Self::Date(_)
            | Self::Ranking(_)
            | Self::Points(_)
            | Self::Votes(_)
            | Self::Time(_)
            | Self::DateTime(_)
            | Self::Place(_)
            | Self::Acknowledged
            | Self::Sealed(_) => Vec::new(),
        }
    }
}

impl QuestionKind {
    /// The options to choose from or to rank; none where nothing is chosen.
    #[must_use]
    pub fn options(&self) -> &[Choice] {
        match self {
            Self::SingleChoice(options)
            | Self::MultipleChoice { options, .. }
            | Self::Ranking(options)
            | Self::Points { options, .. } => options,
            Self::Text
            | Self::Number { .. }
            | Self::Scale { .. }
            | Self::Date
            | Self::Photo
            | Self::Sound
            | Self::Statements
            | Self::Group
            | Self::Repeat
            | Self::Note
            | Self::WholeNumber { .. }
            | Self::Range { .. }
            | Self::Time
            | Self::DateTime
            | Self::Place
            | Self::Barcode
            | Self::Acknowledge
            | Self::Calculate
            | Self::Hidden
            | Self::Metadata(_)
            | Self::Other(_) => &[],
        }
    }

    /// The same, to be written.
    pub fn options_mut(&mut self) -> Option<&mut Vec<Choice>> {
        match self {
            Self::SingleChoice(options)
            | Self::MultipleChoice { options, .. }
            | Self::Ranking(options)
            | Self::Points { options, .. } => Some(options),
            Self::Text
            | Self::Number { .. }
            | Self::Scale { .. }
            | Self::Date
            | Self::Photo
            | Self::Sound
            | Self::Statements
            | Self::Group
            | Self::Repeat
            | Self::Note
            | Self::WholeNumber { .. }
            | Self::Range { .. }
            | Self::Time
            | Self::DateTime
            | Self::Place
            | Self::Barcode
            | Self::Acknowledge
            | Self::Calculate
            | Self::Hidden
            | Self::Metadata(_)
            | Self::Other(_) => None,
        }
    }

    /// Whether other questions stand in it.
    #[must_use]
    pub const fn is_section(&self) -> bool {
        matches!(self, Self::Group | Self::Repeat)
    }

    /// Whether its answer names bytes that travel beside it.
    #[must_use]
    pub const fn is_medium(&self) -> bool {
        matches!(self, Self::Photo | Self::Sound)
    }

    /// Whether a person answers it by hand.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        match self {
            Self::Text
            | Self::Number { .. }
            | Self::SingleChoice(_)
            | Self::MultipleChoice { .. }
            | Self::Scale { .. }
            | Self::Date
            | Self::Photo
            | Self::Sound
            | Self::Ranking(_)
            | Self::Points { .. }
            | Self::Statements
            | Self::WholeNumber { .. }
            | Self::Range { .. }
            | Self::Time
            | Self::DateTime
            | Self::Place
            | Self::Barcode
            | Self::Acknowledge
            | Self::Other(_) => true,
            Self::Group
            | Self::Repeat
            | Self::Note
            | Self::Calculate
            | Self::Hidden
            | Self::Metadata(_) => false,
        }
    }
}
