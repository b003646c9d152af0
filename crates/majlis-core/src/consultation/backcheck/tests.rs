//! Draws that everybody can repeat, and what came of asking again.

use super::*;
use crate::id::Claim;
use crate::record::{Assisted, AssistedMode, Known, Response};

fn slot(number: u16) -> SlotId {
    let mut bytes = [7; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SlotId::from_bytes(bytes)
}

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 32])
}

fn form() -> FormId {
    FormId::from_bytes([9; 32])
}

fn entered(officers: u8, each: u8) -> Vec<(SlotId, PersonId)> {
    let answers = (0..officers).flat_map(|officer| (0..each).map(move |at| (officer, at)));
    answers
        .map(|(officer, at)| (slot((officer * each + at).into()), person(officer)))
        .collect()
}

fn all(officers: u8) -> BTreeSet<PersonId> {
    (0..officers).map(person).collect()
}

#[test]
fn whoever_has_the_seed_draws_the_same_in_any_order() {
    let mut answers = entered(3, 40);
    let once = draw("3 5 1 6", form(), 10, answers.clone());
    answers.reverse();
    answers.extend(answers.clone());
    assert_eq!(draw(" 3 5 1 6 ", form(), 10, answers.clone()), once);
    for digits in ["٣ ٥ ١ ٦", "۳ ۵ ۱ ۶"] {
        assert_eq!(draw(digits, form(), 10, answers.clone()), once);
        let turn = |seed| turns(seed, form(), once.clone(), &all(3));
        assert_eq!(turn(digits), turn("3 5 1 6"));
    }
    assert_ne!(draw("3 5 1 5", form(), 10, answers), once);
}

#[test]
fn each_officer_is_checked_and_nobody_checks_their_own() {
    let drawn = draw("seed", form(), 10, entered(4, 25));
    let turns = turns("seed", form(), drawn, &all(4));
    for officer in 0..4 {
        let of = |it: &&BackCheck| it.officer == person(officer);
        assert_eq!(
            turns.iter().filter(of).count(),
            3,
            "a tenth of 25, rounded up"
        );
        let load = turns
            .iter()
            .filter(|it| it.checker == Some(person(officer)));
        assert_eq!(load.count(), 3, "four officers share twelve");
    }
    assert!(turns.iter().all(|it| it.checker != Some(it.officer)));
}

#[test]
fn whoever_may_not_check_any_more_leaves_their_turns_and_moves_no_other() {
    let drawn = draw("seed", form(), 40, entered(4, 25));
    let before = turns("seed", form(), drawn.clone(), &all(4));
    for gone in 0..4 {
        let without: BTreeSet<PersonId> = all(4)
            .into_iter()
            .filter(|id| *id != person(gone))
            .collect();
        let after = turns("seed", form(), drawn.clone(), &without);
        assert_eq!(after.len(), before.len());
        for (was, is) in before.iter().zip(&after) {
            assert_eq!((was.slot, was.officer), (is.slot, is.officer));
            if was.checker == Some(person(gone)) {
                assert!(
                    is.checker
                        .is_some_and(|id| without.contains(&id) && id != is.officer)
                );
            } else {
                assert_eq!(was.checker, is.checker);
            }
        }
    }
}

#[test]
fn a_lone_officer_is_checked_by_who_may_and_a_newcomer_takes_turns_and_moves_none() {
    let drawn = draw("seed", form(), 100, entered(1, 60));
    let alone = turns("seed", form(), drawn.clone(), &all(1));
    assert!(alone.iter().all(|it| it.checker.is_none()));
    let before = turns("seed", form(), drawn.clone(), &all(3));
    assert!(
        before
            .iter()
            .all(|it| it.checker.is_some_and(|id| id != person(0)))
    );
    let after = turns("seed", form(), drawn, &all(4));
    let taken = |it: &&BackCheck| it.checker == Some(person(3));
    assert!(after.iter().any(|it| taken(&it)));
    for (was, is) in before.iter().zip(&after) {
        assert!(taken(&is) || was == is);
    }
}

#[test]
fn a_percent_is_at_least_one_answer() {
    let count = |percent| draw("seed", form(), percent, entered(1, 5)).len();
    assert_eq!([1, 0, 100].map(count), [1, 0, 5]);
}

fn step(entry: u8, by: u8, kind: StepKind, about: Subject) -> Placed<Step> {
    Placed {
        id: record(entry),
        device: device(by),
        seq: entry.into(),
        said: Step {
            form: form(),
            kind,
            about,
            text: String::new(),
            number: None,
            day: Some(7),
            sources: Vec::new(),
            replaces: Vec::new(),
            salt: [0; 8],
        },
    }
}

