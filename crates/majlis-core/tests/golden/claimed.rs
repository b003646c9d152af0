//! What the holder of a receipt signs to claim its slot, and what is asked of an office and replied.

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::id::{DeviceId, EntryHash, FormId};
use majlis_core::record::request::Says;
use majlis_core::record::{Record, RecordId, Records, Request};

use super::{device, process};

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let code = ClaimCode::new([0x9d, 0x27, 0xe1, 0x44, 0x08, 0x6b, 0x31, 0xf2]);
    let holder = code.holder(process());
    add(
        "claim of a key".to_owned(),
        holder.claim(device()).as_bytes().to_vec(),
    );
    let (form, claimant) = (FormId::from_bytes([16; 32]), DeviceId::from_bytes([17; 32]));
    let claimed = holder.claimed(form, device(), claimant);
    assert_eq!(
        claimed.slot(process(), claimant),
        Some(holder.slot(device()))
    );
    let batch = Records {
        records: vec![Record::Claimed(claimed)],
    };
    assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
    // To every release before it, content of a newer version: kept and forwarded whole.
    assert_eq!(batch.encode().first(), Some(&4));
    add("record claimed".to_owned(), batch.encode());
    let says = [
        Says::Erase {
            text: "please".to_owned(),
        },
        Says::Reply {
            to: RecordId {
                entry: EntryHash::from_bytes([18; 32]),
                index: 300,
            },
            done: true,
            text: "gone from the web page".to_owned(),
        },
    ];
    let salt = [19; 8];
    let records = says.map(|says| Record::Request(Request { form, says, salt }));
    let batch = Records {
        records: records.to_vec(),
    };
    assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
    assert_eq!(batch.encode().first(), Some(&4));
    add("record requests".to_owned(), batch.encode());
}
