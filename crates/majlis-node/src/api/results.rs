//! The count of a consultation, as people see it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::process::{AnswerValue, ConsultationDraft, Phase, PlaceView};

/// The count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResultsView {
    /// The form that was answered.
    pub form: ConsultationDraft,
    /// Where it stands.
    pub phase: Phase,
    /// Whether how many answers there are is told: of a petition that is the outcome.
    pub told: bool,
    /// Answers that count; none where that is not told.
    pub counted: Split,
    /// Versions replaced by later ones.
    pub superseded: u32,
    /// Answers taken back.
    pub withdrawn: u32,
    /// Answers that came after the close.
    pub late: u32,
    /// Answers that do not fit the form.
    pub not_counted: u32,
    /// Per question.
    pub questions: Vec<QuestionResult>,
    /// Of those that count, answers whose sealed part should be readable here and is not.
    pub unread: u32,
    /// Who is heard; none where the form does not ask, or this device cannot read what was said.
    pub balance: Option<BalanceView>,
}

/// How many voices speak from each side of public life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BalanceView {
    /// The question that asks for it.
    pub question: String,
    /// Voices of each type that the form offers.
    pub voices: Vec<ActorVoices>,
    /// Voices that did not tell.
    pub untold: u32,
    /// The type that more than half of those who told speak for.
    pub most: Option<ActorName>,
    /// Types that the form offers and nobody spoke for.
    pub silent: Vec<ActorName>,
}

/// How many speak for one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActorVoices {
    /// The type.
    pub actor: ActorName,
    /// How many.
    pub voices: u32,
}

/// Which side of public life a voice speaks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActorName {
    /// An authority of any level.
    Government,
    /// A business.
    Private,
    /// An association, a cooperative, a union.
    Social,
    /// A person for themselves.
    Citizen,
}

/// A number split by channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Split {
    /// All.
    pub all: u32,
    /// Entered by people themselves.
    pub own: u32,
    /// Entered by officers.
    pub assisted: u32,
}

/// The count of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuestionResult {
    /// The question.
    pub question: String,
    /// How many answered it.
    pub answered: Split,
    /// The figures.
    pub figures: Figures,
}

/// The figures of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Figures {
    /// Per option or scale step, in the form's order.
    Options {
        /// The bars.
        bars: Vec<Bar>,
        /// For a scale: the mean, as decimal text.
        mean: Option<String>,
    },
    /// Of numbers, as decimal text.
    Numbers {
        /// Smallest.
        min: String,
        /// Largest.
        max: String,
        /// Mean, rounded to six decimals.
        mean: String,
        /// Median.
        median: String,
        /// Bars over up to ten equal ranges.
        bars: Vec<Bar>,
    },
    /// Of dates: per day or month.
    Dates {
        /// The bars.
        bars: Vec<Bar>,
    },
    /// Free texts: newest first, at most 200; the rest through `responses`.
    Texts {
        /// The texts.
        texts: Vec<TextAnswer>,
    },
    /// Photos or sounds: newest first, at most 200; the rest through `responses`.
    Media {
        /// What was given.
        given: Vec<MediaAnswer>,
    },
    /// Of rankings: where the options stand, in the form's order.
    Ranks {
        /// The options.
        options: Vec<RankedOption>,
    },
    /// Of points: how many gave an option any, and all it was given, in the form's order.
    Points {
        /// The options.
        options: Vec<PointedOption>,
    },
    /// Of statements: see `statements`.
    Statements {
        /// How many statements were voted on.
        voted: u32,
    },
    /// Of times of day: per hour, as `06:00`.
    Hours {
        /// The bars.
        bars: Vec<Bar>,
    },
    /// Points on the earth; at most 1,000 of them, in no order that means anything.
    Places {
        /// The points.
        points: Vec<PlaceAnswer>,
    },
    /// Of a repeat: how many rows there are in all.
    Rows {
        /// All rows.
        rows: u32,
    },
    /// Sealed: who answered it, and what, this device cannot read. Every answer that counts has a
    /// sealed part, whatever is in it.
    Sealed,
    /// Nothing but how many answered: of what is confirmed.
    Plain,
    /// Nobody answered it.
    None,
}

/// A point on the earth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceAnswer {
    /// Where.
    pub place: PlaceView,
    /// Whether an officer entered it.
    pub assisted: bool,
}

/// Where an option stands in the rankings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RankedOption {
    /// The option's text.
    pub label: String,
    /// How many put it first.
    pub first: Split,
    /// Its mean place as decimal text, the first place being 1; `None` when nobody ranked it.
    pub mean: Option<String>,
}

/// An option and its points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PointedOption {
    /// The option's text.
    pub label: String,
    /// How many gave it points.
    pub givers: Split,
    /// All points.
    pub points: u32,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Bar {
    /// What it stands for: an option's text, a step, a range, a day.
    pub label: String,
    /// How many.
    pub count: Split,
}

