//! One voice a slip, in every order, whoever signs its ballots and however often.

use super::*;
use crate::consultation::activity::Voters;
use crate::consultation::form::{Answer, Question, QuestionKind, Stage};
use crate::consultation::slip::{SlipCode, Slips};
use crate::id::{EntryHash, LaneClass, QuestionId};
use crate::record::{AssistedMode, Counted};

const QUESTION: QuestionId = QuestionId::from_bytes([1; 8]);

fn lane() -> LaneId {
    LaneId::new(LaneClass::Process, [4; 16])
}

fn code(byte: u8) -> SlipCode {
    SlipCode::new(&[byte; 16])
}

fn terms(closed: Option<&[(u8, u64)]>) -> Terms {
    let question = Question {
        details: Default::default(),
        id: QUESTION,
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
    let mut form = Form {
        details: Default::default(),
        title: "Well".into(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![question],
        activity: crate::consultation::Activity::default(),
        sealing: None,
    };
    form.activity.voters = Voters::Slips(Slips::of(lane(), &[code(1), code(2)]));
    let closed = closed.map(|counted| {
        let counted = counted.iter().map(|(by, seq)| Counted {
            device: DeviceId::from_bytes([*by; 32]),
            seq: *seq,
            hash: EntryHash::from_bytes([0; 32]),
        });
        counted.map(|one| (one.device, one.seq)).collect()
    });
    Terms {
        form: Some((form.id(), form)),
        closed,
        boxes: None,
    }
}

fn id() -> FormId {
    terms(None).form.unwrap().0
}

fn at(entry: u8, by: u8, seq: u64) -> Place {
    let id = RecordId {
        entry: EntryHash::from_bytes([entry; 32]),
        index: 0,
    };
    let device = DeviceId::from_bytes([by; 32]);
    Place::Sealed { id, device, seq }
}

fn ballot(place: Place, code: &SlipCode, step: i16) -> Version {
    let answers = vec![(QUESTION, Answer::Scale(step))];
    Version {
        place,
        said: Said::Response(Response {
            form: id(),
            speaker: Speaker::Slip(code.sign(lane(), id(), &answers)),
            answers,
        }),
    }
}

/// Which place counts, and what became of every place, whatever the order of the versions.
fn found(versions: &[Version], terms: &Terms) -> BTreeMap<Place, Status> {
    let mut found: Option<BTreeMap<Place, Status>> = None;
    for shift in 0..versions.len() {
        for reversed in [false, true] {
            let mut turned = versions.to_vec();
            turned.rotate_left(shift);
            if reversed {
                turned.reverse();
            }
            let statuses = resolve(&turned, terms);
            let each = turned.iter().map(|one| one.place).zip(statuses).collect();
            assert_eq!(*found.get_or_insert_with(|| BTreeMap::clone(&each)), each);
        }
    }
    found.unwrap()
}

#[test]
fn two_ballots_of_one_slip_from_two_devices_are_one_voice_in_every_order() {
    let slip = code(1);
    let slots: BTreeSet<_> = [2, 3]
        .into_iter()
        .map(|by| {
            let said = ballot(at(by, by, 1), &slip, 4).said;
            said.slot(lane(), DeviceId::from_bytes([by; 32]), None)
        })
        .collect();
    assert_eq!(slots, BTreeSet::from([Some(slip.slot(lane()))]));
    for steps in [[1, 2, 3], [3, 1, 2], [5, 5, 1]] {
        let versions: Vec<Version> = (2_u8..)
            .zip(steps)
            .map(|(by, step)| ballot(at(by, by, 1), &slip, step))
            .collect();
        let all = found(&versions, &terms(None));
        let of = |wanted| all.values().filter(|status| **status == wanted).count();
        assert_eq!((of(Status::Counted), of(Status::SlipUsed)), (1, 2));
    }
}

#[test]
fn which_ballot_of_a_slip_counts_does_not_follow_from_who_signed_it_or_how_often() {
    let slip = code(1);
    let counts = |versions: &[Version]| {
        let all = found(versions, &terms(None));
        let (place, _) = all
            .iter()
            .find(|(_, status)| **status == Status::Counted)
            .unwrap();
        let one = versions.iter().find(|one| one.place == *place).unwrap();
        match &one.said {
            Said::Response(response) => response.answers.clone(),
            Said::Withdraw(_) => Vec::new(),
        }
    };
    let first = counts(&[ballot(at(7, 2, 1), &slip, 1), ballot(at(8, 3, 1), &slip, 2)]);
    for entry in 0..40 {
        // The other device signs again and again, on its chain and with other hashes.
        let versions = [
            ballot(at(7, 2, 1), &slip, 1),
            ballot(at(entry, 3, 9), &slip, 2),
            ballot(at(entry + 100, 3, 10), &slip, 2),
            ballot(at(entry + 50, 4, 2), &slip, 1),
        ];
        assert_eq!(counts(&versions), first);
    }
}

#[test]
fn only_a_slip_of_the_form_votes_and_only_with_what_it_signed() {
    let good = ballot(at(1, 2, 1), &code(1), 4);
    let unknown = ballot(at(2, 2, 2), &code(9), 4);
    let mut changed = ballot(at(3, 3, 1), &code(1), 4);
    if let Said::Response(response) = &mut changed.said {
        response.answers = vec![(QUESTION, Answer::Scale(5))];
    }
    let own = Version {
        place: at(4, 3, 2),
        said: Said::Response(Response {
            form: id(),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [0; 8],
            }),
            answers: vec![(QUESTION, Answer::Scale(4))],
        }),
    };
    // An officer who writes into the slot of a slip, or takes its ballot back, says nothing.
    let entered = |said: fn(Known) -> Said, place| Version {
        place,
        said: said(Known::Assisted {
            slot: code(1).slot(lane()),
            supersedes: vec![RecordId {
                entry: EntryHash::from_bytes([1; 32]),
                index: 0,
            }],
            salt: [0; 8],
            assisted: Assisted {
                mode: AssistedMode::Paper,
                consent: true,
                note: String::new(),
            },
        }),
    };
    let over = entered(
        |speaker| {
            Said::Response(Response {
                form: id(),
                speaker: Speaker::Known(speaker),
                answers: vec![(QUESTION, Answer::Scale(1))],
            })
        },
        at(5, 5, 1),
    );
    let back = entered(
        |speaker| {
            Said::Withdraw(Withdraw {
                form: id(),
                speaker,
            })
        },
        at(6, 5, 2),
    );
    let versions = [good, unknown, changed, own, over, back];
    let all = found(&versions, &terms(None));
    let statuses: Vec<Status> = all.values().copied().collect();
    let mut expected = vec![Status::Unfit; 6];
    expected[0] = Status::Counted;
    assert_eq!(statuses, expected);
    // And a slip says nothing where slips do not vote.
    let mut plain = terms(None);
    let (_, form) = plain.form.as_mut().unwrap();
    form.activity.voters = Voters::Everybody;
    let again = resolve(&[ballot(at(1, 2, 1), &code(1), 4)], &plain);
    assert_eq!(again, [Status::Unfit]);
}

#[test]
fn a_late_ballot_of_a_slip_does_not_stand_in_the_way_of_one_that_was_named() {
    let slip = code(1);
    for (in_time, late) in [(1, 2), (2, 1)] {
        let versions = [
            ballot(at(7, 2, 1), &slip, in_time),
            ballot(at(8, 3, 6), &slip, late),
        ];
        let all = found(&versions, &terms(Some(&[(2, 1), (3, 5)])));
        assert_eq!(all[&at(7, 2, 1)], Status::Counted);
        assert_eq!(all[&at(8, 3, 6)], Status::Late);
    }
}
