//! The draft of a consultation, written by several people at once.

use majlis_core::changes::Changes;
use majlis_core::consultation::form::{Choice, Form, Question, QuestionKind, Stage};
use majlis_core::document::Document;
use majlis_core::id::{DeviceId, QuestionId};
use majlis_core::time::Timestamp;

use super::seeds;
use super::town::{lane, take};

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

fn question(number: u8, label: &str) -> Question {
    Question {
        details: Default::default(),
        id: QuestionId::from_slice(&[number; 8]).unwrap(),
        label: label.to_owned(),
        hint: String::new(),
        required: false,
        kind: QuestionKind::Text,
    }
}

/// Makes the draft say this, and gives the others what it took.
fn define(who: u8, form: &Form, documents: &mut [Document]) -> Changes {
    let document = &mut documents[usize::from(who)];
    let actor = device(who).actor(lane(), 0);
    let edited = document.define(actor, form, Timestamp(0)).unwrap();
    assert_eq!(
        document.definition(),
        *form,
        "the draft says what was asked for"
    );
    let again = document.define(actor, form, Timestamp(0)).unwrap();
    assert!(again.changes.is_empty(), "saying it again changes nothing");
    Changes {
        session: 0,
        changes: edited.changes.into_iter().map(Into::into).collect(),
    }
}

fn admit(from: u8, batch: &Changes, document: &mut Document) -> bool {
    batch.changes.is_empty() || take(document, device(from), batch)
}

fn two() -> Vec<Document> {
    vec![Document::new(lane()), Document::new(lane())]
}

fn exchange(ana: &Changes, bo: &Changes, documents: &mut [Document]) -> Form {
    assert!(admit(0, ana, &mut documents[1]));
    assert!(admit(1, bo, &mut documents[0]));
    assert_eq!(documents[0].definition(), documents[1].definition());
    documents[0].definition()
}

#[test]
fn what_two_people_change_apart_is_all_kept() {
    let mut documents = two();
    let mut form = Form::empty();
    form.title = "Water".to_owned();
    form.questions = vec![
        question(1, "How far?"),
        question(2, "How often?"),
        question(3, "Who?"),
    ];
    let first = define(0, &form, &mut documents);
    assert!(admit(0, &first, &mut documents[1]));

    let mut ana = form.clone();
    ana.title = "Water for all".to_owned();
    ana.questions[0].label = "How far is the well?".to_owned();
    ana.questions.rotate_right(1); // Who? comes first.
    let mut bo = form.clone();
    bo.title = "Clean Water".to_owned();
    bo.stage = Stage::Decide;
    bo.questions[1].label = "How often, and when?".to_owned();
    bo.questions.push(question(4, "Why?"));
    let (ana, bo) = (
        define(0, &ana, &mut documents),
        define(1, &bo, &mut documents),
    );
    let merged = exchange(&ana, &bo, &mut documents);
    assert_eq!(merged.title, "Clean Water for all");
    assert_eq!(merged.stage, Stage::Decide);
    let labels: Vec<&str> = merged
        .questions
        .iter()
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(
        labels,
        [
            "Who?",
            "How far is the well?",
            "How often, and when?",
            "Why?"
        ]
    );
}

#[test]
fn first_words_that_two_people_write_in_one_question_are_both_kept() {
    let mut documents = two();
    let mut form = Form::empty();
    form.questions = vec![question(1, "")];
    let first = define(0, &form, &mut documents);
    assert!(admit(0, &first, &mut documents[1]));
    let (mut ana, mut bo) = (form.clone(), form);
    ana.questions[0].hint = "left".to_owned();
    bo.questions[0].hint = "right".to_owned();
    let (ana, bo) = (
        define(0, &ana, &mut documents),
        define(1, &bo, &mut documents),
    );
    let hint = exchange(&ana, &bo, &mut documents).questions[0]
        .hint
        .clone();
    assert!(hint.contains("left") && hint.contains("right"), "{hint}");
}

