//! Secret votes: opening them, their trustees, casting and testing ballots, and what was published.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::outcome::PollResultView;
use crate::api::process::AnswerValue;

/// The five questions that come before a secret vote. Yes is always the answer of more risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five questions, each answered by yes or no"
)]
pub struct RiskView {
    /// Does the result give somebody power, an office, land or much money?
    pub stakes: bool,
    /// Could somebody be rewarded or punished for their vote?
    pub pressure: bool,
    /// Would a party, an authority or a company want to change the votes, or to see them?
    pub adversary: bool,
    /// Would it be hard to vote again if something goes wrong?
    #[serde(rename = "final")]
    pub final_: bool,
    /// Are the voters so few, or so much of one mind, that the totals tell who voted what?
    pub small: bool,
}

/// What follows from the answers. A paper box comes first, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RiskAdvice {
    /// Whether a paper box is all that is offered.
    pub paper_only: bool,
    /// The questions that were answered by yes.
    #[ts(type = "('stakes' | 'pressure' | 'adversary' | 'final' | 'small')[]")]
    pub because: Vec<String>,
}

/// Opening a drafted poll with secret ballots. The roll is everybody who may vote in the space now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenSecret {
    /// The space.
    pub space: String,
    /// The draft.
    pub consultation: String,
    /// The answers to the five questions.
    pub risk: RiskView,
    /// The devices of those who make the key together, two to fifteen different people.
    pub trustees: Vec<String>,
    /// How many of them open the totals: more than half.
    pub threshold: u8,
    /// With fewer ballots nothing is opened; at least three.
    pub minimum: u32,
}

/// Where a secret vote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretStateName {
    /// The trustees are making the key: nobody can vote yet.
    Making,
    /// They will not make one: it is closed and opened anew.
    Failed,
    /// Ballots are cast.
    Open,
    /// Closed with too few ballots: nothing is opened, ever.
    TooFewBallots,
    /// Closed; trustees have still to give their parts.
    Opening,
    /// The totals are known.
    Known,
    /// The parts open to no total that these ballots can have.
    Beyond,
    /// Closed before the trustees had made the key.
    Keyless,
}

/// A secret vote as this device sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SecretView {
    /// Where it stands.
    pub state: SecretStateName,
    /// How many trustees open the totals.
    pub threshold: u8,
    /// The trustees.
    pub trustees: Vec<TrusteeView>,
    /// With fewer ballots nothing is opened.
    pub minimum: u32,
    /// How many may vote.
    pub roll: u32,
    /// Whether this person may.
    pub on_roll: bool,
    /// Whether a ballot can be cast on this device now.
    pub may_vote: bool,
    /// Why there will be no key: the number of the trustee, and what it did.
    pub failure: Option<FailureView>,
    /// What this device is as a trustee, if it is one.
    pub mine: Option<MyTrustView>,
    /// The key as eight letters, for people who compare.
    pub key: Option<String>,
    /// Ballots that count.
    pub counted: u32,
    /// Every closing, where they do not name the same: an alarm. Each is judged by itself, and one stands.
    pub closings: Vec<ClosingView>,
    /// Valid ballots that are here, and would count, and that the closing does not name.
    pub unnamed: u32,
    /// Every ballot that was signed and is here, for those who look theirs up, in the order of receipts.
    pub ballots: Vec<BallotListed>,
    /// The receipt of this person's ballot in force, or of their last one where none is.
    pub receipt: Option<String>,
    /// What became of that ballot.
    #[ts(
        type = "'counted' | 'replaced' | 'malformed' | 'other_question' | 'not_on_roll' | 'unproven' | 'tested' | 'repeated' | 'twice' | 'not_theirs' | 'no_key' | 'late' | 'withdrawn' | 'set_aside' | null"
    )]
    pub receipt_fate: Option<String>,
    /// What whoever opened it answered about risk.
    pub risk: RiskView,
}

/// A signed closing of a secret vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClosingView {
    /// Who signed it.
    pub by: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// The signed entry.
    pub entry: String,
    /// How many devices' chains it names.
    pub chains: u32,
    /// Whether what it names is counted.
    pub stands: bool,
}

/// Giving this device's part in opening the totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GivePart {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// What its person saw of the closing. Where ballots are here that it does not name, the part is given
    /// only if these are the numbers that stand.
    #[serde(default)]
    pub seen: Option<NamedView>,
}

/// What a closing names, next to what this device holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NamedView {
    /// Ballots that count.
    pub counted: u32,
    /// Valid ballots that are here, and would count, and that the closing does not name.
    pub unnamed: u32,
}

