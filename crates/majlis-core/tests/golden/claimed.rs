//! What the holder of a receipt signs to claim its slot.

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::id::{DeviceId, FormId};
use majlis_core::record::{Record, Records};

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
}
