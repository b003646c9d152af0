//! Slots that the holders of receipts claim: one voice a person, in whatever order things arrive.

use majlis_core::consultation::claim::{ClaimCode, Holder};
use majlis_core::consultation::count::Status;
use majlis_core::consultation::form::Form;
use majlis_core::consultation::tally::Split;
use majlis_core::id::SlotId;
use majlis_core::membership::Rank;
use majlis_core::record::{Assisted, AssistedMode, Record, Response, Speaker};
use majlis_core::space::Command;
use majlis_core::sync::wire::Carried;
use majlis_store::Store;

use crate::projection::digest;
use crate::replica::{Replica, Said, form, lane};

fn holder() -> Holder {
    ClaimCode::new([7; 8]).holder(lane(1))
}

/// An officer, somebody who holds a receipt of hers, and somebody else who saw it.
struct Scene {
    officer: Replica,
    amal: Replica,
    basil: Replica,
    form: Form,
    slot: SlotId,
}

fn scene() -> Scene {
    let mut officer = Replica::found(Store::in_memory().unwrap(), 1);
    let invite = officer.invite(Rank::Member);
    let form = form("Well");
    officer.open_form(lane(1), form.clone());
    let slot = holder().slot(officer.me());
    enter(&mut officer, &form);
    let mut joined = [2, 3].map(|seed| {
        let mut member = Replica::join(Store::in_memory().unwrap(), seed, officer.id(), invite);
        member.take(&officer.entries());
        officer.take(&member.entries());
        member
    });
    let [amal, basil] = &mut joined;
    amal.take(&officer.entries());
    basil.take(&officer.entries());
    let [amal, basil] = joined;
    Scene {
        officer,
        amal,
        basil,
        form,
        slot,
    }
}

fn record(replica: &mut Replica, record: Record) {
    let record = Box::new(record);
    let command = Command::Record {
        lane: lane(1),
        record,
        seal: true,
    };
    replica.ask(command).unwrap();
}

fn enter(officer: &mut Replica, form: &Form) {
    let response = Response {
        form: form.id(),
        speaker: Speaker::New {
            claim: holder().claim(officer.me()),
            assisted: Assisted {
                mode: AssistedMode::Spoken,
                consent: true,
                note: String::new(),
            },
        },
        answers: Said::default().answers(),
    };
    record(officer, Record::Response(response));
}

fn claim(replica: &mut Replica, officer: &Replica, form: &Form) {
    let claimed = holder().claimed(form.id(), officer.me(), replica.me());
    record(replica, Record::Claimed(claimed));
}

fn statuses(replica: &Replica, slot: SlotId) -> Vec<Status> {
    let voice = replica.store.voice(replica.id(), lane(1), slot).unwrap();
    voice
        .versions
        .iter()
        .map(|version| version.status)
        .collect()
}

fn counted(replica: &Replica) -> Split {
    let results = replica.store.results(replica.id(), lane(1));
    results.unwrap().unwrap().counted
}

const fn split(own: u64, assisted: u64) -> Split {
    Split { own, assisted }
}

fn own(option: u16) -> Said<'static> {
    Said {
        option,
        ..Said::default()
    }
}

/// Everything the three made, taken in by a fourth in many orders, against what `expect` says.
fn in_any_order(scene: &mut Scene, entries: &[Carried], expect: Split, of_slot: &[Status]) {
    let invite = scene.officer.invite(Rank::Member);
    let first = scene.officer.entries();
    let mut digests = Vec::new();
    for turn in 0..entries.len().min(8) {
        let mut late = Replica::join(Store::in_memory().unwrap(), 9, scene.officer.id(), invite);
        let mut order = entries.to_vec();
        order.rotate_left(turn);
        if turn % 2 == 1 {
            order.reverse();
        }
        for one in order.chunks(1) {
            late.take(one);
        }
        late.take(&first);
        assert_eq!(counted(&late), expect, "turn {turn}");
        assert_eq!(statuses(&late, scene.slot), of_slot, "turn {turn}");
        let before = digest(&late);
        let person = |device| late.space.roster().person(device);
        let again = late.store.recount(late.id(), lane(1), &person).unwrap();
        let outcome = late.store.outcome(late.id(), lane(1)).unwrap();
        assert_eq!(
            again.map(|found| found.outcome.hash()),
            outcome.map(|outcome| outcome.hash())
        );
        digests.push(before);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

#[test]
fn a_claimed_slot_gives_way_when_its_holder_speaks_and_not_before() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        slot,
        ..
    } = &mut scene;
    claim(amal, officer, form);
    assert_eq!(counted(amal), split(0, 1));
    assert!(amal.answer(lane(1), form, &own(2)));
    assert_eq!(counted(amal), split(1, 0));
    assert_eq!(statuses(amal, *slot), [Status::Claimed]);

    // The officer, who has not heard of it, corrects; the holder's own word stays.
    let correction = Said {
        slot: Some(*slot),
        option: 1,
        ..Said::default()
    };
    assert!(officer.answer(lane(1), form, &correction));
    assert_eq!(counted(officer), split(0, 1));
    officer.take(&amal.entries());
    assert_eq!(counted(officer), split(1, 0));
    let again = Said {
        slot: Some(*slot),
        text: "by telephone",
        ..Said::default()
    };
    assert!(officer.answer(lane(1), form, &again));
    assert_eq!(counted(officer), split(1, 0));
    let entries = officer.entries();
    in_any_order(&mut scene, &entries, split(1, 0), &[Status::Claimed; 3]);
}

