//! The roster is a function of the set of entries: random piles, folded in random orders.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    dead_code,
    reason = "a test"
)]

#[path = "roster/scene.rs"]
mod scene;

use fastrand::Rng;
use majlis_core::admission::State;
use majlis_core::id::{EntryHash, LaneId};
use majlis_core::membership::{
    Adopt, CloseInvite, ForkProof, Operation, Rank, Remove, SetRank, StewardChange, Stewards,
};
use scene::{Folded, Made, Scene, device, works};

const PEOPLE: u8 = 7;

/// A pile in which everyone tries everything, in and out of turn.
fn pile(rng: &mut Rng) -> Scene {
    let mut scene = Scene::found();
    let mut invites: Vec<(EntryHash, u8)> = Vec::new();
    for _ in 0..rng.usize(20..90) {
        let who = rng.u8(0..PEOPLE);
        let whom = rng.u8(0..PEOPLE);
        let fold = scene.fold();
        let some = scene.made[rng.usize(0..scene.made.len())].hash;
        let own = fold.roster.warrant(device(who));
        let warrant = own.filter(|_| rng.u8(0..8) > 0).unwrap_or(some);
        let rank = Rank::ALL[rng.usize(0..4)];
        if rng.u8(0..10) == 0 {
            let lane = if rng.bool() {
                LaneId::MEMBERSHIP
            } else {
                works()
            };
            let back = Some(some).filter(|_| rng.u8(0..6) > 0);
            let theirs = scene.made.iter().any(|made| {
                Some(made.hash) == back
                    && made.header.device == device(who)
                    && made.header.lane == lane
            });
            if theirs || back.is_none() {
                scene.go_back(who, lane, back);
            }
        }
        let operation = match rng.u8(0..16) {
            0..2 => {
                let secret = rng.u8(0..9);
                let invite = scene.invite(who, warrant, rank, rng.u32(1..4), secret);
                invites.push((invite, secret));
                continue;
            }
            2..5 if !invites.is_empty() => {
                let (invite, secret) = invites[rng.usize(0..invites.len())];
                if fold.rank(who).is_none() {
                    scene.go_back(who, LaneId::MEMBERSHIP, None);
                }
                scene.join(who, invite, secret);
                continue;
            }
            5 | 6 => {
                let after = fold.roster.removals_of(device(whom));
                Operation::SetRank(SetRank {
                    device: device(whom),
                    rank,
                    after,
                })
            }
            7 => {
                let cuts = scene.cuts(whom);
                Operation::Remove(Remove {
                    device: device(whom),
                    cuts,
                    reason: String::new(),
                })
            }
            8 => Operation::Leave,
            9 => Operation::Adopt(Adopt {
                entries: vec![some],
            }),
            10 if !invites.is_empty() => {
                let (invite, _) = invites[rng.usize(0..invites.len())];
                Operation::CloseInvite(CloseInvite {
                    invite,
                    joins: vec![some],
                })
            }
            11 | 12 => {
                let change = if rng.u8(0..3) > 0 {
                    StewardChange::Add(device(whom))
                } else {
                    let cuts = scene.cuts(whom);
                    let device = device(whom);
                    StewardChange::Remove(Remove {
                        device,
                        cuts,
                        reason: String::new(),
                    })
                };
                Operation::Stewards(Stewards {
                    parent: fold.roster.epoch(),
                    change,
                    recovery: None,
                })
            }
            13 => {
                let beside = scene
                    .made
                    .iter()
                    .flat_map(|a| scene.made.iter().map(move |b| (a, b)));
                let fork = beside.into_iter().find(|(a, b)| {
                    a.hash != b.hash
                        && a.header.chain() == b.header.chain()
                        && a.header.seq == b.header.seq
                });
                let Some((a, b)) = fork else { continue };
                let author = (0..PEOPLE)
                    .find(|who| device(*who) == a.header.device)
                    .unwrap();
                let (a, b) = (scene.signed(author, a.hash), scene.signed(author, b.hash));
                Operation::Fork(Box::new(ForkProof::new(&a, &b).unwrap()))
            }
            _ => {
                scene.work(who, warrant);
                continue;
            }
        };
        scene.sign(who, warrant, operation);
    }
    scene
}

#[test]
fn the_roster_does_not_depend_on_order_or_repetition() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seeds = seed.map_or(0..50_u64, |seed| seed..seed + 1);
    let (mut aside, mut admitted) = (0, 0);
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        let scene = pile(&mut rng);
        let expected = scene.fold();
        for _ in 0..3 {
            let mut made: Vec<Made> = scene.made.clone();
            made.extend(scene.made.iter().filter(|_| rng.bool()).cloned());
            rng.shuffle(&mut made);
            let other = Folded::of(scene.space, &made);
            assert!(expected.picture() == other.picture(), "SEED={seed}");
        }
        for made in scene.made.iter().filter(|made| made.operation.is_some()) {
            match expected.state(made.hash) {
                State::Admitted => admitted += 1,
                State::Quarantined(_) => aside += 1,
                _ => {}
            }
        }
    }
    if seed.is_none() {
        assert!(
            admitted > 300 && aside > 100,
            "{admitted} admitted, {aside} aside"
        );
    }
}

#[test]
fn a_row_of_the_members_never_goes_away() {
    for seed in 500..520_u64 {
        let mut rng = Rng::with_seed(seed);
        let scene = pile(&mut rng);
        let mut made = scene.made.clone();
        rng.shuffle(&mut made);
        let mut known = 0;
        for upto in (0..=made.len()).step_by(5) {
            let fold = Folded::of(scene.space, &made[..upto]);
            let rows: Vec<_> = fold.roster.members().map(|row| row.device).collect();
            assert!(rows.len() >= known, "seed {seed}: a row went away");
            known = rows.len();
        }
    }
}

#[test]
fn nobody_acts_above_the_rank_that_their_warrants_give() {
    for seed in 1_000..1_030_u64 {
        let mut rng = Rng::with_seed(seed);
        let scene = pile(&mut rng);
        let fold = scene.fold();
        for row in fold.roster.members() {
            let steward = fold.roster.stewards().contains(&row.device);
            let acts = row.rank == Some(Rank::Steward);
            assert!(
                steward || !acts,
                "seed {seed}: a steward whom no epoch made"
            );
        }
        for row in fold.roster.invites() {
            assert!(row.used <= row.invite.uses, "seed {seed}");
            assert!(row.invite.rank < Rank::Steward, "seed {seed}");
        }
    }
}
