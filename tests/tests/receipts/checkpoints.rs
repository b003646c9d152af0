//! A checkpoint lets a new reader read a long document before its history came, and one that says
//! something else than the entries is proof against who signed it.

use majlis_core::admission::{Refusal, State};
use majlis_core::changes::Changes;
use majlis_core::checkpoint::{Checkpoint, Text};
use majlis_core::document::{Edit, Marks};
use majlis_core::entry::{ChainId, Header, Kind, VERSION};
use majlis_core::id::{EntryHash, LaneClass, LaneId, PayloadHash};
use majlis_core::membership::{Capability, Rank};
use majlis_core::receipt::Alarm;
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Coming, Command, CommandError, Input, Reply};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};

use super::scene::{ANA, Talk, alarms, carried, founder, joiner, meet, order};

/// A word of eight letters, different each time and hard to compress.
fn word(number: usize) -> String {
    let hash = PayloadHash::of(&number.to_be_bytes());
    format!("{} ", hash.short())
}

fn text_lane() -> LaneId {
    LaneId::new(LaneClass::Document, [7; 16])
}

/// Somebody writes at the end of the document, an entry each time.
fn write(who: &mut Resident, times: std::ops::Range<usize>) {
    let lane = text_lane();
    let Reply::Session(session) = order(who, Command::OpenEditor(lane)) else {
        panic!("no session");
    };
    for number in times {
        let shelf = who.shelf();
        let document = who.space.document(lane, &shelf).unwrap();
        let (base, at) = (document.heads(), document.length().max(1));
        let (text, marks) = (word(number).repeat(6), Marks::default());
        let edits = vec![Edit::Insert { at, text, marks }];
        let edit = Command::Edit {
            lane,
            session,
            base,
            edits,
        };
        order(who, edit);
        order(who, Command::Seal);
    }
}

fn sign(who: &mut Resident) -> EntryHash {
    match order(who, Command::Checkpoint(text_lane())) {
        Reply::Entry(entry) => entry,
        other => panic!("no checkpoint: {other:?}"),
    }
}

fn text_of(who: &mut Resident) -> Text {
    let shelf = who.shelf();
    let document = who.space.document(text_lane(), &shelf).unwrap();
    Text {
        title: document.title(),
        blocks: document.blocks(),
    }
}

fn said(who: &Resident, coming: &Coming) -> Text {
    let said = who
        .space
        .checkpoint_text(coming.checkpoint, &who.shelf())
        .unwrap();
    said.expect("it is here")
}

