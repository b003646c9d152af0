//! Ten thousand ways to tamper with ballots, shares and keys; both verifiers refuse every one.

use curve25519_dalek::ristretto::CompressedRistretto;
use majlis_secret::ballot::Ballot;
use majlis_secret::ceremony::Ceremony;
use majlis_secret::question::QuestionKind;
use majlis_secret::second::{self, Room};
use majlis_secret::share::{Share, ShareStatus};
use majlis_secret::transcript::{Transcript, verify};

use super::village::{Numbers, Plan, SMALL, Village};

/// The order of the group, little-endian: what makes a scalar non-canonical when added to it.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn field(bytes: &[u8], at: usize) -> [u8; 32] {
    bytes[at..at + 32].try_into().unwrap()
}

fn put(bytes: &mut [u8], at: usize, field: &[u8; 32]) {
    bytes[at..at + 32].copy_from_slice(field);
}

fn point(bytes: &[u8; 32]) -> Option<curve25519_dalek::RistrettoPoint> {
    CompressedRistretto(*bytes).decompress()
}

/// What any bytes can suffer.
fn damage(numbers: &mut Numbers, bytes: &mut Vec<u8>) {
    let at = numbers.below(bytes.len());
    match numbers.below(5) {
        0 | 1 => bytes[at] ^= 1 << numbers.below(8),
        2 => bytes[at] = numbers.next() as u8,
        3 => bytes.truncate(at),
        _ => bytes.insert(at, numbers.next() as u8),
    }
}

/// What somebody does who knows where the fields of 32 bytes are: `fields` in `bytes`, and others
/// of the same kind in `other`.
fn craft(numbers: &mut Numbers, bytes: &mut [u8], other: &[u8], fields: &[usize]) {
    let at = fields[numbers.below(fields.len())];
    let to = fields[numbers.below(fields.len())];
    let (own, its) = (field(bytes, at), field(other, at));
    match numbers.below(8) {
        // From another of its kind.
        0 => put(bytes, at, &its),
        // Two fields exchanged.
        1 => {
            let moved = field(bytes, to);
            put(bytes, to, &own);
            put(bytes, at, &moved);
        }
        // The identity, or the scalar zero.
        2 => put(bytes, at, &[0; 32]),
        // Not canonical, as a scalar.
        3 => {
            let mut carry = 0_u16;
            let mut sum = own;
            for (byte, order) in sum.iter_mut().zip(ORDER) {
                carry += u16::from(*byte) + u16::from(order);
                *byte = carry as u8;
                carry >>= 8;
            }
            put(bytes, at, &sum);
        }
        // Not canonical, as a point.
        4 => bytes[at + 31] |= 0x80,
        // Negated, or the sum of the two, where it is a point.
        5 => {
            if let Some(point) = point(&own) {
                put(bytes, at, &(-point).compress().0);
            }
        }
        6 => {
            if let (Some(one), Some(two)) = (point(&own), point(&its)) {
                put(bytes, at, &(one + two).compress().0);
            }
        }
        // Two neighbours from the other, such as a whole pair.
        _ => {
            let end = (at + 64).min(bytes.len());
            bytes[at..end].copy_from_slice(&other[at..end]);
        }
    }
}

/// Runs `each` until it has tampered `count` times; `false` says that nothing was changed.
fn repeat(count: usize, mut each: impl FnMut() -> bool) {
    let mut done = 0;
    for _ in 0..count * 2 {
        done += usize::from(each());
        if done == count {
            return;
        }
    }
    panic!("tampered {done} times, not {count}");
}

fn plans() -> [Plan; 3] {
    [
        SMALL,
        Plan {
            kind: QuestionKind::Approval { min: 0, max: 1 },
            ..SMALL
        },
        Plan {
            kind: QuestionKind::Points { each: 1, total: 2 },
            ..SMALL
        },
    ]
}

#[test]
fn six_thousand_tampered_ballots_are_refused() {
    ballots(2_000);
}

#[test]
fn two_thousand_tampered_shares_are_refused() {
    shares(2_000);
}

#[test]
fn two_thousand_tampered_keys_are_refused() {
    keys(2_000);
}

#[test]
#[ignore = "takes minutes; for releases, with --release"]
fn a_hundred_thousand_tampered_pieces_are_refused() {
    ballots(20_000);
    shares(20_000);
    keys(20_000);
}

