//! What is stated on the way of an activity beside ballots: statements in a conversation, steps that
//! officers take, and the outcome as an officer counted it. Each is final; a step may be replaced by
//! one that names it.
//! Not here: what steps mean for what counts (`consultation::statement`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::consultation::activity::MAX_STATEMENT;
use crate::id::{FormId, QuestionId, SlotId, StatementId};
use crate::membership::Capability;
use crate::record::{RecordId, Salt};

/// The longest text of a step or of a stated result, in bytes of UTF-8.
pub const MAX_STEP_TEXT: usize = 8_000;
/// The most sources of a step, and the most steps it replaces.
pub const MAX_SOURCES: usize = 200;
/// So many people sign the same outcome before it is called final.
pub const SIGNATURES: u32 = 2;

/// Something said in a conversation, for others to agree or disagree with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The conversation.
    pub form: FormId,
    /// What is said.
    pub text: String,
    /// Whether an officer entered it for somebody.
    pub assisted: bool,
    /// Random bytes.
    pub salt: Salt,
}

/// Something an officer did, decided or answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The activity.
    pub form: FormId,
    /// What was done.
    pub kind: StepKind,
    /// About what.
    pub about: Subject,
    /// What is said about it: a reason, an answer, a report.
    pub text: String,
    /// A number that belongs to it, such as money spent, in the smallest unit.
    pub number: Option<i64>,
    /// A day that belongs to it, in days since 1970. Claimed and shown, never a rule.
    pub day: Option<i32>,
    /// What it goes back to: the answers and statements that it speaks of.
    pub sources: Vec<Subject>,
    /// Earlier steps that it takes the place of; of a draw, the answers that it drew.
    pub replaces: Vec<RecordId>,
    /// Random bytes.
    pub salt: Salt,
}

/// The outcome as an officer counted it: a signature under a hash. A second one that states the same
/// hash signs the same outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The activity.
    pub form: FormId,
    /// How many ballots count.
    pub counted: u64,
    /// The hash of the outcome.
    pub hash: [u8; 32],
    /// The outcome in words.
    pub summary: String,
    /// Random bytes.
    pub salt: Salt,
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// The activity as a whole.
    Whole,
    /// A question.
    Question(QuestionId),
    /// An option of the ballot: a project, a candidate.
    Option(u16),
    /// A statement.
    Statement(StatementId),
    /// What one voice said.
    Voice(SlotId),
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $needs:ident;)+) => {
        /// What a step does: a closed list, and kinds of newer versions, which are kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum StepKind {
            $($(#[$doc])* $name,)+
            /// A kind of a newer version.
            Unknown(u8),
        }

        impl StepKind {
            /// All that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The byte it is written as.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$name => $code,)+ Self::Unknown(code) => code }
            }

            /// Reads a byte.
            #[must_use]
            pub const fn from_code(code: u8) -> Self {
                match code { $($code => Self::$name,)+ other => Self::Unknown(other) }
            }

            /// What its author's rank has to allow. What is not known may be anything.
            #[must_use]
            pub const fn needs(self) -> Capability {
                match self { $(Self::$name => Capability::$needs,)+ Self::Unknown(_) => Capability::Decide }
            }
        }
    };
}

