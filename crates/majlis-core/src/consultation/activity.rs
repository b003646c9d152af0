//! What kind of activity a form is: a survey, a poll, an election of delegates, a budget, a petition
//! or a conversation over statements; and the whole rule by which it is counted, pinned with the form.
//! A ballot is a response: it answers the form's first question, the *ballot question*.
//! Not here: counting (`consultation::outcome`).
//!
//! Every flag is the one that `majlis_tally` counts by, under its name there.

mod fit;
mod tallied;

use majlis_tally::budget::{Comparison, Completion, Method as BudgetMethod, Utility};
use majlis_tally::poll::{Base, Bound, PollKind};
use majlis_tally::ranked::Method as RankedMethod;
use majlis_tally::tie::TieKey;
use serde::{Deserialize, Serialize};

pub use fit::RuleError;
pub use tallied::opinion_rule;
use tallied::petition_rule;

use super::boxes::Boxes;
use super::slip::Slips;

/// The most projects of a budget; they are options of one question.
pub const MAX_PROJECTS: usize = super::form::MAX_OPTIONS;
/// The most people in a petition's committee, steps of its ladder, and bands of a step.
pub const MAX_COMMITTEE: usize = 100;
/// The most statements that a conversation begins with.
pub const MAX_SEEDS: usize = 100;
/// The longest statement, in bytes of UTF-8.
pub const MAX_STATEMENT: usize = 1_000;
/// The longest description of a project, in bytes of UTF-8.
pub const MAX_ABOUT: usize = 4_000;

/// What kind of activity a form is, and under what conditions it is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// What is counted, and how.
    pub rule: Rule,
    /// Whose voices count.
    pub voters: Voters,
    /// When the outcome is shown. Nobody who holds the ballots can be kept from adding them up; this
    /// is a promise of the programs that show it.
    pub shown: Shown,
    /// How many people are entitled, and who says so.
    pub roll: Option<Roll>,
    /// The part of the roll that must take part for the outcome to count.
    pub quorum: Option<Percent>,
    /// How many options a ballot names at least; 0 where one is enough.
    #[serde(skip)]
    pub least: u16,
}

/// How many people may take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// People.
    pub people: u32,
    /// Where the number is from.
    pub source: String,
}

/// Whose voices count.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Voters {
    /// Members on their own devices, and people for whom an officer enters a ballot.
    #[default]
    Everybody,
    /// Members on their own devices only.
    Members,
    /// The same as [`Voters::Everybody`]: forms that say it were frozen, and no program offers it any more.
    Guests,
    /// Whoever holds a slip, on any member's device, once; nobody in another way.
    Slips(Slips),
    /// As [`Voters::Everybody`], and what officers enter is gathered in boxes.
    Boxes(Boxes),
}

/// When an outcome is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Shown {
    /// At any time.
    #[default]
    Always,
    /// To whoever has taken part, and to all once it is closed.
    AfterVoting,
    /// Once it is closed.
    AfterClose,
}

/// Hundredths as an exact fraction: `over / under` hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percent {
    /// Above the line.
    pub over: u32,
    /// Below it; not zero.
    pub under: u32,
}

/// What is counted, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Questions, each added up by itself.
    #[default]
    Survey,
    /// One question with options.
    Poll(PollRule),
    /// Ranked ballots for one seat or several.
    Election(ElectionRule),
    /// Projects that a sum of money is spent on.
    Budget(Box<BudgetRule>),
    /// Signatures against a ladder of thresholds.
    Petition(Box<PetitionRule>),
    /// Agree, disagree or pass on statements, and the groups of opinion that show.
    Conversation(ConversationRule),
}

/// The rule of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRule {
    /// What a ballot says of the options.
    pub kind: PollKind,
    /// The option that means none of the others will do.
    pub none_of_these: Option<u16>,
    /// What options must pass.
    pub tests: Vec<PassTest>,
    /// For ranked choices: how many places give points; 0 for all.
    pub places: u16,
    /// How equals are put in order.
    pub tie: Vec<TieKey>,
}

/// What the share of an option must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassTest {
    /// The option.
    pub option: u16,
    /// Which way.
    pub bound: Bound,
    /// The share.
    pub percent: Percent,
    /// Of what.
    pub of: Base,
}

/// The rule of an election by ranked ballots. Ballots may rank as few candidates as they like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElectionRule {
    /// How ballots are counted.
    pub method: RankedMethod,
    /// How many are elected.
    pub seats: u16,
    /// The option that means "nothing changes": nobody wins who does not beat it.
    pub status_quo: Option<u16>,
    /// The option that means to take part without preferring anybody.
    pub abstain: Option<u16>,
    /// How equals are put in order.
    pub tie: Vec<TieKey>,
}

/// What ballots of a budget look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BudgetBallot {
    /// Any number of projects.
    Approval,
    /// Points shared out among projects.
    Points,
    /// Projects in order; the last of all places is worth one point, each before it one more.
    Ranked,
    /// Projects that together cost no more than there is.
    Knapsack,
}