/// An entry in a device's name at the end of its chain of checkpoints, as no honest device makes it.
fn forge(who: &Resident, payload: Vec<u8>) -> (EntryHash, Carried) {
    let chain = ChainId {
        lane: LaneId::CHECKPOINTS,
        device: who.device(),
    };
    let (seq, prev) = who.space.index().next(chain);
    let header = Header {
        version: VERSION,
        space: who.space.id(),
        lane: LaneId::CHECKPOINTS,
        device: who.device(),
        seq,
        prev,
        warrant: who.space.roster().warrant(who.device()).unwrap(),
        kind: Kind::Checkpoint,
        claimed: Timestamp(5),
        payload: PayloadHash::of(&payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    };
    let hash = header.hash();
    let signed = header.sign(who.key());
    let payload = Some(payload);
    (hash, Carried { signed, payload })
}

fn give(who: &mut Resident, entry: &Carried) {
    let mut run = RunWriter::default();
    run.push(entry);
    who.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
}

#[test]
fn a_new_reader_reads_a_long_text_before_its_history_came() {
    let mut ana = founder();
    write(&mut ana, 0..300);
    let checkpoint = sign(&mut ana);
    let whole = text_of(&mut ana);
    let mut cy = joiner(&mut ana, 4, Rank::Member);
    let mut talk = Talk::begin(&mut cy, &mut ana, 1);
    let (mut seen, mut most) = (0, u64::MAX);
    while talk.one_frame(&mut cy, &mut ana, &mut |frame| frame) {
        assert_eq!(talk.ended, None);
        let Some(coming) = cy.space.coming(text_lane()) else {
            continue;
        };
        // It is there with the first entries of the document, and tells truly what is missing.
        assert_eq!(coming.checkpoint, checkpoint);
        assert_eq!(said(&cy, &coming), whole);
        let held = cy.space.index().items();
        let held = held.filter(|(place, _)| place.chain.lane == text_lane());
        assert_eq!(coming.entries, 300);
        assert_eq!(coming.missing, 300 - held.count() as u64);
        assert!(seen > 0 || coming.missing > 200, "it came late: {coming:?}");
        assert!(coming.missing <= most);
        most = coming.missing;
        seen += 1;
        if seen == 2 {
            cy.restart();
            assert_eq!(cy.space.coming(text_lane()), Some(coming));
            talk = Talk::begin(&mut cy, &mut ana, 2);
        }
    }
    talk.end(&mut cy, &mut ana);
    assert!(seen > 3, "read {seen} times on the way");
    assert_eq!(cy.space.coming(text_lane()), None);
    assert_eq!(text_of(&mut cy), whole);
    assert_eq!(cy.space.state_of(checkpoint), Some(State::Admitted));
    assert_eq!((alarms(&mut ana), alarms(&mut cy)), (vec![], vec![]));
}

#[test]
fn what_nobody_met_has_is_said_to_be_with_nobody() {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, 5, Rank::Facilitator);
    let mut cy = joiner(&mut ana, 6, Rank::Member);
    meet(&mut bo, &mut ana, 1);
    write(&mut ana, 0..30);
    let checkpoint = sign(&mut ana);
    // Bo knows what the text says, and has nothing of it.
    give(&mut bo, &carried(&ana, checkpoint));
    let found = |who: &Resident| {
        let coming = who.space.coming(text_lane());
        coming.map(|coming| (coming.missing, coming.with_nobody_met))
    };
    assert_eq!(found(&bo), Some((30, false)), "nobody was asked since");
    let mut talk = Talk::begin(&mut cy, &mut bo, 2);
    let mut seen = Vec::new();
    while talk.one_frame(&mut cy, &mut bo, &mut |frame| frame) {
        seen.extend(found(&cy));
        seen.dedup();
    }
    // It was to come, until Bo had sent everything; and for Bo, whom Cy gave everything.
    assert_eq!(seen, [(30, false), (30, true)]);
    assert_eq!(found(&bo), Some((30, true)));
    talk.end(&mut cy, &mut bo);
    assert_eq!(found(&cy), Some((30, true)), "met, and gone");
    cy.restart();
    assert_eq!(found(&cy), Some((30, true)), "and remembered");
    // A link that says nothing yet changes nothing; one that says that it is to come does.
    let mut talk = Talk::begin(&mut cy, &mut ana, 3);
    let mut seen = Vec::new();
    while talk.one_frame(&mut cy, &mut ana, &mut |frame| frame) {
        seen.extend(found(&cy));
    }
    talk.end(&mut cy, &mut ana);
    let turn = seen.iter().position(|(_, nobody)| !nobody).unwrap();
    assert!(turn > 0, "{seen:?}");
    assert!(seen[turn..].iter().all(|(_, nobody)| !nobody), "{seen:?}");
    assert_eq!(found(&cy), None);
}

#[test]
fn what_was_written_later_makes_an_old_checkpoint_no_lie() {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, 5, Rank::Facilitator);
    meet(&mut bo, &mut ana, 1);
    write(&mut ana, 0..4);
    meet(&mut bo, &mut ana, 2);
    write(&mut ana, 4..8);
    write(&mut bo, 8..12);
    sign(&mut bo);
    meet(&mut bo, &mut ana, 3);
    write(&mut ana, 12..14);
    let mut cy = joiner(&mut ana, 6, Rank::Member);
    meet(&mut cy, &mut ana, 4);
    for who in [&mut ana, &mut bo, &mut cy] {
        assert_eq!(alarms(who), []);
        assert_eq!(who.space.coming(text_lane()), None);
    }
}

