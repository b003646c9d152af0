//! What stands before a place, against looking at everything before it.

use fastrand::Rng;

use super::*;
use crate::admission::{Aside, Missing, Refusal};
use crate::id::{DeviceId, LaneClass, LaneId};

/// A chain with branches, half of it refused, its states changed about.
fn grown(rng: &mut Rng) -> (ChainIndex, ChainId, Vec<EntryHash>) {
    let chain = ChainId {
        lane: LaneId::new(LaneClass::Document, [1; 16]),
        device: DeviceId::from_bytes([1; 32]),
    };
    let mut index = ChainIndex::default();
    let mut all: Vec<EntryHash> = Vec::new();
    for number in 0..80_u32 {
        let hash = EntryHash::from_bytes(*blake3::hash(&number.to_be_bytes()).as_bytes());
        // Mostly the end of a branch, at times a fork.
        let before = all.get(all.len().saturating_sub(1 + rng.usize(..3)));
        let before = before.and_then(|before| index.place(*before));
        let (fit, seq) = match before {
            None => (Fit::Next(0), 0),
            Some(place) => {
                let seq = place.seq + 1;
                let beside = index.on_branch(chain, place.branch, seq);
                let fit = match beside {
                    Some(beside) => Fit::Fork {
                        parent: Some(place.branch),
                        beside: beside.hash,
                    },
                    None if index.end(chain, place.branch) == seq => Fit::Next(place.branch),
                    None => continue,
                };
                (fit, seq)
            }
        };
        let item = Item {
            hash,
            warrant: EntryHash::ZERO,
            kind: if rng.u8(..4) == 0 {
                Kind::Records
            } else {
                Kind::Changes
            },
            claimed: Timestamp(0),
            state: state(rng),
            authority: None,
        };
        index.insert(fit, chain, seq, item);
        all.push(hash);
    }
    for _ in 0..40 {
        let hash = *rng.choice(&all).unwrap();
        let was = index.item(hash).unwrap().state;
        assert_eq!(index.stand(hash, None, state(rng)), Some(was));
    }
    (index, chain, all)
}

fn state(rng: &mut Rng) -> State {
    match rng.u8(..12) {
        0 => State::Admitted,
        1 => State::Carried,
        2 => State::Waiting(Missing::Changes),
        3..=5 => State::Quarantined(Aside::Forked),
        6 => State::Unknown,
        _ => State::Refused(Refusal::Malformed),
    }
}

#[test]
fn what_is_found_before_a_place_is_what_a_walk_would_find() {
    let mut found = 0;
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let (index, chain, all) = grown(&mut rng);
        for hash in all {
            let place = index.place(hash).unwrap();
            let walked = (0..place.seq).rev().find_map(|seq| {
                let item = index.on_branch(chain, place.branch, seq)?;
                item.takes_part().then_some(item.hash)
            });
            let nearest = index.part_before(place).map(|item| item.hash);
            assert_eq!(nearest, walked, "seed {seed}");
            found += usize::from(walked.is_some());
        }
    }
    assert!(found > 1_000, "{found}");
}
