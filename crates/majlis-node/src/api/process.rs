//! Consultations: drafting, opening, closing. Not here: answers (`answers`), results (`results`).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::activity::{ActivityView, ProjectView};
pub use crate::api::answers::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, MyResponse, PlaceView, Respond,
    Responded, ResponsePage, ResponseStatus, ResponseView, ResponsesQuery, WithdrawResponse,
};
use crate::api::details::{ChoiceDetailsView, FormDetailsView, QuestionDetails};
use crate::api::report::NoticeView;
use crate::api::slips::SlipsView;

/// Which consultation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsultationRef {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
}

/// Where a consultation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being written.
    Draft,
    /// Answers are taken.
    Open,
    /// Closed by a signed record.
    Closed,
}

/// How much influence the answers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// People are told.
    Inform,
    /// People are asked.
    Consult,
    /// People decide.
    Decide,
}

/// What kind of activity a consultation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActivityName {
    /// Questions.
    Survey,
    /// A poll.
    Poll,
    /// An election of delegates.
    Election,
    /// A participatory budget.
    Budget,
    /// A petition.
    Petition,
    /// Statements to agree or disagree with.
    Conversation,
}

/// A consultation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that lists tell"
)]
pub struct ConsultationSummary {
    /// The space.
    pub space: String,
    /// The space's name.
    pub space_name: String,
    /// The consultation.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// Its stage.
    pub stage: StageName,
    /// Where it stands.
    pub phase: Phase,
    /// What kind of activity it is.
    pub kind: ActivityName,
    /// Number of questions.
    pub questions: u32,
    /// Answers that count, over all channels; none where how many there are is not told yet.
    pub answers: Option<u32>,
    /// Of them assisted; likewise.
    pub assisted: Option<u32>,
    /// Whether this person has an answer in force.
    pub answered: bool,
    /// Whether this person took their answer back.
    pub withdrawn: bool,
    /// What an office said about it that this person, who answered, has not read.
    pub notice: Option<Box<NoticeView>>,
    /// Whether an outcome that was known on this device is another one now: an alarm.
    pub undone: bool,
    /// Whether a device signed two different things in one place of it: an alarm.
    pub forked: bool,
    /// Until when people are asked to take part, once somebody said so.
    pub until: Option<Box<UntilView>>,
    /// Whether something became of an idea of this person's that they have not seen.
    pub idea_told: bool,
    /// When it was opened or last changed, in milliseconds since 1970, as claimed.
    pub time: u64,
}

/// Until when people are asked to take part. It decides nothing: a closing does, by what it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UntilView {
    /// As `2026-12-06T18:00`, as clocks show it where it is held.
    pub at: String,
    /// Who said so.
    pub by: String,
    /// When they said so, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Why it was moved; empty where it was not.
    pub why: String,
    /// What was said before, the last first.
    pub before: Vec<String>,
}

/// Saying until when people are asked to take part, or moving it: a signed act that everybody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenUntil {
    /// The space.
    pub space: String,
    /// The consultation, which is open.
    pub consultation: String,
    /// As `2026-12-06T18:00`, as clocks show it where it is held.
    pub until: String,
    /// Why; needed where it is moved.
    #[serde(default)]
    pub why: String,
}

/// Starting a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsultationNew {
    /// The space.
    pub space: String,
    /// The first draft.
    pub draft: ConsultationDraft,
}

/// Changing a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsultationEdit {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The whole draft as it should be; what others changed elsewhere in it meanwhile stays.
    pub draft: ConsultationDraft,
}

/// What a consultation asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsultationDraft {
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who it is for.
    pub audience: String,
    /// How much influence the answers have.
    pub stage: StageName,
    /// The questions, in order; what stands in a group or repeat comes after it. In other
    /// activities than surveys and petitions the first one is the ballot.
    pub questions: Vec<QuestionView>,
    /// What kind of activity it is; none for a survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub activity: Option<ActivityView>,
    /// What it says beside that; whoever writes a draft hands it back as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub details: Option<Box<FormDetailsView>>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuestionView {
    /// Sixteen hexadecimal digits; empty for a new one, which then gets one.
    pub id: String,
    /// The question.
    pub label: String,
    /// Help under it.
    #[serde(default)]
    pub hint: String,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// What it takes.
    pub kind: QuestionKindView,
    /// What it says beside that; whoever writes a draft hands it back as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub details: Option<Box<QuestionDetails>>,
}

