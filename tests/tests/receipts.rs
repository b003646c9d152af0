//! A gateway holds no authority, and what it signs exposes it: one built on the core hides,
//! rewrites, reorders and tells two stories, and each is found out, or shown to do no harm.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use std::collections::BTreeSet;

use fastrand::Rng;
use majlis_core::admission::{Aside, Refusal, State};
use majlis_core::entry::{Header, Kind, VERSION};
use majlis_core::id::{EntryHash, LaneId, PayloadHash};
use majlis_core::membership::{Operation, Rank};
use majlis_core::receipt::{Alarm, Position, Receipt};
use majlis_core::record::Records;
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{CarrierView, Command, Input, Reply};
use majlis_core::sync::message::{Message, decode, encode};
use majlis_core::sync::wire::{Carried, RunWriter, read_run};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};

#[path = "receipts/checkpoints.rs"]
mod checkpoints;
#[path = "receipts/scene.rs"]
mod scene;

use scene::{
    GATEWAY, Talk, alarms, carried, carrier, checked, founder, joiner, meet, meet_bent, order,
    position, process, receipt, say, town, twin, withdrawal,
};

#[test]
fn what_reached_a_gateway_is_signed_for_and_shown_to_its_author() {
    let (mut ana, mut bo, mut gateway) = town();
    say(&mut ana, 1);
    say(&mut ana, 2);
    meet(&mut ana, &mut gateway, 10);
    let signed = receipt(&mut gateway);
    assert_eq!(order_again(&mut gateway), None, "nothing moved since");
    meet(&mut ana, &mut gateway, 11);
    meet(&mut bo, &mut gateway, 12);
    for who in [&mut ana, &mut bo] {
        assert_eq!(who.space.state_of(signed), Some(State::Admitted));
        let view = carrier(who, GATEWAY);
        assert_eq!((view.receipts, view.newest), (1, Some(signed)));
        assert_eq!((view.owed, view.alarms), (0, Vec::new()));
        assert_eq!(view.confirmed, who.space.index().len() as u64 - 1);
    }
    let on = |view: &CarrierView| {
        let own = view.own.iter().find(|chain| chain.lane == process());
        own.map(|chain| (chain.receipted, chain.entries))
    };
    assert_eq!(on(&carrier(&mut ana, GATEWAY)), Some((2, 2)));
    say(&mut ana, 3);
    assert_eq!(on(&carrier(&mut ana, GATEWAY)), Some((2, 3)));
    // The same again from disk.
    ana.restart();
    assert_eq!(on(&carrier(&mut ana, GATEWAY)), Some((2, 3)));
}

fn order_again(who: &mut Resident) -> Option<EntryHash> {
    match order(who, Command::Receipt) {
        Reply::Entry(entry) => Some(entry),
        _ => None,
    }
}

#[test]
fn two_carriers_do_not_sign_for_each_other_for_ever() {
    let (mut ana, _, mut gateway) = town();
    let mut second = joiner(&mut ana, 4, Rank::Observer);
    meet(&mut second, &mut ana, 4);
    meet(&mut gateway, &mut ana, 5);
    meet(&mut gateway, &mut second, 6);
    let mut made = 0;
    for round in 0..6 {
        made += usize::from(order_again(&mut gateway).is_some());
        meet(&mut gateway, &mut second, 10 + round * 2);
        made += usize::from(order_again(&mut second).is_some());
        meet(&mut gateway, &mut second, 11 + round * 2);
    }
    assert_eq!(made, 2);
    // With something new of others, a carrier signs for the other's receipts as well.
    say(&mut ana, 1);
    meet(&mut ana, &mut gateway, 40);
    let third = receipt(&mut gateway);
    let (_, said) = checked(&gateway, third);
    let lanes: Vec<LaneId> = said
        .positions
        .iter()
        .map(|position| position.lane)
        .collect();
    assert!(lanes.contains(&LaneId::RECEIPTS) && lanes.contains(&process()));
}

