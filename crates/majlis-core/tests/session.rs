//! What replicas say to each other, read back and bent: nothing panics, nothing grows without
//! bound, and only the bytes that were written are read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use fastrand::Rng;
use majlis_core::chain::{ChainIndex, Fit, Item};
use majlis_core::codec;
use majlis_core::effect::LinkId;
use majlis_core::entry::{Header, Kind, MAX_PAYLOAD, Signed, VERSION};
use majlis_core::id::{EntryHash, LaneId, PayloadHash, SpaceId, TransportId};
use majlis_core::membership::{Operation, Rank};
use majlis_core::record::Records;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::sync::message::{
    Hello, MAX_FRAME, MAX_PART, MAX_TIPS, Message, NEWEST, OLDEST, ProtocolError, Scope, ShortTip,
    Stream, decode, encode, tag_of,
};
use majlis_core::sync::names::{ChainName, Check};
use majlis_core::sync::session::{Ends, Session};
use majlis_core::sync::wire::{Carried, MAX_RUN, RunError, RunWriter, read_run};
use majlis_core::time::Timestamp;
use serde_bytes::ByteBuf;

#[path = "session/any.rs"]
mod any;

use any::{carried, message, noise};

const SPACE: SpaceId = SpaceId::from_bytes([7; 32]);

#[test]
fn every_message_reads_back_and_fits_its_frame() {
    let mut rng = Rng::with_seed(1);
    for number in 0..300 {
        let message = message(&mut rng);
        let frame = encode(number, &message);
        assert!(frame.len() <= MAX_FRAME, "{} bytes", frame.len());
        assert_eq!(decode(&frame), Ok((number, message.clone())));
        let tag = match &message {
            Message::Hello(hello) if number == 0 => Some(hello.tag),
            Message::Again(again) if number == 0 => Some(again.tag),
            _ => None,
        };
        assert_eq!(tag_of(&frame), tag);
    }
}

