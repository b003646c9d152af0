//! Cross tables: what is counted, and what is left out of a table that many see.

use super::*;
use crate::consultation::Activity;
use crate::consultation::form::{Choice, Question, Stage};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn form() -> Form {
    let options = |ids: &[u16]| -> Vec<Choice> {
        let each = ids.iter().map(|id| Choice {
            details: Default::default(),
            id: *id,
            label: id.to_string(),
        });
        each.collect()
    };
    let question = |number, kind| Question {
        details: Default::default(),
        id: id(number),
        label: number.to_string(),
        hint: String::new(),
        required: false,
        kind,
    };
    Form {
        details: Default::default(),
        title: "T".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![
            question(1, QuestionKind::SingleChoice(options(&[3, 1]))),
            question(
                2,
                QuestionKind::MultipleChoice {
                    options: options(&[7, 8]),
                    most: 0,
                },
            ),
            question(3, QuestionKind::Text),
        ],
        activity: Activity::default(),
        sealing: None,
    }
}

/// Voices: what they chose of one and of several, and whether it was assisted.
fn table(voices: &[(u16, &[u16], bool)], rows: Axis, columns: Axis, least: u64) -> CrossTable {
    let mut crossing = Crossing::new(&form(), rows, columns).unwrap();
    for (one, several, assisted) in voices {
        let mut answers = Vec::new();
        if *one != 0 {
            answers.push((id(1), Answer::Choices(vec![*one])));
        }
        if !several.is_empty() {
            answers.push((id(2), Answer::Choices(several.to_vec())));
        }
        crossing.add(*assisted, &answers);
    }
    crossing.finish(least)
}

#[test]
fn a_voice_stands_in_a_row_for_each_option_it_chose_and_is_one_voice_in_the_total() {
    let voices: &[(u16, &[u16], bool)] = &[
        (3, &[7, 8], false),
        (1, &[8], true),
        (1, &[], false),
        (0, &[7], true),
    ];
    let (rows, columns) = (Axis::Question(id(1)), Axis::Question(id(2)));
    let table = table(voices, rows, columns, 0);
    let some = |numbers: &[u64]| numbers.iter().copied().map(Some).collect::<Vec<_>>();
    assert_eq!(
        table.rows,
        [
            Category::Option(3),
            Category::Option(1),
            Category::Unanswered
        ]
    );
    assert_eq!(
        table.columns,
        [
            Category::Option(7),
            Category::Option(8),
            Category::Unanswered
        ]
    );
    assert_eq!(
        table.cells,
        [some(&[1, 1, 0]), some(&[0, 1, 1]), some(&[1, 0, 0])]
    );
    assert_eq!(table.row_totals, some(&[1, 2, 1]));
    assert_eq!(table.column_totals, some(&[2, 2, 1]));
    assert_eq!(table.total, 4);
}

#[test]
fn answers_are_split_by_channel() {
    let voices: &[(u16, &[u16], bool)] = &[(3, &[], false), (3, &[], true), (1, &[], true)];
    let table = table(voices, Axis::Question(id(1)), Axis::Channel, 0);
    assert_eq!(
        table.cells,
        [
            vec![Some(1), Some(1)],
            vec![Some(0), Some(1)],
            vec![Some(0), Some(0)]
        ]
    );
}

#[test]
fn a_free_text_cannot_be_crossed() {
    let refused = Crossing::new(&form(), Axis::Question(id(3)), Axis::Channel);
    assert_eq!(refused.unwrap_err(), NotCategories(id(3)));
    let refused = Crossing::new(&form(), Axis::Channel, Axis::Question(id(9)));
    assert_eq!(refused.unwrap_err(), NotCategories(id(9)));
}

#[test]
fn points_cannot_be_crossed() {
    let mut form = form();
    let QuestionKind::SingleChoice(options) = form.questions[0].kind.clone() else {
        panic!("the first question has options");
    };
    form.questions[0].kind = QuestionKind::Points {
        options,
        each: 0,
        all: 8,
        squared: false,
    };
    let refused = Crossing::new(&form, Axis::Question(id(1)), Axis::Channel);
    assert_eq!(refused.unwrap_err(), NotCategories(id(1)));
}

