//! Outcomes of activities, and counting again.
//! Fractions are decimal text, rounded for showing; the hash is over the exact ones.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::proceedings::{StatedView, StepView};
use crate::api::process::{Phase, ResponseStatus};
use crate::api::results::Split;
use crate::api::secret::SecretResultView;

/// The outcome of an activity, counted on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the page tells"
)]
pub struct OutcomeView {
    /// Where the activity stands.
    pub phase: Phase,
    /// Whether it may be shown to this person now. If not, `result` is `withheld` and there is no hash.
    pub shown: bool,
    /// Whether how many ballots there are is told: of a petition that is the outcome.
    pub told: bool,
    /// Ballots that count; none where that is not told.
    pub counted: Split,
    /// How many of those entitled took part; none where the form does not say how many are.
    pub turnout: Option<TurnoutView>,
    /// Ballots replaced by later ones.
    pub superseded: u32,
    /// Ballots taken back.
    pub withdrawn: u32,
    /// Ballots that came after the close.
    pub late: u32,
    /// Ballots that do not fit.
    pub not_counted: u32,
    /// Devices whose work the closing names and this device lacks: it cannot count it all yet.
    pub lacking: u32,
    /// The hash, as 64 hexadecimal digits: equal on every device that counted the same.
    pub hash: Option<String>,
    /// What came out.
    pub result: ResultView,
    /// Another outcome that this device knew before, where entries took it back: an alarm.
    pub earlier: Option<Box<EarlierView>>,
    /// What officers state as the outcome, the first first.
    pub stated: Vec<StatedView>,
    /// How many people signed what this device counts.
    pub signatures: u32,
    /// How many must, for it to be called final.
    pub signatures_needed: u32,
    /// How many people of the space may sign.
    pub signers: u32,
    /// How many devices signed two different things in one place of it: an alarm.
    pub forked: u32,
    /// How many did about who belongs to the space, which decides who votes: an alarm too.
    pub forked_members: u32,
    /// What officers did, decided and answered, the first first. Replaced ones are not among them.
    pub steps: Vec<StepView>,
    /// Whether this person signed what is counted here.
    pub signed: bool,
    /// Whether this device may moderate, report on projects and sign the count.
    pub may_moderate: bool,
    /// Whether this device may decide and answer.
    pub may_decide: bool,
}

/// An outcome that was known on this device, and is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EarlierView {
    /// Its hash.
    pub hash: String,
    /// When it was known here, in milliseconds since 1970, by this device's clock.
    pub time: u64,
    /// Ballots that counted.
    pub counted: Split,
    /// What came out.
    pub result: ResultView,
}

/// How many of those entitled took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TurnoutView {
    /// Who are entitled.
    pub people: u32,
    /// Where that is from.
    pub source: String,
    /// Voices that count: more than people, when the roll or the ballots are wrong.
    pub voices: u32,
    /// Hundredths.
    pub percent: String,
    /// Whether the quorum is reached; none where there is none.
    pub quorum: Option<bool>,
}

/// An option by its number and its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NamedOption {
    /// The option.
    pub option: u16,
    /// What it says.
    pub label: String,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResultView {
    /// Not to be shown yet.
    Withheld,
    /// Figures of questions: see `results`.
    Survey,
    /// Nothing can be counted (yet); why, in English.
    Nothing {
        /// Why.
        why: String,
    },
    /// A poll.
    Poll(PollResultView),
    /// An election.
    Election(ElectionResultView),
    /// A budget.
    Budget(BudgetResultView),
    /// A petition.
    Petition(PetitionResultView),
    /// A conversation.
    Conversation(ConversationResultView),
    /// A secret vote.
    Secret(SecretResultView),
}

/// The outcome of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PollResultView {
    /// The options with the most; several if they are equal, the tie rule's first before others.
    pub first: Vec<NamedOption>,
    /// All options, the most first.
    pub options: Vec<PollOptionView>,
    /// Ballots that say none of them will do.
    pub none_of_these: u32,
}

/// What an option has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PollOptionView {
    /// The option.
    pub option: u16,
    /// What it says.
    pub label: String,
    /// Ballots that name it.
    pub votes: u32,
    /// What they give it together.
    #[ts(type = "number")]
    pub total: i64,
    /// That over all ballots.
    pub mean: String,
    /// Hundredths of the ballots that name it.
    pub percent: String,
    /// How many ballots give it each value.
    #[ts(type = "[number, number][]")]
    pub by_value: Vec<(i64, u32)>,
    /// Whether it passed its test; none where it has none.
    pub passed: Option<bool>,
}

