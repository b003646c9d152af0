//! What only the second version of a batch can say.

use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind};
use majlis_core::id::QuestionId;
use majlis_core::record::{Known, Record, Records, Response, Speaker};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn form() -> Form {
    let option = |id, label: &str| Choice {
        id,
        label: label.to_owned(),
    };
    let mut form = Form::empty();
    "Water".clone_into(&mut form.title);
    form.questions = vec![Question {
        id: id(1),
        label: "What first?".to_owned(),
        hint: String::new(),
        required: true,
        kind: QuestionKind::Ranking(vec![option(1, "Well"), option(300, "School")]),
    }];
    form
}

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let form = form();
    add("second form id".to_owned(), form.id().as_bytes().to_vec());
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
    for (name, records) in [
        ("open", vec![Record::Open(form.clone())]),
        ("ranking", vec![ranking.clone()]),
        ("mixed", vec![ranking, older]),
    ] {
        let batch = Records { records };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        // To every release before it, content of a newer version: kept and forwarded whole.
        assert_eq!(batch.encode().first(), Some(&2));
        add(format!("second {name}"), batch.encode());
    }
}
