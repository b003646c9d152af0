//! Made-up responses that the form accepts: for trying a form out, for tests, for measurements.
//!
//! Each response is filled as a person would fill it, question by question, with answers drawn
//! near what the constraints name, so that skips and constraints are honoured because the same
//! [`Filling`] checks them. The same seed gives the same responses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::answer::Answers;
use crate::evaluate::Surroundings;
use crate::filling::{Filling, SetError, Violation};
use crate::form::Kind;
use crate::logic::Logic;

mod candidate;
mod pattern;

/// Answers that are tried for one question before it is left empty.
const TRIES: usize = 60;
/// Responses that are begun anew before the form counts as impossible.
const ATTEMPTS: u64 = 25;

/// Why no response could be made up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answers were found that the form accepts")]
pub struct SimulateError {
    /// What the form did not accept in the last attempt.
    pub violations: Vec<Violation>,
}

/// Responses without end; take as many as are wanted.
#[derive(Clone, Debug)]
pub struct Simulation {
    logic: Arc<Logic>,
    surroundings: Surroundings,
    seed: u64,
    number: u64,
}

/// Makes up responses. The clock and the names of device and person are those of `surroundings`;
/// its own seed does not matter.
#[must_use]
pub fn simulate(logic: Arc<Logic>, surroundings: Surroundings, seed: u64) -> Simulation {
    Simulation {
        logic,
        surroundings,
        seed,
        number: 0,
    }
}

impl Iterator for Simulation {
    type Item = Result<Answers, SimulateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut violations = Vec::new();
        for attempt in 0..ATTEMPTS {
            let mut chance = Chance::new(self.seed);
            chance.mix(self.number);
            chance.mix(attempt);
            let mut around = self.surroundings.clone();
            around.seed = chance.draw();
            let mut filling = Filling::start(self.logic.clone(), around);
            fill(&mut filling, &mut chance);
            match filling.finish() {
                Ok(answers) => {
                    self.number += 1;
                    return Some(Ok(answers));
                }
                Err(found) => violations = found,
            }
        }
        self.number += 1;
        Some(Err(SimulateError { violations }))
    }
}

/// Numbers drawn from a seed (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

/// The next number and the next state.
pub(crate) fn draw(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = state;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (value ^ (value >> 31), state)
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn mix(&mut self, more: u64) {
        let (value, _) = draw(self.0 ^ more.wrapping_mul(0x2545_f491_4f6c_dd1d));
        self.0 = value;
    }

    pub(crate) fn draw(&mut self) -> u64 {
        let (value, state) = draw(self.0);
        self.0 = state;
        value
    }

    /// Below a bound; zero where the bound is zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            return 0;
        }
        usize::try_from(self.draw() % bound as u64).unwrap_or(0)
    }

    /// From a low to a high bound, both among the results.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        let past = self.draw() % width.saturating_add(1);
        low.saturating_add(i64::try_from(past).unwrap_or(0))
    }

    /// True so many times of a hundred.
    pub(crate) fn percent(&mut self, times: u64) -> bool {
        self.draw() % 100 < times
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// Where a range begins and ends, and its step, as its parameters say.
pub(crate) fn range(parameters: &BTreeMap<String, String>) -> (Decimal, Decimal, Decimal) {
    let read = |name: &str, usual: i64| {
        parameters
            .get(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(Decimal::from(usual))
    };
    (read("start", 0), read("end", 10), read("step", 1).abs())
}

/// Whether all values of a range are whole numbers.
pub(crate) fn is_whole_range(parameters: &BTreeMap<String, String>) -> bool {
    let (start, end, step) = range(parameters);
    [start, end, step].iter().all(|one| one.fract().is_zero())
}

fn fill(filling: &mut Filling, chance: &mut Chance) {
    let mut sized = BTreeSet::new();
    while size_repeats(filling, chance, &mut sized) {}
    let mut path = String::new();
    // A form may show new repeats while it is filled; each question is met once.
    while let Some(next) = filling.next(&path) {
        answer(filling, chance, &next);
        while size_repeats(filling, chance, &mut sized) {}
        path = next;
    }
    // A later answer may have made an earlier one wrong.
    for _ in 0..6 {
        let violations = filling.violations();
        if violations.is_empty() {
            return;
        }
        for violation in violations {
            answer(filling, chance, &violation.path);
        }
        // What became visible by that is still without an answer.
        let mut path = String::new();
        while let Some(next) = filling.next(&path) {
            if filling.answer(&next).is_empty() {
                answer(filling, chance, &next);
            }
            path = next;
        }
    }
}

/// Gives the next repeat that was not met yet a number of instances; whether there was one.
fn size_repeats(filling: &mut Filling, chance: &mut Chance, sized: &mut BTreeSet<String>) -> bool {
    let met = filling.on_page(&Kind::Repeat).into_iter().find_map(|path| {
        let path = path.strip_suffix("[1]")?.to_owned();
        (!sized.contains(&path)).then_some(path)
    });
    let Some(path) = met else {
        return false;
    };
    match chance.below(5) {
        0 => drop(filling.remove_instance(&format!("{path}[1]"))),
        more => {
            for _ in 1..more {
                if filling.add_instance(&path).is_err() {
                    break;
                }
            }
        }
    }
    sized.insert(path);
    true
}

fn answer(filling: &mut Filling, chance: &mut Chance, path: &str) {
    let Ok(question) = filling.question(path) else {
        return;
    };
    if question.read_only || !question.kind.is_asked() {
        return;
    }
    if !question.required && chance.percent(15) {
        let _ = filling.set(path, "");
        return;
    }
    let before = question.answer.clone();
    let sources = candidate::Sources::of(filling, path);
    for _ in 0..TRIES {
        let text = sources.candidate(filling, &question, chance);
        match filling.set(path, &text) {
            Ok(changes) => {
                let wrong = |violation: &Violation| violation.path == path;
                if !changes.violations.iter().any(wrong) {
                    return;
                }
            }
            Err(SetError::ReadOnly | SetError::NoSuchPath) => return,
            Err(_) => {}
        }
    }
    // Nothing fits: what was there, or nothing.
    if filling.set(path, &before).is_err() || !filling.violations().is_empty() {
        let _ = filling.set(path, "");
    }
}