#[test]
fn a_bent_frame_is_refused_or_is_another_message_with_just_these_bytes() {
    let mut rng = Rng::with_seed(2);
    let (mut refused, mut other) = (0, 0);
    for _ in 0..3_000 {
        let mut frame = encode(rng.u32(0..9), &message(&mut rng));
        frame.truncate(200 + rng.usize(0..2_000));
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(0..frame.len());
            match rng.u8(0..3) {
                0 => frame[at] ^= 1 << rng.u8(0..8),
                1 => frame[at] = 255,
                _ => frame.truncate(at.max(1)),
            }
        }
        match decode(&frame) {
            // There is one way to write a message, so nothing can be hidden in a frame.
            Ok((number, message)) => {
                assert_eq!(encode(number, &message), frame);
                other += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        refused > 1_000 && other > 10,
        "{refused} refused, {other} others"
    );
    assert_eq!(decode(&[]), Err(ProtocolError::Malformed));
    assert_eq!(
        decode(&vec![1; MAX_FRAME + 1]),
        Err(ProtocolError::TooLarge)
    );
}

#[test]
fn a_list_of_tips_has_a_limit_and_a_length_that_lies_takes_no_memory() {
    let tip = ShortTip {
        chain: ChainName([1; 8]),
        seq: 0,
        check: Check([2; 8]),
    };
    let tips = vec![tip; MAX_TIPS + 1];
    let scope = Scope::Membership;
    let long = encode(
        0,
        &Message::Have {
            scope,
            tips,
            last: true,
        },
    );
    assert_eq!(decode(&long), Err(ProtocolError::TooLarge));
    let part = vec![0; MAX_PART + 1].into();
    let long = encode(
        0,
        &Message::Run {
            stream: Stream::First,
            part,
            entries: 1,
            last: true,
            thank: true,
        },
    );
    assert_eq!(decode(&long), Err(ProtocolError::TooLarge));
    // Claims four billion tips in ten bytes.
    let lie = [1, 0, 3, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0];
    assert_eq!(decode(&lie), Err(ProtocolError::Malformed));
}

#[test]
fn a_run_reads_back_whatever_its_headers_claim() {
    let mut rng = Rng::with_seed(3);
    for _ in 0..100 {
        let entries: Vec<Carried> = (0..rng.usize(1..20)).map(|_| carried(&mut rng)).collect();
        let mut run = RunWriter::default();
        entries.iter().for_each(|entry| run.push(entry));
        assert_eq!(run.len(), entries.len());
        let bytes = run.take();
        assert!(run.is_empty());
        let read = read_run(SPACE, &bytes).unwrap();
        assert_eq!(read, entries);
        // In another space the same bytes are other entries, and nobody signed those.
        let elsewhere = read_run(SpaceId::from_bytes([8; 32]), &bytes).unwrap();
        assert!(
            elsewhere
                .into_iter()
                .all(|entry| entry.signed.verify().is_err())
        );
    }
}

#[test]
fn the_largest_entry_fits_a_run() {
    let mut rng = Rng::with_seed(4);
    let mut entry = carried(&mut rng);
    let mut payload = vec![0; MAX_PAYLOAD];
    rng.fill(&mut payload);
    let mut header = entry.signed.unchecked().clone();
    header.payload = PayloadHash::of(&payload);
    header.payload_len = payload.len() as u32;
    let key = DeviceKey::from_secret(&[0; 32]);
    header.device = key.device();
    entry = Carried {
        signed: header.sign(&key),
        payload: Some(payload),
    };
    let mut run = RunWriter::default();
    run.push(&entry);
    assert!(run.is_full_for(1), "nothing comes after it");
    assert_eq!(read_run(SPACE, &run.take()), Ok(vec![entry]));
}

/// A run put together by hand: compressed without a dictionary.
fn parcel(dictionary: u8, plain: &[u8], signatures: &[u8]) -> Vec<u8> {
    let body = zstd::bulk::compress(plain, 19).unwrap();
    let parts = (
        dictionary,
        ByteBuf::from(body),
        ByteBuf::from(signatures.to_vec()),
    );
    codec::encode(1, &parts)
}

#[test]
fn a_run_that_inflates_is_refused_before_it_is_large() {
    let bomb = parcel(0, &vec![0; 50 * 1024 * 1024], &[]);
    assert!(bomb.len() < 8 * 1024);
    assert_eq!(read_run(SPACE, &bomb), Err(RunError::Compressed));
    let just = parcel(0, &vec![0; MAX_RUN], &[]);
    assert_eq!(read_run(SPACE, &just), Err(RunError::Malformed));
}

#[test]
fn a_run_needs_a_known_dictionary_and_a_signature_for_each_entry() {
    let mut rng = Rng::with_seed(12);
    let (entry, mut run) = (carried(&mut rng), RunWriter::default());
    run.push(&entry);
    let plain = run.plain();
    let signature = *entry.signed.signature().as_bytes();
    let read =
        |dictionary, signatures: &[u8]| read_run(SPACE, &parcel(dictionary, &plain, signatures));
    assert_eq!(read(0, &signature), Ok(vec![entry]));
    for newer in [2, 99, 255] {
        assert_eq!(read(newer, &signature), Err(RunError::Newer));
    }
    for other in [
        &signature[..63],
        &[],
        &[&signature[..], &signature].concat(),
    ] {
        assert_eq!(read(0, other), Err(RunError::Malformed));
    }
}

#[test]
fn a_bent_run_never_gives_an_entry_that_nobody_signed() {
    let mut rng = Rng::with_seed(5);
    let mut run = RunWriter::default();
    let honest: Vec<Carried> = (0..6).map(|_| carried(&mut rng)).collect();
    honest.iter().for_each(|entry| run.push(entry));
    let plain = run.plain();
    let signatures: Vec<u8> = honest
        .iter()
        .flat_map(|entry| *entry.signed.signature().as_bytes())
        .collect();
    let mut read = 0;
    for _ in 0..2_000 {
        let mut bent = plain.clone();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(0..bent.len());
            bent[at] ^= 1 << rng.u8(0..8);
        }
        let Ok(entries) = read_run(SPACE, &parcel(0, &bent, &signatures)) else {
            continue;
        };
        read += 1;
        for entry in entries {
            if entry.signed.clone().verify().is_ok() {
                assert!(honest.contains(&entry), "a forged entry passed");
            }
        }
    }
    assert!(read > 500, "{read}");
    for _ in 0..2_000 {
        let _ = read_run(SPACE, &noise(&mut rng, 400));
    }
}

