//! What the third version says of forms with conditions, rows and further kinds.

use majlis_core::blob::Blob;
use majlis_core::consultation::form::details::{FormKept, Kept, KeptSheet, Medium, Rules, Text};
use majlis_core::consultation::form::{DateTime, Metadata, Place};
use majlis_core::consultation::{
    Answer, Choice, ChoiceDetails, Details, Form, FormDetails, Question, QuestionKind,
};
use majlis_core::id::{BlobId, QuestionId};
use majlis_core::record::{Known, Record, Records, Response, Speaker};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn one(key: &str, value: &str) -> std::collections::BTreeMap<String, String> {
    [(key.to_owned(), value.to_owned())].into()
}

fn question(number: u8, label: &str, kind: QuestionKind) -> Question {
    Question {
        id: id(number),
        label: label.to_owned(),
        hint: String::new(),
        required: false,
        kind,
        details: Details::default(),
    }
}

fn option(id: u16, label: &str) -> Choice {
    Choice {
        id,
        label: label.to_owned(),
        details: ChoiceDetails::default(),
    }
}

fn ranking() -> Form {
    let mut form = Form::empty();
    "Water".clone_into(&mut form.title);
    let options = vec![option(1, "Well"), option(300, "School")];
    let mut question = question(1, "What first?", QuestionKind::Ranking(options));
    question.required = true;
    form.questions = vec![question];
    form
}

/// Everything that a form can say beyond its kinds.
fn detailed() -> Form {
    let mut form = ranking();
    *form.details = FormDetails {
        language: "English (en)".to_owned(),
        languages: vec!["French (fr)".to_owned()],
        title: one("French (fr)", "Eau"),
        description: one("French (fr)", "Tout"),
        kept: FormKept {
            settings: one("public_key", "x"),
            lists: Vec::new(),
            sheets: vec![KeptSheet {
                name: "entities".to_owned(),
                cells: vec![(0, 300, "list".to_owned())],
            }],
        },
    };
    let text = |main: &str| Text {
        main: main.to_owned(),
        others: one("French (fr)", "non"),
    };
    let medium = Medium {
        kind: "audio".to_owned(),
        language: String::new(),
        file: "q.ogg".to_owned(),
        blob: Some(Blob {
            id: BlobId::from_bytes([9; 32]),
            size: 300,
        }),
    };
    let rule = |text: &str| text.to_owned();
    for question in &mut form.questions {
        question.details = Details {
            name: "first".to_owned(),
            part_of: Some(id(2)),
            rules: Rules {
                relevant: rule("${a} > 1"),
                required_if: rule("${a} > 2"),
                constraint: rule(". != ''"),
                calculation: rule("1 + 1"),
                trigger: rule("${a}"),
                default: rule("3"),
                read_only: rule("true()"),
                choice_filter: rule("kind = 1"),
                repeat_count: rule("4"),
            },
            label: one("French (fr)", "Quoi ?"),
            hint: one("French (fr)", "Dites"),
            guidance: text("Ask slowly"),
            constraint_message: text("No"),
            required_message: text("Please"),
            appearance: "minimal".to_owned(),
            media: vec![medium.clone()],
            kept: Kept {
                list: "things".to_owned(),
                parameters: one("randomize", "true"),
                cells: one("autoplay", "audio"),
            },
        };
        let options = question.kind.options_mut().into_iter().flatten();
        options.take(1).for_each(|option| {
            option.details = ChoiceDetails {
                name: "well".to_owned(),
                label: one("French (fr)", "Puits"),
                properties: one("kind", "1"),
                media: vec![medium.clone()],
            };
        });
    }
    form
}

fn kinds() -> Form {
    let mut form = ranking();
    let bounds = (Some(0), Some(2_000_000));
    let kinds = [
        QuestionKind::Group,
        QuestionKind::Repeat,
        QuestionKind::Note,
        QuestionKind::WholeNumber {
            min: bounds.0,
            max: bounds.1,
        },
        QuestionKind::Range {
            from: 0,
            to: 1_000_000,
            step: 500_000,
        },
        QuestionKind::Time,
        QuestionKind::DateTime,
        QuestionKind::Place,
        QuestionKind::Barcode,
        QuestionKind::Acknowledge,
        QuestionKind::Calculate,
        QuestionKind::Hidden,
        QuestionKind::Metadata(Metadata::Start),
        QuestionKind::Metadata(Metadata::End),
        QuestionKind::Metadata(Metadata::Today),
        QuestionKind::Metadata(Metadata::Device),
        QuestionKind::Metadata(Metadata::User),
        QuestionKind::Other("geotrace".to_owned()),
    ];
    let numbered = (2..).zip(kinds);
    form.questions
        .extend(numbered.map(|(number, kind)| question(number, "?", kind)));
    form
}

fn answers() -> Vec<(QuestionId, Answer)> {
    let rows = vec![
        vec![
            (id(1), Answer::Number(3_000_000)),
            (
                id(2),
                Answer::Rows(vec![vec![(id(1), Answer::Acknowledged)]]),
            ),
        ],
        vec![(id(1), Answer::Number(4_000_000))],
    ];
    vec![
        (id(1), Answer::Ranking(vec![300, 1])),
        (id(2), Answer::Time(43_200_000)),
        (
            id(3),
            Answer::DateTime(DateTime {
                millis: 1_700_000_000_123,
                ahead: Some(-180),
            }),
        ),
        (
            id(4),
            Answer::DateTime(DateTime {
                millis: -1,
                ahead: None,
            }),
        ),
        (
            id(5),
            Answer::Place(Place {
                latitude: 155_527_700,
                longitude: -484_830_001,
                altitude: 120_050,
                accuracy: 480,
            }),
        ),
        (id(6), Answer::Acknowledged),
        (id(7), Answer::Rows(rows)),
    ]
}

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let form = ranking();
    for (name, form) in [("detailed", detailed()), ("kinds", kinds())] {
        add(
            format!("details form id {name}"),
            form.id().as_bytes().to_vec(),
        );
        let records = vec![Record::Open(form)];
        written(add, &format!("open {name}"), records);
    }
    let response = |answers| {
        Record::Response(Response {
            form: form.id(),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [12; 8],
            }),
            answers,
        })
    };
    let ranking = response(vec![(id(1), Answer::Ranking(vec![300, 1]))]);
    let older = response(vec![(id(2), Answer::Scale(3))]);
    written(add, "mixed", vec![ranking, older, response(answers())]);
    written(add, "kinds", vec![response(answers()), response(answers())]);
}

fn written(add: &mut impl FnMut(String, Vec<u8>), name: &str, records: Vec<Record>) {
    let batch = Records { records };
    assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
    // To every release before it, content of a newer version: kept and forwarded whole.
    assert_eq!(batch.encode().first(), Some(&3));
    add(format!("details {name}"), batch.encode());
}
