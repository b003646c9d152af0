//! How equals are put in order: by rules that everybody can check, and last by a lot drawn once.
//!
//! The lot order is drawn before counting and kept through every rerun: the same tie is never
//! broken in two ways. Source: the tie rules that equalshares.net publishes (lower cost, then more
//! votes, then a lot); the lot itself is ours.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::named;

/// The seed of the lot, from the closing ceremony: each officer commits, then reveals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotSeed(Vec<u8>);

impl LotSeed {
    /// A seed of any length; an empty one gives a fixed order that nobody drew.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Where `id` stands in the lot: smaller comes first. BLAKE3 over the length of the seed in
    /// eight big-endian bytes, the seed, and the id.
    #[must_use]
    pub fn draw(&self, id: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let length = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        hasher.update(&length.to_be_bytes());
        hasher.update(&self.0);
        hasher.update(id.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// All `ids` in lot order.
    #[must_use]
    pub fn order<'a>(&self, ids: &[&'a str]) -> Vec<&'a str> {
        let mut drawn: Vec<_> = ids.iter().map(|id| (self.draw(id), *id)).collect();
        drawn.sort_unstable();
        drawn.into_iter().map(|(_, id)| id).collect()
    }
}

named! {
    /// One step in breaking a tie.
    TieKey {
        /// The cheaper one first.
        Cost = "cost",
        /// The one with more votes first.
        Votes = "votes",
        /// The one drawn first.
        Lot = "lot",
        /// The smaller id first; ids that are numbers in the order of numbers.
        Id = "id",
    }
}

/// The steps in order; written `cost,votes,lot`. What they leave equal goes by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TieRule(Vec<TieKey>);

/// Why a text is no tie rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TieError {
    /// A word that is none of the keys.
    #[error("read a tie rule: its words are cost, votes, lot and id, with commas between")]
    Unknown,
    /// The same word twice.
    #[error("read a tie rule: a word stands there twice")]
    Repeated,
}

impl TieRule {
    /// The steps.
    #[must_use]
    pub fn keys(&self) -> &[TieKey] {
        &self.0
    }

    /// The place of every candidate among equals: smaller wins the tie. Given in any order, the
    /// same candidates get the same places.
    #[must_use]
    pub fn places(&self, seed: &LotSeed, candidates: &[TieCandidate<'_>]) -> Vec<usize> {
        let drawn: Vec<[u8; 32]> = candidates.iter().map(|one| seed.draw(one.id)).collect();
        let mut order: Vec<_> = candidates.iter().zip(&drawn).enumerate().collect();
        order.sort_by(|(_, (one, one_lot)), (_, (other, other_lot))| {
            let mut found = Ordering::Equal;
            for key in &self.0 {
                found = found.then_with(|| match key {
                    TieKey::Cost => one.cost.cmp(&other.cost),
                    TieKey::Votes => other.votes.cmp(&one.votes),
                    TieKey::Lot => one_lot.cmp(other_lot),
                    TieKey::Id => id_order(one.id, other.id),
                });
            }
            found.then_with(|| id_order(one.id, other.id))
        });
        let mut places = vec![0; candidates.len()];
        for (place, (candidate, _)) in order.into_iter().enumerate() {
            if let Some(slot) = places.get_mut(candidate) {
                *slot = place;
            }
        }
        places
    }
}

/// What a tie rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct TieCandidate<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it costs, if it costs anything.
    pub cost: u64,
    /// How many voted for it.
    pub votes: u64,
}

impl Default for TieRule {
    fn default() -> Self {
        Self(vec![TieKey::Cost, TieKey::Votes, TieKey::Lot])
    }
}

impl fmt::Display for TieRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

impl FromStr for TieRule {
    type Err = TieError;
    fn from_str(text: &str) -> Result<Self, TieError> {
        let mut keys = Vec::new();
        for word in text.split(',') {
            let key: TieKey = word.trim().parse().map_err(|_| TieError::Unknown)?;
            if keys.contains(&key) {
                return Err(TieError::Repeated);
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }
}

impl TryFrom<String> for TieRule {
    type Error = TieError;
    fn try_from(text: String) -> Result<Self, TieError> {
        text.parse()
    }
}

impl From<TieRule> for String {
    fn from(rule: TieRule) -> Self {
        rule.to_string()
    }
}

/// Ids in the order of people: numbers as numbers and before words, words by their bytes.
#[must_use]
pub fn id_order(one: &str, other: &str) -> Ordering {
    let number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    match (number(one), number(other)) {
        (true, true) => {
            let (a, b) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
            let sizes = a.len().cmp(&b.len());
            sizes.then_with(|| a.cmp(b)).then_with(|| one.cmp(other))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_before_words_in_their_own_order() {
        let mut ids = ["b", "10", "9", "a", "010", ""];
        ids.sort_by(|one, other| id_order(one, other));
        assert_eq!(ids, ["9", "010", "10", "", "a", "b"]);
    }

    #[test]
    fn the_lot_depends_on_the_seed_and_not_on_the_order_of_asking() {
        let ids = ["a", "b", "c", "d", "e", "f"];
        let seed = LotSeed::new(*b"river");
        let mut back = ids;
        back.reverse();
        assert_eq!(seed.order(&ids), seed.order(&back));
        assert_ne!(seed.order(&ids), LotSeed::new(*b"stone").order(&ids));
        // Pinned: a change here breaks every tie that was ever drawn.
        assert_eq!(seed.order(&ids), PINNED);
    }

    const PINNED: [&str; 6] = ["e", "d", "a", "b", "c", "f"];

    #[test]
    fn a_rule_reads_as_it_is_written() {
        let rule: TieRule = "cost, votes,id".parse().unwrap();
        assert_eq!(rule.to_string(), "cost,votes,id");
        assert_eq!("cost,cost".parse::<TieRule>(), Err(TieError::Repeated));
        assert_eq!("".parse::<TieRule>(), Err(TieError::Unknown));
        let candidate = |id, cost, votes| TieCandidate { id, cost, votes };
        let places = rule.places(
            &LotSeed::default(),
            &[
                candidate("2", 5, 1),
                candidate("1", 5, 1),
                candidate("3", 5, 2),
            ],
        );
        assert_eq!(places, [2, 1, 0]);
    }
}
