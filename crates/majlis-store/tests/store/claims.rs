//! Slots that the holders of receipts claim: one voice a person, in whatever order things arrive.

use majlis_core::consultation::claim::{ClaimCode, Holder};
use majlis_core::consultation::count::{Claiming, Status};
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

/// Of whom something is said.
#[derive(Clone, Copy)]
enum Who {
    Officer,
    Amal,
    Basil,
}

use Who::{Amal, Basil, Officer};

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

impl Scene {
    fn of(&mut self, who: Who) -> &mut Replica {
        match who {
            Officer => &mut self.officer,
            Amal => &mut self.amal,
            Basil => &mut self.basil,
        }
    }

    fn claims(&mut self, who: Who) {
        let (form, officer) = (self.form.id(), self.officer.me());
        let replica = self.of(who);
        let claimed = holder().claimed(form, officer, replica.me());
        record(replica, Record::Claimed(claimed));
    }

    /// Somebody answers for themselves.
    fn says(&mut self, who: Who, option: u16) {
        let said = Said {
            option,
            ..Said::default()
        };
        self.states(who, &said);
    }

    fn states(&mut self, who: Who, said: &Said<'_>) {
        let form = self.form.clone();
        assert!(self.of(who).answer(lane(1), &form, said));
    }

    fn closes(&mut self) {
        let close = Command::CloseProcess {
            lane: lane(1),
            form: self.form.id(),
            note: String::new(),
        };
        self.officer.ask(close).unwrap();
    }

    /// One takes in what another has.
    fn hears(&mut self, who: Who, from: Who) {
        let entries = self.of(from).entries();
        self.of(who).take(&entries);
    }

    fn counts(&mut self, who: Who) -> Split {
        counted(self.of(who))
    }

