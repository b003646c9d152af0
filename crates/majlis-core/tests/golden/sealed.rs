//! What the fourth version says: forms with sealed answers, those answers, and what keepers state.

use majlis_core::consultation::form::{HeldShare, Keeper, SealedQuestions, Sealing};
use majlis_core::consultation::published::{Bar, BarAnswer, Published, PublishedQuestion};
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{DeviceId, QuestionId};
use majlis_core::record::{Custody, CustodySaid, Known, Record, Records, Response, Speaker};

use crate::{blob, form};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn share(number: u8) -> HeldShare {
    HeldShare {
        device: DeviceId::from_bytes([number; 32]),
        sealed: vec![number; 81],
    }
}

fn sealed() -> Form {
    let keeper = |number: u8| Keeper {
        commitment: [number; 32],
        devices: vec![share(number), share(number + 100)],
    };
    Form {
        sealing: Some(Box::new(Sealing::Answers(SealedQuestions {
            questions: vec![id(2), id(4)],
            key: [20; 32],
            threshold: 2,
            keepers: vec![keeper(21), keeper(22)],
        }))),
        ..form()
    }
}

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let form = sealed();
    add("fourth form id".to_owned(), form.id().as_bytes().to_vec());
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
    let custody = |said| {
        Record::Custody(Custody {
            form: form.id(),
            said,
            salt: [13; 8],
        })
    };
    let piece = |byte: u8, len| (id(2), Answer::Sealed(vec![byte; len]));
    let open = (id(0), Answer::Text("\u{646}\u{639}\u{645}".to_owned()));
    let published = Published {
        read: 300,
        unread: 1,
        least: 5,
        questions: vec![PublishedQuestion {
            question: id(2),
            answered: Some(290),
            bars: vec![
                Bar {
                    answer: BarAnswer::Option(300),
                    voices: None,
                },
                Bar {
                    answer: BarAnswer::Step(-2),
                    voices: Some(200),
                },
            ],
        }],
    };
    for (name, records) in [
        ("open", vec![Record::Open(form.clone())]),
        // A form of an earlier version beside it.
        (
            "both",
            vec![Record::Open(form.clone()), Record::Open(crate::form())],
        ),
        (
            "responses",
            vec![
                response(vec![open.clone(), piece(1, 304)]),
                response(vec![piece(2, 3), (id(6), Answer::Sound(blob(5)))]),
            ],
        ),
        // As many answers as only the third version can say, and a piece that only the fourth can.
        (
            "many",
            vec![response(
                (0..=300_u16)
                    .map(|number| {
                        let mut id = [0; 8];
                        id[6..].copy_from_slice(&number.to_be_bytes());
                        let answer = if number == 300 {
                            Answer::Sealed(vec![3; 5])
                        } else {
                            Answer::Scale(1)
                        };
                        (QuestionId::from_bytes(id), answer)
                    })
                    .collect(),
            )],
        ),
        (
            "in rows",
            vec![response(vec![(
                id(5),
                Answer::Rows(vec![vec![piece(4, 3)]]),
            )])],
        ),
        (
            "released",
            vec![custody(CustodySaid::Released(vec![share(22), share(122)]))],
        ),
        (
            "published",
            vec![custody(CustodySaid::Published(published.clone()))],
        ),
        (
            "published of",
            vec![custody(CustodySaid::PublishedOf(published, [14; 32]))],
        ),
    ] {
        let batch = Records { records };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        // To every release before it, content of a newer version: kept and forwarded whole.
        assert_eq!(batch.encode().first(), Some(&4));
        // No earlier version can be said to hold it: others would refuse what this release admits.
        let mut earlier = batch.encode();
        *earlier.first_mut().expect("a version") = 3;
        assert!(Records::decode(&earlier).is_err());
        if matches!(batch.records.first(), Some(Record::Response(_))) {
            assert!(Records::from_own_store(&earlier).is_err());
        }
        add(format!("fourth {name}"), batch.encode());
    }
}
