//! What counts, under every order, with repeats, and for every reason not to.

use super::*;
use crate::consultation::form::{Answer, Question, QuestionKind, Stage};
use crate::consultation::statement::Placed;
use crate::id::{Claim, EntryHash, QuestionId};
use crate::record::{Assisted, AssistedMode, Close, Counted, Known};

fn form(title: &str) -> (FormId, Form) {
    let question = Question {
        details: Default::default(),
        id: QuestionId::from_bytes([1; 8]),
        label: "How many?".into(),
        hint: String::new(),
        required: true,
        kind: QuestionKind::Scale {
            from: 1,
            to: 5,
            low: String::new(),
            high: String::new(),
        },
    };
    let form = Form {
        details: Default::default(),
        title: title.into(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![question],
        activity: crate::consultation::Activity::default(),
        sealing: None,
    };
    (form.id(), form)
}

fn open() -> Terms {
    Terms {
        form: Some(form("Well")),
        ..Terms::default()
    }
}

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

fn at(entry: u8, by: u8, seq: u64) -> Place {
    let id = RecordId {
        entry: EntryHash::from_bytes([entry; 32]),
        index: 0,
    };
    Place::Sealed {
        id,
        device: device(by),
        seq,
    }
}

fn speaker(assisted: bool, supersedes: Vec<RecordId>) -> Known {
    let salt = [0; 8];
    if !assisted {
        return Known::Own { supersedes, salt };
    }
    let (mode, note) = (AssistedMode::Spoken, String::new());
    Known::Assisted {
        slot: SlotId::from_bytes([9; 16]),
        supersedes,
        salt,
        assisted: Assisted {
            mode,
            consent: true,
            note,
        },
    }
}

fn names(entries: &[u8]) -> Vec<RecordId> {
    entries
        .iter()
        .map(|entry| RecordId {
            entry: EntryHash::from_bytes([*entry; 32]),
            index: 0,
        })
        .collect()
}

fn answer(place: Place, assisted: bool, supersedes: &[u8], step: i16) -> Version {
    let response = Response {
        form: form("Well").0,
        speaker: Speaker::Known(speaker(assisted, names(supersedes))),
        answers: vec![(QuestionId::from_bytes([1; 8]), Answer::Scale(step))],
    };
    Version {
        place,
        said: Said::Response(response),
    }
}

fn withdraw(place: Place, assisted: bool, supersedes: &[u8]) -> Version {
    let withdraw = Withdraw {
        form: form("Well").0,
        speaker: speaker(assisted, names(supersedes)),
    };
    Version {
        place,
        said: Said::Withdraw(withdraw),
    }
}

#[test]
fn a_later_version_of_the_same_chain_replaces_the_earlier() {
    let versions = [
        answer(at(9, 1, 0), false, &[], 1),
        answer(at(3, 1, 4), false, &[], 2),
    ];
    assert_eq!(
        resolve(&versions, &open()),
        [Status::Superseded, Status::Counted]
    );
}

#[test]
fn an_officer_corrects_what_another_officer_entered_by_naming_it() {
    let versions = [
        answer(at(1, 1, 0), true, &[], 1),
        answer(at(2, 2, 0), true, &[1], 2),
    ];
    assert_eq!(
        resolve(&versions, &open()),
        [Status::Superseded, Status::Counted]
    );
}

#[test]
fn of_two_made_apart_one_counts_and_the_other_says_why_not() {
    let versions = [
        answer(at(2, 1, 0), true, &[], 1),
        answer(at(1, 2, 0), true, &[], 2),
    ];
    assert_eq!(
        resolve(&versions, &open()),
        [Status::Concurrent, Status::Counted]
    );
}

#[test]
fn a_persons_own_answer_outranks_officers_whatever_they_name() {
    let versions = [
        answer(at(1, 1, 0), true, &[], 1),
        answer(at(5, 2, 0), false, &[], 2),
        answer(at(2, 1, 1), true, &[5], 3),
    ];
    let statuses = [Status::Superseded, Status::Counted, Status::Superseded];
    assert_eq!(resolve(&versions, &open()), statuses);
}

#[test]
fn nobody_speaks_in_anothers_voice() {
    let (lane, person) = (LaneId::from_bytes([1; 16]), PersonId::from_bytes([2; 32]));
    let own = answer(at(1, 3, 0), false, &[2], 5).said;
    assert_eq!(
        own.slot(lane, device(3), Some(person)),
        Some(own_slot(lane, person))
    );
    assert_eq!(own.slot(lane, device(3), None), None);
    let claim = Claim::from_bytes([4; 12]);
    let mut new = answer(at(1, 3, 0), true, &[], 5).said;
    if let (Said::Response(response), Some(assisted)) = (&mut new, own_assisted()) {
        response.speaker = Speaker::New { claim, assisted };
    }
    let slot = |by| new.slot(lane, device(by), Some(person));
    assert_eq!(slot(3), Some(assisted_slot(lane, device(3), claim)));
    assert_ne!(slot(3), slot(4), "a claim copied is a slot of one's own");
    let named = answer(at(1, 3, 0), true, &[], 5).said;
    assert_eq!(
        named.slot(lane, device(3), None),
        Some(SlotId::from_bytes([9; 16]))
    );
}

fn own_assisted() -> Option<Assisted> {
    speaker(true, Vec::new()).assisted().cloned()
}

#[test]
fn a_withdrawal_takes_the_voice_back_and_goes_before_an_answer_made_apart() {
    let versions = [
        answer(at(1, 1, 0), false, &[], 1),
        withdraw(at(9, 1, 1), false, &[1]),
        answer(at(2, 2, 0), false, &[1], 4),
    ];
    let statuses = [Status::Withdrawn, Status::Withdrawal, Status::Withdrawn];
    assert_eq!(resolve(&versions, &open()), statuses);
    let again = [
        withdraw(at(9, 1, 1), false, &[1]),
        answer(at(3, 1, 2), false, &[], 4),
    ];
    assert_eq!(
        resolve(&again, &open()),
        [Status::Superseded, Status::Counted]
    );
}

#[test]
fn what_does_not_fit_replaces_nothing() {
    let mut other = answer(at(4, 1, 3), false, &[1], 2);
    if let Said::Response(response) = &mut other.said {
        response.form = form("Other").0;
    }
    let versions = [
        answer(at(1, 1, 0), false, &[], 1),
        answer(at(2, 1, 1), false, &[1], 6),
        other,
    ];
    let statuses = [Status::Counted, Status::Unfit, Status::OtherForm];
    assert_eq!(resolve(&versions, &open()), statuses);
    assert_eq!(
        resolve(&versions[..1], &Terms::default()),
        [Status::WaitingForForm]
    );
}

#[test]
fn the_closing_record_says_what_was_in_time() {
    let versions = [
        answer(at(1, 1, 0), false, &[], 1),
        answer(at(2, 1, 1), false, &[1], 2),
        answer(Place::Unsealed(0), false, &[2], 3),
    ];
    let close = |by: u8, at: u64, seq: u64| Placed {
        id: RecordId {
            entry: EntryHash::from_bytes([by; 32]),
            index: 0,
        },
        device: device(by),
        seq: at,
        said: Close {
            form: form("Well").0,
            counted: vec![Counted {
                device: device(1),
                seq,
                hash: EntryHash::ZERO,
            }],
            note: String::new(),
        },
    };
    let terms = |closes: &[Placed<Close>]| Terms {
        closed: closed(form("Well").0, closes),
        ..open()
    };
    let statuses = [Status::Counted, Status::Late, Status::Late];
    assert_eq!(resolve(&versions, &terms(&[close(8, 3, 0)])), statuses);
    // Whoever closes a second time changes nothing, in whichever order it came.
    let again = [close(8, 4, 1), close(8, 3, 0), close(8, 9, 9)];
    assert_eq!(resolve(&versions, &terms(&again)), statuses);
    let statuses = [Status::Superseded, Status::Counted, Status::Late];
    let both = [close(8, 3, 0), close(9, 7, 1)];
    assert_eq!(resolve(&versions, &terms(&both)), statuses);
    let statuses = [Status::Superseded, Status::Superseded, Status::Counted];
    assert_eq!(resolve(&versions, &terms(&[])), statuses);
    let mut other = close(8, 3, 0);
    other.said.form = form("Other").0;
    assert_eq!(resolve(&versions, &terms(&[other])), statuses);
}

#[test]
fn the_first_opening_of_the_smallest_hash_is_in_force() {
    let opening = |entry: u8, by: u8, seq: u64| Opening {
        id: RecordId {
            entry: EntryHash::from_bytes([entry; 32]),
            index: 0,
        },
        device: device(by),
        seq,
        form: form("Well").0,
    };
    assert_eq!(in_force(&[]), None);
    let all = [opening(1, 1, 7), opening(5, 1, 2), opening(6, 2, 0)];
    assert_eq!(in_force(&all), Some(&all[1]));
}

#[test]
fn own_slots_differ_by_person_and_process() {
    let lane = |byte| LaneId::from_bytes([byte; 16]);
    let person = |byte| PersonId::from_bytes([byte; 32]);
    assert_eq!(own_slot(lane(1), person(1)), own_slot(lane(1), person(1)));
    assert_ne!(own_slot(lane(1), person(1)), own_slot(lane(1), person(2)));
    assert_ne!(own_slot(lane(1), person(1)), own_slot(lane(2), person(1)));
}

#[test]
fn every_status_reads_back_from_its_code() {
    for (code, status) in (0..).zip(Status::ALL) {
        assert_eq!(
            (status.code(), Status::from_code(code)),
            (code, Some(status))
        );
    }
    assert_eq!(Status::from_code(12), None);
}

/// A small generator that needs no dependency; the seed is printed by a failing assertion.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn byte(&mut self, end: u64) -> u8 {
        u8::try_from(self.below(end)).unwrap()
    }
}