    fn claims_here(&mut self, who: Who) -> Vec<Claiming> {
        let slot = self.slot;
        let replica = self.of(who);
        let claims = replica.store.claims_of(replica.id(), lane(1), slot);
        claims.unwrap()
    }
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

/// Everything the three made, taken in by a fourth in many orders, against what `expect` says.
fn in_any_order(scene: &mut Scene, of: Who, expect: Split, of_slot: &[Status]) {
    let entries: Vec<Carried> = scene.of(of).entries();
    let invite = scene.officer.invite(Rank::Member);
    let first = scene.officer.entries();
    let mut digests = Vec::new();
    for turn in 0..entries.len().min(8) {
        let mut late = Replica::join(Store::in_memory().unwrap(), 9, scene.officer.id(), invite);
        let mut order = entries.clone();
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
    scene.claims(Amal);
    assert_eq!(scene.counts(Amal), split(0, 1));
    scene.says(Amal, 2);
    assert_eq!(scene.counts(Amal), split(1, 0));
    assert_eq!(statuses(&scene.amal, scene.slot), [Status::Claimed]);

    // The officer, who has not heard of it, corrects; the holder's own word stays.
    let slot = Some(scene.slot);
    let correction = Said {
        slot,
        option: 1,
        ..Said::default()
    };
    scene.states(Officer, &correction);
    assert_eq!(scene.counts(Officer), split(0, 1));
    scene.hears(Officer, Amal);
    assert_eq!(scene.counts(Officer), split(1, 0));
    let again = Said {
        slot,
        text: "by telephone",
        ..Said::default()
    };
    scene.states(Officer, &again);
    assert_eq!(scene.counts(Officer), split(1, 0));
    in_any_order(&mut scene, Officer, split(1, 0), &[Status::Claimed; 3]);
}

#[test]
fn what_the_holder_takes_back_is_taken_back_with_the_slot() {
    let mut scene = scene();
    scene.claims(Amal);
    scene.says(Amal, 1);
    let form = scene.form.clone();
    assert!(scene.amal.withdraw(lane(1), &form, &Said::default()));
    assert_eq!(scene.counts(Amal), split(0, 0));
    in_any_order(&mut scene, Amal, split(0, 0), &[Status::Claimed]);
}

#[test]
fn who_answered_themselves_and_through_an_officer_has_one_voice_once_they_claim() {
    let mut scene = scene();
    scene.says(Amal, 2);
    assert_eq!(scene.counts(Amal), split(1, 1));
    scene.claims(Amal);
    assert_eq!(scene.counts(Amal), split(1, 0));
    in_any_order(&mut scene, Amal, split(1, 0), &[Status::Claimed]);
}

#[test]
fn two_who_show_one_code_gain_no_voice_and_take_none_from_each_other() {
    let mut scene = scene();
    for member in [Amal, Basil] {
        scene.claims(member);
        scene.says(member, 2);
    }
    scene.hears(Basil, Amal);
    assert_eq!(scene.counts(Basil), split(2, 0));
    assert_eq!(scene.claims_here(Basil).len(), 2);
    in_any_order(&mut scene, Basil, split(2, 0), &[Status::Claimed]);
}

#[test]
fn a_claim_that_is_repeated_is_looked_at_once() {
    let mut scene = scene();
    for _ in 0..5 {
        scene.claims(Amal);
    }
    let claims = scene.claims_here(Amal);
    assert_eq!(claims.len(), 1);
    // The first of them is in time if any is.
    scene.says(Amal, 2);
    scene.hears(Officer, Amal);
    scene.closes();
    scene.hears(Amal, Officer);
    scene.claims(Amal);
    assert_eq!(scene.claims_here(Amal), claims);
    assert_eq!(scene.counts(Amal), split(1, 0));
}

#[test]
fn a_claim_after_the_closing_changes_nothing() {
    let mut scene = scene();
    scene.says(Amal, 2);
    scene.hears(Officer, Amal);
    scene.closes();
    scene.claims(Amal);
    scene.hears(Amal, Officer);
    assert_eq!(scene.counts(Amal), split(1, 1));
    in_any_order(&mut scene, Amal, split(1, 1), &[Status::Counted]);
}

#[test]
fn a_claim_that_another_copies_claims_nothing() {
    let mut scene = scene();
    let copied = holder().claimed(scene.form.id(), scene.officer.me(), scene.amal.me());
    record(&mut scene.basil, Record::Claimed(copied));
    scene.says(Basil, 2);
    assert_eq!(scene.counts(Basil), split(1, 1));
    assert!(scene.claims_here(Basil).is_empty());
}

#[test]
fn a_claim_stops_working_with_whoever_made_it() {
    let mut scene = scene();
    // Removed before the claim was heard of, the claimant's later word counts for nothing.
    let remove = Command::Remove {
        device: scene.amal.me(),
        reason: "gone".into(),
    };
    scene.officer.ask(remove).unwrap();
    scene.claims(Amal);
    scene.says(Amal, 2);
    scene.hears(Officer, Amal);
    assert_eq!(scene.counts(Officer), split(0, 1));
    assert_eq!(statuses(&scene.officer, scene.slot), [Status::Counted]);
    let officer = &mut scene.officer;
    let aside = officer.store.set_aside(officer.id(), 0, 9).unwrap();
    let back = aside.iter().map(|row| row.entry).collect();
    officer.ask(Command::Adopt(back)).unwrap();
    assert_eq!(scene.counts(Officer), split(1, 0));
    in_any_order(&mut scene, Officer, split(1, 0), &[Status::Claimed]);
}

#[test]
fn whoever_wrote_on_a_lane_may_have_entered_something_and_nobody_where_nothing_was() {
    let mut scene = scene();
    scene.says(Amal, 2);
    scene.hears(Officer, Amal);
    let officers = |replica: &Replica, at| replica.store.officers(replica.id(), lane(at)).unwrap();
    let wrote = [scene.officer.me(), scene.amal.me()];
    assert_eq!(officers(&scene.officer, 1), wrote.into());
    // On another lane everybody answered for themselves.
    let form = form("Road");
    scene.officer.open_form(lane(2), form.clone());
    assert!(scene.officer.answer(lane(2), &form, &Said::default()));
    assert!(officers(&scene.officer, 2).is_empty());
    assert!(officers(&scene.officer, 3).is_empty());
}