/// The outcome of an election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ElectionResultView {
    /// Who is elected, in the order of election; the status quo if nobody beats it.
    pub winners: Vec<NamedOption>,
    /// All candidates as the method orders them, equals together.
    pub order: Vec<Vec<NamedOption>>,
    /// What each has by the method; empty for methods without.
    pub scores: Vec<(NamedOption, String)>,
    /// All pairs; for methods that compare pairs.
    pub contests: Vec<ContestView>,
    /// What happened, in order.
    pub log: Vec<CountEvent>,
}

/// Two candidates against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContestView {
    /// One.
    pub one: NamedOption,
    /// The other.
    pub other: NamedOption,
    /// How many prefer the one.
    pub for_one: u32,
    /// How many prefer the other.
    pub for_other: u32,
}

/// Something that happened in a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CountEvent {
    /// What.
    #[ts(
        type = "'round' | 'quota' | 'elected' | 'transfer' | 'excluded' | 'tie-by-round' | 'tie' | 'last-seats' | 'does-not-beat-status-quo'"
    )]
    pub event: String,
    /// The round, where it is about one.
    pub round: Option<u32>,
    /// To whom; of a round, those still in with what they hold; of a tie, the one picked first.
    pub options: Vec<(NamedOption, Option<String>)>,
    /// Votes: the quota, the surplus, what is exhausted, or how many rank it above.
    pub votes: Option<String>,
}

/// The outcome of a budget. Amounts are in the currency's unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetResultView {
    /// What money it is.
    pub currency: String,
    /// The money there was.
    pub money: String,
    /// What the funded projects cost.
    pub spent: String,
    /// What is left.
    pub left: String,
    /// Funded projects in the order of choice.
    pub funded: Vec<FundedView>,
    /// The others.
    pub losers: Vec<LoserView>,
    /// The money that each voter had; for Equal Shares.
    pub endowment: Option<EndowmentView>,
    /// Projects funded in part, with how much; for knapsack per unit.
    pub partly: Vec<(NamedOption, String)>,
    /// Whether greedy by votes replaced the outcome by the comparison step.
    pub replaced_by_greedy: bool,
}

/// A funded project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FundedView {
    /// The project.
    pub option: u16,
    /// Its name.
    pub label: String,
    /// What it costs.
    pub cost: String,
    /// How many support it.
    pub votes: u32,
    /// All points it was given, where points decide.
    pub points: Option<String>,
    /// How it came to be funded.
    #[ts(type = "'method' | 'votes' | 'everything-fits'")]
    pub how: String,
    /// What the supporter who pays most pays.
    pub payment: Option<String>,
    /// Its effective votes when it was chosen.
    pub effective_votes: Option<String>,
    /// What each voter had been given when its supporters could pay it together; for Phragmén.
    pub earned: Option<String>,
    /// How many others were exactly as strong and lost the tie.
    pub tied: u32,
}

/// A project that is not funded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LoserView {
    /// The project.
    pub option: u16,
    /// Its name.
    pub label: String,
    /// What it costs.
    pub cost: String,
    /// How many support it.
    pub votes: u32,
    /// All points it was given, where points decide.
    pub points: Option<String>,
    /// What it lacked.
    pub lack: LackView,
}

/// What stood between a project and its money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum LackView {
    /// Nobody supports it.
    Support,
    /// Its supporters had `left` of their shares; it needed `missing` more.
    Shares {
        /// What they had.
        left: String,
        /// What it needed beyond that.
        missing: String,
    },
    /// It did not fit what was left.
    Budget {
        /// What it needed beyond that.
        missing: String,
    },
    /// The count had ended at another project, which did not fit.
    Stopped {
        /// The project.
        before: NamedOption,
    },
    /// More units of others were wanted.
    Units {
        /// What it was given.
        granted: String,
    },
}

/// The money that voters were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndowmentView {
    /// The share of each at first.
    pub start: String,
    /// The share of each in the run that counts.
    pub reached: String,
    /// Hundredths of the money handed out that are not in the budget.
    pub beyond: String,
}