#[test]
fn payloads_of_noise_are_refused_and_of_bent_bytes_read_one_way() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..4_000 {
        let mut payload = noise(&mut rng, 200);
        if let Some(first) = payload.first_mut() {
            *first = 1;
        }
        if let Ok(operation) = Operation::decode(&payload) {
            assert_eq!(operation.encode(), payload);
        }
        if let Ok(records) = Records::decode(&payload) {
            assert_eq!(records.encode(), payload);
        }
        let header = noise(&mut rng, 2 * Signed::LEN);
        assert_eq!(
            Signed::from_bytes(&header).is_some(),
            header.len() == Signed::LEN
        );
    }
    let operation = Operation::SetRank(majlis_core::membership::SetRank {
        device: DeviceKey::from_secret(&[1; 32]).device(),
        rank: Rank::Member,
        after: Vec::new(),
    });
    // The same value in a longer way of writing it.
    let mut padded = operation.encode();
    *padded.last_mut().unwrap() = 0x80;
    padded.push(0);
    assert!(Operation::decode(&padded).is_err());
}

fn put(index: &mut ChainIndex, header: &Header) -> Fit {
    let hash = header.hash();
    let fit = index.fit(hash, header);
    let item = Item {
        hash,
        warrant: header.warrant,
        kind: header.kind,
        claimed: header.claimed,
        state: majlis_core::admission::State::Admitted,
        authority: None,
    };
    index.insert(fit, header.chain(), header.seq, item);
    fit
}

fn header(seq: u64, prev: EntryHash, mark: u64) -> Header {
    Header {
        version: VERSION,
        space: SPACE,
        lane: LaneId::MEMBERSHIP,
        device: DeviceKey::from_secret(&[1; 32]).device(),
        seq,
        prev,
        warrant: EntryHash::ZERO,
        kind: Kind::Membership,
        claimed: Timestamp(mark),
        payload: PayloadHash::of(b""),
        payload_len: 0,
    }
}

#[test]
fn positions_that_lie_fit_nowhere_and_every_branch_is_kept() {
    let mut index = ChainIndex::default();
    let first = header(0, EntryHash::ZERO, 0);
    assert_eq!(put(&mut index, &first), Fit::Next(0));
    assert_eq!(put(&mut index, &first), Fit::Known);
    let far = header(u64::MAX, first.hash(), 0);
    assert_eq!(put(&mut index, &far), Fit::Misfit);
    let early = header(0, first.hash(), 0);
    assert_eq!(put(&mut index, &early), Fit::Misfit);
    let unheard = header(5, EntryHash::from_bytes([3; 32]), 0);
    assert_eq!(put(&mut index, &unheard), Fit::Gap);
    // Five second entries, five first ones, and a branch of a branch.
    let mut tips = Vec::new();
    for mark in 0..5 {
        let second = header(1, first.hash(), mark);
        let third = header(2, second.hash(), mark);
        put(&mut index, &second);
        put(&mut index, &third);
        let other = header(2, second.hash(), 100 + mark);
        put(&mut index, &other);
        put(&mut index, &header(0, EntryHash::ZERO, 1 + mark));
        tips.extend([third.hash(), other.hash()]);
    }
    assert_eq!(index.len(), 1 + 4 * 5);
    assert_eq!(index.tips().count(), 15);
    for tip in tips {
        let place = index.place(tip).unwrap();
        let root = index.on_branch(place.chain, place.branch, 0).unwrap();
        assert_eq!(root.hash, first.hash());
        assert_eq!(
            index.on_branch(place.chain, place.branch, 2).unwrap().hash,
            tip
        );
    }
}

const THANKS: Message = Message::Ack {
    parts: 0,
    entries: 0,
};

fn session(space: SpaceId, binding: [u8; 32], dialled: bool) -> Session {
    let ends = Ends {
        link: LinkId(1),
        binding,
        transport: TransportId::from_bytes([u8::from(dialled); 32]),
        dialled,
    };
    Session::new(space, ends, None)
}

