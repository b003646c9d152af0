//! Boxes: what is in them, and when they count, in every order.

use super::*;
use crate::blob::Blob;
use crate::consultation::activity::Voters;
use crate::consultation::count::{Said, Status, Terms, resolve};
use crate::consultation::form::{Answer, Choice, Form, Question, QuestionKind};
use crate::id::{Claim, EntryHash, QuestionId};
use crate::record::{Assisted, AssistedMode, Response, Speaker};

fn form(signatures: u8) -> (FormId, Form) {
    let mut form = Form::empty();
    "Well or road".clone_into(&mut form.title);
    let choice = |id: u16, label: &str| Choice {
        id,
        label: label.to_owned(),
        details: Default::default(),
    };
    form.questions = vec![Question {
        id: QuestionId::from_bytes([1; 8]),
        label: "Which?".to_owned(),
        hint: String::new(),
        required: true,
        kind: QuestionKind::SingleChoice(vec![choice(1, "Well"), choice(2, "Road")]),
        details: Default::default(),
    }];
    form.activity.voters = Voters::Boxes(Boxes {
        places: ["School", "Mosque"]
            .map(|name| BoxPlace {
                name: name.to_owned(),
                keeper: String::new(),
            })
            .into(),
        signatures,
    });
    (form.id(), form)
}

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

fn record(by: u8, seq: u64, index: u16) -> RecordId {
    let entry = blake3::hash(&[[by].as_slice(), &seq.to_be_bytes()].concat());
    RecordId {
        entry: EntryHash::from_bytes(*entry.as_bytes()),
        index,
    }
}

fn ballot(by: u8, seq: u64, index: u16) -> Version {
    let (form, _) = form(2);
    entered(form, by, seq, index)
}

fn entered(form: FormId, by: u8, seq: u64, index: u16) -> Version {
    Version {
        place: Place::Sealed {
            id: record(by, seq, index),
            device: device(by),
            seq,
        },
        said: Said::Response(Response {
            form,
            speaker: Speaker::New {
                claim: Claim::from_bytes([by; 12]),
                assisted: Assisted {
                    mode: AssistedMode::Paper,
                    consent: true,
                    note: String::new(),
                },
            },
            answers: vec![(QuestionId::from_bytes([1; 8]), Answer::Choices(vec![1]))],
        }),
    }
}

fn minuted(by: u8, seq: u64, index: u16, said: MinutesSaid) -> Minuted {
    Minuted {
        id: record(by, seq, index),
        device: device(by),
        seq,
        // Devices 5 and 6 are of one person.
        person: Some(PersonId::from_bytes([by.min(5); 32])),
        said: Minutes {
            form: form(2).0,
            said,
            salt: [0; 8],
        },
    }
}

fn sealed(by: u8, seq: u64, index: u16, place: u16) -> Minuted {
    let sealed = Sealed {
        place,
        papers: 1,
        ballots: 1,
        hash: [0; 32],
        note: String::new(),
    };
    minuted(by, seq, index, MinutesSaid::Sealed(sealed))
}

fn signed(by: u8, seq: u64, of: &Minuted) -> Minuted {
    minuted(by, seq, 0, MinutesSaid::Signed(of.id))
}

fn status(version: &Version, minutes: &[Minuted], closed: Option<&[(u8, u64)]>) -> Status {
    let mut terms = Terms {
        form: Some(form(2)),
        closed: closed.map(|all| all.iter().map(|(by, seq)| (device(*by), *seq)).collect()),
        boxes: None,
    };
    terms.gather(minutes);
    resolve(core::slice::from_ref(version), &terms)[0]
}

#[test]
fn a_ballot_counts_in_a_box_that_two_people_signed() {
    let one = ballot(1, 3, 2);
    let seal = sealed(1, 3, 3, 0);
    assert_eq!(status(&one, &[], None), Status::Unsigned);
    assert_eq!(
        status(&one, core::slice::from_ref(&seal), None),
        Status::Unsigned
    );
    // Nobody signs for two.
    let own = signed(1, 4, &seal);
    assert_eq!(status(&one, &[seal.clone(), own], None), Status::Unsigned);
    let other = signed(2, 0, &seal);
    assert_eq!(
        status(&one, &[other.clone(), seal.clone()], None),
        Status::Counted
    );
    // What came behind the seal is in no box yet.
    assert_eq!(
        status(&ballot(1, 3, 4), &[seal.clone(), other.clone()], None),
        Status::Unsigned
    );
    assert_eq!(
        status(&ballot(1, 4, 0), &[seal.clone(), other.clone()], None),
        Status::Unsigned
    );
    // Another box, sealed later by the same device, has it.
    let next = sealed(1, 5, 0, 1);
    let both = [
        seal.clone(),
        other.clone(),
        next.clone(),
        signed(2, 1, &next),
    ];
    assert_eq!(status(&ballot(1, 4, 0), &both, None), Status::Counted);
    // A seal of a box that is not listed is none.
    let nowhere = sealed(1, 5, 0, 7);
    let with = signed(2, 1, &nowhere);
    assert_eq!(
        status(&ballot(1, 4, 0), &[nowhere, with], None),
        Status::Unsigned
    );
}