#[test]
fn who_may_not_sign_checkpoints_signs_none() {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, 5, Rank::Member);
    meet(&mut bo, &mut ana, 1);
    write(&mut bo, 0..3);
    let asked = Input::Command(Command::Checkpoint(text_lane()));
    let answer = bo.step(asked, 0, Fate::Lives).reply.unwrap();
    let not = CommandError::NotAllowed(Capability::Checkpoint);
    assert_eq!(answer.unwrap_err().to_string(), not.to_string());
    meet(&mut bo, &mut ana, 2);
    sign(&mut ana);
    let entry = ana.space.index().next(ChainId {
        lane: LaneId::CHECKPOINTS,
        device: ana.device(),
    });
    let payload = ana.shelf().payload(entry.1).unwrap().unwrap();
    let (hash, forged) = forge(&bo, payload);
    give(&mut ana, &forged);
    let refused = State::Refused(Refusal::NotAllowed);
    assert_eq!(ana.space.state_of(hash), Some(refused));
    // What is no checkpoint.
    meet(&mut bo, &mut ana, 3);
    let (hash, forged) = forge(&ana, vec![1, 2, 3]);
    give(&mut bo, &forged);
    let refused = State::Refused(Refusal::Malformed);
    assert_eq!(bo.space.state_of(hash), Some(refused));
}

/// The checkpoint that someone signed, as they signed it.
fn signed(who: &Resident, checkpoint: EntryHash) -> Checkpoint {
    let payload = who.shelf().payload(checkpoint).unwrap().unwrap();
    Checkpoint::decode(&payload).unwrap()
}

fn saying(of: &Checkpoint, text: &Text) -> Checkpoint {
    let covered = of.covered().to_vec();
    Checkpoint::new(of.lane(), covered, &of.heads(), text).unwrap()
}

#[test]
fn whoever_signs_another_text_than_the_entries_say_is_found_out() {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, 5, Rank::Facilitator);
    meet(&mut bo, &mut ana, 1);
    write(&mut ana, 0..20);
    meet(&mut bo, &mut ana, 2);
    let honest = sign(&mut ana);
    let mut lie = text_of(&mut ana);
    lie.title = "The well is Bo's".to_owned();
    let payload = saying(&signed(&ana, honest), &lie).encode();
    let (hash, forged) = forge(&bo, payload);
    let misquotes = Alarm::Misquotes {
        checkpoint: hash,
        lane: text_lane(),
    };
    // Whoever holds the entries sees it at once.
    give(&mut ana, &forged);
    assert_eq!(alarms(&mut ana), [misquotes]);
    assert_eq!(ana.space.seen(), [(bo.device(), misquotes)]);
    ana.restart();
    // Who gets it alone may read it, until the entries are here.
    let mut cy = joiner(&mut ana, 6, Rank::Member);
    let mut talk = Talk::begin(&mut cy, &mut ana, 3);
    let mut read = false;
    while talk.one_frame(&mut cy, &mut ana, &mut |frame| frame) {
        read |= cy.space.coming(text_lane()).is_some();
    }
    talk.end(&mut cy, &mut ana);
    assert!(read);
    assert_eq!(cy.space.coming(text_lane()), None);
    assert_eq!(alarms(&mut cy), [misquotes]);
    // The proof is the same for everyone, whatever came first.
    let (by, payload) = {
        let Carried { signed, payload } = carried(&cy, hash);
        (signed.verify().unwrap().header().device, payload.unwrap())
    };
    assert_eq!(by, bo.device());
    assert_eq!(Checkpoint::decode(&payload).unwrap().text(), Ok(lie));
}

