//! What a poll lacked: ballots for its quorum, votes for its tests, votes for the first place.

use serde::Serialize;

use crate::poll::{Base, Bound, PollOutcome, TestResult};
use crate::ratio::Ratio;

/// A number that was needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Needed {
    /// How many are needed.
    pub required: u64,
    /// How many there are.
    pub there: u64,
    /// How many are missing.
    pub missing: u64,
}

impl Needed {
    fn new(required: u64, there: u64) -> Self {
        Self {
            required,
            there,
            missing: required.saturating_sub(there),
        }
    }
}

/// A pass test, and the smallest changes that would turn a failure into a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestWhy {
    /// The option.
    pub option: String,
    /// Whether it is passed.
    pub passed: bool,
    /// Which way the test goes.
    pub bound: Bound,
    /// Votes it has.
    pub votes: u64,
    /// The fewest (at least) or the most (at most) votes that pass with the ballots there are.
    /// Absent where no ballots are a share of anything.
    pub limit: Option<u64>,
    /// So many who voted would have to change to it (at least) or away from it (at most). Zero if
    /// passed; absent where even all of them would not do.
    pub by_changed: Option<u64>,
    /// So many new ballots for it (at least) or without it (at most) would do. Absent where no number
    /// would, or where fewer people than that have not voted.
    pub by_new: Option<u64>,
}

/// Why a poll came out as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollExplanation {
    /// Ballots for the quorum; absent without one.
    pub quorum: Option<Needed>,
    /// Votes for the first option towards a target number, where people set one.
    pub target: Option<Needed>,
    /// The tests, in the order of results.
    pub tests: Vec<TestWhy>,
    /// By how much the first option is ahead of the second, in what the kind counts; zero for a tie,
    /// absent with fewer than two options.
    pub lead: Option<u64>,
    /// Whether the quorum, where there is one, and every test are met.
    pub passes: bool,
}

/// Hundredths as a part.
fn part(percent: &Ratio) -> Ratio {
    let hundredth = Ratio::new(1, 100).unwrap_or_else(Ratio::zero);
    percent * &hundredth
}

fn up(number: &Ratio) -> u64 {
    let whole = Ratio::whole(number.ceil());
    if whole.is_negative() {
        0
    } else {
        whole.to_u64().unwrap_or(u64::MAX)
    }
}

/// Explains `outcome`. `target` is a number that the first option of the rule should reach, such as
/// [`crate::poll::PollKind::usual_target`] people who accept.
#[must_use]
pub fn explain(outcome: &PollOutcome, target: Option<u64>) -> PollExplanation {
    let rule = &outcome.rule;
    let eligible = rule.eligible.unwrap_or(0);
    let quorum = rule.quorum.as_ref().map(|quorum| {
        let required = up(&(&part(quorum) * &Ratio::from(eligible)));
        Needed::new(required, outcome.cast)
    });
    let wanted = rule.options.first().map(|option| &option.id);
    let found = outcome.results.iter().find(|one| Some(&one.id) == wanted);
    let target = target.map(|target| Needed::new(target, found.map_or(0, |one| one.votes)));
    let tests: Vec<TestWhy> = outcome
        .results
        .iter()
        .filter_map(|one| {
            let test = one.test.as_ref()?;
            Some(test_why(outcome, &one.id, one.votes, test))
        })
        .collect();
    let mut totals = outcome.results.iter().map(|one| one.total);
    let lead = totals
        .next()
        .zip(totals.next())
        .map(|(first, second)| first.abs_diff(second));
    PollExplanation {
        passes: outcome.quorum_reached.unwrap_or(true) && tests.iter().all(|one| one.passed),
        quorum,
        target,
        tests,
        lead,
    }
}

fn test_why(outcome: &PollOutcome, id: &str, votes: u64, result: &TestResult) -> TestWhy {
    let test = &result.test;
    let wanted = part(&test.percent);
    let (cast, have) = (Ratio::from(outcome.cast), Ratio::from(votes));
    let eligible = outcome.rule.eligible;
    let base = match test.of {
        Base::Cast => outcome.cast,
        Base::Eligible => eligible.unwrap_or(0),
    };
    let share = &wanted * &Ratio::from(base);
    let least = up(&share);
    let floor = Ratio::whole(share.floor());
    let most = if floor.is_negative() {
        None
    } else {
        Some(floor.to_u64().unwrap_or(u64::MAX))
    };
    let absent = eligible.map(|all| all.saturating_sub(outcome.cast));
    let (limit, changed, new) = match test.bound {
        Bound::AtLeast => {
            let changed = least.saturating_sub(votes);
            // (votes + k) / (cast + k) reaches the part, or votes + k the number.
            let new = match test.of {
                Base::Eligible => Some(least.saturating_sub(votes)),
                Base::Cast => {
                    let lacks = &(&wanted * &cast) - &have;
                    if lacks > Ratio::zero() {
                        lacks
                            .over(&(&Ratio::from(1) - &wanted))
                            .filter(|k| !k.is_negative())
                            .map(|k| up(&k))
                    } else if outcome.cast == 0 && wanted > Ratio::from(1) {
                        None
                    } else {
                        Some(u64::from(outcome.cast == 0))
                    }
                }
            };
            let possible = changed <= outcome.cast.saturating_sub(votes);
            (Some(least), Some(changed).filter(|_| possible), new)
        }
        Bound::AtMost => {
            let changed = most.map(|most| votes.saturating_sub(most));
            let new = match test.of {
                // Ballots without it change nothing of a share of all.
                Base::Eligible => None,
                Base::Cast if votes == 0 => Some(u64::from(outcome.cast == 0)),
                Base::Cast => have.over(&wanted).map(|all| up(&(&all - &cast))),
            };
            (most, changed, new.filter(|_| !wanted.is_negative()))
        }
    };
    let passed = result.passed;
    TestWhy {
        option: id.to_owned(),
        passed,
        bound: test.bound,
        votes,
        limit: limit.filter(|_| base > 0),
        by_changed: if passed {
            Some(0)
        } else {
            changed.filter(|_| base > 0)
        },
        by_new: if passed {
            Some(0)
        } else {
            new.filter(|k| absent.is_none_or(|absent| *k <= absent))
        },
    }
}
