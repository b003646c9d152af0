//! The bytes of votes with ballot boxes, in the sixth version and, with photos of minutes, the seventh; and
//! of what stands by itself.

use majlis_core::blob::{Blob, Photo};
use majlis_core::consultation::Form;
use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::boxes::{BoxPlace, Boxes};
use majlis_core::id::{BlobId, EntryHash};
use majlis_core::record::minutes::Sealed;
use majlis_core::record::request::Says;
use majlis_core::record::{
    Minutes, MinutesSaid, Record, RecordId, Records, Request, Step, StepKind, Subject,
};

use super::form;

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let mut form: Form = form();
    let place = |name: &str, keeper: &str| BoxPlace {
        name: name.to_owned(),
        keeper: keeper.to_owned(),
    };
    form.activity.voters = Voters::Boxes(Boxes {
        places: vec![place("School", "Amina"), place("Mosque", "")],
        signatures: 2,
    });
    assert_eq!(form.check(), Ok(()));
    let id = form.id();
    add("form id of boxes".to_owned(), id.as_bytes().to_vec());
    let minutes = |said| {
        Record::Minutes(Minutes {
            form: id,
            said,
            salt: [7; 8],
        })
    };
    let named = RecordId {
        entry: EntryHash::from_bytes([9; 32]),
        index: 300,
    };
    let sealed = Sealed {
        place: 1,
        papers: 300,
        ballots: 299,
        hash: [8; 32],
        note: "one torn".to_owned(),
    };
    let apart = Request {
        form: id,
        says: Says::Apart {
            step: named,
            text: "not the same".to_owned(),
        },
        salt: [6; 8],
    };
    let blob = |byte, size| Blob {
        id: BlobId::from_bytes([byte; 32]),
        size,
    };
    let pictured = MinutesSaid::Pictured {
        minutes: named,
        photo: Photo {
            full: blob(3, 400_000),
            preview: blob(4, 3_000),
        },
    };
    let until = Step {
        form: id,
        kind: StepKind::OpenUntil,
        about: Subject::Whole,
        text: "the road was cut".to_owned(),
        number: Some(18 * 60),
        day: Some(20_793),
        sources: Vec::new(),
        replaces: vec![named],
        salt: [5; 8],
    };
    let records = [
        ("open with boxes", Record::Open(form)),
        ("minutes sealed", minutes(MinutesSaid::Sealed(sealed))),
        ("minutes signed", minutes(MinutesSaid::Signed(named))),
        ("request apart", Record::Request(apart)),
        ("minutes pictured", minutes(pictured)),
        ("step open until", Record::Step(until)),
    ];
    for (name, record) in records {
        let batch = Records {
            records: vec![record],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        add(format!("record {name}"), batch.encode());
    }
}
