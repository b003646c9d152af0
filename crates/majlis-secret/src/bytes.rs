//! Reading and writing the bytes of this crate. One value has one encoding, and decoding refuses
//! every other. Not here: what the fields of a type are; each type says that itself.

use crate::group::Element;
use curve25519_dalek::Scalar;

/// Why bytes are not what they are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before the value does.
    #[error("read a value: the bytes end too early")]
    Short,
    /// Bytes follow the value.
    #[error("read a value: more bytes follow")]
    Trailing,
    /// These are bytes of something else.
    #[error("read a value: the bytes are of another kind")]
    Kind,
    /// A newer version wrote them.
    #[error("read a value: the bytes are of another version")]
    Version,
    /// A number is outside what is allowed.
    #[error("read a value: a number is out of bounds")]
    Limit,
    /// Not the one encoding of a point of the group, or the identity where it may not be.
    #[error("read a value: not a point of the group")]
    Point,
    /// Not the one encoding of a scalar.
    #[error("read a value: not a scalar")]
    Scalar,
    /// A list is out of order or names something twice.
    #[error("read a value: a list is out of order")]
    Order,
}

/// What a value is, as its first byte says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Question = 1,
    Election = 2,
    Roll = 3,
    Commitment = 4,
    Contribution = 5,
    Complaint = 6,
    Confirmation = 7,
    Ceremony = 8,
    Ballot = 9,
    Opening = 10,
    Share = 11,
    Transcript = 12,
    Outcome = 13,
}

/// The version that every kind is at.
const VERSION: u8 = 1;

/// Takes fields off the front.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Bytes without a head.
    pub(crate) const fn bare(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes that begin as those of `kind`.
    pub(crate) fn new(bytes: &'a [u8], kind: Kind) -> Result<Self, DecodeError> {
        let mut reader = Self::bare(bytes);
        reader.head(kind)?;
        Ok(reader)
    }

    pub(crate) fn head(&mut self, kind: Kind) -> Result<(), DecodeError> {
        if self.byte()? != kind as u8 {
            return Err(DecodeError::Kind);
        }
        if self.byte()? != VERSION {
            return Err(DecodeError::Version);
        }
        Ok(())
    }

    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DecodeError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.slice(N)?.try_into().map_err(|_| DecodeError::Short)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A byte from `low` to `high`, both included.
    pub(crate) fn byte_within(&mut self, low: u8, high: u8) -> Result<u8, DecodeError> {
        let byte = self.byte()?;
        if (low..=high).contains(&byte) {
            Ok(byte)
        } else {
            Err(DecodeError::Limit)
        }
    }

    pub(crate) fn number(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// How many items follow: at most `most`.
    pub(crate) fn count(&mut self, most: u32) -> Result<usize, DecodeError> {
        let count = self.number()?;
        if count > most {
            return Err(DecodeError::Limit);
        }
        usize::try_from(count).map_err(|_| DecodeError::Limit)
    }

    /// Length and bytes of something at most `most` long.
    pub(crate) fn bounded(&mut self, most: usize) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.number()?).map_err(|_| DecodeError::Limit)?;
        if length > most {
            return Err(DecodeError::Limit);
        }
        self.slice(length)
    }

    /// A point that is not the identity.
    pub(crate) fn element(&mut self) -> Result<Element, DecodeError> {
        Element::read(self.array()?)
    }

    pub(crate) fn scalar(&mut self) -> Result<Scalar, DecodeError> {
        Option::from(Scalar::from_canonical_bytes(self.array()?)).ok_or(DecodeError::Scalar)
    }

    /// `count` items, one after another.
    pub(crate) fn list<T>(
        &mut self,
        count: usize,
        mut each: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        (0..count).map(|_| each(self)).collect()
    }

    /// Nothing may follow.
    pub(crate) const fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::Trailing)
        }
    }
}

/// Puts fields one after another.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            bytes: vec![kind as u8, VERSION],
        }
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn number(&mut self, number: u32) {
        self.raw(&number.to_be_bytes());
    }

    /// The length of a list. Lists longer than the type holds exist nowhere in this crate.
    pub(crate) fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn bounded(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    pub(crate) fn element(&mut self, element: &Element) {
        self.raw(element.bytes());
    }

    pub(crate) fn scalar(&mut self, scalar: &Scalar) {
        self.raw(scalar.as_bytes());
    }

    pub(crate) fn scalars(&mut self, scalars: &[Scalar]) {
        for scalar in scalars {
            self.scalar(scalar);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The length of a list as one byte; lists longer than 255 are refused before they get here.
pub(crate) fn small(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

/// Whether `items` go up, without a repeat.
pub(crate) fn ascends<T: PartialOrd>(items: &[T]) -> bool {
    items.is_sorted_by(|one, next| one < next)
}
