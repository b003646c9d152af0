//! What can be typed after `majlis consultation`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{InSpace, Stage};

#[derive(Debug, Subcommand)]
pub(crate) enum ConsultationCommand {
    /// Starts a draft.
    New {
        #[command(flatten)]
        space: InSpace,
        /// The title.
        #[arg(long, required_unless_present = "file")]
        title: Option<String>,
        /// What it is about.
        #[arg(long, default_value = "")]
        description: String,
        /// Who it is for.
        #[arg(long, default_value = "")]
        audience: String,
        /// How much influence the answers have.
        #[arg(long, default_value = "consult")]
        stage: Stage,
        /// `TYPE:LABEL[:OPTIONS]`, TYPE being text, number, single, multiple, scale, ranking, points, statements, date, photo, sound, whole, time, date-time, place, acknowledge or note, with `!` when required.
        /// OPTIONS: `a|b|c` for choices, `1..5` or `1..5:low|high` for a scale, `0..10` for a number, `a|b|c:EACH:ALL` for points.
        #[arg(long = "question", value_name = "QUESTION")]
        questions: Vec<String>,
        /// What kind of activity it is and how it is counted: JSON, or a file with it, in the form of
        /// the API's ActivityView. The first question is the ballot.
        #[arg(long, value_name = "JSON|FILE")]
        activity: Option<String>,
        /// For a budget: what an option costs.
        #[arg(long = "project", value_name = "OPTION=COST")]
        projects: Vec<String>,
        /// The whole draft as JSON, in the form of the API's ConsultationDraft.
        #[arg(long, value_name = "FORM.json", conflicts_with_all = ["title", "questions", "activity", "projects"])]
        file: Option<PathBuf>,
        /// Open it at once.
        #[arg(long)]
        open: bool,
    },
    /// The codes of the slips of a vote, which this device made.
    Slips {
        /// The vote.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Freezes a draft and opens it for answers.
    Open {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// A question whose answers only the keepers can read: its text, its name or its number; `all`
        /// for all that can be.
        #[arg(long, value_name = "QUESTION", num_args = 1.., requires = "keepers")]
        seal: Vec<String>,
        /// Who holds a part of the key to sealed answers.
        #[arg(long, value_name = "NAME", num_args = 1.., requires = "seal")]
        keepers: Vec<String>,
        /// How many keepers it takes to read them.
        #[arg(long, default_value_t = 1, requires = "seal")]
        threshold: u8,
        /// Make so many slips: whoever holds one votes, on any member's device, once; nobody in another
        /// way. `consultation slips` prints them.
        #[arg(long, value_name = "NUMBER", conflicts_with = "seal")]
        slips: Option<u32>,
    },
    /// Who can read sealed answers, and the figures that they published.
    Sealed {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Gives this device's part of the key to the other keepers, so that they can read. It cannot be
    /// taken back.
    Release {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Publishes figures of the sealed answers of a closed consultation.
    Publish {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Smaller numbers are left out, and others that would give them away.
        #[arg(long, default_value_t = 5)]
        least: u32,
    },
    /// Closes it, naming everything this device holds as counted.
    Close {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Shown with the results.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// The count.
    Results {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// The outcome by the rule of the activity, with what officers state and did.
    Outcome {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Signs under the outcome of a closed activity, as this device counts it.
    State {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// The outcome in words.
        #[arg(long, default_value = "")]
        summary: String,
    },
    /// Moderates, reports, decides or answers, for all to see.
    Step {
        /// The consultation.
        consultation: String,
        /// let_in, hidden, merged, feasible, infeasible, milestone, noted, admitted, refused, received,
        /// answered, followed_up, heard, done or not_done.
        kind: String,
        #[command(flatten)]
        space: InSpace,
        /// About what: `option:2`, `statement:ID`, `question:ID` or `voice:SLOT`; the whole activity
        /// when left out.
        #[arg(long, default_value = "whole")]
        about: String,
        /// The reason, the answer or the report.
        #[arg(long, default_value = "")]
        text: String,
        /// A number that belongs to it, in the smallest unit of money.
        #[arg(long)]
        number: Option<i64>,
        /// A day that belongs to it, as YYYY-MM-DD.
        #[arg(long)]
        day: Option<String>,
        /// What it goes back to, written as for --about.
        #[arg(long = "source", value_name = "SUBJECT")]
        sources: Vec<String>,
    },
    /// The closing report: what people said, what is done about it, what is not and why.
    Report {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Puts answers behind a theme of the report, or takes them away; a new theme is made.
    Theme {
        /// The consultation.
        consultation: String,
        /// What people said, in a few words.
        theme: String,
        #[command(flatten)]
        space: InSpace,
        /// The slot of an answer to put behind it.
        #[arg(long, value_name = "SLOT")]
        add: Vec<String>,
        /// The slot of an answer to take away from it.
        #[arg(long, value_name = "SLOT")]
        remove: Vec<String>,
        /// Put every answer with these words behind it.
        #[arg(long, value_name = "WORDS")]
        with: Option<String>,
    },
    /// The statements of a conversation.
    Statements {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Only the one to see next.
        #[arg(long)]
        next: bool,
    },
    /// Says something in a conversation.
    Say {
        /// The consultation.
        consultation: String,
        /// What is said.
        text: String,
        #[command(flatten)]
        space: InSpace,
        /// It is entered for somebody else.
        #[arg(long)]
        assisted: bool,
    },
    /// How the answers to one question go with those to another.
    Cross {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// A question with options or a scale, by its number, or `channel`.
        #[arg(long, value_name = "QUESTION")]
        rows: String,
        /// Likewise.
        #[arg(long, value_name = "QUESTION")]
        columns: String,
        /// Leave out numbers below this, and those that would give them away.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        least: u32,
    },
    /// What this device entered for others today.
    Day {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Draws, from a public seed, which answers another officer asks again.
    BackCheck {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// What everybody can see and nobody could choose: dice thrown in front of people.
        #[arg(long)]
        seed: String,
        /// How many of each officer's answers in a hundred, rounded up.
        #[arg(long, default_value_t = 5)]
        percent: u8,
    },
    /// Lists consultations.
    List {
        #[command(flatten)]
        space: InSpace,
    },
    /// Shows a draft or form.
    Show {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Lists answers held here.
    Responses {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// Skip so many.
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Starts a draft from an XLSForm (.xlsx, .xls or .ods), with its conditions, groups, repeats and
    /// languages. What has no effect here yet is kept, and named.
    Import {
        /// The form.
        file: PathBuf,
        #[command(flatten)]
        space: InSpace,
        /// Which of the form's languages: its name or its subtag, such as `ar`; the first when left out.
        #[arg(long)]
        language: Option<String>,
        /// How much influence the answers have.
        #[arg(long, default_value = "consult")]
        stage: Stage,
        /// Open it at once.
        #[arg(long)]
        open: bool,
    },
    /// Writes the form, or the draft, as an XLSForm (.xlsx).
    Form {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// The file.
        #[arg(long, value_name = "FILE.xlsx")]
        to: PathBuf,
    },
    /// Writes the answers that count into a file for other programs, by the ending of its name: .xlsx,
    /// .csv (with what its columns mean in a second file) or .json. Ballots go into .pb (a budget) or .blt
    /// (an election), a conversation into a folder as the files of Polis; with fewer than five voices
    /// none are written.
    Export {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// The file, or the folder.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}