#[test]
fn a_long_definition_is_in_changes_that_peers_take() {
    let mut documents = two();
    let mut form = Form::empty();
    form.description = "\u{645}\u{627}\u{621} \u{1f30a}\n".repeat(1_500);
    form.questions = (0..120)
        .map(|number| Question {
            label: format!("Question {number} {}", "long ".repeat(30)),
            kind: QuestionKind::SingleChoice(
                (0..8)
                    .map(|id| Choice {
                        details: Default::default(),
                        id,
                        label: format!("option {id}"),
                    })
                    .collect(),
            ),
            ..question(number, "")
        })
        .collect();
    let first = define(0, &form, &mut documents);
    for change in &first.changes {
        let batch = Changes {
            session: 0,
            changes: vec![change.clone()],
        };
        assert!(admit(0, &batch, &mut documents[1]));
    }
    assert_eq!(documents[1].definition(), form);
    form.description = form.description.replace('\u{627}', "x");
    form.questions.reverse();
    let second = define(1, &form, &mut documents);
    for change in &second.changes {
        let batch = Changes {
            session: 0,
            changes: vec![change.clone()],
        };
        assert!(admit(1, &batch, &mut documents[0]));
    }
    assert_eq!(documents[0].definition(), form);
}

fn change_something(form: &mut Form, random: &mut fastrand::Rng) {
    let word = ["well ", "\u{628}\u{626}\u{631}", "\u{1f30a}", "?"][random.usize(..4)];
    let many = form.questions.len();
    match random.u8(..10) {
        0 => form.title.push_str(word),
        1 => form.description.insert_str(0, word),
        2 => form.audience = word.to_owned(),
        3 => form.stage = [Stage::Inform, Stage::Consult, Stage::Decide][random.usize(..3)],
        4 | 5 if many < 200 => {
            let mut new = question(0, word);
            new.id = QuestionId::from_slice(&random.u64(..).to_be_bytes()).unwrap();
            form.questions.insert(random.usize(..=many), new);
        }
        6 if many > 0 => drop(form.questions.remove(random.usize(..many))),
        7 if many > 1 => {
            let moved = form.questions.remove(random.usize(..many));
            form.questions.insert(random.usize(..many), moved);
        }
        _ if many > 0 => {
            let one = &mut form.questions[random.usize(..many)];
            one.label.push_str(word);
            one.required = random.bool();
            let options = |random: &mut fastrand::Rng| {
                let mut ids: Vec<u16> = (1..7).collect();
                random.shuffle(&mut ids);
                ids.truncate(random.usize(1..6));
                ids.into_iter()
                    .map(|id| Choice {
                        details: Default::default(),
                        id,
                        label: format!("{word}{id}"),
                    })
                    .collect()
            };
            one.kind = match random.u8(..6) {
                0 => QuestionKind::Number {
                    min: Some(1),
                    max: random.bool().then_some(9),
                },
                1 => QuestionKind::SingleChoice(options(random)),
                2 => QuestionKind::MultipleChoice {
                    options: options(random),
                    most: 2,
                },
                3 => {
                    let (low, high) = (word.to_owned(), String::new());
                    QuestionKind::Scale {
                        from: 0,
                        to: 10,
                        low,
                        high,
                    }
                }
                4 => QuestionKind::Date,
                _ => QuestionKind::Text,
            };
        }
        _ => form.audience.clear(),
    }
}

#[test]
fn drafts_written_at_once_by_many_agree() {
    for seed in seeds(15) {
        println!("SEED={seed}");
        let random = &mut fastrand::Rng::with_seed(seed);
        let mut documents: Vec<Document> = (0..4).map(|_| Document::new(lane())).collect();
        let mut sent: Vec<(u8, Changes)> = Vec::new();
        for _ in 0..30 {
            let who = random.u8(..4);
            if random.u8(..3) == 0 {
                for (from, batch) in &sent {
                    admit(*from, batch, &mut documents[usize::from(who)]);
                }
            } else {
                let mut form = documents[usize::from(who)].definition();
                for _ in 0..random.u8(1..4) {
                    change_something(&mut form, random);
                }
                let batch = define(who, &form, &mut documents);
                sent.push((who, batch));
            }
        }
        for document in &mut documents {
            random.shuffle(&mut sent);
            let mut left: Vec<&(u8, Changes)> = sent.iter().collect();
            while !left.is_empty() {
                let before = left.len();
                left.retain(|(from, batch)| !admit(*from, batch, document));
                assert!(left.len() < before, "honest batches wait for ever");
            }
        }
        for pair in documents.windows(2) {
            assert_eq!(pair[0].definition(), pair[1].definition());
            assert_eq!(pair[0].plain_text(), pair[1].plain_text());
        }
    }
}

