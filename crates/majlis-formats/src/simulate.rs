//! s
use rust_decimal::Decimal;
use std::collections::BTreeMap;
pub(crate) fn draw(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = state;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (value ^ (value >> 31), state)
}
pub(crate) fn range(parameters: &BTreeMap<String, String>) -> (Decimal, Decimal, Decimal) {
    let read = |name: &str, usual: i64| {
        parameters
            .get(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(Decimal::from(usual))
    };
    (read("start", 0), read("end", 10), read("step", 1))
}