/// Why there will be no key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FailureView {
    /// The number of the trustee at fault; none where nobody is.
    pub trustee: Option<u8>,
    /// What it did.
    #[ts(type = "'message' | 'promise' | 'share' | 'confirmation' | 'chance'")]
    pub what: String,
}

/// A trustee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrusteeView {
    /// The number.
    pub number: u8,
    /// The device.
    pub device: String,
    /// The name of its person.
    pub name: String,
    /// How many of the three rounds it is through.
    pub rounds: u8,
    /// Whether something that it sent was set aside, and does not count unless somebody adopts it.
    pub aside: bool,
    /// Whether it complains about a share that it was dealt.
    pub complained: bool,
    /// What became of its part in opening.
    #[ts(type = "'none' | 'right' | 'wrong' | 'other_tally'")]
    pub part: String,
}

/// What this device is as a trustee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the page tells"
)]
pub struct MyTrustView {
    /// Its number.
    pub number: u8,
    /// Whether its person agreed to keep a part of the key.
    pub agreed: bool,
    /// Whether the part is on this device.
    pub here: bool,
    /// Whether it can be given now.
    pub may_give: bool,
    /// Whether it was given for another set of ballots, and can be given for no other.
    pub given_otherwise: bool,
}

/// A ballot of the list that everybody can look theirs up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotListed {
    /// Its receipt.
    pub receipt: String,
    /// What became of it.
    #[ts(
        type = "'counted' | 'replaced' | 'malformed' | 'other_question' | 'not_on_roll' | 'unproven' | 'tested' | 'repeated' | 'twice' | 'not_theirs' | 'no_key' | 'late' | 'withdrawn' | 'set_aside'"
    )]
    pub fate: String,
}

/// Making a sealed ballot of a choice, on this device. It is not cast by that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SealBallot {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// The choice: options, or options with points.
    pub answer: AnswerValue,
}

/// A ballot that this device made, by its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotAt {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// The receipt.
    pub receipt: String,
}

/// A sealed ballot. The receipt is fixed before the device knows whether it is going to be tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotSealed {
    /// Twenty letters and digits to write down: shows that the ballot is listed, not what it says.
    pub receipt: String,
}

/// A ballot that was opened for a test. It is never cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BallotTested {
    /// The receipt.
    pub receipt: String,
    /// What this device says is in it.
    pub answer: AnswerValue,
    /// The ballot and what opens it, for another device to check.
    pub text: String,
    /// The same as a QR code, drawn; none where it is too long for one.
    pub svg: Option<String>,
}

/// Checking, on another device, a ballot that was opened for a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckTest {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// What the first device gave out.
    pub text: String,
}

/// What is in a tested ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TestChecked {
    /// Its receipt, to compare with the one that was written down.
    pub receipt: String,
    /// What is in it, to compare with what was chosen.
    pub answer: AnswerValue,
    /// Whether it was cast all the same, as far as this device knows: then the first device cheats.
    pub cast: bool,
}

/// Writing everything published about a secret vote into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TranscriptTo {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// The file, which must not be there; `None` means the exports folder of this device's data.
    #[serde(default)]
    pub path: Option<String>,
}

/// A file of a secret vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TranscriptAt {
    /// The file.
    pub path: String,
}

/// What two verifiers found in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TranscriptView {
    /// The file.
    pub path: String,
    /// The hash of the outcome, as 64 hexadecimal digits: what both verifiers came to.
    pub hash: String,
    /// How many may vote.
    pub roll: u32,
    /// Ballots in the box.
    pub ballots: u32,
    /// Ballots that count.
    pub counted: u32,
    /// Parts in opening that are right.
    pub parts: u32,
    /// What each option has, by its place in the ballot; none while it is not known.
    pub totals: Option<Vec<u32>>,
}

/// The outcome of a secret vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SecretResultView {
    /// Where it stands.
    pub state: SecretStateName,
    /// Ballots that count.
    pub counted: u32,
    /// Ballots that do not.
    pub refused: u32,
    /// Parts that are still to come before the totals open.
    pub waiting: u32,
    /// All options, the most first; empty while the totals are not known.
    pub options: Vec<SecretOptionView>,
    /// The poll by its rule, where totals say all that it asks for.
    pub poll: Option<PollResultView>,
}

/// What an option has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SecretOptionView {
    /// The option.
    pub option: u16,
    /// What it says.
    pub label: String,
    /// What all ballots give it together.
    pub total: u32,
    /// That over all ballots.
    pub mean: String,
}
