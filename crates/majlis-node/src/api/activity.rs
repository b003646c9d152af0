//! Activities: what kind a consultation is, and the rule that is pinned when it opens. Amounts of
//! money and parts are decimal text, so that nothing is rounded on the way.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What kind of activity it is, and under what conditions it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityView {
    /// What is counted, and how.
    pub rule: RuleView,
    /// Whose voices count.
    #[serde(default)]
    pub voters: VotersName,
    /// When the outcome is shown. The interface and the command line keep to it; whoever holds a copy
    /// of the ballots can add them up at any time.
    #[serde(default)]
    pub shown: ShownName,
    /// How many are entitled.
    #[serde(default)]
    pub roll: Option<RollView>,
    /// Hundredths of those entitled who must take part: `25`, `12.5`, `100/3`.
    #[serde(default)]
    pub quorum: Option<String>,
    /// How many options a ballot names at least; 0 where one is enough.
    #[serde(default)]
    pub least: u16,
}

/// How many people may take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollView {
    /// People.
    pub people: u32,
    /// Where the number is from.
    pub source: String,
}

/// Whose voices count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VotersName {
    /// Members on their own devices, and people for whom an officer enters a ballot.
    #[default]
    Everybody,
    /// Members on their own devices only.
    Members,
    /// The same as everybody: an earlier word, which nothing offers any more.
    Guests,
    /// Whoever holds a slip. It is chosen by `open_with_slips`; a draft cannot say it.
    Slips,
    /// As everybody, with ballot boxes. It is chosen by `open_with_boxes`; a draft cannot say it.
    Boxes,
}

/// When an outcome is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShownName {
    /// At any time.
    #[default]
    Always,
    /// To whoever has taken part, and to all once it is closed.
    AfterVoting,
    /// Once it is closed.
    AfterClose,
}

/// What is counted, and how. The first question is the ballot; a petition asks in it for the area,
/// when it goes by areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RuleView {
    /// Questions, each added up by itself.
    Survey,
    /// One question with options.
    Poll(PollRuleView),
    /// Ranked ballots.
    Election(ElectionRuleView),
    /// Projects and money; the projects are the options of the ballot.
    Budget(BudgetRuleView),
    /// Signatures.
    Petition(PetitionRuleView),
    /// Statements.
    Conversation(ConversationRuleView),
}

impl RuleView {
    /// Whether the first question is a ballot, which is always answered.
    #[must_use]
    pub const fn has_ballot(&self) -> bool {
        match self {
            Self::Survey => false,
            Self::Petition(rule) => rule.areas,
            Self::Poll(_) | Self::Election(_) | Self::Budget(_) | Self::Conversation(_) => true,
        }
    }
}

/// The rule of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PollRuleView {
    /// What a ballot says of the options.
    #[ts(
        type = "'proposal' | 'check' | 'count' | 'question' | 'poll' | 'approval' | 'dot_vote' | 'score' | 'ranked_choice' | 'meeting' | 'quadratic'"
    )]
    pub kind: String,
    /// The option that means none of the others will do.
    #[serde(default)]
    pub none_of_these: Option<u16>,
    /// What options must pass.
    #[serde(default)]
    pub tests: Vec<PassTestView>,
    /// For ranked choices: how many places give points; 0 for all.
    #[serde(default)]
    pub places: u16,
    /// How equals are put in order; empty for cost, votes, lot.
    #[serde(default)]
    #[ts(type = "('cost' | 'votes' | 'lot' | 'id')[]")]
    pub tie: Vec<String>,
}

/// What the share of an option must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PassTestView {
    /// The option.
    pub option: u16,
    /// Which way.
    #[ts(type = "'at-least' | 'at-most'")]
    pub bound: String,
    /// Hundredths.
    pub percent: String,
    /// Of what.
    #[ts(type = "'cast' | 'eligible'")]
    pub of: String,
}

/// The rule of an election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ElectionRuleView {
    /// How ballots are counted.
    #[ts(type = "'schulze' | 'minimax' | 'borda' | 'irv' | 'scottish-stv'")]
    pub method: String,
    /// How many are elected.
    pub seats: u16,
    /// The option that means "nothing changes".
    #[serde(default)]
    pub status_quo: Option<u16>,
    /// The option that means to take part without preferring anybody.
    #[serde(default)]
    pub abstain: Option<u16>,
    /// How equals are put in order; empty for cost, votes, lot.
    #[serde(default)]
    #[ts(type = "('cost' | 'votes' | 'lot' | 'id')[]")]
    pub tie: Vec<String>,
}

/// The rule of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetRuleView {
    /// The money there is, in the currency's unit.
    pub money: String,
    /// Digits after the point.
    #[serde(default)]
    pub decimals: u8,
    /// What money it is.
    #[serde(default)]
    pub currency: String,
    /// What ballots look like.
    #[ts(type = "'approval' | 'points' | 'ranked' | 'knapsack'")]
    pub ballot: String,
    /// How winners are found.
    #[serde(default = "equal_shares")]
    #[ts(type = "'equal-shares' | 'greedy' | 'greedy-per-cost' | 'phragmen' | 'knapsack'")]
    pub method: String,
    /// What a funded project is worth to whoever supports it; empty for what ballots say: points, and
    /// places in an order, where the method heeds them.
    #[serde(default)]
    #[ts(type = "'cost' | 'cardinality' | 'points'")]
    pub utility: String,
    /// How money that is left is spent.
    #[serde(default = "add1u")]
    #[ts(type = "'none' | 'add1' | 'add1u' | 'budget'")]
    pub completion: String,
    /// By how much completion raises each share at a time, in the currency's unit.
    #[serde(default)]
    pub step: Option<String>,
    /// Whether completion ends as soon as nothing more fits.
    #[serde(default)]
    pub exhaustive_stop: bool,
    /// Whether the first shares are rounded down.
    #[serde(default)]
    pub integral_start: bool,
    /// Whether the outcome of greedy counting may stand instead.
    #[serde(default = "none")]
    #[ts(type = "'none' | 'count' | 'any'")]
    pub comparison: String,
    /// How equals are put in order; empty for cost, votes, lot.
    #[serde(default)]
    #[ts(type = "('cost' | 'votes' | 'lot' | 'id')[]")]
    pub tie: Vec<String>,
}

