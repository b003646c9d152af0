//! What can be typed after `majlis consultation`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{InSpace, Stage};

/// The consultation that a command is about.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The consultation: its id, the beginning of it, or its title.
    pub(crate) consultation: String,
    #[command(flatten)]
    pub(crate) space: InSpace,
}

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
        /// `TYPE[!]:LABEL[:OPTIONS]`, TYPE being text, number, single, multiple, scale, ranking, points, statements, date, photo, sound, whole, time, date-time, place, acknowledge or note, followed by `!` when it must be answered.
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
        #[command(flatten)]
        which: Which,
    },
    /// Freezes a draft and opens it for answers.
    Open {
        #[command(flatten)]
        which: Which,
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
        /// A ballot box in which ballots on paper are gathered: its name, and after `:` who keeps it. Give it
        /// once for each box; none can be added later.
        #[arg(long = "box", value_name = "NAME[:KEEPER]", conflicts_with_all = ["seal", "slips"])]
        boxes: Vec<String>,
        /// How many officers must sign the minutes of a box for its ballots to count: 0, 1 or 2.
        #[arg(long, default_value_t = 0, requires = "boxes", value_parser = clap::value_parser!(u8).range(0..=2))]
        signatures: u8,
    },
    /// Says until when people are asked to take part, or moves it, with a reason: a signed act that everybody
    /// sees. No answer counts or not because of it; `consultation close` decides.
    Until {
        #[command(flatten)]
        which: Which,
        /// The day and time as clocks show them where it is held: `2026-12-06T18:00`.
        until: String,
        /// Why it is moved.
        #[arg(long, default_value = "")]
        why: String,
    },
    /// The ballot boxes of a vote: how they stand, sealing one, signing the minutes of one.
    Boxes {
        #[command(flatten)]
        which: Which,
        /// Seal this box: what this device entered for others since it last sealed one is in it.
        #[arg(
            long,
            value_name = "NAME",
            requires = "papers",
            conflicts_with = "sign"
        )]
        seal: Option<String>,
        /// With --seal: how many papers were in it, counted by hand.
        #[arg(long, requires = "seal")]
        papers: Option<u32>,
        /// With --seal: what else is to be said.
        #[arg(long, default_value = "", requires = "seal")]
        note: String,
        /// Sign all minutes of this box that others made and this device finds as they say.
        #[arg(long, value_name = "NAME")]
        sign: Option<String>,
        /// Add a photo of the minutes of this box, as people signed them on paper.
        #[arg(long, value_name = "NAME", requires = "photo", conflicts_with_all = ["seal", "sign"])]
        picture: Option<String>,
        /// With --picture: the file.
        #[arg(long, value_name = "FILE", requires = "picture")]
        photo: Option<PathBuf>,
        /// Hide a photo of the minutes of this box, with --why: it is kept, and everybody sees who hid it and why.
        #[arg(long, value_name = "NAME", requires = "why", conflicts_with_all = ["seal", "sign", "picture", "show_again"])]
        hide: Option<String>,
        /// Show a photo of the minutes of this box again that was hidden, with --why.
        #[arg(long, value_name = "NAME", requires = "why", conflicts_with_all = ["seal", "sign", "picture"])]
        show_again: Option<String>,
        /// With --hide or --show-again: which of its photos, from one.
        #[arg(long, default_value_t = 1)]
        number: usize,
        /// With --hide or --show-again: why.
        #[arg(long)]
        why: Option<String>,
    },
    /// Asks that one's own statement, which was joined to another one, stand by itself.
    KeepApart {
        #[command(flatten)]
        which: Which,
        /// The statement: its id, the beginning of it, or its words.
        statement: String,
        /// Why.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// Makes the draft of a budget from the ideas of a conversation that are in and can be done.
    BudgetOfIdeas {
        #[command(flatten)]
        which: Which,
        /// What the budget is called; as the conversation when left out.
        #[arg(long, default_value = "")]
        title: String,
    },
    /// Who can read sealed answers, and the figures that they published.
    Sealed {
        #[command(flatten)]
        which: Which,
    },
    /// Gives this device's part of the key to the other keepers, so that they can read. It cannot be
    /// taken back.
    Release {
        #[command(flatten)]
        which: Which,
    },
    /// Publishes figures of the sealed answers of a closed consultation.
    Publish {
        #[command(flatten)]
        which: Which,
        /// Smaller numbers are left out, and others that would give them away.
        #[arg(long, default_value_t = 5)]
        least: u32,
    },
    /// Closes it, naming everything this device holds as counted.
    Close {
        #[command(flatten)]
        which: Which,
        /// Shown with the results.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// The count.
    Results {
        #[command(flatten)]
        which: Which,
    },
    /// The outcome by the rule of the activity, with what officers state and did.
    Outcome {
        #[command(flatten)]
        which: Which,
    },
    /// Signs under the outcome of a closed activity, as this device counts it.
    State {
        #[command(flatten)]
        which: Which,
        /// The outcome in words.
        #[arg(long, default_value = "")]
        summary: String,
    },
    /// Moderates, reports, decides or answers, for all to see.
    Step {
        #[command(flatten)]
        which: Which,
        /// let_in, hidden, merged, feasible, infeasible, milestone, noted, admitted, refused, received,
        /// answered, followed_up, heard, done or not_done.
        kind: String,
        /// About what: `theme:WORDS`, `option:2`, `statement:ID`, `question:ID` or `voice:SLOT`; the whole activity
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
        #[command(flatten)]
        which: Which,
    },
    /// Puts answers behind a theme of the report, or takes them away; a new theme is made.
    Theme {
        #[command(flatten)]
        which: Which,
        /// What people said, in a few words.
        theme: String,
        /// The slot of an answer to put behind it, or its beginning.
        #[arg(long, value_name = "SLOT")]
        add: Vec<String>,
        /// The slot of an answer to take away from it, or its beginning.
        #[arg(long, value_name = "SLOT")]
        remove: Vec<String>,
        /// Put every answer with these words behind it.
        #[arg(long, value_name = "WORDS")]
        with: Option<String>,
    },
    /// The statements of a conversation.
    Statements {
        #[command(flatten)]
        which: Which,
        /// Only the one to see next.
        #[arg(long)]
        next: bool,
    },
    /// Says something in a conversation.
    Say {
        #[command(flatten)]
        which: Which,
        /// What is said.
        text: String,
        /// It is entered for somebody else.
        #[arg(long)]
        assisted: bool,
    },
    /// How the answers to one question go with those to another.
    Cross {
        #[command(flatten)]
        which: Which,
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
    /// What each group answered; groups of few are put together, small numbers left out.
    Split {
        #[command(flatten)]
        which: Which,
        /// What makes the groups: a question with a single choice or a scale by its number, its name
        /// (`actor_type` asks which side somebody speaks from) or its text, or `channel`.
        #[arg(long, value_name = "QUESTION")]
        by: String,
    },
    /// Where answers are that are places; `consultation export` writes them as GeoJSON.
    Places {
        #[command(flatten)]
        which: Which,
        /// A question that asks for a place: its number, its name or its text. The only one when left out.
        #[arg(long)]
        question: Option<String>,
        /// A question with a single choice or a scale that gives each place its group.
        #[arg(long, value_name = "QUESTION")]
        by: Option<String>,
        /// Only how many lie together, in squares of the ground, and only where they are at least so many.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        least: u32,
    },
    /// How the groups that answered compare with a census or a register.
    Represented {
        #[command(flatten)]
        which: Which,
        /// A question with options or a scale: its number, its name or its text.
        #[arg(long)]
        question: String,
        /// People by group, as OPTION=PEOPLE.
        #[arg(
            long = "people",
            value_name = "OPTION=PEOPLE",
            required_unless_present = "census"
        )]
        people: Vec<String>,
        /// A table of people by group (.csv, .xlsx, .xls or .ods).
        #[arg(long, value_name = "FILE", conflicts_with = "people")]
        census: Option<PathBuf>,
        /// The column of the table that says how many, from 1, where several could be meant.
        #[arg(long, value_name = "NUMBER", requires = "census")]
        column: Option<u32>,
    },
    /// What this person entered for others today; first tells who would not be asked, or how many are
    /// meant.
    Day {
        #[command(flatten)]
        which: Which,
        /// So many more would not be asked; fewer with a minus.
        #[arg(
            long,
            default_value_t = 0,
            allow_negative_numbers = true,
            value_name = "NUMBER"
        )]
        refused: i32,
        /// How many people are meant for a day; 0 for none.
        #[arg(long, value_name = "NUMBER")]
        target: Option<u32>,
    },
    /// Draws, from a public seed, which answers another officer asks again, and records the draw; without a
    /// seed, lists what was drawn and what came of it.
    BackCheck {
        #[command(flatten)]
        which: Which,
        /// What everybody can see and nobody could choose: dice thrown in front of people.
        #[arg(long)]
        seed: Option<String>,
        /// How many of each officer's answers in a hundred, rounded up.
        #[arg(long, default_value_t = 5)]
        percent: u8,
    },
    /// Tells what came of asking somebody again who was drawn: which answers were the same, and which not.
    AskedAgain {
        #[command(flatten)]
        which: Which,
        /// Whose answer it is, as `back-check` lists it.
        #[arg(long, value_name = "ANSWER")]
        slot: String,
        /// Questions to which the same was said, by their numbers.
        #[arg(long, value_name = "QUESTION", value_delimiter = ',')]
        same: Vec<String>,
        /// Questions to which something else was said.
        #[arg(long, value_name = "QUESTION", value_delimiter = ',')]
        other: Vec<String>,
        /// Why nothing can be compared: the person could not be asked, or all of it is sealed.
        #[arg(long, default_value = "", value_name = "TEXT")]
        not_asked: String,
    },
    /// Lists consultations.
    List {
        #[command(flatten)]
        space: InSpace,
    },
    /// Shows a draft or form.
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Lists answers held here.
    Responses {
        #[command(flatten)]
        which: Which,
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
        #[command(flatten)]
        which: Which,
        /// The file.
        #[arg(long, value_name = "FILE.xlsx")]
        to: PathBuf,
    },
    /// Writes the answers that count into a file for other programs, by the ending of its name: .xlsx,
    /// .csv (with what its columns mean in a second file), .json, or .geojson for a map. Ballots go into .pb
    /// (a budget) or .blt (an election), a conversation into a folder as the files of Polis; with fewer than five voices
    /// none are written.
    Export {
        #[command(flatten)]
        which: Which,
        /// The file, or the folder.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Also writes the photos and sounds that the answers name into this folder, called as in the file.
        #[arg(long, value_name = "DIR")]
        media: Option<PathBuf>,
    },
}
