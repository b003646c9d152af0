//! Against floods: contingents, by which each member has so much room in a time, and harmonic
//! weighting, by which many copies of one proposal do not crowd a list.
//!
//! Source: LiquidFeedback (Behrens, Kistner, Nitsche and Swierczek, "The Principles of
//! LiquidFeedback", 2014): contingents, and the harmonic weighting of `lf_update`. There the server
//! refuses what is too much; here nobody can, so readers keep it and put it last.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, Writer};
use crate::ratio::Ratio;
use crate::tie::id_order;

/// So many posts of one member in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contingent {
    /// The time, in the unit of [`Post::time`].
    pub within: u64,
    /// The most posts that stand in front.
    pub most: u32,
}

/// Something a member wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// When, as the member claims.
    pub time: i64,
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub member: String,
}

/// Ids of posts beyond any of the contingents: kept, and ranked last.
///
/// Posts are taken in the order of time and id; what is beyond does not use up room for later ones.
/// The order in which they arrived never matters.
#[must_use]
pub fn beyond<'a>(
    contingents: &[Contingent],
    posts: impl IntoIterator<Item = &'a Post>,
) -> BTreeSet<&'a str> {
    let ordered: BTreeSet<&Post> = posts.into_iter().collect();
    let mut kept: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for post in ordered {
        let before = kept.entry(&post.member).or_default();
        let full = contingents.iter().any(|contingent| {
            let within = i64::try_from(contingent.within).unwrap_or(i64::MAX);
            let since = post.time.saturating_sub(within);
            // Times are ascending: those within stand at the end.
            let recent = before.iter().rev().take_while(|time| **time > since);
            let most = contingent.most as usize;
            recent.take(most.saturating_add(1)).count() >= most
        });
        if full {
            found.insert(post.id.as_str());
        } else {
            before.push(post.time);
        }
    }
    found
}

/// A proposal with its harmonic weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Weighted {
    /// The proposal.
    pub id: String,
    /// Supporters, each counting for less the more of their other proposals stand before.
    pub weight: Ratio,
    /// How many support it.
    pub supporters: u64,
}

/// Proposals ordered by harmonic weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HarmonicOrder {
    /// The proposals, the first in the list first.
    pub proposals: Vec<Weighted>,
}

impl Canonical for HarmonicOrder {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis harmonic order", 1);
        writer.list(&self.proposals, |writer, one| {
            writer.text(&one.id);
            writer.ratio(&one.weight);
            writer.number(one.supporters);
        });
        writer.finish()
    }
}

