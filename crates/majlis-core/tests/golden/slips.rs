//! The bytes of votes of slips, in the fifth version.

use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::slip::{SlipCode, Slips};
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::QuestionId;
use majlis_core::record::{Record, Records, Response, Speaker};

use super::{form, process};

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let codes = [1, 2].map(|byte| SlipCode::new(&[byte; 16]));
    let mut form: Form = form();
    form.activity.voters = Voters::Slips(Slips::of(process(), &codes));
    assert_eq!(form.check(), Ok(()));
    add("form id of slips".to_owned(), form.id().as_bytes().to_vec());
    let [code, _] = &codes;
    add("slip code".to_owned(), code.to_string().into_bytes());
    let slot = code.slot(process());
    add("slip slot".to_owned(), slot.as_bytes().to_vec());
    let answers = vec![(QuestionId::from_bytes([2; 8]), Answer::Choices(vec![2]))];
    let response = Response {
        form: form.id(),
        speaker: Speaker::Slip(code.sign(process(), form.id(), &answers)),
        answers,
    };
    let records = [
        ("open with slips", Record::Open(form)),
        ("response by slip", Record::Response(response)),
    ];
    for (name, record) in records {
        let batch = Records {
            records: vec![record],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        add(format!("record {name}"), batch.encode());
    }
}
