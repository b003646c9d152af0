//! Against floods: contingents, by which each member has so much room in a time, and harmonic
//! weighting, by which many copies of one proposal do not crowd a list.
//!
//! Source: LiquidFeedback (Behrens, Kistner, Nitsche and Swierczek, "The Principles of
//! LiquidFeedback", 2014): contingents, and the harmonic weighting of `lf_update`. There the server
//! refuses what is too much; here nobody can, so readers keep it and put it last.

#![allow(
    clippy::indexing_slicing,
    reason = "proposals and kinds of supporters are indices into tables of their number"
)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use num_bigint::BigUint;
use num_integer::Integer as _;
use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, Writer};
use crate::opinion::{Opinion, Votes};
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

/// Proposals by what is left of their supporters' votes; exact, over one denominator.
struct Shares<'a> {
    /// Proposals, in the order of their ids.
    ids: Vec<&'a str>,
    /// Supporters who support the same: their number, and how many of their proposals are still in.
    kinds: Vec<(u64, usize)>,
    /// For each proposal, who supports it.
    by: Vec<Vec<usize>>,
    /// A multiple of every number of proposals that a vote is shared among.
    under: BigUint,
}

impl Shares<'_> {
    /// The weight of a proposal, in parts of `under`.
    fn weight(&self, of: usize) -> BigUint {
        let mut shared: BTreeMap<usize, u64> = BTreeMap::new();
        for (count, left) in self.by[of].iter().map(|kind| self.kinds[*kind]) {
            *shared.entry(left).or_default() += count;
        }
        let parts = shared
            .into_iter()
            .filter(|(left, _)| *left > 0)
            .map(|(left, count)| &self.under / left * count);
        parts.sum()
    }

    fn supporters(&self, of: usize) -> u64 {
        self.by[of].iter().map(|kind| self.kinds[*kind].0).sum()
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
    let mut ids: Vec<&str> = proposals.into_iter().collect();
    ids.sort_by(|one, other| id_order(one, other));
    ids.dedup();
    let places: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut alike: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for one in supported {
        let named = one.into_iter().filter_map(|id| places.get(id).copied());
        *alike.entry(named.collect()).or_default() += 1;
    }
    let mut by = vec![Vec::new(); ids.len()];
    let mut kinds = Vec::with_capacity(alike.len());
    let mut under = BigUint::from(1_u8);
    let most = alike.keys().map(Vec::len).max().unwrap_or(0);
    for shared in 2..=most {
        under = under.lcm(&BigUint::from(shared));
    }
    for (kind, (named, count)) in alike.into_iter().enumerate() {
        kinds.push((count, named.len()));
        for at in named {
            by[at].push(kind);
        }
    }
    let mut shares = Shares {
        ids,
        kinds,
        by,
        under,
    };
    let mut last_first = Vec::with_capacity(shares.ids.len());
    // Whoever goes leaves the others more, so a weight from before is never too large: only what
    // comes up as the least is weighed again.
    let weighed = (0..shares.ids.len()).map(|at| (shares.weight(at), Reverse(at)));
    let mut least: BinaryHeap<_> = weighed.map(Reverse).collect();
    while let Some(Reverse((before, Reverse(at)))) = least.pop() {
        let weight = shares.weight(at);
        if weight != before {
            least.push(Reverse((weight, Reverse(at))));
            continue;
        }
        last_first.push(Weighted {
            id: shares.ids[at].to_owned(),
            weight: Ratio::new(weight, shares.under.clone()).unwrap_or_else(Ratio::zero),
            supporters: shares.supporters(at),
        });
        for kind in std::mem::take(&mut shares.by[at]) {
            let (_, left) = &mut shares.kinds[kind];
            *left = left.saturating_sub(1);
        }
    }
    last_first.reverse();
    HarmonicOrder {
        proposals: last_first,
    }
}

/// Weighing goes over at most so many pairs of things that one participant agrees with. Beyond, a cheap
/// device would be busy for minutes with what decides nothing.
pub const MAX_AGREED_PAIRS: u64 = 20_000_000;