/// Tampers with so many ballots of each of three votes.
fn ballots(count: usize) {
    for (at, plan) in plans().into_iter().enumerate() {
        let mut village = Village::found(plan, 30 + at as u64);
        let (ballots, _) = village.everybody();
        let election = village.booth.election().encode();
        let room = Room::enter(&election, &village.ceremony.encode()).unwrap();
        for ballot in &ballots {
            assert_eq!(room.ballot(ballot), 0);
            let read = Ballot::decode(ballot).unwrap();
            village.booth.check(&read).unwrap();
        }
        let mut numbers = Numbers(300 + at as u64);
        let fields: Vec<usize> = (41..ballots[0].len()).step_by(32).collect();
        assert_eq!(fields.last().unwrap() + 32, ballots[0].len());
        repeat(count, || {
            let ballot = &ballots[numbers.below(ballots.len())];
            let other = &ballots[numbers.below(ballots.len())];
            let mut bytes = ballot.clone();
            match numbers.below(10) {
                // Replayed by another voter, or as a later ballot.
                0 => put(&mut bytes, 2, &field(other, 2)),
                1 => bytes[34..38].copy_from_slice(&(numbers.next() as u32).to_be_bytes()),
                2..=5 => damage(&mut numbers, &mut bytes),
                // All ciphertexts added to the other's.
                6 => {
                    for pair in fields.iter().take(4) {
                        let sum = point(&field(ballot, *pair)).unwrap()
                            + point(&field(other, *pair)).unwrap();
                        put(&mut bytes, *pair, &sum.compress().0);
                    }
                }
                _ => craft(&mut numbers, &mut bytes, other, &fields),
            }
            if ballots.contains(&bytes) {
                return false;
            }
            let read = Ballot::decode(&bytes);
            assert!(read.is_err() || village.booth.check(&read.unwrap()).is_err());
            assert_ne!(room.ballot(&bytes), 0);
            true
        });
    }
}

#[test]
fn a_ballot_is_refused_in_every_election_but_its_own() {
    let mut numbers = Numbers(40);
    let voters: Vec<[u8; 32]> = (0..5).map(|_| numbers.bytes()).collect();
    let trustees: Vec<[u8; 32]> = (0..3).map(|_| numbers.bytes()).collect();
    let found = |plan, space, seed| {
        Village::on(
            plan,
            Numbers(seed),
            voters.clone(),
            trustees.clone(),
            [space; 32],
        )
    };
    // The same trustees with the same seeds: even what they drew is the same in all of these.
    let mut home = found(SMALL, 1, 41);
    let (ballots, _) = home.everybody();
    let other_question = Plan {
        kind: QuestionKind::Approval { min: 1, max: 1 },
        ..SMALL
    };
    let others = [
        found(SMALL, 2, 41),
        found(SMALL, 1, 42),
        found(other_question, 1, 41),
        found(
            Plan {
                minimum: 4,
                ..SMALL
            },
            1,
            41,
        ),
        found(
            Plan {
                threshold: 3,
                ..SMALL
            },
            1,
            41,
        ),
    ];
    for other in others {
        let election = other.booth.election().encode();
        let room = Room::enter(&election, &other.ceremony.encode()).unwrap();
        for ballot in &ballots {
            let read = Ballot::decode(ballot).unwrap();
            home.booth.check(&read).unwrap();
            assert!(other.booth.check(&read).is_err());
            assert_ne!(room.ballot(ballot), 0);
        }
    }
}