/// What a reader can work out: a gap alone in its row or column.
fn given_away(table: &CrossTable) -> bool {
    let (height, width) = (table.rows.len(), table.columns.len());
    let gaps = |places: Vec<At>| places.iter().filter(|at| table.get(**at).is_none()).count();
    let row = |row| gaps((0..=width).map(|column| (row, column)).collect()) == 1;
    let column = |column| gaps((0..=height).map(|row| (row, column)).collect()) == 1;
    (0..=height).any(row) || (0..=width).any(column)
}

#[test]
fn small_numbers_are_left_out_and_cannot_be_worked_out() {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut left_out = 0;
    for round in 0..400 {
        let voices: Vec<(u16, bool)> = (0..random(40))
            .map(|_| ([0, 1, 3, 3][random(4) as usize], random(3) == 0))
            .collect();
        let voices: Vec<(u16, &[u16], bool)> = voices
            .iter()
            .map(|(one, assisted)| (*one, &[][..], *assisted))
            .collect();
        let (rows, columns) = (Axis::Question(id(1)), Axis::Channel);
        let (whole, table) = (
            table(&voices, rows, columns, 0),
            table(&voices, rows, columns, 5),
        );
        assert!(!given_away(&table), "round {round}: {table:?} of {whole:?}");
        for row in 0..=table.rows.len() {
            for column in 0..=table.columns.len() {
                let shown = table.get((row, column));
                let grand = row == table.rows.len() && column == table.columns.len();
                assert!(grand || shown.is_none_or(|shown| shown == 0 || shown >= 5));
                assert!(shown.is_none() || shown == whole.get((row, column)));
                left_out += u32::from(shown.is_none());
            }
        }
    }
    assert!(left_out > 400);
}

#[test]
fn a_census_is_compared_by_the_groups_that_it_names() {
    let split = |own| Split { own, assisted: 0 };
    let counts = [
        (Category::Option(1), split(30)),
        (Category::Option(2), split(10)),
        (Category::Unanswered, split(60)),
    ];
    let census = BTreeMap::from([(Category::Option(1), 500), (Category::Option(2), 500)]);
    let shown = represented(&counts, &census).unwrap();
    assert_eq!((shown[0].share, shown[0].expected), (750, 500));
    assert_eq!((shown[1].share, shown[1].expected), (250, 500));
    assert_eq!(shown.len(), 2);
    assert_eq!(represented(&counts, &BTreeMap::new()), None);
    let weights = shown.iter().map(|one| one.weight).collect::<Vec<_>>();
    assert_eq!(weights, [Weight::More, Weight::Less]);
}

#[test]
fn little_is_said_of_few() {
    let weights = |voices: [u64; 2], people: [u64; 2]| {
        let split = |own| Split { own, assisted: 0 };
        let of = |at: u16| Category::Option(at);
        let counts = [(of(1), split(voices[0])), (of(2), split(voices[1]))];
        let census = BTreeMap::from([(of(1), people[0]), (of(2), people[1])]);
        let shown = represented(&counts, &census).unwrap();
        shown.iter().map(|one| one.weight).collect::<Vec<_>>()
    };
    let [unsure, less, even, more] = [Weight::Unsure, Weight::Less, Weight::Even, Weight::More];
    assert_eq!(weights([1, 28], [500, 500]), [unsure, unsure]);
    assert_eq!(weights([1, 29], [500, 500]), [less, more]);
    assert_eq!(weights([0, 100], [49, 951]), [unsure, even]);
    assert_eq!(weights([0, 100], [50, 950]), [less, even]);
    // By chance so far apart, or so near that nobody need mind.
    assert_eq!(weights([16, 24], [500, 500]), [even, even]);
    assert_eq!(weights([45_000, 55_000], [500, 500]), [even, even]);
    assert_eq!(weights([39_000, 61_000], [500, 500]), [less, more]);
    assert_eq!(weights([50, 50], [1_000, 0]), [less, unsure]);
    let most = u64::from(u32::MAX);
    assert_eq!(weights([most, 0], [most, most]), [more, less]);
}
