//! Bytes off the front of a slice, for the second verifier. Numbers are big-endian.

use super::Refusal;

pub(super) fn chunk<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Refusal> {
    let (front, back) = rest.split_first_chunk::<N>().ok_or(Refusal::Format)?;
    *rest = back;
    Ok(*front)
}

pub(super) fn u8(rest: &mut &[u8]) -> Result<u8, Refusal> {
    let [byte] = chunk(rest)?;
    Ok(byte)
}

pub(super) fn u32(rest: &mut &[u8]) -> Result<u32, Refusal> {
    chunk(rest).map(u32::from_be_bytes)
}

pub(super) fn bytes<'a>(rest: &mut &'a [u8], length: u32) -> Result<&'a [u8], Refusal> {
    let length = usize::try_from(length).map_err(|_| Refusal::Format)?;
    let front = rest.get(..length).ok_or(Refusal::Format)?;
    *rest = rest.get(length..).ok_or(Refusal::Format)?;
    Ok(front)
}

/// The kind of a value and version 1.
pub(super) fn head(rest: &mut &[u8], kind: u8) -> Result<(), Refusal> {
    match chunk(rest)? {
        [found, 1] if found == kind => Ok(()),
        _ => Err(Refusal::Format),
    }
}

/// What was taken between two states of the same slice.
pub(super) fn consumed<'a>(before: &'a [u8], after: &[u8]) -> &'a [u8] {
    let length = before.len().saturating_sub(after.len());
    before.get(..length).unwrap_or_default()
}

pub(super) const fn nothing(rest: &[u8]) -> Result<(), Refusal> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Format)
    }
}
