//! What the fourth version says of secret votes: the form that fixes one, and trustees' messages.

use majlis_core::consultation::Form;
use majlis_core::consultation::form::Sealing;
use majlis_core::consultation::secret::SecretBallots;
use majlis_core::id::{DeviceId, PersonId};
use majlis_core::record::{Custody, CustodySaid, Record, Records};

use crate::form;

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let form = Form {
        sealing: Some(Box::new(Sealing::Ballots(SecretBallots {
            trustees: (31..=33).map(|it| DeviceId::from_bytes([it; 32])).collect(),
            threshold: 2,
            minimum: 300,
            roll: (41..=44).map(|it| PersonId::from_bytes([it; 32])).collect(),
            risk: 0b1_0001,
        }))),
        ..form()
    };
    add("secret form id".to_owned(), form.id().as_bytes().to_vec());
    let said = Custody {
        form: form.id(),
        said: CustodySaid::Trustee(vec![7; 99]),
        salt: [14; 8],
    };
    for (name, record) in [
        ("open", Record::Open(form)),
        ("trustee", Record::Custody(said)),
    ] {
        let batch = Records {
            records: vec![record],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        assert_eq!(batch.encode().first(), Some(&4));
        add(format!("secret {name}"), batch.encode());
    }
}
