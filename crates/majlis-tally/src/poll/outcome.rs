//! What came out of a poll.

use serde::Serialize;

use super::{PassTest, PollRule};
use crate::canonical::{Canonical, ResultHash, Writer};
use crate::names::named;
use crate::ratio::Ratio;

named! {
    /// Why a ballot does not count.
    Reason {
        /// The voice has cast another one, which counts.
        AnotherOfThisVoice = "another-of-this-voice",
        /// It names something that is no option.
        UnknownOption = "unknown-option",
        /// It names fewer options than it must.
        TooFew = "too-few",
        /// It names more options than it may.
        TooMany = "too-many",
        /// Points, places or votes that the rule does not allow.
        OutOfBounds = "out-of-bounds",
        /// It answers another kind of question.
        WrongKind = "wrong-kind",
    }
}

/// A ballot that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discarded {
    /// The voice.
    pub voice: String,
    /// Why.
    pub reason: Reason,
}

/// A pass test and whether it is passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestResult {
    /// The test.
    pub test: PassTest,
    /// The share in hundredths.
    pub reached: Ratio,
    /// Whether it is passed; never without anybody to be a share of.
    pub passed: bool,
}

/// What an option has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionResult {
    /// The option.
    pub id: String,
    /// Ballots that give it anything but zero.
    pub votes: u64,
    /// What they give it together.
    pub total: i64,
    /// That over all ballots that count.
    pub mean: Ratio,
    /// `votes` over ballots that count.
    pub share_of_cast: Ratio,
    /// `votes` over those who may vote.
    pub share_of_eligible: Option<Ratio>,
    /// How many ballots give it each value.
    pub by_value: Vec<(i64, u64)>,
    /// Its pass test.
    pub test: Option<TestResult>,
}

/// The outcome of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOutcome {
    /// The rule that was applied.
    pub rule: PollRule,
    /// Ballots that count.
    pub cast: u64,
    /// Of them, those that say none of the options will do.
    pub none_of_these: u64,
    /// The options with the most, more than one if they are equal; the tie rule's first comes first.
    pub first: Vec<String>,
    /// All options, the most first.
    pub results: Vec<OptionResult>,
    /// Ballots that count over those who may vote.
    pub turnout: Option<Ratio>,
    /// Whether enough voted; absent without a quorum.
    pub quorum_reached: Option<bool>,
    /// Ballots that do not count, in the order of voices.
    pub discarded: Vec<Discarded>,
}

fn write_test(writer: &mut Writer, test: &PassTest) {
    writer.text(test.bound.word());
    writer.ratio(&test.percent);
    writer.text(test.of.word());
}

fn write_rule(writer: &mut Writer, rule: &PollRule) {
    writer.text(rule.kind.word());
    // In the order of ids: how options stand on the screen decides nothing.
    let mut options: Vec<_> = rule.options.iter().collect();
    options.sort_by(|one, other| one.id.cmp(&other.id));
    writer.list(&options, |writer, option| {
        writer.text(&option.id);
        writer.maybe(option.test.as_ref(), write_test);
    });
    for number in [rule.least, rule.most, rule.points] {
        writer.number(u64::from(number));
    }
    writer.flag(rule.none_of_these);
    writer.maybe(rule.eligible.as_ref(), |writer, one| writer.number(*one));
    writer.maybe(rule.quorum.as_ref(), Writer::ratio);
    writer.text(&rule.tie.to_string());
    writer.raw(rule.seed.as_bytes());
}

impl Canonical for PollOutcome {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis poll outcome", 1);
        write_rule(&mut writer, &self.rule);
        writer.number(self.cast);
        writer.number(self.none_of_these);
        writer.list(&self.first, |writer, id| writer.text(id));
        writer.list(&self.results, |writer, one| {
            writer.text(&one.id);
            writer.number(one.votes);
            writer.signed(one.total);
            writer.list(&one.by_value, |writer, (value, count)| {
                writer.signed(*value);
                writer.number(*count);
            });
            writer.maybe(one.test.as_ref(), |writer, test| {
                write_test(writer, &test.test);
                writer.ratio(&test.reached);
                writer.flag(test.passed);
            });
        });
        writer.maybe(self.quorum_reached.as_ref(), |writer, one| {
            writer.flag(*one);
        });
        writer.list(&self.discarded, |writer, one| {
            writer.text(&one.voice);
            writer.text(one.reason.word());
        });
        writer.finish()
    }
}

/// An outcome as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    first: &'a [String],
    hash: ResultHash,
    cast: u64,
    none_of_these: u64,
    turnout: Option<&'a Ratio>,
    quorum_reached: Option<bool>,
    results: &'a [OptionResult],
    discarded: &'a [Discarded],
    rule: &'a PollRule,
}

impl Serialize for PollOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown {
            first: &self.first,
            hash: self.result_hash(),
            cast: self.cast,
            none_of_these: self.none_of_these,
            turnout: self.turnout.as_ref(),
            quorum_reached: self.quorum_reached,
            results: &self.results,
            discarded: &self.discarded,
            rule: &self.rule,
        }
        .serialize(serializer)
    }
}