fn equal_shares() -> String {
    "equal-shares".to_owned()
}

fn add1u() -> String {
    "add1u".to_owned()
}

fn none() -> String {
    "none".to_owned()
}

/// What a project is, beside its name, which is the option's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProjectView {
    /// What it costs, in the currency's unit.
    pub cost: String,
    /// What it is.
    #[serde(default)]
    pub about: String,
    /// Where it is, in words.
    #[serde(default)]
    pub area: String,
    /// Who proposed it.
    #[serde(default)]
    pub proposer: String,
    /// What the cost was found from.
    #[serde(default)]
    pub evidence: String,
    /// Latitude and longitude in degrees, as decimal text.
    #[serde(default)]
    pub place: Option<(String, String)>,
}

/// The rule of a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PetitionRuleView {
    /// Its name.
    pub name: String,
    /// Where the rule is written.
    pub source: String,
    /// When that was read, as `YYYY-MM`.
    pub read_on: String,
    /// The steps, the lowest first.
    pub steps: Vec<LadderStepView>,
    /// Who must stand behind it.
    #[serde(default)]
    pub committee: Option<CommitteeView>,
    /// How signatures must be spread over areas.
    #[serde(default)]
    pub distribution: Option<DistributionView>,
    /// Days in which people are asked to sign: told, never a rule.
    #[serde(default)]
    pub window_days: Option<u32>,
    /// The youngest who are asked to sign, in years: told, never a rule.
    #[serde(default)]
    pub least_age: Option<u8>,
    /// Signatures after which the text must not change.
    #[serde(default)]
    pub text_fixed_at: Option<u32>,
    /// How many people live there.
    #[serde(default)]
    pub population: Option<u32>,
    /// Whether the first question asks which area the signer lives in.
    #[serde(default)]
    pub areas: bool,
    /// Who stands behind it.
    #[serde(default)]
    pub members: Vec<CoSignerView>,
}

/// Somebody who stands behind a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CoSignerView {
    /// The name.
    pub name: String,
    /// The area, an option of the first question.
    #[serde(default)]
    pub area: Option<u16>,
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LadderStepView {
    /// A name, such as response or debate.
    pub name: String,
    /// What it needs.
    pub threshold: ThresholdView,
    /// Days the office has, once it received it.
    #[serde(default)]
    pub answer_days: Option<u32>,
}

/// How many signatures a step needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ThresholdView {
    /// So many.
    Number {
        /// Signatures.
        signatures: u32,
    },
    /// By the population.
    Population {
        /// The bands, from the smallest.
        bands: Vec<BandView>,
    },
    /// A part of the roll, rounded up.
    Roll {
        /// Hundredths.
        percent: String,
        /// The most that is needed.
        #[serde(default)]
        at_most: Option<u32>,
    },
}

/// Up to a population, so many signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BandView {
    /// For fewer people than this.
    #[serde(default)]
    pub below: Option<u32>,
    /// Signatures.
    pub signatures: u32,
}

/// Who must stand behind a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommitteeView {
    /// The fewest.
    pub least: u32,
    /// The most.
    #[serde(default)]
    pub most: Option<u32>,
    /// Hundredths of the areas they must come from.
    #[serde(default)]
    pub of_areas: Option<String>,
}

/// How signatures must be spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DistributionView {
    /// Hundredths of the number required that each area must bring.
    pub percent: String,
    /// Hundredths of all areas that must bring it.
    pub of_areas: String,
}

/// The rule of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ConversationRuleView {
    /// Statements it begins with.
    pub seeds: Vec<String>,
    /// Whether whoever may answer may add statements.
    pub open: bool,
    /// Whether a facilitator has to let statements in.
    pub let_in: bool,
    /// The most statements of one device that stand in front of lists.
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

/// What activities usually begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresetsView {
    /// Kinds of polls.
    pub polls: Vec<PollPreset>,
    /// Rules of petitions, each with its source and when that was read.
    pub petitions: Vec<PetitionRuleView>,
}

/// What a kind of poll begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PollPreset {
    /// The kind.
    #[ts(
        type = "'proposal' | 'check' | 'count' | 'question' | 'poll' | 'approval' | 'dot_vote' | 'score' | 'ranked_choice' | 'meeting' | 'quadratic'"
    )]
    pub kind: String,
    /// Words for the options that it brings with it, to be translated.
    pub options: Vec<String>,
    /// How many days it is usually open.
    pub days: u32,
    /// Whether its ballots mean something without a name.
    pub may_be_anonymous: bool,
    /// Whether its result binds anybody.
    pub binds: bool,
    /// Points: of each option, of all together, and whether n points cost n times n.
    pub points: Option<PointsPreset>,
}

/// How points are usually given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PointsPreset {
    /// The most for one option; 0 for no limit but that of all.
    pub each: u32,
    /// The most for all together; 0 for no limit but that of each.
    pub all: u32,
    /// Whether n points use up n times n of all.
    pub squared: bool,
}