#[test]
fn two_devices_of_one_person_are_one_signature() {
    let seal = sealed(5, 1, 0, 0);
    let other = signed(6, 0, &seal);
    assert_eq!(
        status(&ballot(5, 0, 0), &[seal, other], None),
        Status::Unsigned
    );
}

#[test]
fn what_the_closing_does_not_name_signs_nothing() {
    let one = ballot(1, 0, 0);
    let seal = sealed(1, 1, 0, 0);
    let other = signed(2, 4, &seal);
    let all = [seal, other];
    assert_eq!(status(&one, &all, Some(&[(1, 1), (2, 4)])), Status::Counted);
    assert_eq!(
        status(&one, &all, Some(&[(1, 1), (2, 3)])),
        Status::Unsigned
    );
    assert_eq!(
        status(&one, &all, Some(&[(1, 0), (2, 4)])),
        Status::Unsigned
    );
    assert_eq!(status(&one, &all, Some(&[(2, 4)])), Status::Late);
}

#[test]
fn where_no_signatures_are_asked_for_minutes_decide_nothing() {
    let (id, form) = form(0);
    let mut terms = Terms {
        form: Some((id, form)),
        ..Terms::default()
    };
    terms.gather(&[]);
    let one = entered(id, 1, 0, 0);
    assert_eq!(resolve(&[one], &terms), [Status::Counted]);
}

#[test]
fn order_and_repeats_change_no_box_and_the_first_minutes_are_looked_at() {
    let boxes = form(2).1.boxes().unwrap().clone();
    let mut all = Vec::new();
    for by in 1..4 {
        for seq in 0..300 {
            let seal = sealed(by, 2 * seq, 0, u16::from(by % 2));
            all.push(signed(by % 3 + 1, 2 * seq + 1, &seal));
            all.push(seal);
        }
    }
    let of = |all: &[Minuted]| Gathered::of(form(2).0, &boxes, all, None);
    let first = of(&all);
    assert_eq!(first.parts().count(), 3 * 250);
    assert!(first.parts().filter(|part| part.counts).count() > 100);
    for turn in 1..9 {
        all.rotate_left(97 * turn);
        all.push(all[turn * 11].clone());
        assert_eq!(of(&all), first);
    }
}

#[test]
fn boxes_without_names_or_with_one_twice_cannot_be_opened() {
    let (_, mut form) = form(2);
    assert_eq!(form.check(), Ok(()));
    let with = |change: &dyn Fn(&mut Boxes)| {
        let mut changed = form.clone();
        if let Voters::Boxes(boxes) = &mut changed.activity.voters {
            change(boxes);
        }
        changed.check().is_ok()
    };
    assert!(!with(&|boxes| boxes.places.clear()));
    assert!(!with(&|boxes| boxes.places[0].name = "  ".to_owned()));
    assert!(!with(&|boxes| boxes.places[1].name = "School ".to_owned()));
    assert!(!with(&|boxes| boxes.signatures = 3));
    assert!(!with(
        &|boxes| boxes.places[1].keeper = "k".repeat(MAX_BOX_NAME + 1)
    ));
    form.activity.voters = Voters::Everybody;
    assert_eq!(form.boxes(), None);
}

#[test]
fn a_photo_of_minutes_is_shown_beside_them_whenever_it_comes_and_decides_nothing() {
    let one = ballot(1, 3, 2);
    let seal = sealed(1, 3, 3, 0);
    let photo = Photo {
        full: Blob::of(b"minutes on paper").unwrap(),
        preview: Blob::of(b"small").unwrap(),
    };
    let pictured = |by, seq, minutes| minuted(by, seq, 0, MinutesSaid::Pictured { minutes, photo });
    let all = [
        seal.clone(),
        pictured(2, 9, seal.id),
        pictured(2, 9, seal.id),
        pictured(3, 1, record(9, 9, 9)),
    ];
    // It is no signature, of whoever brings it.
    assert_eq!(status(&one, &all, None), Status::Unsigned);
    let Voters::Boxes(boxes) = form(2).1.activity.voters else {
        panic!("a vote with boxes");
    };
    let closed = [(device(1), 3)].into_iter().collect();
    for order in [all.to_vec(), all.iter().rev().cloned().collect()] {
        let gathered = Gathered::of(form(2).0, &boxes, &order, Some(&closed));
        let parts: Vec<_> = gathered.parts().collect();
        assert_eq!(parts.len(), 1);
        let shown = parts[0].photos.iter();
        let shown: Vec<_> = shown.map(|one| (one.device, one.photo)).collect();
        assert_eq!(shown, [(device(2), photo)]);
        assert_eq!(parts[0].signed.len(), 1);
    }
    // However many photos a device brings, they take no place of minutes.
    let mut many: Vec<Minuted> = (0..2_000).map(|at| pictured(1, at, seal.id)).collect();
    let last = sealed(1, 5_000, 0, 0);
    many.push(last.clone());
    let gathered = Gathered::of(form(2).0, &boxes, &many, None);
    assert_eq!(gathered.parts().count(), 1);
}
