//! Splits: what each group said, and that what is left out cannot be had by subtraction.

use super::*;
use crate::consultation::Activity;
use crate::consultation::form::{Choice, Question, Stage};

const LEAST: u64 = 5;

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn options(many: u16) -> Vec<Choice> {
    let each = (1..=many).map(|id| Choice {
        details: Default::default(),
        id,
        label: id.to_string(),
    });
    each.collect()
}

/// An area of several; one of three, several of three, a number, a step, a text.
fn form(areas: u16) -> Form {
    let (min, max) = (None, None);
    let (low, high) = (String::new(), String::new());
    let kinds = [
        QuestionKind::SingleChoice(options(areas)),
        QuestionKind::SingleChoice(options(3)),
        QuestionKind::MultipleChoice {
            options: options(3),
            most: 0,
        },
        QuestionKind::Number { min, max },
        QuestionKind::Scale {
            from: 1,
            to: 3,
            low,
            high,
        },
        QuestionKind::Text,
    ];
    let questions = kinds.into_iter().zip(1..).map(|(kind, number)| Question {
        details: Default::default(),
        id: id(number),
        label: number.to_string(),
        hint: String::new(),
        required: false,
        kind,
    });
    Form {
        details: Default::default(),
        title: "T".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: questions.collect(),
        activity: Activity::default(),
        sealing: None,
    }
}

type Voice = Vec<(QuestionId, Answer)>;

fn choice(number: u8, option: u16) -> (QuestionId, Answer) {
    (id(number), Answer::Choices(vec![option]))
}

fn split(form: &Form, voices: &[Voice], by: Axis) -> Divided {
    let mut dividing = Dividing::new(form, by, &BTreeSet::new()).unwrap();
    for (at, voice) in voices.iter().enumerate() {
        dividing.add(at % 3 == 0, voice);
    }
    dividing.finish(LEAST)
}

fn of(split: &Divided, number: u8) -> &DividedQuestion {
    let mut all = split.questions.iter();
    all.find(|one| one.question == id(number)).unwrap()
}

#[test]
fn each_group_has_its_own_answers_and_its_own_mean() {
    let mut voices = Vec::new();
    for _ in 0..10 {
        let number = |value: i64| (id(4), Answer::Number(value * 1_000_000));
        voices.push(vec![choice(1, 1), choice(2, 1), number(2)]);
        voices.push(vec![choice(1, 2), choice(2, 3), number(7)]);
    }
    let split = split(&form(2), &voices, Axis::Question(id(1)));
    let group = |option| Group {
        of: Some(Category::Option(option)),
        voices: 10,
    };
    assert_eq!(split.groups, [group(1), group(2)]);
    let row = |one, other| vec![Some(one), Some(other)];
    assert_eq!(of(&split, 2).cells, [row(10, 0), row(0, 0), row(0, 10)]);
    assert_eq!(of(&split, 4).means, [Some(2_000_000), Some(7_000_000)]);
    assert_eq!(of(&split, 6).answered, row(0, 0));
    // The question that splits is not split by itself.
    assert!(split.questions.iter().all(|one| one.question != id(1)));
}

#[test]
fn a_voice_that_tells_no_group_is_in_the_group_of_those() {
    let mut voices = vec![vec![choice(2, 1)]; 6];
    voices.extend(vec![vec![choice(1, 1), choice(2, 2)]; 6]);
    let split = split(&form(2), &voices, Axis::Question(id(1)));
    let groups: Vec<_> = split.groups.iter().map(|group| group.of).collect();
    let (one, untold) = (Category::Option(1), Category::Unanswered);
    assert_eq!(groups, [Some(one), Some(untold)]);
}

#[test]
fn the_channel_splits_too() {
    let voices = vec![vec![choice(2, 1)]; 30];
    let split = split(&form(2), &voices, Axis::Channel);
    let voices: Vec<u64> = split.groups.iter().map(|group| group.voices).collect();
    assert_eq!(voices, [20, 10]);
}

#[test]
fn what_puts_a_voice_into_several_groups_or_none_does_not_split() {
    for number in [3, 4, 6, 9] {
        let refused = Dividing::new(&form(2), Axis::Question(id(number)), &BTreeSet::new());
        assert_eq!(refused.unwrap_err(), NotCategories(id(number)));
    }
}

#[test]
fn what_is_asked_for_each_row_of_a_repeat_is_not_split() {
    let mut form = form(2);
    form.questions[4].kind = QuestionKind::Repeat;
    form.questions[5].details.part_of = Some(id(5));
    let split = split(&form, &[], Axis::Channel);
    let asked: Vec<_> = split.questions.iter().map(|one| one.question).collect();
    assert_eq!(asked, [id(1), id(2), id(3), id(4)]);
}

#[test]
fn what_cannot_be_read_here_is_not_split() {
    let without = BTreeSet::from([id(2)]);
    let dividing = Dividing::new(&form(2), Axis::Channel, &without).unwrap();
    let split = dividing.finish(LEAST);
    assert!(split.questions.iter().all(|one| one.question != id(2)));
}

