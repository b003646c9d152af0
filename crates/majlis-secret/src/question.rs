//! What a secret question may ask, and which answers it allows. Only what adds up can be asked in
//! secret: no rankings, and no budgets by equal shares, which need each ballot by itself.

use zeroize::Zeroizing;

use crate::bytes::{DecodeError, Kind, Reader, Writer};

/// Options a question may have.
pub const MAX_OPTIONS: u8 = 50;
/// The highest score or number of points an option may get from one voter.
pub const MAX_EACH: u8 = 20;
/// The most points a voter may give away.
pub const MAX_POINTS: u8 = 100;

/// The ways to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// Exactly one option. Whoever wants blank ballots makes "none of these" an option.
    Single,
    /// Any options, at least `min` and at most `max`.
    Approval {
        /// The fewest options.
        min: u8,
        /// The most options.
        max: u8,
    },
    /// Every option gets a score from 0 to `max`.
    Score {
        /// The highest score.
        max: u8,
    },
    /// Points are spread: from 0 to `each` an option, together at most `total`.
    Points {
        /// The most points for one option.
        each: u8,
        /// The most points together.
        total: u8,
    },
}

/// A question within the limits of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretQuestion {
    kind: QuestionKind,
    options: u8,
}

/// Why a question cannot be asked in secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// Fewer than two options, or more than [`MAX_OPTIONS`].
    #[error("ask in secret: there are between 2 and {MAX_OPTIONS} options")]
    Options,
    /// Bounds that are above the limits, or that no answer or every answer meets.
    #[error("ask in secret: the bounds of the answer do not fit together")]
    Bounds,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Not one number an option.
    #[error("choose: there is one number for each option")]
    Length,
    /// An option has more than it may.
    #[error("choose: an option has more than it may")]
    Each,
    /// Too few or too many together.
    #[error("choose: the numbers together are too few or too many")]
    Sum,
}

impl SecretQuestion {
    /// A question with so many options.
    ///
    /// # Errors
    ///
    /// If it is beyond the limits.
    pub fn new(kind: QuestionKind, options: u8) -> Result<Self, QuestionError> {
        if !(2..=MAX_OPTIONS).contains(&options) {
            return Err(QuestionError::Options);
        }
        let fits = match kind {
            QuestionKind::Single => true,
            QuestionKind::Approval { min, max } => min <= max && (1..=options).contains(&max),
            QuestionKind::Score { max } => (1..=MAX_EACH).contains(&max),
            QuestionKind::Points { each, total } => {
                (1..=MAX_EACH).contains(&each)
                    && (each..=MAX_POINTS).contains(&total)
                    && u16::from(total) <= u16::from(each).saturating_mul(u16::from(options))
            }
        };
        if fits {
            Ok(Self { kind, options })
        } else {
            Err(QuestionError::Bounds)
        }
    }

    /// How it is answered.
    #[must_use]
    pub const fn kind(&self) -> QuestionKind {
        self.kind
    }

    /// How many options it has.
    #[must_use]
    pub const fn options(&self) -> u8 {
        self.options
    }

    /// The most that one voter gives one option.
    #[must_use]
    pub const fn each(&self) -> u8 {
        match self.kind {
            QuestionKind::Single | QuestionKind::Approval { .. } => 1,
            QuestionKind::Score { max } => max,
            QuestionKind::Points { each, .. } => each,
        }
    }

    /// The least and the most that one voter gives together, if that is bounded.
    #[must_use]
    pub const fn sum(&self) -> Option<(u8, u8)> {
        match self.kind {
            QuestionKind::Single => Some((1, 1)),
            QuestionKind::Approval { min, max } => Some((min, max)),
            QuestionKind::Score { .. } => None,
            QuestionKind::Points { total, .. } => Some((0, total)),
        }
    }

    /// How many sums are allowed; 0 if all are.
    pub(crate) const fn sums(&self) -> u8 {
        match self.sum() {
            Some((low, high)) => high.saturating_sub(low).saturating_add(1),
            None => 0,
        }
    }

