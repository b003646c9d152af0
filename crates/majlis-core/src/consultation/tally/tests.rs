//! Exact figures, and the same bytes whoever counts.

use super::*;
use crate::consultation::form::{Choice, Question, Stage};

fn question(number: u8, kind: QuestionKind) -> Question {
    let id = QuestionId::from_bytes([number; 8]);
    Question {
        details: Default::default(),
        id,
        label: format!("Question {number}"),
        hint: String::new(),
        required: false,
        kind,
    }
}

fn form() -> Form {
    let options = || {
        (1..=3)
            .map(|id| Choice {
                details: Default::default(),
                id,
                label: id.to_string(),
            })
            .collect()
    };
    let scale = QuestionKind::Scale {
        from: 1,
        to: 5,
        low: String::new(),
        high: String::new(),
    };
    Form {
        details: Default::default(),
        title: "Well".into(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Decide,
        questions: vec![
            question(1, QuestionKind::Text),
            question(
                2,
                QuestionKind::Number {
                    min: None,
                    max: None,
                },
            ),
            question(3, QuestionKind::SingleChoice(options())),
            question(
                4,
                QuestionKind::MultipleChoice {
                    options: options(),
                    most: 0,
                },
            ),
            question(5, scale),
            question(6, QuestionKind::Date),
            question(7, QuestionKind::Ranking(options())),
        ],
        activity: crate::consultation::Activity::default(),
        sealing: None,
    }
}

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn slot(number: u8) -> SlotId {
    SlotId::from_bytes([number; 16])
}

/// A slot, whether its answer was assisted, and the answer.
type Voice = (u8, bool, Vec<(QuestionId, Answer)>);

fn count(voices: &[Voice]) -> Results {
    let mut tally = Tally::new(form().id(), &form());
    for (number, assisted, answers) in voices {
        tally.add(slot(*number), *assisted, answers).unwrap();
    }
    tally.finish()
}

fn of_numbers(values: &[i64]) -> Numbers {
    let voices: Vec<_> = (0..)
        .zip(values)
        .map(|(at, value)| (at, at % 2 == 1, vec![(id(2), Answer::Number(*value))]))
        .collect();
    match count(&voices).questions.swap_remove(1).figures {
        Figures::Numbers(Some(numbers)) => numbers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_question_is_counted_by_channel() {
    let results = count(&[
        (
            1,
            false,
            vec![
                (id(1), Answer::Text("yes".into())),
                (id(3), Answer::Choices(vec![2])),
                (id(4), Answer::Choices(vec![1, 3])),
                (id(5), Answer::Scale(5)),
                (id(6), Answer::Date(-1)),
                (id(7), Answer::Ranking(vec![3, 1, 2])),
            ],
        ),
        (
            2,
            true,
            vec![
                (id(3), Answer::Choices(vec![2])),
                (id(4), Answer::Choices(vec![3])),
                (id(5), Answer::Scale(2)),
                (id(7), Answer::Ranking(vec![1, 2, 3])),
            ],
        ),
        (3, true, vec![]),
    ]);
    let split = |own, assisted| Split { own, assisted };
    assert_eq!(results.counted, split(1, 2));
    let answered: Vec<Split> = results.questions.iter().map(|q| q.answered).collect();
    let both = split(1, 1);
    assert_eq!(
        answered,
        [
            split(1, 0),
            split(0, 0),
            both,
            both,
            both,
            split(1, 0),
            both
        ]
    );
    let figures: Vec<Figures> = results.questions.into_iter().map(|q| q.figures).collect();
    assert_eq!(figures[1], Figures::Numbers(None));
    assert_eq!(
        figures[2],
        Figures::Options(vec![(1, split(0, 0)), (2, both), (3, split(0, 0))])
    );
    assert_eq!(
        figures[3],
        Figures::Options(vec![(1, split(1, 0)), (2, split(0, 0)), (3, both)])
    );
    let Figures::Scale { steps, mean } = &figures[4] else {
        panic!("a scale")
    };
    assert_eq!(
        (steps.len(), steps[4], *mean),
        (5, (5, split(1, 0)), Some(3_500_000))
    );
    assert_eq!(figures[5], Figures::Dates(vec![(-1, split(1, 0))]));
    let ranked = |option, first, mean| Ranked {
        option,
        first,
        mean: Some(mean),
    };
    let ranks = vec![
        ranked(1, split(0, 1), 1_500_000),
        ranked(2, split(0, 0), 2_500_000),
        ranked(3, split(1, 0), 2_000_000),
    ];
    assert_eq!(figures[6], Figures::Ranks(ranks));
}

#[test]
fn figures_of_numbers_are_exact() {
    let one = of_numbers(&[-7]);
    assert_eq!((one.min, one.max, one.mean, one.median), (-7, -7, -7, -7));
    assert_eq!(one.ranges.len(), 1);
    // Thirds and halves, away from zero on both sides.
    let odd = of_numbers(&[1, 1, 2]);
    assert_eq!((odd.mean, odd.median), (1, 1));
    let even = of_numbers(&[2, 1]);
    assert_eq!((even.mean, even.median), (2, 2));
    let below = of_numbers(&[-2, -1]);
    assert_eq!((below.mean, below.median), (-2, -2));
    let far = of_numbers(&[i64::MAX, i64::MAX, i64::MIN, i64::MAX]);
    assert_eq!(
        (far.min, far.max, far.median),
        (i64::MIN, i64::MAX, i64::MAX)
    );
    let sum = i128::from(i64::MAX) * 3 + i128::from(i64::MIN);
    assert_eq!(i128::from(far.mean), (sum + 2) / 4);
}

#[test]
fn ranges_cover_every_number_once_and_end_on_whole_ones() {
    let ages: Vec<i64> = (0..=100).map(|age| age * 1_000_000).collect();
    let ranges = of_numbers(&ages).ranges;
    assert_eq!((ranges[0].from, ranges[0].to), (0, 10_000_000));
    assert_eq!((ranges[1].from, ranges[1].to), (11_000_000, 21_000_000));
    for values in [
        ages,
        vec![0, 1],
        vec![0, 9],
        vec![0, 10, 19],
        vec![-5_500_000, 0, 5_500_000],
        vec![i64::MIN, 0, i64::MAX],
        vec![i64::MIN, i64::MIN + 11],
    ] {
        let counted = of_numbers(&values);
        let total: u64 = counted.ranges.iter().map(|range| range.count.all()).sum();
        assert_eq!(total, values.len() as u64, "{values:?}");
        assert!(counted.ranges.len() as u64 <= MAX_BARS, "{values:?}");
        assert_eq!(counted.ranges[0].from, counted.min);
        assert_eq!(counted.ranges.last().unwrap().to, counted.max);
        assert!(
            counted
                .ranges
                .windows(2)
                .all(|pair| pair[0].to < pair[1].from)
        );
    }
}

#[test]
fn the_hash_changes_with_any_answer_and_with_nothing_else() {
    let voice = |number, text: &str| (number, false, vec![(id(1), Answer::Text(text.into()))]);
    let one = count(&[voice(1, "a"), voice(2, "b")]);
    assert_eq!(one, count(&[voice(1, "a"), voice(2, "b")]));
    assert_ne!(one.hash(), count(&[voice(1, "b"), voice(2, "a")]).hash());
    assert_ne!(one.hash(), count(&[voice(1, "ab"), voice(2, "")]).hash());
    assert_ne!(one.hash(), count(&[voice(1, "a"), voice(3, "b")]).hash());
    assert_eq!(codec::decode::<Results>(VERSION, &one.encode()), Ok(one));
}

#[test]
fn answers_out_of_order_are_refused() {
    let mut tally = Tally::new(form().id(), &form());
    tally.add(slot(2), false, &[]).unwrap();
    assert_eq!(tally.add(slot(2), false, &[]), Err(OutOfOrder));
    assert_eq!(tally.add(slot(1), false, &[]), Err(OutOfOrder));
    tally.add(slot(3), false, &[]).unwrap();
    assert_eq!(tally.finish().counted.all(), 2);
}

/// A count that is kept takes answers as they arrive, in pieces, and is read in between; it comes to
/// what one count in order comes to, its hash included.
#[test]
fn a_count_that_is_kept_comes_to_what_a_count_from_nothing_comes_to() {
    let mut form = form();
    form.questions.push(question(8, QuestionKind::Place));
    form.questions.push(question(9, QuestionKind::Repeat));
    form.questions.push(question(10, QuestionKind::Photo));
    for seed in 0..40_u64 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let place = |dice: &mut fastrand::Rng| {
            Answer::Place(Place {
                latitude: dice.i32(-900_000_000..900_000_000),
                longitude: dice.i32(..),
                altitude: 0,
                accuracy: 0,
            })
        };
        let mut voices = Vec::new();
        // Enough places that not all of them are named.
        for number in 0..dice.u32(0..700) {
            let mut answers = vec![(id(3), Answer::Choices(vec![dice.u16(1..4)]))];
            if dice.bool() {
                answers.push((id(1), Answer::Text(dice.u8(..).to_string())));
            }
            if dice.bool() {
                answers.push((id(2), Answer::Number(dice.i64(-9..9))));
            }
            answers.push((id(8), place(&mut dice)));
            let rows = (0..dice.usize(0..4)).map(|_| {
                let said = Answer::Text(dice.u8(..).to_string());
                vec![(id(1), said), (id(8), place(&mut dice))]
            });
            answers.push((id(9), Answer::Rows(rows.collect())));
            if dice.bool() {
                let blob = crate::blob::Blob {
                    id: crate::id::BlobId::from_bytes([dice.u8(..); 32]),
                    size: 9,
                };
                let photo = crate::blob::Photo {
                    preview: blob,
                    full: blob,
                };
                answers.push((id(10), Answer::Photo(photo)));
            }
            let mut slot = [dice.u8(..); 16];
            slot[12..].copy_from_slice(&number.to_be_bytes());
            voices.push((SlotId::from_bytes(slot), dice.bool(), answers));
        }
        let mut kept = Tally::kept(form.id(), &form);
        dice.shuffle(&mut voices);
        let cut = dice.usize(..=voices.len());
        for (at, (slot, assisted, answers)) in voices.iter().enumerate() {
            if at == cut {
                let _ = kept.finish();
            }
            kept.add(*slot, *assisted, answers).unwrap();
        }
        if let Some((slot, assisted, answers)) = voices.first() {
            assert_eq!(kept.add(*slot, *assisted, answers), Err(OutOfOrder));
        }
        voices.sort_by_key(|(slot, ..)| *slot);
        let mut anew = Tally::new(form.id(), &form);
        for (slot, assisted, answers) in &voices {
            anew.add(*slot, *assisted, answers).unwrap();
        }
        assert_eq!(kept.finish(), anew.finish(), "seed {seed}");
        assert_eq!(kept.finish().hash(), anew.finish().hash(), "seed {seed}");
        assert!(kept.bytes() > voices.len() * 40 || voices.is_empty());
        assert_eq!(anew.bytes(), 0);
    }
}