/// A household with a repeat of its members, names, conditions and a second language.
fn with_logic() -> Form {
    let part = |number: u8, label: &str, kind, name: &str| {
        let mut question = question(number, label);
        question.kind = kind;
        question.details.name = name.to_owned();
        question
    };
    let mut form = Form::empty();
    form.title = "Households".to_owned();
    form.details.language = "English (en)".to_owned();
    form.details.languages = vec!["French (fr)".to_owned()];
    let whole = QuestionKind::WholeNumber {
        min: None,
        max: None,
    };
    let mut age = part(3, "Age", whole, "age");
    age.details.part_of = Some(QuestionId::from_bytes([2; 8]));
    age.details.rules.constraint = ". < 120".to_owned();
    let mut works = part(4, "Works?", QuestionKind::Acknowledge, "works");
    works.details.part_of = age.details.part_of;
    works.details.rules.relevant = "${age} > 15".to_owned();
    form.questions = vec![
        part(1, "Name", QuestionKind::Text, "name"),
        part(2, "Member", QuestionKind::Repeat, "member"),
        age,
        works,
    ];
    form
}

#[test]
fn logic_that_two_people_write_apart_is_all_kept() {
    let mut documents = two();
    let form = with_logic();
    let first = define(0, &form, &mut documents);
    assert!(admit(0, &first, &mut documents[1]));

    let (mut ana, mut bo) = (form.clone(), form);
    ana.questions[2].details.label = [("French (fr)".to_owned(), "Âge".to_owned())].into();
    ana.questions[2].details.rules.required_if = "true()".to_owned();
    ana.details.kept.settings = [("version".to_owned(), "3".to_owned())].into();
    bo.questions[2].details.label = [("العربية (ar)".to_owned(), "العمر".to_owned())].into();
    bo.questions[2].details.constraint_message.main = "Nobody is that old".to_owned();
    bo.questions[3].kind = QuestionKind::SingleChoice(vec![Choice {
        id: 1,
        label: "Yes".to_owned(),
        details: majlis_core::consultation::ChoiceDetails {
            name: "yes".to_owned(),
            properties: [("kind".to_owned(), "1".to_owned())].into(),
            ..Default::default()
        },
    }]);
    let (ana, bo) = (
        define(0, &ana, &mut documents),
        define(1, &bo, &mut documents),
    );
    let merged = exchange(&ana, &bo, &mut documents);
    let age = &merged.questions[2].details;
    assert_eq!(age.label.len(), 2);
    assert_eq!(age.rules.constraint, ". < 120");
    assert_eq!(age.rules.required_if, "true()");
    assert_eq!(age.constraint_message.main, "Nobody is that old");
    assert_eq!(merged.details.kept.settings["version"], "3");
    assert_eq!(merged.questions[3].kind.options()[0].details.name, "yes");
    assert!(merged.check().is_ok());
}

#[test]
fn what_is_moved_apart_stays_in_its_section() {
    let mut documents = two();
    let form = with_logic();
    let first = define(0, &form, &mut documents);
    assert!(admit(0, &first, &mut documents[1]));
    let (mut ana, mut bo) = (form.clone(), form);
    // One moves the repeat to the top with what is in it, the other asks something more in it.
    ana.questions.rotate_left(1);
    let mut more = question(5, "Trade");
    more.details.part_of = Some(QuestionId::from_bytes([2; 8]));
    bo.questions.push(more);
    let (ana, bo) = (
        define(0, &ana, &mut documents),
        define(1, &bo, &mut documents),
    );
    let merged = exchange(&ana, &bo, &mut documents);
    let labels: Vec<&str> = merged
        .questions
        .iter()
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(labels, ["Member", "Age", "Works?", "Trade", "Name"]);
    assert!(merged.check().is_ok());
    // A section that one took out: what the other put into it stands by itself.
    let mut without = merged.clone();
    without.questions.retain(|one| one.label != "Member");
    without
        .questions
        .iter_mut()
        .for_each(|one| one.details.part_of = None);
    define(0, &without, &mut documents);
}

#[test]
fn how_many_a_ballot_names_at_least_is_drafted_with_the_rule() {
    let mut documents = two();
    let mut form = Form::empty();
    form.questions = vec![question(1, "Which?")];
    form.activity.least = 2;
    let first = define(0, &form, &mut documents);
    assert!(admit(0, &first, &mut documents[1]));
    assert_eq!(documents[1].definition().activity.least, 2);
    form.activity.least = 0;
    form.activity.voters = majlis_core::consultation::activity::Voters::Members;
    let then = define(1, &form, &mut documents);
    assert!(admit(1, &then, &mut documents[0]));
    assert_eq!(documents[0].definition().activity, form.activity);
}
