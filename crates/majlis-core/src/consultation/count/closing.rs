//! Which closings of a form take part, and what they name together.
//! Not here: those of secret votes, each judged by itself (`secret::closings`).

use std::collections::BTreeMap;

use crate::consultation::statement::Placed;
use crate::id::{DeviceId, FormId};
use crate::record::Close;

/// The closings of `form` that take part: the first of each device, in order of their devices. Nobody closes
/// again what they closed, and however many a device signs, they are looked at once.
#[must_use]
pub fn closings<'a>(
    form: FormId,
    closes: impl IntoIterator<Item = &'a Placed<Close>>,
) -> Vec<&'a Placed<Close>> {
    let mut first: BTreeMap<DeviceId, &Placed<Close>> = BTreeMap::new();
    let order = |close: &Placed<Close>| (close.seq, close.id.index, close.id.entry);
    for close in closes.into_iter().filter(|close| close.said.form == form) {
        let held = first.entry(close.device).or_insert(close);
        if order(close) < order(held) {
            *held = close;
        }
    }
    first.into_values().collect()
}

/// What the closings of `form` name, put together: whatever any of them counts, counts. `None` while there
/// is none.
#[must_use]
pub fn closed<'a>(
    form: FormId,
    closes: impl IntoIterator<Item = &'a Placed<Close>>,
) -> Option<BTreeMap<DeviceId, u64>> {
    let mut positions: Option<BTreeMap<DeviceId, u64>> = None;
    for close in closings(form, closes) {
        let positions = positions.get_or_insert_default();
        for counted in &close.said.counted {
            let last = positions.entry(counted.device).or_insert(counted.seq);
            *last = (*last).max(counted.seq);
        }
    }
    positions
}