#[test]
fn a_gateway_that_hides_an_entry_is_found_out_by_its_own_receipt() {
    let (mut ana, mut bo, mut gateway) = town();
    let hidden = say(&mut ana, 1);
    meet(&mut ana, &mut gateway, 10);
    let signed = receipt(&mut gateway);
    let mut liar = twin(&gateway, &[hidden]);
    meet(&mut bo, &mut liar, 11);
    let owing = carrier(&mut bo, GATEWAY);
    assert_eq!((owing.owed, owing.alarms), (1, Vec::new()));
    // Its receipt is here: what it signed for must come before it says that it sent everything.
    meet(&mut bo, &mut liar, 12);
    let hides = Alarm::Hides {
        receipt: signed,
        position: position(&ana, hidden),
    };
    assert_eq!(carrier(&mut bo, GATEWAY).alarms, [hides]);
    // The proof holds for a third party: signed by the gateway, naming what Ana signed.
    let (by, said) = checked(&bo, signed);
    assert_eq!(by, gateway.device());
    assert!(said.positions.contains(&position(&ana, hidden)));
    assert!(carried(&ana, hidden).signed.verify().is_ok());
    // Another way brings it: it is here, and what the gateway did stays known.
    meet(&mut bo, &mut ana, 13);
    let view = carrier(&mut bo, GATEWAY);
    assert_eq!((view.owed, view.alarms), (0, vec![hides]));
    assert_eq!(alarms(&mut ana), []);
}

#[test]
fn a_gateway_that_drops_the_end_of_every_chain_is_found_out() {
    let (mut ana, mut bo, mut gateway) = town();
    let kept = say(&mut ana, 1);
    let hidden = [say(&mut ana, 2), say(&mut ana, 3)];
    meet(&mut ana, &mut gateway, 10);
    let signed = receipt(&mut gateway);
    let mut liar = twin(&gateway, &hidden);
    meet(&mut bo, &mut liar, 11);
    meet(&mut bo, &mut liar, 12);
    assert!(bo.stores(kept));
    let view = carrier(&mut bo, GATEWAY);
    assert_eq!(view.owed, 2);
    let hides = Alarm::Hides {
        receipt: signed,
        position: position(&ana, hidden[1]),
    };
    assert_eq!(view.alarms, [hides]);
}

#[test]
fn an_entry_that_a_gateway_rewrites_is_not_taken_and_it_is_found_out() {
    let (mut ana, mut bo, mut gateway) = town();
    let true_one = say(&mut ana, 1);
    let at = position(&ana, true_one);
    meet(&mut ana, &mut gateway, 10);
    receipt(&mut gateway);
    let rewrite = |frame: Vec<u8>| {
        let Ok((
            number,
            Message::Run {
                stream,
                part,
                last,
                thank,
                ..
            },
        )) = decode(&frame)
        else {
            return frame;
        };
        assert!(last, "the test sends little");
        let mut run = RunWriter::default();
        for mut entry in read_run(gateway_space(), &part).unwrap() {
            if entry.signed.unchecked().hash() == true_one {
                let payload = Records {
                    records: vec![withdrawal(9)],
                }
                .encode();
                let mut header = entry.signed.unchecked().clone();
                header.payload = PayloadHash::of(&payload);
                let signature = *entry.signed.signature().as_bytes();
                entry = Carried {
                    signed: majlis_core::entry::Signed::new(header, signature),
                    payload: Some(payload),
                };
            }
            run.push(&entry);
        }
        let entries = u32::try_from(run.len()).unwrap();
        let part = run.take().into();
        encode(
            number,
            &Message::Run {
                stream,
                part,
                entries,
                last,
                thank,
            },
        )
    };
    meet_bent(&mut bo, &mut gateway, 11, rewrite);
    assert!(!bo.stores(true_one));
    let lane = process();
    assert!(bo.space.index().chains().all(|chain| chain.lane != lane));
    let view = carrier(&mut bo, GATEWAY);
    assert_eq!(view.owed, 1);
    let Position {
        lane, device, seq, ..
    } = at;
    assert_eq!(view.alarms, [Alarm::Alters { lane, device, seq }]);
    // What was seen is given back after a start.
    let seen = bo.space.seen();
    bo.restart();
    assert_eq!(carrier(&mut bo, GATEWAY).alarms, []);
    bo.space.recall(&seen);
    assert_eq!(carrier(&mut bo, GATEWAY).alarms, view.alarms);
    // The true one still comes by another way.
    meet(&mut bo, &mut ana, 12);
    assert!(bo.stores(true_one));
}