#[test]
fn what_the_holder_takes_back_is_taken_back_with_the_slot() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        ..
    } = &mut scene;
    claim(amal, officer, form);
    assert!(amal.answer(lane(1), form, &own(1)));
    assert!(amal.withdraw(lane(1), form, &Said::default()));
    assert_eq!(counted(amal), split(0, 0));
    let entries = amal.entries();
    in_any_order(&mut scene, &entries, split(0, 0), &[Status::Claimed]);
}

#[test]
fn who_answered_themselves_and_through_an_officer_has_one_voice_once_they_claim() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        ..
    } = &mut scene;
    assert!(amal.answer(lane(1), form, &own(2)));
    assert_eq!(counted(amal), split(1, 1));
    claim(amal, officer, form);
    assert_eq!(counted(amal), split(1, 0));
    let entries = amal.entries();
    in_any_order(&mut scene, &entries, split(1, 0), &[Status::Claimed]);
}

#[test]
fn two_who_show_one_code_gain_no_voice_and_take_none_from_each_other() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        basil,
        form,
        slot,
    } = &mut scene;
    for member in [&mut *amal, &mut *basil] {
        claim(member, officer, form);
        assert!(member.answer(lane(1), form, &own(2)));
    }
    basil.take(&amal.entries());
    assert_eq!(counted(basil), split(2, 0));
    let holders = basil.store.claims_of(basil.id(), lane(1), *slot).unwrap();
    assert_eq!(holders.len(), 2);
    let entries = basil.entries();
    in_any_order(&mut scene, &entries, split(2, 0), &[Status::Claimed]);
}

#[test]
fn a_claim_that_is_repeated_is_looked_at_once() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        slot,
        ..
    } = &mut scene;
    for _ in 0..5 {
        claim(amal, officer, form);
    }
    let claims = amal.store.claims_of(amal.id(), lane(1), *slot).unwrap();
    assert_eq!(claims.len(), 1);
    // The first of them is in time if any is.
    let close = Command::CloseProcess {
        lane: lane(1),
        form: form.id(),
        note: String::new(),
    };
    assert!(amal.answer(lane(1), form, &own(2)));
    officer.take(&amal.entries());
    officer.ask(close).unwrap();
    amal.take(&officer.entries());
    claim(amal, officer, form);
    let again = amal.store.claims_of(amal.id(), lane(1), *slot).unwrap();
    assert_eq!(again, claims);
    assert_eq!(counted(amal), split(1, 0));
}

#[test]
fn a_claim_after_the_closing_changes_nothing() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        ..
    } = &mut scene;
    assert!(amal.answer(lane(1), form, &own(2)));
    officer.take(&amal.entries());
    let close = Command::CloseProcess {
        lane: lane(1),
        form: form.id(),
        note: String::new(),
    };
    officer.ask(close).unwrap();
    claim(amal, officer, form);
    amal.take(&officer.entries());
    assert_eq!(counted(amal), split(1, 1));
    let entries = amal.entries();
    in_any_order(&mut scene, &entries, split(1, 1), &[Status::Counted]);
}

#[test]
fn a_claim_that_another_copies_claims_nothing() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        basil,
        form,
        slot,
    } = &mut scene;
    let copied = holder().claimed(form.id(), officer.me(), amal.me());
    record(basil, Record::Claimed(copied));
    assert!(basil.answer(lane(1), form, &own(2)));
    assert_eq!(counted(basil), split(1, 1));
    assert!(
        basil
            .store
            .claims_of(basil.id(), lane(1), *slot)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_claim_stops_working_with_whoever_made_it() {
    let mut scene = scene();
    let Scene {
        officer,
        amal,
        form,
        slot,
        ..
    } = &mut scene;
    // Removed before the claim was heard of, the claimant's later word counts for nothing.
    let remove = Command::Remove {
        device: amal.me(),
        reason: "gone".into(),
    };
    officer.ask(remove).unwrap();
    claim(amal, officer, form);
    assert!(amal.answer(lane(1), form, &own(2)));
    officer.take(&amal.entries());
    assert_eq!(counted(officer), split(0, 1));
    assert_eq!(statuses(officer, *slot), [Status::Counted]);
    let aside = officer.store.set_aside(officer.id(), 0, 9).unwrap();
    let back = aside.iter().map(|row| row.entry).collect();
    officer.ask(Command::Adopt(back)).unwrap();
    assert_eq!(counted(officer), split(1, 0));
    let entries = officer.entries();
    in_any_order(&mut scene, &entries, split(1, 0), &[Status::Claimed]);
}