/// Orders proposals so that many of one mind do not fill the list.
///
/// `supported` has for each supporter the ids of what they support. Each shares one vote evenly out
/// among those of their proposals that are still in; the proposal with least is put last, with what
/// it has as its weight, and the rest is counted again. Of clones with the same supporters the best
/// so keeps all of them, the second a half, the third a third. Of equals the later by id goes first.
#[must_use]
pub fn harmonic_order<'a>(
    proposals: impl IntoIterator<Item = &'a str>,
    supported: impl IntoIterator<Item = BTreeSet<&'a str>>,
) -> HarmonicOrder {
    let mut open: BTreeSet<&str> = proposals.into_iter().collect();
    let mut kinds: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
    for ids in supported {
        let named: Vec<&str> = ids.into_iter().filter(|id| open.contains(id)).collect();
        *kinds.entry(named).or_default() += 1;
    }
    let mut supporters: BTreeMap<&str, u64> = BTreeMap::new();
    for (ids, count) in &kinds {
        for id in ids {
            *supporters.entry(id).or_default() += count;
        }
    }
    let mut last_first = Vec::with_capacity(open.len());
    while !open.is_empty() {
        // Whole votes by how many proposals they are shared among: exact, and few fractions.
        let mut shares: BTreeMap<&str, BTreeMap<usize, u64>> =
            open.iter().map(|id| (*id, BTreeMap::new())).collect();
        for (ids, count) in &kinds {
            let left = ids.iter().filter(|id| open.contains(*id)).count();
            for id in ids {
                if let Some(share) = shares.get_mut(id) {
                    *share.entry(left).or_default() += count;
                }
            }
        }
        let weights = shares.into_iter().map(|(id, share)| {
            let weight = share.into_iter().fold(Ratio::zero(), |sum, (left, count)| {
                &sum + &Ratio::new(count, left).unwrap_or_else(Ratio::zero)
            });
            (id, weight)
        });
        let least = weights.min_by(|(one, weight), (other, other_weight)| {
            weight.cmp(other_weight).then_with(|| id_order(other, one))
        });
        let Some((id, weight)) = least else {
            break;
        };
        open.remove(id);
        last_first.push(Weighted {
            id: id.to_owned(),
            weight,
            supporters: supporters.get(id).copied().unwrap_or(0),
        });
    }
    last_first.reverse();
    HarmonicOrder {
        proposals: last_first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn post(id: &str, member: &str, time: i64) -> Post {
        Post {
            time,
            id: id.to_owned(),
            member: member.to_owned(),
        }
    }

    #[test]
    fn what_is_beyond_uses_up_no_room() {
        let contingents = [
            Contingent {
                within: 10,
                most: 2,
            },
            Contingent {
                within: 100,
                most: 4,
            },
        ];
        let posts = [
            post("a", "ana", 0),
            post("b", "ana", 1),
            post("c", "ana", 2),
            post("d", "bo", 2),
            post("e", "ana", 10),
            post("f", "ana", 11),
            post("g", "ana", 30),
            post("h", "ana", 101),
        ];
        // c is the third within ten; e is fine, since a is ten ago; f fills the hundred; g does not fit.
        let found: Vec<&str> = beyond(&contingents, &posts).into_iter().collect();
        assert_eq!(found, ["c", "g"]);
        let mut back: Vec<&Post> = posts.iter().collect();
        back.reverse();
        assert_eq!(beyond(&contingents, back).len(), 2);
    }

    #[test]
    fn clones_get_halves_and_thirds() {
        let set = |ids: &[&'static str]| ids.iter().copied().collect::<BTreeSet<&str>>();
        let mut supported = vec![set(&["a1", "a2", "a3"]); 12];
        supported.extend(vec![set(&["b"]); 5]);
        supported.push(set(&["b", "c"]));
        let order = harmonic_order(["a1", "a2", "a3", "b", "c"], supported);
        let shown: Vec<(String, String)> = order
            .proposals
            .iter()
            .map(|one| (one.id.clone(), one.weight.to_string()))
            .collect();
        let expected = [
            ("a1", "12"),
            ("a2", "6"),
            ("b", "6"),
            ("a3", "4"),
            ("c", "1/2"),
        ];
        assert_eq!(
            shown,
            expected.map(|(id, weight)| (id.to_owned(), weight.to_owned()))
        );
        assert_eq!(order.proposals[1].supporters, 12);
        assert_eq!(harmonic_order([], Vec::new()).proposals, []);
    }

    proptest! {
        #[test]
        fn votes_are_shared_and_never_multiplied(
            supported in prop::collection::vec(prop::collection::btree_set(0_usize..6, 0..6), 0..20),
            by in any::<prop::sample::Index>(),
        ) {
            const IDS: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];
            let mut sets: Vec<BTreeSet<&str>> = supported.iter().map(|ids| ids.iter().map(|id| IDS[*id]).collect()).collect();
            let order = harmonic_order(IDS, sets.clone());
            prop_assert_eq!(order.proposals.len(), 6);
            for one in &order.proposals {
                prop_assert!(one.weight <= Ratio::from(one.supporters));
            }
            // The first in the list has all its supporters.
            prop_assert_eq!(&order.proposals[0].weight, &Ratio::from(order.proposals[0].supporters));
            if !sets.is_empty() {
                let turn = by.index(sets.len());
                sets.rotate_left(turn);
            }
            prop_assert_eq!(order.canonical_bytes(), harmonic_order(IDS, sets).canonical_bytes());
        }
    }
}