#[test]
fn a_group_of_few_is_put_together_with_others_until_they_are_enough() {
    let mut voices = Vec::new();
    for (area, many) in [(1, 20), (2, 1), (3, 9), (4, 2)] {
        voices.extend(vec![vec![choice(1, area)]; many]);
    }
    let split = split(&form(4), &voices, Axis::Question(id(1)));
    let groups: Vec<_> = split
        .groups
        .iter()
        .map(|group| (group.of, group.voices))
        .collect();
    assert_eq!(groups, [(Some(Category::Option(1)), 20), (None, 12)]);
}

/// A generator that needs nothing: the seed is in the name of what failed.
fn dice(seed: &mut u64, sides: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % sides
}

/// For random voices: what is told is true, nothing small is told, and no line of a table has a gap
/// that its known total fills.
#[test]
fn what_is_told_is_true_and_what_is_not_cannot_be_subtracted() {
    for seed in 1..400_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let areas = u16::try_from(dice(&mut state, 12) + 2).unwrap();
        let form = form(areas);
        let many = dice(&mut state, 90);
        let mut voices = Vec::new();
        for _ in 0..many {
            let mut voice = Vec::new();
            // Small areas and rare answers, so that there is something to leave out.
            let squared = dice(&mut state, 16) * dice(&mut state, 16) / 16;
            let area = u16::try_from(squared).unwrap() % (areas + 1);
            if area > 0 {
                voice.push(choice(1, area));
            }
            if dice(&mut state, 5) > 0 {
                voice.push(choice(2, u16::try_from(dice(&mut state, 3)).unwrap() + 1));
            }
            let several: Vec<u16> = (1..=3).filter(|_| dice(&mut state, 3) == 0).collect();
            if !several.is_empty() {
                voice.push((id(3), Answer::Choices(several)));
            }
            let step = i16::try_from(dice(&mut state, 3)).unwrap() + 1;
            voice.push((id(5), Answer::Scale(step)));
            voices.push(voice);
        }
        let split = split(&form, &voices, Axis::Question(id(1)));
        assert!(split.groups.len() <= MOST_GROUPS, "seed {seed}");
        let all: u64 = split.groups.iter().map(|group| group.voices).sum();
        assert_eq!(all, many, "seed {seed}");
        if split.groups.len() > 1 {
            assert!(
                split.groups.iter().all(|group| group.voices >= LEAST),
                "seed {seed}"
            );
        }
        let told: Vec<Category> = split.groups.iter().filter_map(|group| group.of).collect();
        let stands = |voice: &Voice| {
            let area = voice.iter().find(|(question, _)| *question == id(1));
            let area = match area {
                Some((_, Answer::Choices(chosen))) => Category::Option(chosen[0]),
                _ => Category::Unanswered,
            };
            let at = told.iter().position(|one| *one == area);
            at.unwrap_or(split.groups.len() - 1)
        };
        for (number, one_each) in [(2_u8, true), (3, false), (5, true)] {
            let asked = of(&split, number);
            let mut truth = vec![vec![0_u64; split.groups.len()]; asked.rows.len()];
            for voice in &voices {
                let Some((_, answer)) = voice.iter().find(|(question, _)| *question == id(number))
                else {
                    continue;
                };
                let rows: Vec<Category> = match answer {
                    Answer::Choices(chosen) => {
                        chosen.iter().copied().map(Category::Option).collect()
                    }
                    Answer::Scale(step) => vec![Category::Step(*step)],
                    _ => Vec::new(),
                };
                for row in rows {
                    let at = asked.rows.iter().position(|one| *one == row).unwrap();
                    truth[at][stands(voice)] += 1;
                }
            }
            let mut lines: Vec<Vec<(Option<u64>, u64)>> = Vec::new();
            for (told, truth) in asked.cells.iter().zip(&truth) {
                lines.push(told.iter().copied().zip(truth.iter().copied()).collect());
            }
            for line in lines.iter().flatten() {
                if let (Some(told), truth) = line {
                    assert_eq!(told, truth, "seed {seed}, question {number}");
                    assert!(
                        *told == 0 || *told >= LEAST,
                        "seed {seed}, question {number}"
                    );
                }
            }
            if one_each && !lines.is_empty() {
                let width = split.groups.len();
                let down = (0..width).map(|at| lines.iter().map(|row| row[at]).collect::<Vec<_>>());
                let down: Vec<_> = down.collect();
                lines.extend(down);
            }
            for line in &lines {
                let gaps: Vec<u64> = line
                    .iter()
                    .filter(|(told, _)| told.is_none())
                    .map(|(_, truth)| *truth)
                    .collect();
                // A line that is left out as a whole has nothing beside it to go.
                if gaps.is_empty() || gaps.len() == line.len() {
                    continue;
                }
                assert!(gaps.len() >= 2, "seed {seed}, question {number}");
                assert!(
                    gaps.iter().sum::<u64>() >= LEAST,
                    "seed {seed}, question {number}"
                );
            }
        }
    }
}