kinds! {
    /// A statement is let in.
    LetIn = 0, Moderate;
    /// A statement is hidden, with a reason; it stays, and is listed as hidden.
    Hidden = 1, Moderate;
    /// A statement became part of what it names among its sources.
    Merged = 2, Moderate;
    /// A project or an idea can be done, with what was found out.
    Feasible = 3, Moderate;
    /// It cannot be done, with the reason.
    Infeasible = 4, Moderate;
    /// Something of a project is done, with money and a day.
    Milestone = 5, Moderate;
    /// Something to be told.
    Noted = 6, Moderate;
    /// A petition is admitted.
    Admitted = 7, Decide;
    /// A petition is not admitted, with the reason.
    Refused = 8, Decide;
    /// The office has received it; from here its days run.
    Received = 9, Decide;
    /// The office answers.
    Answered = 10, Decide;
    /// What became of an answer.
    FollowedUp = 11, Decide;
    /// Closing report: what people said.
    Heard = 12, Moderate;
    /// Closing report: what is done about it.
    Done = 13, Decide;
    /// Closing report: what is not done, because of the reason.
    NotDone = 14, Decide;
    /// How many people would not be asked on a day, as this device counted: one a day and device.
    Refusals = 15, RespondForOthers;
    /// How many people an officer means to ask in a day.
    Aim = 16, RespondForOthers;
    /// Which answers are asked again: the voices are its sources, the seed its text, how many in a
    /// hundred its number. In place of earlier steps it names, voice by voice, the answers that were in force.
    Drawn = 17, RespondForOthers;
    /// A voice was asked again, and says the same to the questions that it names.
    SaidSame = 18, RespondForOthers;
    /// A voice was asked again, and says something else to the questions that it names.
    SaidOther = 19, RespondForOthers;
    /// A voice could not be asked again, with what was found.
    NotAsked = 20, RespondForOthers;
    /// Until when people are asked to take part: its day, and minutes since midnight as its number, as clocks
    /// show where it is held. A promise and a reminder; what counts is decided by the closing.
    OpenUntil = 21, Decide;
}

impl Serialize for StepKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl<'de> Deserialize<'de> for StepKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self::from_code)
    }
}

impl StepKind {
    /// Whether it says anything without a reason or a report.
    #[must_use]
    pub const fn needs_text(self) -> bool {
        match self {
            Self::Hidden
            | Self::Infeasible
            | Self::Refused
            | Self::Answered
            | Self::FollowedUp
            | Self::Heard
            | Self::Done
            | Self::NotDone
            | Self::Noted
            | Self::Milestone
            | Self::Drawn
            | Self::NotAsked => true,
            Self::LetIn
            | Self::Merged
            | Self::Feasible
            | Self::Admitted
            | Self::Received
            | Self::Refusals
            | Self::Aim
            | Self::OpenUntil
            | Self::SaidSame
            | Self::SaidOther
            | Self::Unknown(_) => false,
        }
    }

    /// Whether it belongs to an officer's work, and not to what the activity comes to.
    #[must_use]
    pub const fn is_of_the_field(self) -> bool {
        matches!(
            self,
            Self::Refusals
                | Self::Aim
                | Self::Drawn
                | Self::SaidSame
                | Self::SaidOther
                | Self::NotAsked
        )
    }
}

impl Statement {
    /// Its id, by what it says.
    #[must_use]
    pub fn id(&self) -> StatementId {
        statement_id(self.form, &self.text)
    }

    pub(super) fn is_sized(&self) -> bool {
        is_statement(&self.text)
    }
}

/// Whether a text may be a statement: not empty, not too long, nothing around it.
#[must_use]
pub fn is_statement(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_STATEMENT && text.trim() == text
}

/// The id of a statement of `form`: the same words are the same statement, whoever says them.
#[must_use]
pub fn statement_id(form: FormId, text: &str) -> StatementId {
    let mut id = [0; 16];
    blake3::Hasher::new_derive_key("majlis 2026 statement id v1")
        .update(form.as_bytes())
        .update(text.as_bytes())
        .finalize_xof()
        .fill(&mut id);
    StatementId::from_bytes(id)
}

impl Step {
    /// Whether it hides photos of minutes: those that it names. Nothing else of the whole can be hidden.
    #[must_use]
    pub fn hides_photos(&self) -> bool {
        self.kind == StepKind::Hidden && self.about == Subject::Whole
    }

    pub(super) fn is_sized(&self) -> bool {
        self.text.len() <= MAX_STEP_TEXT
            && (!self.kind.needs_text() || !self.text.trim().is_empty())
            && self.sources.len() <= MAX_SOURCES
            && self.replaces.len() <= MAX_SOURCES
            // Years 1 to 9999, so that every date can be written.
            && self.day.is_none_or(|day| (-719_162..=2_932_896).contains(&day))
    }
}

impl Stated {
    pub(super) const fn is_sized(&self) -> bool {
        self.summary.len() <= MAX_STEP_TEXT
    }
}