fn question(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn record(entry: u8) -> RecordId {
    RecordId {
        entry: crate::id::EntryHash::from_bytes([entry; 32]),
        index: 0,
    }
}

fn drawn(entry: u8, by: u8, seed: &str, slots: Vec<u16>) -> Placed<Step> {
    let mut one = step(entry, by, StepKind::Drawn, Subject::Whole);
    one.said.text = seed.to_owned();
    one.said.number = Some(5);
    one.said.sources = slots
        .into_iter()
        .map(|at| Subject::Voice(slot(at)))
        .collect();
    one
}

fn drawn_slots(steps: &[Placed<Step>]) -> Vec<Vec<SlotId>> {
    let all = drawings(form(), steps);
    all.iter()
        .map(|one| one.slots.iter().copied().collect())
        .collect()
}

#[test]
fn a_draw_is_one_in_however_many_records_it_took() {
    let full: Vec<u16> = (0..200).collect();
    let mut steps = vec![
        drawn(1, 1, "3 5", full),
        drawn(2, 1, "٣ ٥", vec![300]),
        drawn(3, 2, "3 5", vec![9]),
    ];
    for _ in 0..steps.len() {
        steps.rotate_left(1);
        let found = drawings(form(), &steps);
        let sizes: Vec<usize> = found.iter().map(|one| one.slots.len()).collect();
        assert_eq!(sizes, [201, 1]);
        assert_eq!((found[0].seed.as_str(), found[0].percent), ("3 5", 5));
    }
    assert_eq!(drawings(FormId::from_bytes([8; 32]), &steps), []);
}

#[test]
fn what_is_added_under_the_same_seed_is_a_draw_of_its_own() {
    let full: Vec<u16> = (0..200).collect();
    // After one that was not full, and after a full one with something between them.
    let steps = vec![
        drawn(1, 1, "3 5", vec![1, 2]),
        drawn(2, 1, "3 5", vec![3]),
        drawn(1, 2, "3 5", full),
        drawn(3, 2, "3 5", vec![9]),
    ];
    let slots = drawn_slots(&steps);
    let sizes: Vec<usize> = slots.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 1, 200, 1]);
    assert_eq!(slots[1], [slot(3)]);
}

#[test]
fn a_draw_names_the_answers_that_were_in_force() {
    let mut names = drawn(1, 1, "3 5", vec![4, 2]);
    names.said.replaces = vec![record(40), record(20)];
    // Of a draw that names too few nothing is known.
    let mut broken = drawn(3, 2, "3 5", vec![4, 2]);
    broken.said.replaces = vec![record(40)];
    let found = drawings(form(), &[names, broken]);
    assert_eq!(
        found[0].answers,
        [(slot(4), record(40)), (slot(2), record(20))].into()
    );
    assert!(found[1].answers.is_empty() && found[1].slots.len() == 2);
}

fn said(entry: u8, by: u8, known: Option<&[u8]>) -> (Place, Said) {
    let assisted = Assisted {
        mode: AssistedMode::Spoken,
        consent: true,
        note: String::new(),
    };
    let speaker = known.map_or_else(
        || Speaker::New {
            claim: Claim::from_bytes([1; 12]),
            assisted: assisted.clone(),
        },
        |before| {
            Speaker::Known(Known::Assisted {
                slot: slot(1),
                supersedes: before.iter().map(|at| record(*at)).collect(),
                salt: [0; 8],
                assisted: assisted.clone(),
            })
        },
    );
    let place = Place::Sealed {
        id: record(entry),
        device: device(by),
        seq: entry.into(),
    };
    let response = Response {
        form: form(),
        speaker,
        answers: Vec::new(),
    };
    (place, Said::Response(response))
}

#[test]
fn what_was_drawn_is_what_a_draw_named_first_whoever_corrects_it_later() {
    // Hashes of entries say nothing about which came first.
    let all = [
        said(50, 1, None),
        said(40, 2, Some(&[50])),
        said(30, 3, Some(&[40])),
    ];
    let of = |named: &[u8]| {
        let named = named.iter().map(|at| record(*at)).collect();
        let versions = all.iter().map(|(place, said)| (*place, said));
        let found = as_drawn(&named, versions.clone());
        assert_eq!(found, as_drawn(&named, versions.rev()));
        found
    };
    let [first, second, third] = [0, 1, 2].map(|at: usize| Some(all[at].0));
    assert_eq!([of(&[50]), of(&[40]), of(&[30])], [first, second, third]);
    // Drawn again after it was corrected, by whomever: what was found stays where it was.
    assert_eq!([of(&[50, 30]), of(&[30, 40])], [first, second]);
    // Draws of earlier versions name nothing; what is named and not here is nobody's yet.
    assert_eq!([of(&[]), of(&[99]), of(&[99, 30])], [first, None, third]);
}

#[test]
fn what_was_found_is_told_anew_by_whoever_told_it_and_by_nobody_else() {
    let told = |entry, by, kind, questions: &[u8], replaces: &[u8]| {
        let mut one = step(entry, by, kind, Subject::Voice(slot(1)));
        let asked = questions.iter().map(|at| Subject::Question(question(*at)));
        one.said.sources = asked.collect();
        one.said.replaces = replaces.iter().map(|at| record(*at)).collect();
        one
    };
    let mut nobody = told(4, 3, StepKind::NotAsked, &[], &[]);
    nobody.said.text = "moved away".to_owned();
    let mut steps = vec![
        told(1, 1, StepKind::SaidSame, &[1, 2], &[]),
        told(2, 1, StepKind::SaidSame, &[1], &[1]),
        told(3, 1, StepKind::SaidOther, &[2], &[1]),
        nobody,
        // What another device told is not this one's to replace.
        told(5, 3, StepKind::SaidSame, &[3], &[2, 3]),
    ];
    for _ in 0..steps.len() {
        steps.rotate_left(1);
        let all = asked_again(form(), &steps);
        let [first, second] = all[&slot(1)].as_slice() else {
            panic!("two devices told")
        };
        assert_eq!((first.by, second.by), (device(1), device(3)));
        assert_eq!(first.same, [question(1)].into());
        assert_eq!(first.other, [question(2)].into());
        assert_eq!(first.ids.len(), 2);
        // Who was asked was there.
        assert_eq!(second.same, [question(3)].into());
        assert_eq!(second.not_asked, "");
    }
}
