//! What can be typed after `majlis`. Not here: doing it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod consultation;
mod form;
mod requests;
mod secret;
mod tally;
mod value;

pub(crate) use consultation::{ConsultationCommand, Which};
pub(crate) use form::FormCommand;
pub(crate) use requests::RequestsCommand;
pub(crate) use secret::{Risk, SecretCommand};
pub(crate) use tally::{
    BudgetArgs, CompareArgs, ExplainArgs, LotFlags, RankedArgs, RankedFlags, SampleArgs,
    TallyCommand,
};
use value::size;
pub(crate) use value::{Keep, Lang, Media, Mode, Rank, Saving, Stage};

/// Majlis: consultations and shared texts that work where the network does not.
#[derive(Debug, Parser)]
#[command(name = "majlis", version, propagate_version = true)]
pub(crate) struct Cli {
    /// The folder of this replica; several replicas run on one machine with a folder each.
    #[arg(long, global = true, value_name = "DIR", env = "MAJLIS_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Answer in JSON; the keys are those of the API's types.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Do not look for devices on the local network.
    #[arg(long, global = true)]
    pub(crate) no_discovery: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows this device, or changes its name, its language and what it fetches.
    Me {
        /// The name that others see.
        #[arg(long)]
        name: Option<String>,
        /// The language of the interface and the sample.
        #[arg(long)]
        lang: Option<Lang>,
        /// Which photos and sounds of others are fetched by themselves.
        #[arg(long, value_enum)]
        media: Option<Media>,
        /// Megabytes that photos and sounds of others may take up here; 0 for no limit.
        #[arg(long, value_name = "MB")]
        media_room: Option<u64>,
        /// Whether others in the same text see where this person is, and this person them.
        #[arg(long, value_name = "true|false")]
        presence: Option<bool>,
    },
    /// Spaces on this device.
    #[command(subcommand)]
    Space(SpaceCommand),
    /// Makes an invite and prints its ticket.
    Invite {
        #[command(flatten)]
        space: InSpace,
        /// The rank it gives.
        #[arg(long, default_value = "member")]
        rank: Rank,
        /// How many may join by it.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// What to call it.
        #[arg(long, default_value = "")]
        label: String,
        /// Also write the QR code to this SVG file.
        #[arg(long, value_name = "FILE")]
        qr: Option<PathBuf>,
    },
    /// Joins a space by ticket. Works with nobody near; the first meeting completes it.
    Join {
        /// The ticket.
        ticket: String,
        /// The name that others see, when none was given before.
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Stay online up to so many seconds, until the first meeting.
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u64>,
    },
    /// Members of a space.
    Members {
        #[command(flatten)]
        space: InSpace,
        #[command(subcommand)]
        command: Option<MembersCommand>,
    },
    /// Consultations.
    #[command(subcommand, alias = "consultations")]
    Consultation(ConsultationCommand),
    /// Hands in an answer or a ballot, or a correction of one.
    #[command(visible_alias = "vote")]
    Respond {
        /// The consultation: its id, the beginning of it, or its title.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// QUESTION=VALUE, where QUESTION is a number from 1, an id, a name or a label, and a choice its text, its name or a number from 1. Several choices, and places from the best, are parted by `|`; points are `option:points`, votes on statements `id:1`, `id:0` or `id:-1`; a photo or a sound is a file.
        #[arg(long = "answer", value_name = "QUESTION=VALUE")]
        answers: Vec<String>,
        /// Answers from a file (or `-`), one JSON object a line: {"answers": {"1": "..."}, "note": "", "slot": null}.
        #[arg(long, value_name = "FILE", conflicts_with = "answers")]
        file: Option<PathBuf>,
        /// Responses from a file (or `-`), one JSON object a line, keyed by the names that the form
        /// gives its questions, as `majlis form simulate` writes them.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["answers", "file"])]
        named: Option<PathBuf>,
        /// The answer is someone else's, given in this way.
        #[arg(long, value_name = "MODE")]
        assisted: Option<Mode>,
        /// With --assisted: what helps to find the person again.
        #[arg(long, default_value = "", requires = "assisted")]
        note: String,
        /// With --assisted: the person did not agree to the entry being kept with a note.
        #[arg(long, requires = "assisted")]
        no_consent: bool,
        /// Correct the assisted answer of this slot, or of this code on a receipt.
        #[arg(long, requires = "assisted")]
        slot: Option<String>,
        /// The code of a slip, where slips vote: it votes once.
        #[arg(long, value_name = "CODE", conflicts_with_all = ["slot", "assisted"])]
        slip: Option<String>,
    },
    /// Secret votes: trustees, sealed ballots, transcripts.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Takes an answer back.
    Withdraw {
        /// The consultation.
        consultation: String,
        #[command(flatten)]
        space: InSpace,
        /// The slot of an assisted answer, its beginning, or the code on its receipt.
        #[arg(long)]
        slot: Option<String>,
    },
    /// Shows the answers that a receipt is for, or claims one: from then on this person speaks for it,
    /// and no officer.
    Claim {
        /// The code on the receipt.
        code: String,
        #[command(flatten)]
        space: InSpace,
        /// Claim it, and let this stand from then on; only show it when left out.
        #[arg(long)]
        keep: Option<Keep>,
        /// Which answer, where several show the code: its slot or the beginning of it.
        #[arg(long)]
        slot: Option<String>,
    },
    /// Everything that spaces on this device hold about its person, and who can read it.
    Held,
    /// What people ask to have deleted of what they said, and replying to it.
    Requests {
        #[command(flatten)]
        space: InSpace,
        #[command(subcommand)]
        command: Option<RequestsCommand>,
    },
    /// Shows the votes that a slip is of, and whether it was used.
    Slip {
        /// The code on the slip.
        code: String,
    },
    /// Counts an activity again from signed entries alone, lists what does not count and why, and
    /// compares the hash with what lists and officers say.
    Recount {
        /// The consultation, with the space before it where there are several: each by its id, the beginning of it,
        /// or its title.
        #[arg(required = true, num_args = 1..=2, value_names = ["SPACE", "CONSULTATION"])]
        names: Vec<String>,
        #[command(flatten)]
        space: InSpace,
    },
    /// Says why an option did not win, and the nearest change with which it would have; of a conversation, what is
    /// wanted most, so that many of one mind do not fill the list, and what groups of opinion support of each other.
    Why {
        #[command(flatten)]
        which: Which,
        /// The option, by its words or its number; none for a conversation.
        option: Option<String>,
    },
    /// Writes a photo or a sound that an answer names into a file.
    Save {
        /// Its name, as `consultation responses` says.
        blob: String,
        #[command(flatten)]
        space: InSpace,
        /// The file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Documents.
    #[command(subcommand, alias = "document")]
    Doc(DocCommand),
    /// Meets the peers of a space, until one of them and this device have everything of each other.
    Sync {
        /// The space; all of them when left out.
        #[arg(long)]
        space: Option<String>,
        /// Dial this address too.
        #[arg(long, value_name = "ADDRESS")]
        peer: Vec<String>,
        /// Wait at most so many seconds; 0 only says how sync stands.
        #[arg(long = "for", value_name = "SECONDS", default_value_t = 60)]
        patience: u64,
        /// Use the internet this once, though the month's data budget is used up.
        #[arg(long)]
        over_budget: bool,
    },
    /// What the network cost today and this month; sets the budget and how data is saved.
    Traffic {
        /// Megabytes that may go over the internet in a month; 0 for no budget.
        #[arg(long, value_name = "MB")]
        budget: Option<u64>,
        /// When to save data.
        #[arg(long, value_enum)]
        saving: Option<Saving>,
        /// While data is saved, minutes before others are asked for news (5 to 1440).
        #[arg(long, value_name = "MINUTES")]
        news: Option<u32>,
    },
    /// Receipts of those who carry for others, and alarms about them.
    Receipts {
        /// The space; may be left out when there is only one.
        space: Option<String>,
    },
    /// Prints this device's address for others to dial.
    Address,
    /// Stays online and serves the interface on this device's loopback address.
    Serve {
        /// The port on 127.0.0.1; any free one when left out.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// The folder of a built interface, instead of the one in this program.
        #[arg(long, value_name = "DIR")]
        ui: Option<PathBuf>,
    },
    /// Writes everything of a space to a carry file, or adds to one what it lacks.
    Export {
        /// The file; what does not fit into one goes into NAME.1.majlis, NAME.2.majlis and so on. Or a
        /// folder, such as a memory card: then it is the space's own file there.
        file: PathBuf,
        /// Every space of this device, each in its own file of the folder.
        #[arg(long, conflicts_with = "space")]
        everything: bool,
        /// The most bytes of one file, such as 25M or 700k; just under 4G when left out, which
        /// every memory card holds.
        #[arg(long, value_parser = size)]
        part_size: Option<u64>,
        /// Which photos and sounds go along.
        #[arg(long, value_enum, default_value_t = Media::All)]
        media: Media,
        #[command(flatten)]
        space: InSpace,
    },
    /// Lists the memory cards and sticks that are in this machine, and the carry files on them.
    Cards,
    /// Takes in a carry file.
    Import {
        /// The file.
        file: PathBuf,
        /// Only say what it holds, who wrote it and when.
        #[arg(long)]
        summary: bool,
    },
    /// Checks every signature, chain, authority and projection.
    Verify {
        /// The space; all of them when left out.
        #[arg(long)]
        space: Option<String>,
    },
    /// Rebuilds everything that is derived from entries.
    Reindex,
    /// Makes the sample space.
    Demo {
        /// Its language.
        #[arg(long)]
        lang: Option<Lang>,
        /// Forget the sample that is there and make it anew.
        #[arg(long)]
        reset: bool,
    },
    /// Entries that do not count, with reasons.
    Quarantine {
        #[command(flatten)]
        space: InSpace,
    },
    /// Brings entries that were set aside back, under this device's responsibility.
    Adopt {
        /// The entries: ids or beginnings of ids.
        #[arg(required = true)]
        entries: Vec<String>,
        #[command(flatten)]
        space: InSpace,
    },
    /// Reads, converts and tries out forms of other programs. Needs no replica.
    #[command(subcommand)]
    Form(FormCommand),
    /// Counts ballot files and explains results: budgets, ranked ballots, opinions. Needs no replica.
    #[command(subcommand)]
    Tally(TallyCommand),
    /// Searches everything held here.
    Search {
        /// What to find.
        text: String,
        /// Only in this space.
        #[arg(long)]
        space: Option<String>,
    },
}

/// The space a command is about.
#[derive(Debug, Args)]
pub(crate) struct InSpace {
    /// The space: its id, the beginning of it, or its name. May be left out when there is only one.
    #[arg(long)]
    pub(crate) space: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpaceCommand {
    /// Founds a space.
    New {
        /// Its name.
        name: String,
        /// What it is for.
        #[arg(long, default_value = "")]
        purpose: String,
        /// The first text of its charter.
        #[arg(long, default_value = "")]
        charter: String,
        /// The name that others see, when none was given before.
        #[arg(long = "as", value_name = "NAME")]
        founder: Option<String>,
    },
    /// Lists spaces.
    List,
    /// Shows a space.
    Show {
        /// The space.
        space: Option<String>,
    },
    /// Leaves a space: tells the others, keeps the copy.
    Leave {
        /// The space.
        space: String,
        /// Also while something that was made here is on no other device, as far as is known: it is
        /// handed over to nobody afterwards.
        #[arg(long)]
        anyway: bool,
    },
    /// Deletes this device's copy of a space.
    Forget {
        /// The space.
        space: String,
        /// Also while something that was made here is on no other device, as far as is known: it is
        /// lost.
        #[arg(long)]
        anyway: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MembersCommand {
    /// Lists members.
    List,
    /// Changes a rank.
    Rank {
        /// The member: device id, the beginning of it, or name.
        member: String,
        /// The new rank.
        rank: Rank,
    },
    /// Removes a member; their work counts up to what this device holds.
    Remove {
        /// The member.
        member: String,
        /// Why, shown to all.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Lists changes among the stewards that too few of them agreed to so far.
    Pending,
    /// Agrees to a change among the stewards.
    Agree {
        /// The change, or the beginning of its name.
        change: String,
    },
    /// Makes this device a steward by the space's recovery card.
    Recover {
        /// A file with the text of the card; `-` reads it from standard input.
        #[arg(long, default_value = "-")]
        card: PathBuf,
        /// A steward to remove with it: a device that is lost or in the wrong hands.
        #[arg(long)]
        remove: Vec<String>,
        /// Why, shown to all.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocCommand {
    /// Starts a document.
    New {
        /// Its title.
        title: String,
        #[command(flatten)]
        space: InSpace,
        /// Its first text, a paragraph a line.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// Lists documents.
    List {
        #[command(flatten)]
        space: InSpace,
    },
    /// Changes a document.
    Edit {
        /// The document: its id, the beginning of it, or its title.
        document: String,
        #[command(flatten)]
        space: InSpace,
        /// Add a paragraph at the end.
        #[arg(long, value_name = "TEXT")]
        append: Vec<String>,
        /// Put text before this unit (UTF-16; a paragraph's beginning counts one).
        #[arg(long, num_args = 2, value_names = ["AT", "TEXT"])]
        insert: Option<Vec<String>>,
        /// Replace the whole text by standard input, a paragraph a line; what stays the same is kept.
        #[arg(long)]
        replace: bool,
        /// Give it another title.
        #[arg(long)]
        title: Option<String>,
    },
    /// Shows a document's text.
    Show {
        /// The document.
        document: String,
        #[command(flatten)]
        space: InSpace,
        /// As of this version (heads from `history`).
        #[arg(long, value_name = "HEAD")]
        at: Vec<String>,
        /// While its history is still coming: the text as a member signed it.
        #[arg(long, conflicts_with = "at")]
        signed: bool,
        /// While its history is still coming: only what is here.
        #[arg(long, conflicts_with_all = ["at", "signed"])]
        here: bool,
    },
    /// Signs what a document says now, so that whoever joins can read it before its history came.
    /// Long documents are signed by themselves.
    Checkpoint {
        /// The document.
        document: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Who wrote what.
    Blame {
        /// The document.
        document: String,
        #[command(flatten)]
        space: InSpace,
    },
    /// Earlier versions.
    History {
        /// The document.
        document: String,
        #[command(flatten)]
        space: InSpace,
    },
}
