//! Days, times and both, as answers hold them: ISO 8601.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, date};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A day, or a day and time with what the clock was off from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    at: DateTime,
    kind: MomentKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MomentKind {
    Day,
    /// Minutes ahead of UTC, where that was said.
    Instant(Option<i32>),
}

impl Moment {
    /// Reads `2026-08-07`, or `2026-08-07T06:31:13.834-03:00` with any of its parts after the
    /// hour and minute left out.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.split_once(['T', ' ']) {
            None => Some(Self {
                at: DateTime::from_parts(read_date(text)?, Time::midnight()),
                kind: MomentKind::Day,
            }),
            Some((day, rest)) => {
                let (time, offset) = read_time(rest)?;
                Some(Self {
                    at: DateTime::from_parts(read_date(day)?, time),
                    kind: MomentKind::Instant(offset),
                })
            }
        }
    }

    /// The day alone.
    #[must_use]
    pub fn day(self) -> Self {
        Self {
            at: DateTime::from_parts(self.at.date(), Time::midnight()),
            kind: MomentKind::Day,
        }
    }

    /// The day and time; midnight for a day.
    #[must_use]
    pub fn instant(self) -> Self {
        match self.kind {
            MomentKind::Instant(_) => self,
            MomentKind::Day => Self {
                kind: MomentKind::Instant(None),
                ..self
            },
        }
    }

    /// Days since the beginning of 1970 on the clock where it was written, with the part of a day.
    pub(crate) fn days(self) -> Decimal {
        let epoch = date(1970, 1, 1);
        let days = epoch
            .until(self.at.date())
            .map(|span| i64::from(span.get_days()))
            .unwrap_or_default();
        Decimal::from(days) + fraction(self.at.time())
    }

    pub(crate) fn fraction(self) -> Decimal {
        fraction(self.at.time())
    }

    /// The day so many days after the beginning of 1970.
    pub(crate) fn from_days(days: Decimal) -> Option<Self> {
        let whole = days.floor();
        let seconds = ((days - whole) * Decimal::from(86_400)).round().to_i64()?;
        let span = Span::new()
            .try_days(whole.to_i64()?)
            .ok()?
            .try_seconds(seconds)
            .ok()?;
        let at = date(1970, 1, 1).at(0, 0, 0, 0).checked_add(span).ok()?;
        let kind = if seconds == 0 {
            MomentKind::Day
        } else {
            MomentKind::Instant(None)
        };
        Some(Self { at, kind })
    }

    pub(crate) fn civil(self) -> DateTime {
        self.at
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.at.date();
        write!(f, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day())?;
        if let MomentKind::Instant(offset) = self.kind {
            write!(f, "T{}", time_text(self.at.time()))?;
            match offset {
                None => {}
                Some(0) => f.write_str("Z")?,
                Some(minutes) => {
                    let sign = if minutes < 0 { '-' } else { '+' };
                    let minutes = minutes.abs();
                    write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)?;
                }
            }
        }
        Ok(())
    }
}

fn fraction(time: Time) -> Decimal {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let milliseconds = seconds * 1000 + i64::from(time.subsec_nanosecond() / 1_000_000);
    Decimal::from(milliseconds)
        .checked_div(Decimal::from(86_400_000))
        .unwrap_or_default()
}

fn time_text(time: Time) -> String {
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    );
    let milliseconds = time.subsec_nanosecond() / 1_000_000;
    if milliseconds > 0 {
        text.push_str(&format!(".{milliseconds:03}"));
    }
    text
}

fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(digits(year)?, digits(month)?, digits(day)?).ok()
}

/// A time and what it was off from UTC, in minutes.
pub(crate) fn read_time(text: &str) -> Option<(Time, Option<i32>)> {
    let text = text.trim();
    let (clock, offset) = if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        (clock, Some(0))
    } else if let Some(at) = text.rfind(['+', '-']) {
        let (clock, offset) = text.split_at_checked(at)?;
        let behind = offset.starts_with('-');
        let offset = offset.get(1..)?;
        let (hours, minutes) = match offset.split_once(':') {
            Some(parts) => parts,
            None if offset.len() == 4 => offset.split_at_checked(2)?,
            None => (offset, "0"),
        };
        let minutes: i32 = digits::<i32>(hours)? * 60 + digits::<i32>(minutes)?;
        if minutes > 18 * 60 {
            return None;
        }
        (clock, Some(if behind { -minutes } else { minutes }))
    } else {
        (text, None)
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let (second, nano) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (digits(seconds)?, 0),
            Some((seconds, fraction)) => {
                let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
                (digits(seconds)?, digits::<i32>(&millis)? * 1_000_000)
            }
        },
    };
    if parts.next().is_some() {
        return None;
    }
    Some((Time::new(hour, minute, second, nano).ok()?, offset))
}

/// A time of day in ISO 8601, or nothing.
pub(crate) fn canonical_time(text: &str) -> Option<String> {
    let (time, _) = read_time(text)?;
    Some(time_text(time))
}

/// The part of a day that a time of day is.
pub(crate) fn day_part(text: &str) -> Option<Decimal> {
    read_time(text).map(|(time, _)| fraction(time))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || text.len() > 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written_the_same() {
        for text in [
            "2026-08-07",
            "2026-08-07T06:31:13.834-03:00",
            "2026-08-07T06:31:13Z",
            "2026-08-07T06:31:13",
        ] {
            assert_eq!(Moment::read(text).unwrap().to_string(), text);
        }
        assert!(Moment::read("2026-02-30").is_none());
        assert!(Moment::read("07/08/2026").is_none());
        assert!(Moment::read("2026-08-07T25:00").is_none());
        assert_eq!(canonical_time("6:05").unwrap(), "06:05:00");
        assert_eq!(canonical_time("06:05:00.000+02:00").unwrap(), "06:05:00");
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(Moment::read("1970-01-02").unwrap().days(), Decimal::ONE);
        assert_eq!(Moment::read("1969-12-31").unwrap().days(), -Decimal::ONE);
        let back = Moment::from_days(Decimal::from(20_000)).unwrap();
        assert_eq!(back.days(), Decimal::from(20_000));
        assert_eq!(back.to_string(), "2024-10-04");
    }
}
