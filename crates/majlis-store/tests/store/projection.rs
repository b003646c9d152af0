//! Projections: what counts, as the store says it, and repairing what was damaged.

use majlis_core::consultation::Answer;
use majlis_core::consultation::count::Status;
use majlis_core::consultation::count::own_slot;
use majlis_core::consultation::tally::Split;
use majlis_core::effect::Write;
use majlis_core::id::SlotId;
use majlis_core::membership::Rank;
use majlis_core::space::Command;
use majlis_store::Store;

use crate::replica::{Replica, Said, form, lane};

fn split(own: u64, assisted: u64) -> Split {
    Split { own, assisted }
}

fn counted(replica: &Replica) -> Split {
    replica
        .store
        .results(replica.id(), lane(1))
        .unwrap()
        .map(|results| results.counted)
        .unwrap()
}

fn statuses(replica: &Replica, slot: SlotId) -> Vec<Status> {
    let voice = replica.store.voice(replica.id(), lane(1), slot).unwrap();
    voice
        .versions
        .iter()
        .map(|version| version.status)
        .collect()
}

/// The live projection, checked against one made from nothing.
pub(crate) fn digest(replica: &Replica) -> [u8; 32] {
    let live = replica.store.projection_digest(replica.id()).unwrap();
    assert_eq!(live, replica.store.rebuilt_digest(replica.id()).unwrap());
    live
}

#[test]
fn a_voice_is_corrected_withdrawn_and_late() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let (form, space) = (form("Well"), amina.id());
    let slot = amina.slot(lane(1));
    let before = Said {
        text: "shade",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &before));
    assert_eq!(statuses(&amina, slot), [Status::WaitingForForm]);
    amina.open_form(lane(1), form.clone());
    assert_eq!(counted(&amina), split(1, 0));
    // Not sealed yet, and shown at once.
    let draft = Said {
        option: 2,
        text: "no, the market",
        seal: false,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &draft));
    assert_eq!(
        statuses(&amina, slot),
        [Status::Superseded, Status::Counted]
    );
    digest(&amina);
    amina.ask(Command::Seal).unwrap();
    assert_eq!(
        statuses(&amina, slot),
        [Status::Superseded, Status::Counted]
    );
    let texts = |replica: &Replica| {
        let texts = replica
            .store
            .given(space, lane(1), crate::replica::TEXT, 10)
            .unwrap();
        let said = texts.into_iter().map(|row| match row.answer {
            Answer::Text(text) => text,
            other => format!("{other:?}"),
        });
        said.collect::<Vec<_>>()
    };
    assert_eq!(texts(&amina), ["no, the market"]);

    let (one, other) = (
        amina.assisted_slot(lane(1), 41),
        amina.assisted_slot(lane(1), 42),
    );
    for claim in [41, 42] {
        let said = Said {
            claim: Some(claim),
            ..Said::default()
        };
        assert!(amina.answer(lane(1), &form, &said));
    }
    assert_eq!(counted(&amina), split(1, 2));
    let back = Said {
        slot: Some(one),
        ..Said::default()
    };
    assert!(amina.withdraw(lane(1), &form, &back));
    assert_eq!(
        statuses(&amina, one),
        [Status::Withdrawn, Status::Withdrawal]
    );
    assert_eq!(statuses(&amina, other), [Status::Counted]);
    assert_eq!(counted(&amina), split(1, 1));

    let close = Command::CloseProcess {
        lane: lane(1),
        form: form.id(),
        note: "done".into(),
    };
    amina.ask(close).unwrap();
    let hash = amina.store.results(space, lane(1)).unwrap().unwrap().hash();
    let late = Said {
        text: "too late",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &late));
    assert_eq!(statuses(&amina, slot)[2], Status::Late);
    assert_eq!(
        amina.store.results(space, lane(1)).unwrap().unwrap().hash(),
        hash
    );
    assert_eq!(texts(&amina), ["no, the market"]);

    let process = amina.store.process(space, lane(1)).unwrap().unwrap();
    assert!(process.is_closed() && process.closings[0].close.note == "done");
    assert_eq!(
        (process.title.as_str(), process.counted),
        ("Well", split(1, 1))
    );
    let counts = amina.store.status_counts(space, lane(1)).unwrap();
    let of = |status| counts.of(status);
    assert_eq!(of(Status::Counted), split(1, 1));
    assert_eq!(of(Status::Superseded), split(1, 0));
    assert_eq!(
        (of(Status::Withdrawn), of(Status::Withdrawal)),
        (split(0, 1), split(0, 1))
    );
    assert_eq!(of(Status::Late), split(1, 0));
    digest(&amina);
}

#[test]
fn work_beyond_a_removal_stops_counting_and_counts_again_when_adopted() {
    let form = form("Well");
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let invite = amina.invite(Rank::Facilitator);
    amina.open_form(lane(1), form.clone());
    let mut others: Vec<Replica> = (2..4)
        .map(|seed| Replica::join(Store::in_memory().unwrap(), seed, amina.id(), invite))
        .collect();
    for other in &mut others {
        other.take(&amina.entries());
        amina.take(&other.entries());
    }
    let (mut bilal, mut carol) = (others.remove(0), others.remove(0));
    let answer = |replica: &mut Replica, slot: u8| {
        let slot = Some(SlotId::from_bytes([slot; 16]));
        let said = Said {
            slot,
            text: "shade",
            ..Said::default()
        };
        assert!(replica.answer(lane(1), &form, &said));
    };
    answer(&mut bilal, 1);
    amina.take(&bilal.entries());
    answer(&mut bilal, 2);
    carol.take(&bilal.entries());
    assert_eq!(counted(&carol), split(0, 2));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 2);

    let remove = Command::Remove {
        device: bilal.me(),
        reason: "gone".into(),
    };
    amina.ask(remove).unwrap();
    carol.take(&amina.entries());
    assert_eq!(counted(&carol), split(0, 1));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 1);
    assert_eq!(statuses(&carol, SlotId::from_bytes([2; 16])), []);
    let aside = carol.store.set_aside(carol.id(), 0, 9).unwrap();
    assert_eq!((aside.len(), aside[0].device), (1, bilal.me()));
    digest(&carol);

    carol.ask(Command::Adopt(vec![aside[0].entry])).unwrap();
    assert_eq!(counted(&carol), split(0, 2));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 2);
    amina.take(&carol.entries());
    assert_eq!(digest(&amina), digest(&carol));
}