#[test]
fn frames_out_of_turn_end_the_session() {
    let (one, two) = (
        DeviceKey::from_secret(&[1; 32]),
        DeviceKey::from_secret(&[2; 32]),
    );
    let index = ChainIndex::default();
    let binding = [5; 32];
    let fresh = || session(SPACE, binding, true);
    let hello = |space: SpaceId, binding: [u8; 32], dialled: bool| {
        session(space, binding, dialled).open(&two, None, &index)
    };
    let hear = |session: &mut Session, frame: &[u8]| {
        session
            .hear(frame, &index, one.device(), Timestamp(1))
            .map(|_| ())
    };
    let good = hello(SPACE, binding, false);
    assert_eq!(hear(&mut fresh(), &good), Ok(()));
    // A greeting from the same end, on another link, or for another space proves nothing here.
    for bad in [
        hello(SPACE, binding, true),
        hello(SPACE, [6; 32], false),
        hello(SpaceId::from_bytes([9; 32]), binding, false),
    ] {
        assert_eq!(hear(&mut fresh(), &bad), Err(ProtocolError::NotProven));
    }
    let own = session(SPACE, binding, false).open(&one, None, &index);
    assert_eq!(
        hear(&mut fresh(), &own),
        Err(ProtocolError::NotProven),
        "oneself"
    );
    let (_, Message::Hello(both)) = decode(&good).unwrap() else {
        panic!("a hello");
    };
    let frame = |oldest, newest| {
        let hello = Hello {
            oldest,
            newest,
            ..both.clone()
        };
        encode(0, &Message::Hello(hello))
    };
    // A version in common is enough: yesterday's program and tomorrow's.
    assert_eq!(hear(&mut fresh(), &frame(0, NEWEST)), Ok(()));
    assert_eq!(hear(&mut fresh(), &frame(OLDEST, NEWEST + 9)), Ok(()));
    for none in [frame(NEWEST + 1, NEWEST + 9), frame(NEWEST, OLDEST - 1)] {
        assert_eq!(hear(&mut fresh(), &none), Err(ProtocolError::Version));
    }
    for message in [
        THANKS,
        Message::Tell,
        Message::Sent(Scope::Membership),
        Message::Have {
            scope: Scope::Membership,
            tips: Vec::new(),
            last: true,
        },
    ] {
        let frame = encode(0, &message);
        assert_eq!(hear(&mut fresh(), &frame), Err(ProtocolError::Unexpected));
    }
    let mut session = fresh();
    assert_eq!(hear(&mut session, &good), Ok(()));
    let again = Err(ProtocolError::OutOfOrder {
        expected: 1,
        got: 0,
    });
    assert_eq!(hear(&mut session, &good), again, "a repeat");
    let ahead = encode(2, &THANKS);
    let lost = Err(ProtocolError::OutOfOrder {
        expected: 1,
        got: 2,
    });
    assert_eq!(hear(&mut session, &ahead), lost, "a loss");
    let thanks = encode(
        1,
        &Message::Ack {
            parts: 1,
            entries: 0,
        },
    );
    assert_eq!(
        hear(&mut session, &thanks),
        Err(ProtocolError::Unexpected),
        "for nothing sent"
    );
}

#[test]
fn a_run_without_end_and_tips_without_end_are_cut_off() {
    let two = DeviceKey::from_secret(&[2; 32]);
    let me = DeviceKey::from_secret(&[1; 32]).device();
    let index = ChainIndex::default();
    let greeted = || {
        let hello = session(SPACE, [5; 32], false).open(&two, None, &index);
        let mut session = session(SPACE, [5; 32], true);
        session.hear(&hello, &index, me, Timestamp(1)).unwrap();
        session
    };
    let flood = |message: &Message| {
        let mut session = greeted();
        (1..10_000_u32)
            .find_map(|number| {
                let frame = encode(number, message);
                session.hear(&frame, &index, me, Timestamp(1)).err()
            })
            .expect("no end")
    };
    let part = vec![0; MAX_PART].into();
    let run = Message::Run {
        stream: Stream::Bulk,
        part,
        entries: 1,
        last: false,
        thank: true,
    };
    assert_eq!(flood(&run), ProtocolError::TooLarge);
    let tip = ShortTip {
        chain: ChainName([7; 8]),
        seq: 1,
        check: Check([8; 8]),
    };
    let tips = vec![tip; MAX_TIPS];
    let have = Message::Have {
        scope: Scope::Membership,
        tips,
        last: false,
    };
    assert_eq!(flood(&have), ProtocolError::TooLarge);
}
