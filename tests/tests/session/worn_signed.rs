//! What a disk that wears out does to what was signed for others to count: operations of the membership,
//! signed texts, answers. A space opens with it or says why not, and nobody counts less than there is.

use majlis_core::admission::{Missing, State};
use majlis_core::checkpoint::Checkpoint;
use majlis_core::entry::{ChainId, Header, Kind, VERSION};
use majlis_core::id::{EntryHash, FormId, LaneId, PayloadHash};
use majlis_core::receipt::Alarm;
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::{Command, CommandError, Input, Reply};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};

use super::torn::{page, type_in};
use super::worn::{LOST, another, lets_sign, mend};
use super::{invite, joiner, meet, order, pair, process, same, say};

fn sign(who: &mut Resident) -> EntryHash {
    match order(who, Command::Checkpoint(page(4))) {
        Some(Reply::Entry(entry)) => entry,
        other => panic!("no checkpoint: {other:?}"),
    }
}

#[test]
fn a_space_opens_without_a_signed_text_that_cannot_be_read() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        type_in(&mut ana, page(4), "The well is dry. ");
        let signed = sign(&mut ana);
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.worn.insert(signed, wear);
        bo.restart_worn().unwrap();
        let said = say(&mut ana, 1);
        assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
        assert!(bo.stores(said) && same(&ana, &bo), "{wear:?}");
        assert!(bo.space.seen().is_empty(), "{wear:?}");
    }
}

#[test]
fn a_space_opens_with_no_other_people_than_elsewhere() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        let device = another(&mut ana, 4).device();
        let reason = "left".to_owned();
        let remove = Command::Remove { device, reason };
        let Some(Reply::Entry(removal)) = order(&mut ana, remove) else {
            panic!("no removal");
        };
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.worn.insert(removal, wear);
        let opened = bo.restart_worn();
        assert!(matches!(opened, Err(ShelfError::Damaged(_))), "{wear:?}");
        mend(&mut bo);
        assert_eq!(bo.space.roster().rank(device), None, "{wear:?}");
    }
}

/// An answer that Ana holds and does not count: she had closed the invite by which its author came in
/// where that was not known. With the join by which it would count.
fn answer_set_aside(ana: &mut Resident, bo: &mut Resident) -> (EntryHash, EntryHash) {
    let ticket = invite(ana, 51, 9);
    assert_eq!(meet(bo, ana, 60).ended, None);
    order(ana, Command::CloseInvite(ticket)).unwrap();
    let mut late = joiner(ana, 3, ticket, 51);
    assert_eq!(meet(&mut late, bo, 61).ended, None);
    let answer = say(&mut late, 7);
    assert_eq!(meet(&mut late, bo, 62).ended, None);
    assert_eq!(bo.space.state_of(answer), Some(State::Admitted));
    assert_eq!(meet(bo, ana, 63).ended, None);
    let state = ana.space.state_of(answer).expect("it came");
    assert!(!state.applies(), "{state:?}");
    let mut members = ana.space.roster().members();
    let join = members.find(|row| row.device == late.device());
    (answer, join.expect("the join came").joined)
}

#[test]
fn an_answer_that_was_lost_before_it_counted_counts_again_and_no_close_leaves_it_out() {
    let close = || Command::CloseProcess {
        lane: process(),
        form: FormId::from_bytes([7; 32]),
        note: String::new(),
    };
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        let (answer, join) = answer_set_aside(&mut ana, &mut bo);
        ana.worn.insert(answer, wear);
        order(&mut ana, Command::Adopt(vec![join])).unwrap();
        let waits = State::Waiting(Missing::Payload);
        for again in [false, true] {
            if again {
                ana.restart_worn().unwrap();
            }
            assert_eq!(ana.space.state_of(answer), Some(waits), "{wear:?}");
            let reply = ana.step(Input::Command(close()), 0, Fate::Lives).reply;
            let is_told = matches!(reply, Some(Err(CommandError::AnswersUnreadable)));
            assert!(is_told, "{wear:?}: {reply:?}");
        }
        mend(&mut ana);
        assert_eq!(
            ana.space.state_of(answer),
            Some(State::Admitted),
            "{wear:?}"
        );
        order(&mut ana, close()).unwrap();
    }
}

/// Gives Ana a checkpoint in somebody's name, as no honest device makes it.
fn forge(ana: &mut Resident, who: &Resident, checkpoint: &Checkpoint) -> EntryHash {
    let (lane, device) = (LaneId::CHECKPOINTS, who.device());
    let (seq, prev) = who.space.index().next(ChainId { lane, device });
    let payload = checkpoint.encode();
    let header = Header {
        version: VERSION,
        space: who.space.id(),
        lane,
        device,
        seq,
        prev,
        warrant: who.space.roster().warrant(device).unwrap(),
        kind: Kind::Checkpoint,
        claimed: Timestamp(5),
        payload: PayloadHash::of(&payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    };
    let hash = header.hash();
    let mut run = RunWriter::default();
    run.push(&Carried {
        signed: header.sign(who.key()),
        payload: Some(payload),
    });
    let run = run.take();
    ana.step(Input::Carried { run }, 0, Fate::Lives);
    hash
}

#[test]
fn who_signs_another_text_is_found_out_also_where_they_say_that_it_covers_an_answer() {
    let (mut ana, mut bo) = pair();
    lets_sign(&mut ana, &bo);
    type_in(&mut ana, page(4), "The well is dry. ");
    let answer = say(&mut ana, 1);
    assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
    let signed = sign(&mut ana);
    let payload = ana.shelf().payload(signed).unwrap().unwrap();
    let honest = Checkpoint::decode(&payload).unwrap();
    let mut covered = honest.covered().to_vec();
    covered[0].hash = answer;
    let mut lie = honest.text().unwrap();
    lie.title = "The well is Bo's".to_owned();
    let lane = page(4);
    let made = Checkpoint::new(lane, covered, &honest.heads(), &lie).unwrap();
    let checkpoint = forge(&mut ana, &bo, &made);
    assert_eq!(ana.space.state_of(checkpoint), Some(State::Admitted));
    let misquotes = Alarm::Misquotes { checkpoint, lane };
    assert_eq!(ana.space.seen(), [(bo.device(), misquotes)]);
}