#[test]
fn whose_voice_it_is_follows_the_person_behind_a_device() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(lane(1), &form, &Said::default()));
    let row = amina.store.members(amina.id()).unwrap().remove(0);
    let other = majlis_core::id::PersonId::from_bytes([8; 32]);
    let draft = Said {
        seal: false,
        option: 2,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &draft));
    for person in [other, row.person] {
        let changed = majlis_core::effect::MemberRow {
            person,
            ..row.clone()
        };
        amina
            .store
            .persist(amina.id(), &[Write::Member(changed)])
            .unwrap();
        assert_eq!(counted(&amina), split(1, 0));
        for whose in [other, row.person] {
            let held = if whose == person { 2 } else { 0 };
            assert_eq!(statuses(&amina, own_slot(lane(1), whose)).len(), held);
        }
    }
}

#[test]
fn unsealed_work_is_in_no_digest() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(lane(1), &form, &Said::default()));
    let sealed = digest(&amina);
    let more = Said {
        seal: false,
        option: 2,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &more));
    let officer = Said {
        slot: Some(SlotId::from_bytes([4; 16])),
        ..more
    };
    assert!(amina.answer(lane(1), &form, &officer));
    assert_eq!(counted(&amina), split(1, 1));
    assert_eq!(digest(&amina), sealed);
    amina.ask(Command::Seal).unwrap();
    assert_ne!(digest(&amina), sealed);
}

#[test]
fn reindexing_repairs_a_damaged_projection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let mut amina = Replica::found(Store::open(&path).unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(
        lane(1),
        &form,
        &Said {
            text: "shade",
            ..Said::default()
        }
    ));
    let (live, results) = (
        digest(&amina),
        amina.store.results(amina.id(), lane(1)).unwrap(),
    );
    let connection = rusqlite::Connection::open(&path).unwrap();
    for damage in [
        "UPDATE versions SET status = 2",
        "DELETE FROM versions",
        "UPDATE openings SET in_force = 0",
        "DELETE FROM members",
    ] {
        connection.execute(damage, []).unwrap();
        let damaged = amina.store.projection_digest(amina.id()).unwrap();
        assert_ne!(damaged, live, "{damage}");
        assert_eq!(
            amina.store.rebuilt_digest(amina.id()).unwrap(),
            live,
            "{damage}"
        );
        assert_eq!(
            amina.store.projection_digest(amina.id()).unwrap(),
            damaged,
            "{damage}"
        );
        amina.store.reindex(amina.id()).unwrap();
        assert_eq!(
            amina.store.projection_digest(amina.id()).unwrap(),
            live,
            "{damage}"
        );
        assert_eq!(
            amina.store.results(amina.id(), lane(1)).unwrap(),
            results,
            "{damage}"
        );
        assert_eq!(
            amina.store.search("shade", None, 5).unwrap().len(),
            1,
            "{damage}"
        );
    }
}

/// A count is gone on with while answers only come; whatever else happens gives the lane another turn,
/// and the count is that from nothing all the same.
#[test]
fn a_count_is_gone_on_with_until_something_else_than_an_answer_comes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("majlis.db");
    let mut amina = Replica::found(Store::open(&file).unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    let beside = rusqlite::Connection::open(&file).unwrap();
    let turn = |amina: &Replica| -> i64 {
        let kept = amina.store.results(amina.id(), lane(1)).unwrap();
        let anew = amina.store.counted_anew(amina.id(), lane(1)).unwrap();
        assert_eq!(kept, anew);
        let sql = "SELECT turn FROM turns t JOIN lanes l ON l.no = t.lane WHERE l.id = ?1";
        let id = lane(1);
        let turn = beside.query_row(sql, [id.as_bytes()], |row| row.get(0));
        turn.unwrap()
    };
    let said = |claim| Said {
        claim: Some(claim),
        seal: false,
        ..Said::default()
    };
    let first = turn(&amina);
    for claim in 1..=90 {
        assert!(amina.answer(lane(1), &form, &said(claim)));
        // Sealing what is counted already is no news either, by itself at thirty or when asked.
        if claim == 9 || claim == 75 {
            amina.ask(Command::Seal).unwrap();
        }
        assert_eq!(turn(&amina), first, "claim {claim}");
    }
    assert_eq!(counted(&amina), split(0, 90));
    let corrected = Said {
        slot: Some(amina.assisted_slot(lane(1), 7)),
        option: 2,
        seal: false,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &corrected));
    let second = turn(&amina);
    assert_ne!(second, first);
    assert!(amina.withdraw(lane(1), &form, &corrected));
    let third = turn(&amina);
    assert_ne!(third, second);
    assert_eq!(counted(&amina), split(0, 89));
    amina.store.reindex(amina.id()).unwrap();
    assert_ne!(turn(&amina), third);
    amina.reopen();
    assert_eq!(counted(&amina), split(0, 89));
    let close = Command::CloseProcess {
        lane: lane(1),
        form: form.id(),
        note: String::new(),
    };
    let before = turn(&amina);
    amina.ask(close).unwrap();
    assert_ne!(turn(&amina), before);
}
