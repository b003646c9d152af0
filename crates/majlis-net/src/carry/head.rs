//! The head of a carry file: what it is about, readable without reading the rest.

use std::io::Read;

use super::{CHECK, CarryError, CarryPlace, check, digest};

const MAGIC: [u8; 8] = *b"\x89MAJLIS\n";
const VERSION: u8 = 1;
/// The size of one copy; two stand at the start of a file.
pub(super) const SIZE: usize = 256;
const PURPOSE: &str = "majlis 2026 carry head v1";
/// The longest name in a head, in bytes of UTF-8; longer ones are cut at a character.
pub const MAX_CARRY_NAME: usize = 120;

/// What a carry file is about. Nothing of it is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarryHead {
    /// The space, or a name for it.
    pub space: [u8; 32],
    /// The space's name for people.
    pub name: String,
}

impl CarryHead {
    /// Reads the head of a carry file and nothing more.
    ///
    /// # Errors
    /// [`CarryError::NotOurs`], [`CarryError::Empty`], [`CarryError::Newer`],
    /// [`CarryError::Truncated`], or [`CarryError::Damaged`] when neither copy of the head is whole.
    pub fn read(from: &mut impl Read) -> Result<Self, CarryError> {
        let mut copies = Vec::with_capacity(2 * SIZE);
        let most = u64::try_from(2 * SIZE).unwrap_or(u64::MAX);
        from.by_ref()
            .take(most)
            .read_to_end(&mut copies)
            .map_err(CarryError::Disk)?;
        if copies.is_empty() {
            return Err(CarryError::Empty);
        }
        let (first, second) = copies.split_at(copies.len().min(SIZE));
        if let Some(head) = Self::from_bytes(first) {
            // A file that ends here has neither runs nor end.
            return if second.len() == SIZE {
                Ok(head)
            } else {
                Err(CarryError::Truncated { good: 0 })
            };
        }
        if let Some(head) = Self::from_bytes(second) {
            return Ok(head);
        }
        let ours = |copy: &[u8]| copy.starts_with(&MAGIC);
        let newer = |copy: &[u8]| ours(copy) && copy.get(8).is_some_and(|v| *v > VERSION);
        if copies.len() < 2 * SIZE {
            let begun = MAGIC.iter().zip(&copies).all(|(want, got)| want == got);
            return Err(if !begun {
                CarryError::NotOurs
            } else if newer(first) {
                CarryError::Newer
            } else {
                CarryError::Truncated { good: 0 }
            });
        }
        if newer(first) || (!ours(first) && newer(second)) {
            Err(CarryError::Newer)
        } else if ours(first) || ours(second) {
            Err(CarryError::Damaged { good: 0, bad: 0 })
        } else {
            Err(CarryError::NotOurs)
        }
    }

    /// Both copies.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let name = cut(&self.name);
        let mut copy = Vec::with_capacity(2 * SIZE);
        copy.extend_from_slice(&MAGIC);
        copy.push(VERSION);
        copy.push(u8::try_from(name.len()).unwrap_or(0));
        copy.extend_from_slice(&self.space);
        copy.extend_from_slice(name.as_bytes());
        copy.resize(SIZE - CHECK, 0);
        let sum = check(PURPOSE, &copy);
        copy.extend_from_slice(&sum);
        copy.extend_from_within(..);
        copy
    }

    /// The place of the first block.
    pub(super) fn after(&self) -> CarryPlace {
        let copies = self.to_bytes();
        CarryPlace {
            offset: u64::try_from(copies.len()).unwrap_or(0),
            number: 0,
            digest: digest(&[0; 32], &copies),
        }
    }

    fn from_bytes(copy: &[u8]) -> Option<Self> {
        let (body, sum) = copy.split_last_chunk::<CHECK>()?;
        if copy.len() != SIZE || *sum != check(PURPOSE, body) {
            return None;
        }
        let mut rest = body;
        if take(&mut rest)? != MAGIC || take(&mut rest)? != [VERSION] {
            return None;
        }
        let [length] = take(&mut rest)?;
        Some(Self {
            space: take(&mut rest)?,
            name: String::from_utf8(rest.get(..usize::from(length))?.to_vec()).ok()?,
        })
    }
}

pub(super) fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*taken)
}

fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(MAX_CARRY_NAME))
        .unwrap_or("")
}