/// A free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TextAnswer {
    /// The text.
    pub text: String,
    /// Whether an officer entered it.
    pub assisted: bool,
}

/// A photo or a sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MediaAnswer {
    /// The photo or the sound.
    pub value: AnswerValue,
    /// Whether an officer entered it.
    pub assisted: bool,
}

/// What the rows or columns of a table are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "question", rename_all = "snake_case")]
pub enum AxisName {
    /// A question with options or steps, by its id.
    Question(String),
    /// How the answer came in.
    Channel,
}

/// Asking for a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CrossAsked {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// What the rows are.
    pub rows: AxisName,
    /// What the columns are.
    pub columns: AxisName,
    /// Numbers below this are left out, and what would give them away; 0 leaves nothing out.
    #[serde(default)]
    pub least: u32,
}

/// How the answers to one question go with those to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CrossView {
    /// The rows.
    pub rows: Vec<CategoryView>,
    /// The columns.
    pub columns: Vec<CategoryView>,
    /// Row by row; none where a number is left out.
    pub cells: Vec<Vec<Option<u32>>>,
    /// Voices in each row.
    pub row_totals: Vec<Option<u32>>,
    /// Voices in each column.
    pub column_totals: Vec<Option<u32>>,
    /// Voices counted.
    pub total: u32,
}

/// A row or column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "label", rename_all = "snake_case")]
pub enum CategoryView {
    /// An option, by its text.
    Option(String),
    /// A step of a scale.
    Step(i16),
    /// Entered by people themselves.
    Own,
    /// Entered by officers.
    Assisted,
    /// Not answered.
    Unanswered,
}

/// Asking what each group answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DividedAsked {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// What makes the groups: a question with a single choice or a scale, or how answers came in.
    pub by: AxisName,
}

/// What each group answered. Groups of few are put together, and small numbers left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DividedView {
    /// Numbers below this are not told.
    pub least: u32,
    /// The groups.
    pub groups: Vec<GroupVoices>,
    /// Every question that can be split and read here.
    pub questions: Vec<DividedQuestionView>,
}

/// A group of a split and its voices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroupVoices {
    /// Which; none for those that are put together.
    pub group: Option<CategoryView>,
    /// How many voices.
    pub voices: u32,
}

/// What each group answered to one question; none where a number is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DividedQuestionView {
    /// The question.
    pub question: String,
    /// How many of each group answered.
    pub answered: Vec<Option<u32>>,
    /// Options or steps; none where there are none.
    pub rows: Vec<CategoryView>,
    /// Row by row, for each group.
    pub cells: Vec<Vec<Option<u32>>>,
    /// The mean of each group as decimal text; none of what has no mean.
    pub means: Vec<Option<String>>,
}

/// Comparing the answers to a question with a census.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RepresentationAsked {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// A question with options.
    pub question: String,
    /// People for each option, in any unit; options that are not named are left out.
    pub census: Vec<CensusRow>,
}

/// A line of a census.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CensusRow {
    /// The option, or step of a scale.
    pub id: i32,
    /// People, in any unit.
    pub people: u32,
}

/// How one group compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RepresentedView {
    /// The group.
    pub group: CategoryView,
    /// Its voices.
    pub voices: Split,
    /// Its share of the voices, in thousandths.
    pub share: u32,
    /// Its share of the people, in thousandths.
    pub expected: u32,
    /// What can be said of it.
    pub weight: WeightName,
}

/// Whether a group is heard as much as its share of the people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WeightName {
    /// Too few answered for anybody to say.
    Unsure,
    /// Clearly less.
    Less,
    /// About as much.
    Even,
    /// Clearly more.
    More,
}

/// A table of people by group, as an office has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadCensus {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// A question with options or a scale.
    pub question: String,
    /// The file (CSV, XLSX, XLS or ODS), in Base64.
    pub base64: String,
    /// The column that says how many, from 1; the last one that says so of the most groups where none
    /// is named.
    #[serde(default)]
    pub column: Option<u32>,
}

/// What was read of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CensusRead {
    /// People for each option that it names.
    pub rows: Vec<CensusFigure>,
    /// Lines that name none of the options, or one a second time, or a number that may mean two
    /// things, or none.
    pub strays: Vec<CensusStray>,
    /// The columns that say a number of some group: one of them is meant.
    pub columns: Vec<CensusColumn>,
    /// The one that was read, by its number.
    pub column: Option<u32>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CensusColumn {
    /// Its number, from 1.
    pub column: u32,
    /// What stands above it; empty where nothing does.
    pub title: String,
}

/// What a table says of one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CensusFigure {
    /// The option, or step of a scale.
    pub id: i32,
    /// People, or a share, as plain decimals such as `51.5`: in the unit of the table.
    pub people: String,
}

/// A line of a table that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CensusStray {
    /// Its number, from 1.
    pub row: u32,
    /// What it begins with.
    pub text: String,
}