/// Where a petition stands, as far as is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PetitionResultView {
    /// Signatures that count.
    pub signatures: u32,
    /// The steps, the lowest first.
    pub steps: Vec<LadderStanding>,
    /// Areas with a signature.
    pub heard_from: u32,
    /// All areas.
    pub areas: u32,
    /// Whether so many have signed that the text must stay as it is.
    pub text_fixed: bool,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LadderStanding {
    /// The step.
    pub name: String,
    /// What it needs.
    pub required: u32,
    /// What it lacks.
    pub missing: u32,
    /// Whether number and spread are both reached.
    pub reached: bool,
    /// Days for an answer, once it is reached and received.
    pub answer_days: Option<u32>,
    /// Areas that must bring their part.
    pub areas_required: u32,
    /// Areas that do.
    pub areas_reached: u32,
    /// Each area, what it brought and what it lacks; empty where the rule asks for no spread.
    pub by_area: Vec<AreaStandingView>,
}

/// What one area brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AreaStandingView {
    /// The area.
    pub area: NamedOption,
    /// Signatures.
    pub signatures: u32,
    /// What it lacks.
    pub missing: u32,
}

/// Groups of opinion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConversationResultView {
    /// Who took part.
    pub people: u32,
    /// Who answered enough to be grouped.
    pub grouped: u32,
    /// Statements voted on.
    pub statements: u32,
    /// How far groups may be trusted.
    pub trust: GroupTrust,
    /// The groups; none where nobody stands apart.
    pub groups: Vec<GroupView>,
    /// What groups share, the most agreed first.
    pub consensus: Vec<SharedStatement>,
    /// What most agree with, whatever their group.
    pub agree: Vec<VotedStatement>,
    /// What most disagree with.
    pub disagree: Vec<VotedStatement>,
    /// What brings together people who stand far apart, whatever the groups.
    pub bridges: Vec<SharedStatement>,
    /// Where people stand, in no order that tells who: millionths along the two directions in which
    /// opinions differ most, and the group.
    pub points: Vec<(i32, i32, Option<u32>)>,
    /// The place of this person among `points`.
    pub mine: Option<(i32, i32, Option<u32>)>,
}

/// How far groups may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GroupTrust {
    /// So few people that groups are not clear: an aid, no finding.
    Few,
    /// Under a hundred people: an aid.
    Some,
    /// Enough people, and no clear groups.
    Unclear,
    /// Clear groups.
    Clear,
}

/// A group of opinion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroupView {
    /// How many people.
    pub people: u32,
    /// What stands for it, the strongest first.
    pub says: Vec<VotedStatement>,
}

/// A statement with how a group votes on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VotedStatement {
    /// The statement.
    pub statement: String,
    /// What it says.
    pub text: String,
    /// Whether they agree; else they disagree.
    pub agrees: bool,
    /// How many.
    pub votes: u32,
    /// Of how many who saw it.
    pub seen: u32,
    /// Whether that is more than chance.
    pub significant: bool,
}

/// A statement that groups, or people far apart, share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SharedStatement {
    /// The statement.
    pub statement: String,
    /// What it says.
    pub text: String,
    /// How much, in hundredths.
    pub percent: String,
}

/// A count from entries alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecountView {
    /// Ballots that count.
    pub counted: Split,
    /// The hash.
    pub hash: String,
    /// Whether the lists of this device say the same.
    pub lists_agree: bool,
    /// What came out.
    pub result: ResultView,
    /// Ballots that do not count, with the reason: at most 10,000.
    pub discarded: Vec<DiscardedView>,
    /// How many do not count in all.
    pub discarded_total: u32,
    /// What officers state, and whether it is the same.
    pub stated: Vec<StatedView>,
    /// Devices whose work the closing names and this device lacks.
    pub lacking: u32,
}

/// A ballot that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiscardedView {
    /// The voice.
    pub slot: String,
    /// The record.
    pub record: String,
    /// Why.
    pub reason: ResponseStatus,
    /// Who claimed it, where its holder speaks for themselves.
    pub claimed_by: Vec<String>,
}

/// Writing ballots that count for other counting programs: a budget as Pabulib, an election as BLT, a
/// conversation as the files of Polis. Voters are numbered in random order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotsExport {
    /// The space.
    pub space: String,
    /// The activity.
    pub consultation: String,
    /// The file, or the folder for a conversation.
    pub path: String,
    /// With fewer voices than this nothing is written: 0 for 5.
    #[serde(default)]
    pub least: u32,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotsWritten {
    /// The files.
    pub files: Vec<String>,
    /// Ballots in them.
    pub ballots: u32,
}