    /// An answer: one number for each option.
    ///
    /// # Errors
    ///
    /// If the question does not allow it.
    pub fn choice(&self, values: &[u8]) -> Result<Choice, ChoiceError> {
        if values.len() != usize::from(self.options) {
            return Err(ChoiceError::Length);
        }
        if values.iter().any(|value| *value > self.each()) {
            return Err(ChoiceError::Each);
        }
        let sum: u32 = values.iter().copied().map(u32::from).sum();
        if self
            .sum()
            .is_some_and(|(low, high)| !(u32::from(low)..=u32::from(high)).contains(&sum))
        {
            return Err(ChoiceError::Sum);
        }
        Ok(Choice(Zeroizing::new(values.to_vec())))
    }

    /// The head, then kind, options and two bounds, 0 where there is none: six bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, one, two) = match self.kind {
            QuestionKind::Single => (1, 0, 0),
            QuestionKind::Approval { min, max } => (2, min, max),
            QuestionKind::Score { max } => (3, max, 0),
            QuestionKind::Points { each, total } => (4, each, total),
        };
        let mut writer = Writer::new(Kind::Question);
        writer.raw(&[kind, self.options, one, two]);
        writer.finish()
    }

    /// Reads a question alone.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a question within the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bare(bytes);
        let question = Self::read(&mut reader)?;
        reader.end()?;
        Ok(question)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Question)?;
        let kind = match reader.array()? {
            [1, options, 0, 0] => (QuestionKind::Single, options),
            [2, options, min, max] => (QuestionKind::Approval { min, max }, options),
            [3, options, max, 0] => (QuestionKind::Score { max }, options),
            [4, options, each, total] => (QuestionKind::Points { each, total }, options),
            _ => return Err(DecodeError::Limit),
        };
        Self::new(kind.0, kind.1).map_err(|_| DecodeError::Limit)
    }
}

/// An answer that its question allows, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice(Zeroizing<Vec<u8>>);

impl Choice {
    /// The number for each option.
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_values(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl core::fmt::Debug for Choice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Choice(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(each: u8, total: u8, options: u8) -> Result<SecretQuestion, QuestionError> {
        SecretQuestion::new(QuestionKind::Points { each, total }, options)
    }

    #[test]
    fn bounds_fit_together() {
        assert_eq!(points(3, 10, 4).unwrap().sum(), Some((0, 10)));
        assert_eq!(points(3, 13, 4), Err(QuestionError::Bounds));
        assert_eq!(points(3, 2, 4), Err(QuestionError::Bounds));
        assert_eq!(points(3, 10, 1), Err(QuestionError::Options));
        let approval = |min, max| SecretQuestion::new(QuestionKind::Approval { min, max }, 3);
        assert!(approval(0, 3).is_ok());
        assert_eq!(approval(0, 4), Err(QuestionError::Bounds));
        assert_eq!(approval(2, 1), Err(QuestionError::Bounds));
    }

    #[test]
    fn a_question_reads_back_and_nothing_else_does() {
        let question = points(3, 10, 4).unwrap();
        let bytes = question.encode();
        assert_eq!(SecretQuestion::decode(&bytes), Ok(question));
        for end in 0..bytes.len() {
            assert!(SecretQuestion::decode(&bytes[..end]).is_err());
        }
        let padded = [bytes.as_slice(), &[0]].concat();
        assert_eq!(SecretQuestion::decode(&padded), Err(DecodeError::Trailing));
        assert!(SecretQuestion::decode(&[1, 1, 1, 3, 0, 1]).is_err());
    }

    #[test]
    fn a_choice_is_one_that_the_question_allows() {
        let single = SecretQuestion::new(QuestionKind::Single, 3).unwrap();
        assert!(single.choice(&[0, 1, 0]).is_ok());
        assert_eq!(single.choice(&[0, 0, 0]), Err(ChoiceError::Sum));
        assert_eq!(single.choice(&[1, 1, 0]), Err(ChoiceError::Sum));
        assert_eq!(single.choice(&[0, 2, 0]), Err(ChoiceError::Each));
        assert_eq!(single.choice(&[0, 1]), Err(ChoiceError::Length));
    }
}
