//! Numbers of expressions: exact decimals, floating point only for what decimals cannot say.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

/// A number as XPath has it: never an error, perhaps not a number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Exact(Decimal),
    /// Not a number, infinite, or beyond 28 digits.
    Float(f64),
}

impl Number {
    pub(crate) const NAN: Self = Self::Float(f64::NAN);

    pub(crate) fn count(count: usize) -> Self {
        Self::Exact(Decimal::from(count as u64))
    }

    pub(crate) fn float(value: f64) -> Self {
        // The shortest text that means the float: 0.1 and not its binary neighbour.
        if value.is_finite()
            && let Ok(exact) = format!("{value}").parse()
        {
            return Self::Exact(exact);
        }
        Self::Float(value)
    }

    /// A number as text, else not a number.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let plain = text.strip_prefix('-').unwrap_or(text);
        if plain.is_empty()
            || !plain
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
            || !plain.bytes().any(|byte| byte.is_ascii_digit())
        {
            return Self::NAN;
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        match text.parse::<Decimal>() {
            Ok(value) => Self::Exact(value),
            Err(_) => text.parse().map_or(Self::NAN, Self::Float),
        }
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Exact(value) => value.to_f64().unwrap_or(f64::NAN),
            Self::Float(value) => value,
        }
    }

    pub(crate) fn is_nan(self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Exact(value) => {
                let value = value.normalize();
                if value.is_zero() {
                    "0".to_owned()
                } else {
                    value.to_string()
                }
            }
            Self::Float(value) if value.is_nan() => "NaN".to_owned(),
            Self::Float(value) if value.is_infinite() => {
                if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
            }
            Self::Float(value) => format!("{value}"),
        }
    }

    fn both(
        self,
        other: Self,
        exact: impl FnOnce(Decimal, Decimal) -> Option<Decimal>,
        float: impl FnOnce(f64, f64) -> f64,
    ) -> Self {
        if let (Self::Exact(one), Self::Exact(two)) = (self, other)
            && let Some(result) = exact(one, two)
        {
            return Self::Exact(result);
        }
        Self::float(float(self.to_f64(), other.to_f64()))
    }

    pub(crate) fn add(self, other: Self) -> Self {
        self.both(other, Decimal::checked_add, |one, two| one + two)
    }

    pub(crate) fn subtract(self, other: Self) -> Self {
        self.both(other, Decimal::checked_sub, |one, two| one - two)
    }

    pub(crate) fn multiply(self, other: Self) -> Self {
        self.both(other, Decimal::checked_mul, |one, two| one * two)
    }

    pub(crate) fn divide(self, other: Self) -> Self {
        self.both(other, Decimal::checked_div, |one, two| one / two)
    }

    /// The rest of a division, with the sign of what is divided.
    pub(crate) fn remainder(self, other: Self) -> Self {
        self.both(other, Decimal::checked_rem, |one, two| one % two)
    }

    pub(crate) fn negative(self) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(-value),
            Self::Float(value) => Self::Float(-value),
        }
    }

    pub(crate) fn power(self, other: Self) -> Self {
        if let (Self::Exact(base), Self::Exact(exponent)) = (self, other)
            && exponent.is_integer()
            && let Some(exponent) = exponent.to_i64()
            && (0..=128).contains(&exponent)
            && let Some(result) =
                (0..exponent).try_fold(Decimal::ONE, |power, _| power.checked_mul(base))
        {
            return Self::Exact(result);
        }
        Self::float(self.to_f64().powf(other.to_f64()))
    }

    /// Rounded to some digits after the point, halves upwards as `XPath` wants it.
    pub(crate) fn round(self, digits: i32) -> Self {
        let (Self::Exact(value), Some(scale)) = (self, power_of_ten(digits)) else {
            return self;
        };
        let half = Decimal::new(5, 1);
        let rounded = value
            .checked_mul(scale)
            .and_then(|scaled| scaled.checked_add(half))
            .and_then(|scaled| scaled.floor().checked_div(scale));
        rounded.map_or(self, Self::Exact)
    }

    pub(crate) fn map(
        self,
        exact: impl FnOnce(Decimal) -> Decimal,
        float: impl FnOnce(f64) -> f64,
    ) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(exact(value)),
            Self::Float(value) => Self::Float(float(value)),
        }
    }

    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Exact(one), Self::Exact(two)) => Some(one.cmp(&two)),
            _ => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }

    /// Equal, but for what a division leaves in the last digits.
    pub(crate) fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(two)) => {
                one == two
                    || one
                        .checked_sub(two)
                        .is_some_and(|rest| rest.abs() < Decimal::new(1, 12))
            }
            _ => self.to_f64() == other.to_f64(),
        }
    }

    /// The whole number, if it is one that fits.
    pub(crate) fn index(self) -> Option<i64> {
        match self {
            Self::Exact(value) => value.trunc().to_i64(),
            Self::Float(value) => Decimal::from_f64(value)?.trunc().to_i64(),
        }
    }
}

fn power_of_ten(digits: i32) -> Option<Decimal> {
    let exponent = digits.unsigned_abs();
    if exponent > 20 {
        return None;
    }
    let power = Decimal::from(10_i128.checked_pow(exponent)? as u64);
    if digits < 0 {
        Decimal::ONE.checked_div(power)
    } else {
        Some(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::read(text)
    }

    #[test]
    fn tenths_add_up() {
        assert_eq!(number("0.1").add(number("0.2")).text(), "0.3");
        assert_eq!(number("7").divide(number("2")).text(), "3.5");
        let third = number("1").divide(number("3"));
        assert!(third.multiply(number("3")).equals(number("1")));
    }

    #[test]
    fn halves_round_upwards() {
        for (value, digits, rounded) in [
            ("1.5", 0, "2"),
            ("2.5", 0, "3"),
            ("-1.5", 0, "-1"),
            ("1.2345", 2, "1.23"),
            ("1235.5", -2, "1200"),
        ] {
            assert_eq!(number(value).round(digits).text(), rounded, "{value}");
        }
    }

    #[test]
    fn what_is_no_number_says_so() {
        assert!(number("").is_nan());
        assert!(number("abc").is_nan());
        assert!(number("1e3").is_nan());
        assert_eq!(number("1").divide(number("0")).text(), "Infinity");
        assert_eq!(number("0").divide(number("0")).text(), "NaN");
        assert_eq!(number("-7").remainder(number("3")).text(), "-1");
        assert_eq!(number("42.").text(), "42");
    }
}
