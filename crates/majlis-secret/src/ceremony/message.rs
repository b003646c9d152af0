//! What trustees send each other, as bytes. Whether it is true, the rounds check.

use crate::bytes::{DecodeError, Kind, Reader, Writer, small};
use crate::election::MAX_TRUSTEES;
use crate::group::Element;
use crate::knowledge::{Equality, Knowledge};

/// Round 1: a key to receive shares with, and the hash of what will be contributed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    pub(super) trustee: u8,
    pub(super) key: Element,
    pub(super) promise: [u8; 32],
    pub(super) proof: Knowledge,
}

/// Round 2: the public side of a secret polynomial, and its values sealed to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    pub(super) trustee: u8,
    pub(super) coefficients: Vec<Element>,
    pub(super) ephemeral: Element,
    pub(super) proof: Knowledge,
    /// For each other trustee, in order of number.
    pub(super) sealed: Vec<[u8; 32]>,
}

/// Round 3: the share that one was dealt is wrong. Opens that one share to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub(super) by: u8,
    pub(super) against: u8,
    pub(super) agreed: Element,
    pub(super) proof: Equality,
}

/// Round 3: one holds a right share of the key, and saw the same messages as everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub(super) trustee: u8,
    pub(super) ceremony: [u8; 32],
    pub(super) proof: Knowledge,
}

/// `encode` and `decode` from `write` and `read`.
macro_rules! encoded {
    ($message:ty, $kind:expr) => {
        impl $message {
            /// The one encoding.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                let mut writer = Writer::new($kind);
                self.write(&mut writer);
                writer.finish()
            }

            /// Reads a message alone.
            ///
            /// # Errors
            ///
            /// If the bytes are not the encoding of such a message.
            pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                let mut reader = Reader::bare(bytes);
                let message = Self::read(&mut reader)?;
                reader.end()?;
                Ok(message)
            }
        }
    };
}

encoded!(Commitment, Kind::Commitment);
encoded!(Contribution, Kind::Contribution);
encoded!(Complaint, Kind::Complaint);
encoded!(Confirmation, Kind::Confirmation);

fn number(reader: &mut Reader<'_>) -> Result<u8, DecodeError> {
    reader.byte_within(1, MAX_TRUSTEES)
}

impl Commitment {
    /// Who sent it. That it was them, the entry's signature tells.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        self.trustee
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(self.trustee);
        writer.element(&self.key);
        writer.raw(&self.promise);
        self.proof.write(writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Commitment)?;
        Ok(Self {
            trustee: number(reader)?,
            key: reader.element()?,
            promise: reader.array()?,
            proof: Knowledge::read(reader, 1)?,
        })
    }
}

impl Contribution {
    /// Who sent it. That it was them, the entry's signature tells.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        self.trustee
    }

    /// The points of which one knows the logarithms.
    pub(super) fn points(&self) -> Vec<Element> {
        let mut points = self.coefficients.clone();
        points.push(self.ephemeral);
        points
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(self.trustee);
        writer.byte(small(self.coefficients.len()));
        for coefficient in &self.coefficients {
            writer.element(coefficient);
        }
        writer.element(&self.ephemeral);
        self.proof.write(writer);
        writer.byte(small(self.sealed.len()));
        for sealed in &self.sealed {
            writer.raw(sealed);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Contribution)?;
        let trustee = number(reader)?;
        let threshold = usize::from(reader.byte_within(2, MAX_TRUSTEES)?);
        Ok(Self {
            trustee,
            coefficients: reader.list(threshold, Reader::element)?,
            ephemeral: reader.element()?,
            proof: Knowledge::read(reader, threshold.saturating_add(1))?,
            sealed: {
                let others = reader.byte_within(1, MAX_TRUSTEES.saturating_sub(1))?;
                reader.list(usize::from(others), Reader::array)?
            },
        })
    }
}

impl Complaint {
    /// Who complains. That it was them, the entry's signature tells.
    #[must_use]
    pub const fn by(&self) -> u8 {
        self.by
    }

    /// Who dealt the share.
    #[must_use]
    pub const fn against(&self) -> u8 {
        self.against
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(self.by);
        writer.byte(self.against);
        writer.element(&self.agreed);
        self.proof.write(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Complaint)?;
        Ok(Self {
            by: number(reader)?,
            against: number(reader)?,
            agreed: reader.element()?,
            proof: Equality::read(reader)?,
        })
    }
}

impl Confirmation {
    /// Who sent it. That it was them, the entry's signature tells.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        self.trustee
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(self.trustee);
        writer.raw(&self.ceremony);
        self.proof.write(writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Confirmation)?;
        Ok(Self {
            trustee: number(reader)?,
            ceremony: reader.array()?,
            proof: Knowledge::read(reader, 1)?,
        })
    }
}