fn gateway_space() -> majlis_core::id::SpaceId {
    founder().space.id()
}

#[test]
fn what_a_gateway_says_in_its_own_name_does_not_count() {
    let (mut ana, _, gateway) = town();
    let payload = Records {
        records: vec![withdrawal(1)],
    }
    .encode();
    let header = Header {
        version: VERSION,
        space: gateway.space.id(),
        lane: process(),
        device: gateway.device(),
        seq: 0,
        prev: EntryHash::ZERO,
        warrant: gateway.space.roster().warrant(gateway.device()).unwrap(),
        kind: Kind::Records,
        claimed: Timestamp(5),
        payload: PayloadHash::of(&payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    };
    let entry = header.hash();
    let mut run = RunWriter::default();
    run.push(&Carried {
        signed: header.sign(gateway.key()),
        payload: Some(payload),
    });
    ana.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
    let state = ana.space.state_of(entry);
    assert_eq!(state, Some(State::Refused(Refusal::NotAllowed)));
}

#[test]
fn a_gateway_that_signs_two_receipts_for_one_place_is_found_out_when_people_meet() {
    let (mut ana, mut bo, mut gateway) = town();
    meet(&mut ana, &mut gateway, 10);
    let mut other_face = twin(&gateway, &[]);
    say(&mut ana, 1);
    meet(&mut ana, &mut gateway, 11);
    let to_ana = receipt(&mut gateway);
    meet(&mut ana, &mut gateway, 12);
    let to_bo = receipt(&mut other_face);
    meet(&mut bo, &mut other_face, 13);
    assert_eq!((alarms(&mut ana), alarms(&mut bo)), (vec![], vec![]));

    meet(&mut ana, &mut bo, 14);
    let (one, other) = (to_ana.min(to_bo), to_ana.max(to_bo));
    for who in [&mut ana, &mut bo] {
        let view = carrier(who, GATEWAY);
        assert_eq!(view.alarms, [Alarm::Equivocates { one, other }]);
        // Both halves of the proof are here, and the proof travels as an operation of its own.
        let (first, second) = (carried(who, one), carried(who, other));
        assert_eq!(first.signed.unchecked().seq, second.signed.unchecked().seq);
        assert!(first.signed.verify().is_ok() && second.signed.verify().is_ok());
        let set_aside = Some(State::Quarantined(Aside::Forked));
        assert_eq!(who.space.state_of(one), set_aside);
        let shelf = who.shelf();
        let membership = who.space.index().items();
        let proofs = membership.filter(|(place, item)| {
            let payload = shelf.payload(item.hash).unwrap().unwrap();
            place.chain.lane == LaneId::MEMBERSHIP
                && matches!(Operation::decode(&payload), Ok(Operation::Fork(_)))
        });
        assert!(proofs.count() > 0);
    }
}

#[test]
fn a_receipt_for_an_entry_where_it_is_not_is_seen() {
    let (mut ana, _, mut gateway) = town();
    let entry = say(&mut ana, 1);
    let mut wrong = position(&ana, entry);
    wrong.seq = 4;
    let positions = vec![wrong];
    let payload = Receipt { positions }.encode();
    meet(&mut ana, &mut gateway, 10);
    let header = Header {
        version: VERSION,
        space: gateway.space.id(),
        lane: LaneId::RECEIPTS,
        device: gateway.device(),
        seq: 0,
        prev: EntryHash::ZERO,
        warrant: gateway.space.roster().warrant(gateway.device()).unwrap(),
        kind: Kind::Receipt,
        claimed: Timestamp(5),
        payload: PayloadHash::of(&payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    };
    let receipt = header.hash();
    let mut run = RunWriter::default();
    run.push(&Carried {
        signed: header.sign(gateway.key()),
        payload: Some(payload),
    });
    ana.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
    let misstates = Alarm::Misstates {
        receipt,
        position: wrong,
    };
    assert_eq!(carrier(&mut ana, GATEWAY).alarms, [misstates]);
}

#[test]
fn in_whatever_order_a_gateway_hands_things_over_the_outcome_is_the_same() {
    let (mut ana, mut bo, mut gateway) = town();
    for number in 0..4 {
        say(&mut ana, number);
        say(&mut bo, number + 10);
        meet(&mut ana, &mut gateway, 10 + u64::from(number) * 3);
        meet(&mut bo, &mut gateway, 11 + u64::from(number) * 3);
        receipt(&mut gateway);
        meet(&mut ana, &mut gateway, 12 + u64::from(number) * 3);
    }
    let all: Vec<EntryHash> = gateway.space.index().items().map(|(_, i)| i.hash).collect();
    let expected = {
        let mut straight = twin(&ana, &[]);
        meet(&mut straight, &mut gateway, 40);
        (straight.picture(&[]), carrier(&mut straight, GATEWAY))
    };
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        let mut order = all.clone();
        rng.shuffle(&mut order);
        let genesis = ana.space.index().items().next().unwrap().1.hash;
        let mut reader = twin(
            &ana,
            &all.iter()
                .copied()
                .filter(|it| *it != genesis)
                .collect::<Vec<_>>(),
        );
        for hash in order {
            let mut run = RunWriter::default();
            run.push(&carried(&gateway, hash));
            reader.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
        }
        let view = carrier(&mut reader, GATEWAY);
        assert_eq!((reader.picture(&[]), view), expected, "seed {seed}");
    }
}

#[test]
fn an_honest_gateway_is_never_accused_whatever_happens_to_its_links() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    for seed in seed.map_or(0..60, |seed| seed..seed + 1) {
        println!("SEED={seed}");
        let mut rng = Rng::with_seed(seed);
        let (mut ana, mut bo, mut gateway) = town();
        let (mut link, mut number) = (100, 0);
        for _ in 0..12 {
            let to_ana = rng.bool();
            let person = if to_ana { &mut ana } else { &mut bo };
            let mut talk = Talk::begin(person, &mut gateway, link);
            link += 1;
            let mut left = rng.usize(0..40);
            while left > 0 && talk.ended.is_none() {
                left -= 1;
                match rng.u8(0..8) {
                    0 => {
                        number += 1;
                        let record = Box::new(withdrawal(number));
                        let (lane, seal) = (process(), true);
                        let command = Command::Record { lane, record, seal };
                        talk.give(true, person, Input::Command(command));
                    }
                    1 => talk.give(false, &mut gateway, Input::Command(Command::Receipt)),
                    _ => {
                        talk.one_frame(person, &mut gateway, &mut |frame| frame);
                    }
                }
            }
            if rng.bool() {
                while talk.ended.is_none() && talk.one_frame(person, &mut gateway, &mut |f| f) {}
            }
            assert_eq!(talk.end(person, &mut gateway), None);
            if rng.u8(0..4) == 0 {
                gateway.restart();
            }
        }
        assert_eq!((alarms(&mut ana), alarms(&mut bo)), (vec![], vec![]));
        meet(&mut ana, &mut gateway, 1_000);
        meet(&mut bo, &mut gateway, 1_001);
        meet(&mut ana, &mut gateway, 1_002);
        let one: BTreeSet<_> = ana.space.index().items().map(|(_, i)| i.hash).collect();
        let two: BTreeSet<_> = bo.space.index().items().map(|(_, i)| i.hash).collect();
        assert_eq!(one, two);
        assert_eq!((alarms(&mut ana), alarms(&mut bo)), (vec![], vec![]));
    }
}