fn random_versions(random: &mut Random) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    for entry in 0..1 + random.byte(9) {
        let place = match random.below(8) {
            0 => Place::Unsealed(u64::from(entry)),
            // Forked chains too: positions repeat and go back.
            _ => at(random.byte(200), random.byte(4), random.below(6)),
        };
        let named: Vec<u8> = (0..random.below(3)).map(|_| random.byte(200)).collect();
        let assisted = random.below(3) > 0;
        let version = match random.below(4) {
            0 => withdraw(place, assisted, &named),
            _ => answer(place, assisted, &named, i16::from(random.byte(7))),
        };
        // An entry's hash is of what it says: no two versions are at one place.
        if versions.iter().all(|held| match (held.place, place) {
            (Place::Sealed { id: a, .. }, Place::Sealed { id: b, .. }) => a != b,
            (a, b) => a != b,
        }) {
            versions.push(version);
        }
    }
    versions
}

#[test]
fn order_and_repetition_change_nothing() {
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let versions = random_versions(&mut random);
        let terms = match random.below(3) {
            0 => {
                let all = (0..4).map(|by| (device(by), random.below(6)));
                Terms {
                    closed: Some(all.collect()),
                    ..open()
                }
            }
            _ => open(),
        };
        let said = |versions: &[Version]| -> BTreeMap<Place, Status> {
            let places = versions.iter().map(|version| version.place);
            places.zip(resolve(versions, &terms)).collect()
        };
        let first = said(&versions);
        let force = |status: &&Status| matches!(status, Status::Counted | Status::Withdrawal);
        let able = first
            .values()
            .any(|status| !matches!(status, Status::Late | Status::Unfit));
        assert_eq!(
            first.values().filter(force).count(),
            usize::from(able),
            "seed {seed}"
        );
        for _ in 0..4 {
            let mut shuffled = versions.clone();
            let repeated = versions.get(usize::from(random.byte(9))).cloned();
            shuffled.extend(repeated);
            for at in (1..shuffled.len()).rev() {
                shuffled.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
            }
            assert_eq!(said(&shuffled), first, "seed {seed}");
        }
    }
}