/// What a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionKindView {
    /// Free text.
    Text,
    /// A number; bounds as decimal text.
    Number {
        /// Smallest accepted.
        #[serde(default)]
        min: Option<String>,
        /// Largest accepted.
        #[serde(default)]
        max: Option<String>,
    },
    /// One option.
    SingleChoice {
        /// The options.
        options: Vec<ChoiceView>,
    },
    /// Several options.
    MultipleChoice {
        /// The options.
        options: Vec<ChoiceView>,
        /// The most that may be chosen; 0 means all.
        #[serde(default)]
        most: u16,
    },
    /// A step on a scale.
    Scale {
        /// Lowest.
        from: i16,
        /// Highest.
        to: i16,
        /// What the lowest means.
        #[serde(default)]
        low: String,
        /// What the highest means.
        #[serde(default)]
        high: String,
    },
    /// A date.
    Date,
    /// A photo.
    Photo,
    /// Something spoken.
    Sound,
    /// The options in an order, the best first.
    Ranking {
        /// The options.
        options: Vec<ChoiceView>,
    },
    /// Points given to options.
    Points {
        /// The options.
        options: Vec<ChoiceView>,
        /// The most for one option; 0 for no limit but that of all together.
        #[serde(default)]
        each: u32,
        /// The most for all together; 0 for no limit but that of each.
        #[serde(default)]
        all: u32,
        /// Whether n points for an option use up n times n of all.
        #[serde(default)]
        squared: bool,
    },
    /// Agree, disagree or pass on statements.
    Statements,
    /// Questions that belong together; takes no answer.
    Group,
    /// Questions that are asked once for each of several things.
    Repeat,
    /// A text to read; takes no answer.
    Note,
    /// A whole number; bounds as decimal text.
    WholeNumber {
        /// Smallest accepted.
        #[serde(default)]
        min: Option<String>,
        /// Largest accepted.
        #[serde(default)]
        max: Option<String>,
    },
    /// A number in steps, as decimal text.
    Range {
        /// Lowest.
        from: String,
        /// Highest.
        to: String,
        /// From one to the next.
        step: String,
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
    Metadata {
        /// What.
        what: MetadataName,
    },
    /// A kind of another program, which is kept and not asked here yet; answers are text.
    Other {
        /// As it is written there.
        written: String,
    },
}

/// What a device knows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MetadataName {
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

/// An option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChoiceView {
    /// Unique in its question; 0 for a new one, which then gets one.
    #[serde(default)]
    pub id: u16,
    /// What it says.
    pub label: String,
    /// In a budget: the project that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project: Option<ProjectView>,
    /// What it says beside that; whoever writes a draft hands it back as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub details: Option<Box<ChoiceDetailsView>>,
}

/// A consultation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "what may be done here: one answer a question"
)]
pub struct ConsultationView {
    /// As in lists.
    pub summary: ConsultationSummary,
    /// The draft, or the frozen form once it is open.
    pub form: ConsultationDraft,
    /// The frozen form's id, once it is open.
    pub form_id: Option<String>,
    /// Who opened it.
    pub opened_by: String,
    /// Whether some of its answers are sealed; `sealing` says which, and who can read them.
    pub sealed: bool,
    /// What the closer wrote.
    pub close_note: String,
    /// Whether this device may change and open the draft or close it.
    pub may_edit: bool,
    /// Whether this device may open or close it.
    pub may_open: bool,
    /// Whether this device may open the draft with secret ballots, as far as its question goes: ranked
    /// ballots, for one, are never secret.
    pub may_be_secret: bool,
    /// Whether this device may answer for its own person now.
    pub may_respond: bool,
    /// Whether this device may enter answers for others now.
    pub may_assist: bool,
    /// Whether its outcome is not to be shown to this person now, and no answers of others with it.
    pub withheld: bool,
    /// Whether its ballots are secret: they are cast by calls of their own.
    pub secret: bool,
    /// The slips, where they vote and nobody else does: with a code as its slot an answer is a ballot.
    pub slips: Option<SlipsView>,
    /// Whether a slip can be used on this device now.
    pub may_use_slips: bool,
    /// Whether ballots on paper are gathered in boxes; `ballot_boxes` says how they stand.
    pub boxes: bool,
    /// What stops the draft from being opened.
    pub problem: Option<Box<FormProblem>>,
}

/// What stops a draft from being opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "question", rename_all = "snake_case")]
pub enum FormProblem {
    /// There is no title.
    NoTitle,
    /// There is no question.
    NoQuestions,
    /// This question is incomplete.
    BadQuestion(String),
    /// A text or list is too long.
    TooLong,
    /// The rule of the activity does not fit the questions; what is wrong with it.
    Rule(RuleProblem),
    /// What is said about sealed answers cannot be done.
    Sealing,
    /// Slips cannot vote in it.
    Slips,
    /// Ballot boxes cannot be held with it.
    Boxes,
    /// A condition of this question (its name, or nothing where it is not known) cannot be
    /// understood: what is wrong, in English.
    BadRule {
        /// The question.
        question: Option<String>,
        /// What is wrong.
        what: String,
    },
}

/// What is wrong with the rule of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleProblem {
    /// The first question is not a ballot that the rule counts, or need not be answered.
    Ballot,
    /// The rule names an option that the ballot does not have, or a project has no cost.
    Option,
    /// A number is missing or cannot be counted by.
    Number,
    /// How many are entitled, or where that is from, is missing.
    Roll,
    /// Money is missing, or there is too much of it.
    Money,
    /// Too few people stand behind the petition.
    Committee,
    /// The population or the areas are missing.
    Place,
    /// A text or list is empty, too long or says the same twice.
    Text,
}

/// Closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CloseConsultation {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// A note, shown with the results.
    #[serde(default)]
    pub note: String,
}
