//! Draws that everybody can repeat, and what came of asking again.

use super::*;

fn slot(number: u8) -> SlotId {
    SlotId::from_bytes([number; 16])
}

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

fn form() -> FormId {
    FormId::from_bytes([9; 32])
}

fn entered(officers: u8, each: u8) -> Vec<(SlotId, DeviceId)> {
    let answers = (0..officers).flat_map(|officer| (0..each).map(move |at| (officer, at)));
    answers
        .map(|(officer, at)| (slot(officer * each + at), device(officer)))
        .collect()
}

fn all(officers: u8) -> BTreeSet<DeviceId> {
    (0..officers).map(device).collect()
}

#[test]
fn whoever_has_the_seed_draws_the_same_in_any_order() {
    let mut answers = entered(3, 40);
    let once = draw("3 5 1 6", form(), 10, answers.clone(), &all(3));
    answers.reverse();
    answers.extend(answers.clone());
    assert_eq!(
        draw(" 3 5 1 6 ", form(), 10, answers.clone(), &all(3)),
        once
    );
    for digits in ["٣ ٥ ١ ٦", "۳ ۵ ۱ ۶"] {
        assert_eq!(draw(digits, form(), 10, answers.clone(), &all(3)), once);
    }
    assert_ne!(draw("3 5 1 5", form(), 10, answers, &all(3)), once);
}

#[test]
fn each_officer_is_checked_and_nobody_checks_their_own() {
    let drawn = draw("seed", form(), 10, entered(4, 25), &all(4));
    for officer in 0..4 {
        let of = |it: &&BackCheck| it.officer == device(officer);
        assert_eq!(
            drawn.iter().filter(of).count(),
            3,
            "a tenth of 25, rounded up"
        );
        let load = drawn
            .iter()
            .filter(|it| it.checker == Some(device(officer)));
        assert_eq!(load.count(), 3, "four officers share twelve");
    }
    assert!(drawn.iter().all(|it| it.checker != Some(it.officer)));
}

#[test]
fn who_may_not_enter_any_more_checks_nobody_and_a_lone_officer_is_checked_by_who_may() {
    let without: BTreeSet<DeviceId> = all(4).into_iter().skip(1).collect();
    let drawn = draw("seed", form(), 10, entered(4, 25), &without);
    assert!(drawn.iter().all(|it| it.checker != Some(device(0))));
    assert!(drawn.iter().all(|it| it.checker.is_some()));
    let alone = draw("seed", form(), 100, entered(1, 6), &all(3));
    let load = |id| {
        let of = alone.iter().filter(|it| it.checker == Some(device(id)));
        of.count()
    };
    assert_eq!([0, 1, 2].map(load), [0, 3, 3]);
}

#[test]
fn a_lone_officer_is_checked_by_nobody_here_and_a_percent_is_at_least_one() {
    let drawn = draw("seed", form(), 1, entered(1, 5), &all(1));
    assert_eq!(drawn.len(), 1);
    assert_eq!(drawn[0].checker, None);
    assert_eq!(draw("seed", form(), 0, entered(1, 5), &all(1)), []);
    assert_eq!(draw("seed", form(), 100, entered(1, 5), &all(1)).len(), 5);
}

fn step(entry: u8, by: u8, kind: StepKind, about: Subject) -> Placed<Step> {
    Placed {
        id: RecordId {
            entry: crate::id::EntryHash::from_bytes([entry; 32]),
            index: 0,
        },
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

#[test]
fn a_draw_stays_what_it_was_and_is_one_in_however_many_records() {
    let drawn = |entry, by, seed: &str, slots: &[u8]| {
        let mut one = step(entry, by, StepKind::Drawn, Subject::Whole);
        one.said.text = seed.to_owned();
        one.said.number = Some(5);
        one.said.sources = slots.iter().map(|at| Subject::Voice(slot(*at))).collect();
        one
    };
    let mut steps = vec![
        drawn(1, 1, "3 5", &[1, 2]),
        drawn(2, 1, "٣ ٥", &[3]),
        drawn(3, 2, "3 5", &[9]),
    ];
    for _ in 0..steps.len() {
        steps.rotate_left(1);
        let all = drawings(form(), &steps);
        let slots: Vec<Vec<SlotId>> = all
            .iter()
            .map(|one| one.slots.iter().copied().collect())
            .collect();
        assert_eq!(slots, [vec![slot(1), slot(2), slot(3)], vec![slot(9)]]);
        assert_eq!((all[0].seed.as_str(), all[0].percent), ("3 5", 5));
    }
    assert_eq!(drawings(FormId::from_bytes([8; 32]), &steps), []);
}

#[test]
fn what_was_found_is_told_anew_by_whoever_told_it_and_by_nobody_else() {
    let told = |entry, by, kind, questions: &[u8], replaces: &[u8]| {
        let mut one = step(entry, by, kind, Subject::Voice(slot(1)));
        let asked = questions.iter().map(|at| Subject::Question(question(*at)));
        one.said.sources = asked.collect();
        one.said.replaces = replaces
            .iter()
            .map(|at| RecordId {
                entry: crate::id::EntryHash::from_bytes([*at; 32]),
                index: 0,
            })
            .collect();
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
