//! The one way to write a result as bytes, and the hash of it that two devices compare.
//!
//! Fields follow each other in the order of the type's definition. Lengths and numbers are
//! big-endian; a text is its length in bytes and its UTF-8; a list is its length and its items; a
//! fraction is numerator and denominator in lowest terms. A result begins with the name of what
//! was counted and a version, so no result of one kind is ever the bytes of another.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ratio::{Ratio, number_bytes};

/// The BLAKE3 hash over the canonical bytes of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultHash([u8; 32]);

impl ResultHash {
    /// The hash of canonical bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ResultHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from(self.0).to_hex())
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a result hash: it has 64 hexadecimal digits")]
pub struct HashError;

impl FromStr for ResultHash {
    type Err = HashError;
    fn from_str(text: &str) -> Result<Self, HashError> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| HashError)?;
        Ok(Self(*hash.as_bytes()))
    }
}

impl Serialize for ResultHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResultHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A result that two devices can compare.
pub trait Canonical {
    /// The bytes: equal exactly when the results are.
    fn canonical_bytes(&self) -> Vec<u8>;

    /// The hash of the bytes.
    fn result_hash(&self) -> ResultHash {
        ResultHash::of(&self.canonical_bytes())
    }
}

/// Writes fields one after another.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins the bytes of one kind of result.
    pub(crate) fn new(kind: &str, version: u8) -> Self {
        let mut writer = Self { bytes: Vec::new() };
        writer.text(kind);
        writer.byte(version);
        writer
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    pub(crate) fn signed(&mut self, number: i64) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    pub(crate) fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.raw(text.as_bytes());
    }

    pub(crate) fn big(&mut self, number: &BigInt) {
        number_bytes(number, &mut self.bytes);
    }

    pub(crate) fn ratio(&mut self, ratio: &Ratio) {
        self.big(ratio.numerator());
        self.big(ratio.denominator());
    }

    pub(crate) fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.length(items.len());
        for item in items {
            each(self, item);
        }
    }

    pub(crate) fn maybe<T>(&mut self, item: Option<&T>, each: impl FnOnce(&mut Self, &T)) {
        self.flag(item.is_some());
        if let Some(item) = item {
            each(self, item);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_fields_cannot_be_confused() {
        let written = |one: &str, two: &str| {
            let mut writer = Writer::new("test", 1);
            writer.text(one);
            writer.text(two);
            writer.finish()
        };
        assert_ne!(written("ab", "c"), written("a", "bc"));
    }

    #[test]
    fn a_hash_reads_back() {
        let hash = ResultHash::of(b"x");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("zz".parse::<ResultHash>(), Err(HashError));
    }
}