/// The rule of a budget. Amounts are in the smallest unit of the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRule {
    /// The money there is.
    pub money: u64,
    /// Digits after the point.
    pub decimals: u8,
    /// What money it is, as people write it.
    pub currency: String,
    /// What ballots look like.
    pub ballot: BudgetBallot,
    /// How winners are found.
    pub method: BudgetMethod,
    /// What a funded project is worth to whoever supports it.
    pub utility: Utility,
    /// How money that is left is spent.
    pub completion: Completion,
    /// By how much completion raises each share at a time; `None` for the default of the tally.
    pub step: Option<u64>,
    /// Whether completion ends as soon as nothing more fits.
    pub exhaustive_stop: bool,
    /// Whether the first shares are rounded down.
    pub integral_start: bool,
    /// Whether the outcome of greedy counting may stand instead.
    pub comparison: Comparison,
    /// How equals are put in order.
    pub tie: Vec<TieKey>,
    /// One for each option of the ballot question, in its order.
    pub projects: Vec<Project>,
}

/// What a project is, beside its name, which is the option's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The option that stands for it.
    pub option: u16,
    /// What it costs.
    pub cost: u64,
    /// What it is.
    pub about: String,
    /// Where it is, in words.
    pub area: String,
    /// Who proposed it.
    pub proposer: String,
    /// What the cost was found from: a link, a name of a file, a person to ask.
    pub evidence: String,
    /// Latitude and longitude in millionths of a degree.
    pub place: Option<(i32, i32)>,
}

/// The rule of a petition. Days are told and shown; no signature counts or not because of a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PetitionRule {
    /// Its name.
    pub name: String,
    /// Where the rule is written.
    pub source: String,
    /// When that was read, as `YYYY-MM`.
    pub read_on: String,
    /// The steps, the lowest first.
    pub steps: Vec<LadderStep>,
    /// Who must stand behind it.
    pub committee: Option<CommitteeRule>,
    /// How signatures must be spread over areas.
    pub distribution: Option<Distribution>,
    /// Days in which people are asked to sign.
    pub window_days: Option<u32>,
    /// The youngest who are asked to sign, in years.
    pub least_age: Option<u8>,
    /// Signatures after which the text must not change.
    pub text_fixed_at: Option<u64>,
    /// How many people live there.
    pub population: Option<u64>,
    /// Whether the first question asks which area the signer lives in; its options are the areas.
    pub areas: bool,
    /// Who stands behind it.
    pub members: Vec<CoSigner>,
}

/// Somebody who stands behind a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoSigner {
    /// The name.
    pub name: String,
    /// The area, an option of the first question.
    pub area: Option<u16>,
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderStep {
    /// A name, such as response or debate.
    pub name: String,
    /// What it needs.
    pub threshold: Threshold,
    /// Days the office has, once it received it.
    pub answer_days: Option<u32>,
}

/// How many signatures a step needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Threshold {
    /// So many.
    Number(u64),
    /// By the population, in bands from the smallest.
    Population(Vec<Band>),
    /// A part of the roll, rounded up, but no more than a number.
    Roll(Percent, Option<u64>),
}

/// Up to a population, so many signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// For fewer people than this; the last band has no end.
    pub below: Option<u64>,
    /// Signatures.
    pub signatures: u64,
}

/// Who must stand behind a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeRule {
    /// The fewest members.
    pub least: u32,
    /// The most.
    pub most: Option<u32>,
    /// The part of the areas they must come from, rounded up.
    pub of_areas: Option<Percent>,
}

/// How signatures must be spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// The part of the number required that each area must bring, rounded up.
    pub percent: Percent,
    /// The part of all areas that must bring it, rounded up.
    pub of_areas: Percent,
}

/// The rule of a conversation over statements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRule {
    /// Statements it begins with.
    pub seeds: Vec<String>,
    /// Whether whoever may answer may add statements.
    pub open: bool,
    /// Whether a statement is shown for voting only once a facilitator let it in.
    pub let_in: bool,
    /// The most statements of one device that stand in front of lists; others come after.
    pub in_front: u16,
    /// Who answered fewer statements is not grouped.
    pub least_votes: u32,
    /// If fewer qualify, the most active others join until there are so many.
    pub least_people: u32,
    /// The number of groups, where it is fixed.
    pub groups: Option<u8>,
    /// Thousandths of silhouette under which groups are called unclear.
    pub clear_from: u32,
    /// People under whom groups are called unclear.
    pub clear_people: u32,
}

impl Percent {
    /// So many hundredths.
    #[must_use]
    pub const fn whole(hundredths: u32) -> Self {
        Self {
            over: hundredths,
            under: 1,
        }
    }
}

/// Cost, then votes, then lot: what the tally does unless told otherwise.
#[must_use]
pub fn usual_tie() -> Vec<TieKey> {
    vec![TieKey::Cost, TieKey::Votes, TieKey::Lot]
}

impl BudgetRule {
    /// What a budget usually begins with: Equal Shares with add1u over approvals, costs in whole units. How
    /// much money there is, people say.
    #[must_use]
    pub fn usual(projects: Vec<Project>) -> Self {
        Self {
            money: 0,
            decimals: 0,
            currency: String::new(),
            ballot: BudgetBallot::Approval,
            method: BudgetMethod::EqualShares,
            utility: Utility::Cost,
            completion: Completion::Add1u,
            step: None,
            exhaustive_stop: false,
            integral_start: false,
            comparison: Comparison::None,
            tie: usual_tie(),
            projects,
        }
    }
}

impl Default for ConversationRule {
    fn default() -> Self {
        let usual = majlis_tally::opinion::OpinionRule::default();
        Self {
            seeds: Vec::new(),
            open: true,
            let_in: false,
            in_front: 5,
            least_votes: usual.least_votes,
            least_people: usual.least_people,
            groups: usual.groups,
            clear_from: usual.clear_from,
            clear_people: usual.clear_people,
        }
    }
}

impl Activity {
    /// A survey under the conditions that every release before activities had.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}