fn shares(count: usize) {
    let mut village = Village::found(SMALL, 50);
    let (ballots, _) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let fewer = village.count(&ballots[1..], &[]);
    let room = Room::enter(
        &village.booth.election().encode(),
        &village.ceremony.encode(),
    )
    .unwrap();
    let slices: Vec<&[u8]> = ballots.iter().map(Vec::as_slice).collect();
    let counted = room.count(&village.roll.encode(), &slices, &[]).unwrap();
    let shares: Vec<Vec<u8>> = (0..3)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let elsewhere = village.share(0, &fewer).encode();
    for share in &shares {
        assert_eq!(counted.share(&room, share), 0);
    }
    assert_eq!(
        counted.share(&room, &elsewhere),
        ShareStatus::OtherTally as u8
    );
    let mut numbers = Numbers(51);
    let fields: Vec<usize> = (36..shares[0].len()).step_by(32).collect();
    assert_eq!(fields.last().unwrap() + 32, shares[0].len());
    repeat(count, || {
        let other = &shares[numbers.below(3)];
        let mut bytes = shares[numbers.below(3)].clone();
        match numbers.below(8) {
            0 => bytes[2] = 1 + numbers.below(15) as u8,
            // Made for another tally, sold as one for this.
            1 => {
                let tally = field(&bytes, 3);
                bytes.clone_from(&elsewhere);
                put(&mut bytes, 3, &tally);
            }
            2..=4 => damage(&mut numbers, &mut bytes),
            _ => craft(&mut numbers, &mut bytes, other, &fields),
        }
        if shares.contains(&bytes) {
            return false;
        }
        let read = Share::decode(&bytes);
        assert!(read.is_err() || read.unwrap().check(&village.booth, &tally) != ShareStatus::Valid);
        assert_ne!(counted.share(&room, &bytes), 0);
        true
    });
}

fn keys(count: usize) {
    let mut numbers = Numbers(60);
    let voters: Vec<[u8; 32]> = (0..5).map(|_| numbers.bytes()).collect();
    let trustees: Vec<[u8; 32]> = (0..3).map(|_| numbers.bytes()).collect();
    let one = Village::on(
        SMALL,
        Numbers(61),
        voters.clone(),
        trustees.clone(),
        [1; 32],
    );
    let two = Village::on(SMALL, Numbers(62), voters, trustees, [1; 32]);
    let election = one.booth.election();
    let (bytes, other) = (one.ceremony.encode(), two.ceremony.encode());
    assert!(Room::enter(&election.encode(), &bytes).is_ok());
    // Round 1: 131 bytes each; round 2: 261 each; round 3: 99 each; for 3 trustees, threshold 2.
    let (first, second, third) = (131, 4 + 7 * 32 + 1 + 2 * 32, 131 - 32);
    assert_eq!(bytes.len(), 3 + 3 * (first + second + third));
    let mut fields = Vec::new();
    for trustee in 0..3 {
        let at = 3 + trustee * first + 3;
        fields.extend((0..4).map(|field| at + field * 32));
        let at = 3 + 3 * first + trustee * second + 4;
        fields.extend((0..7).map(|field| at + field * 32));
        fields.extend((0..2).map(|field| at + 7 * 32 + 1 + field * 32));
        let at = 3 + 3 * (first + second) + trustee * third + 3;
        fields.extend((0..3).map(|field| at + field * 32));
    }
    repeat(count, || {
        let mut tampered = bytes.clone();
        match numbers.below(4) {
            0 | 1 => damage(&mut numbers, &mut tampered),
            _ => craft(&mut numbers, &mut tampered, &other, &fields),
        }
        if tampered == bytes {
            return false;
        }
        let read = Ceremony::decode(&tampered);
        assert!(read.is_err() || read.unwrap().open(election).is_err());
        assert!(Room::enter(&election.encode(), &tampered).is_err());
        true
    });
}

#[test]
fn both_verifiers_say_the_same_of_tampered_transcripts() {
    let mut village = Village::found(SMALL, 70);
    let (ballots, _) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let shares: Vec<Vec<u8>> = (0..3)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let bytes = Transcript::new(
        village.booth.election().clone(),
        village.roll.clone(),
        village.ceremony.clone(),
        ballots,
        [],
        shares,
    )
    .unwrap()
    .encode();
    let honest = verify(&bytes).unwrap().canonical_bytes();
    let mut numbers = Numbers(71);
    let (mut refused, mut other) = (0, 0);
    for _ in 0..500 {
        let mut tampered = bytes.clone();
        damage(&mut numbers, &mut tampered);
        if tampered == bytes {
            continue;
        }
        let first = verify(&tampered)
            .ok()
            .map(|outcome| outcome.canonical_bytes());
        assert_eq!(first, second::verify(&tampered).ok());
        assert_ne!(first.as_ref(), Some(&honest));
        refused += usize::from(first.is_none());
        other += usize::from(first.is_some());
    }
    assert!(refused > 50 && other > 50, "{refused} {other}");
}
