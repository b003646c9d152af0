//! The bytes of votes whose ballots name so many options at least, in the eighth version.

use majlis_core::consultation::activity::{PollRule, Rule, Voters, usual_tie};
use majlis_core::consultation::boxes::{BoxPlace, Boxes};
use majlis_core::consultation::{Choice, Form, QuestionKind};
use majlis_core::record::{Record, Records};
use majlis_tally::poll::PollKind;

use super::form;

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let mut form: Form = form();
    let names = [(1, "Well"), (2, "School"), (3, "Road")];
    let choice = |(id, label): (u16, &str)| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    form.questions.truncate(1);
    let asked = form.questions.first_mut().unwrap();
    asked.required = true;
    asked.kind = QuestionKind::MultipleChoice {
        options: names.into_iter().map(choice).collect(),
        most: 0,
    };
    form.activity.rule = Rule::Poll(PollRule {
        kind: PollKind::Approval,
        none_of_these: None,
        tests: Vec::new(),
        places: 0,
        tie: usual_tie(),
    });
    form.activity.least = 2;
    let mut boxed = form.clone();
    boxed.activity.voters = Voters::Boxes(Boxes {
        places: vec![BoxPlace {
            name: "school".to_owned(),
            keeper: String::new(),
        }],
        signatures: 2,
    });
    for (name, form) in [("least", form), ("least and boxes", boxed)] {
        assert_eq!(form.check(), Ok(()), "{name}");
        add(format!("form id of {name}"), form.id().as_bytes().to_vec());
        let batch = Records {
            records: vec![Record::Open(form)],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        add(format!("record open with {name}"), batch.encode());
    }
}
