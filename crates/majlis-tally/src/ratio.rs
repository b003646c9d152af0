//! Exact rational numbers, always in lowest terms with a positive denominator.
//! Not a general number type: it has what counting needs, and no rounding except where asked.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest text that is read as a number: more is no amount of money or votes.
const LONGEST: usize = 4_096;

/// An exact fraction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    over: BigInt,
    under: BigInt,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// Neither `12`, `12.5` nor `25/2`.
    #[error("read a number: write it as 12, 12.5 or 25/2")]
    Malformed,
    /// The denominator is zero.
    #[error("read a fraction: its denominator is zero")]
    ZeroDenominator,
}

impl Ratio {
    /// Zero.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            over: BigInt::zero(),
            under: BigInt::one(),
        }
    }

    /// `over / under` in lowest terms; `None` if `under` is zero.
    #[must_use]
    pub fn new(over: impl Into<BigInt>, under: impl Into<BigInt>) -> Option<Self> {
        let (mut over, mut under) = (over.into(), under.into());
        if under.is_zero() {
            return None;
        }
        if under.is_negative() {
            over = -over;
            under = -under;
        }
        let shared = over.gcd(&under);
        if !shared.is_one() {
            over /= &shared;
            under /= &shared;
        }
        Some(Self { over, under })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: impl Into<BigInt>) -> Self {
        Self {
            over: number.into(),
            under: BigInt::one(),
        }
    }

    /// The numerator; carries the sign.
    #[must_use]
    pub const fn numerator(&self) -> &BigInt {
        &self.over
    }

    /// The denominator; positive.
    #[must_use]
    pub const fn denominator(&self) -> &BigInt {
        &self.under
    }

    /// The largest whole number not above it.
    #[must_use]
    pub fn floor(&self) -> BigInt {
        self.over.div_floor(&self.under)
    }

    /// The smallest whole number not below it.
    #[must_use]
    pub fn ceil(&self) -> BigInt {
        self.over.div_ceil(&self.under)
    }

    /// Divided by `other`; `None` if that is zero.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<Self> {
        Self::new(&self.over * &other.under, &self.under * &other.over)
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.over.is_zero()
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.over.is_negative()
    }

    /// As a decimal with `places` digits, rounded half away from zero. For showing, never for
    /// counting on.
    #[must_use]
    pub fn decimal(&self, places: u8) -> String {
        let scale = BigInt::from(10).pow(u32::from(places));
        let two = BigInt::from(2);
        let scaled = (self.over.abs() * scale * &two + &self.under).div_floor(&(&self.under * two));
        let mut digits = scaled.to_string();
        let places = usize::from(places);
        while digits.len() <= places {
            digits.insert(0, '0');
        }
        if places > 0 {
            digits.insert(digits.len().saturating_sub(places), '.');
        }
        if self.over.is_negative() && !scaled.is_zero() {
            digits.insert(0, '-');
        }
        digits
    }

    /// As a whole number that fits; `None` for a fraction or a larger one.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        self.under.is_one().then(|| self.over.to_u64()).flatten()
    }
}

impl From<u64> for Ratio {
    fn from(number: u64) -> Self {
        Self::whole(number)
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.over * &other.under).cmp(&(&other.over * &self.under))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In lowest terms, for operations whose denominator cannot be zero.
fn lowest(over: BigInt, under: BigInt) -> Ratio {
    Ratio::new(over, under).unwrap_or_else(Ratio::zero)
}

impl Add<&Ratio> for &Ratio {
    type Output = Ratio;
    fn add(self, other: &Ratio) -> Ratio {
        lowest(
            &self.over * &other.under + &other.over * &self.under,
            &self.under * &other.under,
        )
    }
}

impl Sub<&Ratio> for &Ratio {
    type Output = Ratio;
    fn sub(self, other: &Ratio) -> Ratio {
        lowest(
            &self.over * &other.under - &other.over * &self.under,
            &self.under * &other.under,
        )
    }
}

impl Mul<&Ratio> for &Ratio {
    type Output = Ratio;
    fn mul(self, other: &Ratio) -> Ratio {
        lowest(&self.over * &other.over, &self.under * &other.under)
    }
}

impl Neg for Ratio {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            over: -self.over,
            under: self.under,
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.under.is_one() {
            write!(f, "{}", self.over)
        } else {
            write!(f, "{}/{}", self.over, self.under)
        }
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(RatioError::Malformed);
        }
        if let Some((over, under)) = text.split_once('/') {
            let under = digits(under).ok_or(RatioError::Malformed)?;
            let over = signed(over).ok_or(RatioError::Malformed)?;
            return Self::new(over, under).ok_or(RatioError::ZeroDenominator);
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let negative = whole.starts_with('-');
        let whole = signed(whole).ok_or(RatioError::Malformed)?;
        let places = u32::try_from(part.len()).map_err(|_| RatioError::Malformed)?;
        let part = digits(part).ok_or(RatioError::Malformed)?;
        let scale = BigInt::from(10).pow(places);
        let part = if negative { -part } else { part };
        Ok(lowest(whole * &scale + part, scale))
    }
}

fn digits(text: &str) -> Option<BigInt> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| BigInt::parse_bytes(text.as_bytes(), 10))?
}

fn signed(text: &str) -> Option<BigInt> {
    match text.strip_prefix('-') {
        Some(rest) => digits(rest).map(|number| -number),
        None => digits(text),
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Sign and magnitude, length first: one way to write every number.
pub(crate) fn number_bytes(number: &BigInt, out: &mut Vec<u8>) {
    let (sign, magnitude) = number.to_bytes_be();
    out.push(match sign {
        Sign::Minus => 2,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    });
    let length = u32::try_from(magnitude.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&magnitude);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_terms_and_decimals() {
        let half: Ratio = "-3/6".parse().unwrap();
        assert_eq!(half.to_string(), "-1/2");
        assert_eq!(half.decimal(0), "-1");
        assert_eq!(half.decimal(3), "-0.500");
        assert_eq!("12.50".parse::<Ratio>().unwrap().to_string(), "25/2");
        assert_eq!("-0.25".parse::<Ratio>().unwrap().to_string(), "-1/4");
        assert_eq!(Ratio::from(7).decimal(0), "7");
        assert_eq!("1/0".parse::<Ratio>(), Err(RatioError::ZeroDenominator));
        for wrong in ["", "x", "1/", "/2", "1.2.3", "1/-2", "--1", "1."] {
            assert!(wrong.parse::<Ratio>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn floors_below_zero_go_down() {
        let number: Ratio = "-7/2".parse().unwrap();
        assert_eq!(number.floor(), BigInt::from(-4));
        assert_eq!(number.ceil(), BigInt::from(-3));
    }
}