/// The statements of a conversation by the harmonic weight of those who agree with them. What moderators
/// took out is not in it, nor what asks who somebody is. `None` where participants agree with so much that
/// weighing would go over more than [`MAX_AGREED_PAIRS`].
#[must_use]
pub fn most_wanted(votes: &Votes) -> Option<HarmonicOrder> {
    let asked = |at: usize| {
        let statement = votes.statements().get(at)?;
        (!statement.moderated_out && !statement.metadata).then_some(statement.id.as_str())
    };
    let agreed = votes.rows().iter().map(|row| {
        let agreed = row.iter().filter(|(_, said)| *said == Opinion::Agree);
        agreed.filter_map(|(at, _)| asked(*at as usize))
    });
    let pairs = |of: u64| of * of / 2;
    let pairs: u64 = agreed.clone().map(|one| pairs(one.count() as u64)).sum();
    (pairs <= MAX_AGREED_PAIRS).then(|| {
        let statements = (0..votes.statements().len()).filter_map(asked);
        harmonic_order(statements, agreed.map(Iterator::collect))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opinion::Statement;
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

    #[test]
    fn statements_are_wanted_by_who_agrees() {
        let statement = |id: &str, moderated_out, metadata| Statement {
            id: id.to_owned(),
            moderated_out,
            metadata,
        };
        let statements = vec![
            statement("bridge", false, false),
            statement("hidden", true, false),
            statement("school", false, false),
            statement("schools", false, false),
            statement("who I am", false, true),
        ];
        let names: Vec<String> = (0..15).map(|at| format!("v{at:02}")).collect();
        let mut said = Vec::new();
        for (at, name) in names.iter().enumerate() {
            // Nine of one mind want the school twice and oppose the bridge; six want the bridge.
            let of: &[(&str, Opinion)] = if at < 9 {
                &[
                    ("school", Opinion::Agree),
                    ("schools", Opinion::Agree),
                    ("bridge", Opinion::Disagree),
                    ("hidden", Opinion::Agree),
                    ("who I am", Opinion::Agree),
                ]
            } else {
                &[("bridge", Opinion::Agree), ("school", Opinion::Pass)]
            };
            said.extend(
                of.iter()
                    .map(|(id, opinion)| (name.as_str(), *id, *opinion)),
            );
        }
        let votes = Votes::new(statements, said).unwrap();
        let order = most_wanted(&votes).unwrap();
        let ids: Vec<&str> = order.proposals.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["school", "bridge", "schools"]);
        assert_eq!(order.proposals[2].weight, Ratio::new(9, 2).unwrap());
    }

    #[test]
    fn what_would_take_minutes_to_weigh_is_not_ordered() {
        let ids: Vec<String> = (0..2_000).map(|at| format!("s{at:04}")).collect();
        let votes = |people: usize| {
            let statements = ids.iter().map(|id| Statement {
                id: id.clone(),
                moderated_out: false,
                metadata: false,
            });
            let names: Vec<String> = (0..people).map(|at| format!("v{at:02}")).collect();
            let said = names.iter().flat_map(|name| {
                let agrees = |id| (name.as_str(), id, Opinion::Agree);
                ids.iter().map(String::as_str).map(agrees)
            });
            Votes::new(statements.collect(), said).unwrap()
        };
        assert!(most_wanted(&votes(10)).is_some());
        assert!(most_wanted(&votes(11)).is_none());
    }

    /// As it is defined: everything weighed again after each that goes.
    fn by_definition(ids: &[&str], sets: &[BTreeSet<&str>]) -> Vec<(String, Ratio)> {
        let mut open: BTreeSet<&str> = ids.iter().copied().collect();
        let mut found = Vec::new();
        while !open.is_empty() {
            let weigh = |id: &str| {
                let of = sets.iter().filter(|set| set.contains(id));
                of.fold(Ratio::zero(), |sum, set| {
                    let left = set.iter().filter(|one| open.contains(*one)).count();
                    &sum + &Ratio::new(1, left).unwrap()
                })
            };
            let weights = open.iter().map(|id| (weigh(id), *id));
            let least = weights.min_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(one.1)));
            let (weight, id) = least.unwrap();
            open.remove(id);
            found.push((id.to_owned(), weight));
        }
        found.reverse();
        found
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
            let weights = order.proposals.iter().map(|one| (one.id.clone(), one.weight.clone()));
            prop_assert_eq!(weights.collect::<Vec<_>>(), by_definition(&IDS, &sets));
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