#[test]
fn a_checkpoint_of_a_version_that_never_was_is_found_out() {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, 5, Rank::Facilitator);
    meet(&mut bo, &mut ana, 1);
    write(&mut ana, 0..5);
    let checkpoint = sign(&mut ana);
    let honest = signed(&ana, checkpoint);
    let heads = [automerge::ChangeHash([9; 32])];
    let text = text_of(&mut ana);
    let covered = honest.covered().to_vec();
    let made = Checkpoint::new(text_lane(), covered.clone(), &heads, &text).unwrap();
    let (hash, forged) = forge(&bo, made.encode());
    give(&mut ana, &forged);
    let lane = text_lane();
    assert_eq!(
        alarms(&mut ana),
        [Alarm::Misquotes {
            checkpoint: hash,
            lane
        }]
    );
    // An old text is no word about what was written since.
    let old = signed(&ana, checkpoint);
    let before = text_of(&mut ana);
    write(&mut ana, 5..9);
    let now = sign(&mut ana);
    let covered = signed(&ana, now).covered().to_vec();
    let stale = Checkpoint::new(text_lane(), covered, &old.heads(), &before).unwrap();
    meet(&mut bo, &mut ana, 9);
    let (hash, forged) = forge(&bo, stale.encode());
    give(&mut ana, &forged);
    let checkpoint = hash;
    assert!(alarms(&mut ana).contains(&Alarm::Misquotes { checkpoint, lane }));
    let text = text_of(&mut ana);
    let covered = signed(&ana, now).covered().to_vec();
    // One that covers what is nowhere stays somebody's word for ever, and hides nothing.
    meet(&mut bo, &mut ana, 2);
    let mut far = covered;
    far[0].seq = 999;
    far[0].hash = EntryHash::from_bytes([3; 32]);
    let made = Checkpoint::new(lane, far, &heads, &text).unwrap();
    let (_, forged) = forge(&ana, made.encode());
    give(&mut bo, &forged);
    let coming = bo.space.coming(lane).unwrap();
    assert_eq!(
        (coming.entries, coming.missing, coming.here),
        (1_000, 991, 9)
    );
    meet(&mut bo, &mut ana, 3);
    assert_eq!(text_of(&mut bo), text);
}

#[test]
fn long_documents_come_due_by_themselves_and_then_not_again() {
    let mut ana = founder();
    write(&mut ana, 0..10);
    assert_eq!(ana.space.due_checkpoints(), []);
    let weight = |who: &Resident| {
        let items = who.space.index().items();
        let mine = items.filter(|(place, _)| place.chain.lane == text_lane());
        let sizes = mine.map(|(_, item)| {
            let payload = who.shelf().payload(item.hash).unwrap().unwrap();
            assert!(Changes::decode(&payload).is_ok());
            payload.len()
        });
        sizes.sum::<usize>()
    };
    let mut number = 10;
    while weight(&ana) < 64 * 1024 {
        assert_eq!(ana.space.due_checkpoints(), [], "too early");
        write(&mut ana, number..number + 20);
        number += 20;
    }
    assert_eq!(ana.space.due_checkpoints(), [text_lane()]);
    ana.restart();
    assert_eq!(ana.space.due_checkpoints(), [text_lane()]);
    // Only one of several has the turn before it has waited for long.
    let mut others: Vec<Resident> = Vec::new();
    for at in 0..4 {
        let mut other = joiner(&mut ana, 20 + at, Rank::Facilitator);
        meet(&mut other, &mut ana, 10 + u64::from(at));
        others.push(other);
    }
    for (at, other) in (20..).zip(&mut others) {
        meet(other, &mut ana, at);
    }
    let due = others.iter().chain([&ana]);
    let due = due.filter(|who| !who.space.due_checkpoints().is_empty());
    assert_eq!(due.count(), 1);
    sign(&mut ana);
    for (at, other) in (30..).zip(&mut others) {
        meet(other, &mut ana, at);
    }
    for who in others.iter().chain([&ana]) {
        assert_eq!(who.space.due_checkpoints(), []);
    }
    assert_eq!(ana.secret, [ANA; 32]);
}
