//! Today's devices and tomorrow's: what a newer version writes is kept, passed on and shown as not
//! known, and what both know goes on as ever.

use majlis_core::admission::State;
use majlis_core::effect::HangUp;
use majlis_core::entry::{ChainId, Header, Kind, VERSION};
use majlis_core::id::{EntryHash, FormId, LaneClass, LaneId, PayloadHash};
use majlis_core::record::{Record, Records, Step, StepKind, Subject};
use majlis_core::space::Input;
use majlis_core::sync::message::{Message, NEWEST, decode, encode};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};

use super::{Talk, invite, joiner, meet, pair, process, same, say};

/// Has a device sign and keep what no program of today would make.
fn tomorrow(
    who: &mut Resident,
    lane: LaneId,
    version: u8,
    kind: Kind,
    payload: &[u8],
) -> EntryHash {
    let device = who.device();
    let (seq, prev) = who.space.index().next(ChainId { lane, device });
    let header = Header {
        version,
        space: who.space.id(),
        lane,
        device,
        seq,
        prev,
        warrant: who.space.roster().warrant(device).unwrap(),
        kind,
        claimed: Timestamp(5),
        payload: PayloadHash::of(payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    };
    let hash = header.hash();
    let mut run = RunWriter::default();
    run.push(&Carried {
        signed: header.sign(who.key()),
        payload: Some(payload.to_vec()),
    });
    who.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
    assert!(who.stores(hash));
    hash
}

/// A step whose kind today's program does not know, nor who may take it.
fn a_step_of_tomorrow() -> Records {
    let step = Step {
        form: FormId::from_bytes([7; 32]),
        kind: StepKind::Unknown(200),
        about: Subject::Whole,
        text: "done".to_owned(),
        number: None,
        day: None,
        sources: Vec::new(),
        replaces: Vec::new(),
        salt: [1; 8],
    };
    Records {
        records: vec![Record::Step(step)],
    }
}

#[test]
fn what_a_newer_version_writes_is_kept_passed_on_and_shown_as_not_known() {
    let (mut ana, mut bo) = pair();
    let lane = |class| LaneId::new(class, [7; 16]);
    let (document, strange) = (lane(LaneClass::Document), lane(LaneClass::Unknown(99)));
    let newer = [
        tomorrow(
            &mut bo,
            process(),
            VERSION,
            Kind::Unknown(77),
            b"a new kind",
        ),
        tomorrow(
            &mut bo,
            process(),
            VERSION + 1,
            Kind::Records,
            b"a new envelope",
        ),
        tomorrow(&mut bo, process(), VERSION, Kind::Records, &[9, 1, 2, 3]),
        tomorrow(&mut bo, document, VERSION, Kind::Changes, &[2, 9, 9]),
        tomorrow(
            &mut bo,
            strange,
            VERSION,
            Kind::Records,
            b"a new kind of lane",
        ),
        tomorrow(
            &mut bo,
            strange,
            VERSION + 7,
            Kind::Unknown(200),
            b"all of it new",
        ),
        tomorrow(
            &mut bo,
            LaneId::MEMBERSHIP,
            VERSION,
            Kind::Membership,
            &[2, 3],
        ),
        tomorrow(
            &mut bo,
            process(),
            VERSION,
            Kind::Records,
            &a_step_of_tomorrow().encode(),
        ),
    ];
    // What today's version knows goes on behind it in the same chain.
    let known = say(&mut bo, 3);
    let ticket = invite(&mut ana, 51, 9);
    assert_eq!(meet(&mut bo, &mut ana, 2).ended, None);
    assert!(same(&ana, &bo) && ana.stores(known));
    // Somebody else gets it from one who does not know it.
    let mut cy = joiner(&ana, 3, ticket, 51);
    assert_eq!(meet(&mut cy, &mut ana, 3).ended, None);
    cy.restart();
    for who in [&ana, &cy] {
        for hash in newer {
            assert_eq!(who.space.state_of(hash), Some(State::Unknown));
            assert!(who.stores(hash));
        }
        assert_eq!(who.space.state_of(known), Some(State::Admitted));
    }
    assert!(same(&ana, &cy));
    // To one who had it all before, nothing is sent again.
    assert_eq!(meet(&mut cy, &mut bo, 4).ended, None);
    assert_eq!(meet(&mut cy, &mut bo, 5).entries, 0);
}

/// Has one's opening say that it speaks these versions.
fn meet_speaking(oldest: u16, newest: u16) -> Option<(bool, HangUp)> {
    let (mut ana, mut bo) = pair();
    say(&mut bo, 4);
    let mut talk = Talk::begin(&mut bo, &mut ana, 9);
    let (_, frame) = talk.queue.iter_mut().find(|(first, _)| *first).unwrap();
    let (number, mut message) = decode(frame).unwrap();
    match &mut message {
        Message::Hello(hello) => (hello.oldest, hello.newest) = (oldest, newest),
        Message::Again(again) => (again.oldest, again.newest) = (oldest, newest),
        other => panic!("not an opening: {other:?}"),
    }
    *frame = encode(number, &message);
    talk.go_on(&mut bo, &mut ana);
    let talk = talk.end(&mut bo, &mut ana);
    assert_eq!(same(&ana, &bo), talk.ended.is_none());
    talk.ended
}

#[test]
fn one_version_in_common_is_enough_and_none_is_said_so() {
    assert_eq!(meet_speaking(1, NEWEST + 5), None);
    assert_eq!(
        meet_speaking(NEWEST + 1, NEWEST + 5),
        Some((false, HangUp::Version))
    );
    assert_eq!(meet_speaking(0, 0), Some((false, HangUp::Version)));
}
