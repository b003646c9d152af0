//! What a stored number, date or truth value reads as.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, civil};

/// What a cell reads as.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) text: String,
    /// Whether the file has it as a number.
    pub(super) number: bool,
}

impl From<String> for Filled {
    fn from(text: String) -> Self {
        let number = false;
        Self { text, number }
    }
}

impl Filled {
    /// A number, shown as one.
    pub(super) fn number(value: f64) -> Self {
        let (text, number) = (number(value), true);
        Self { text, number }
    }
}

/// A number as it would have been typed: 42 and not 42.0, at most 15 digits as spreadsheets show.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    if value == value.trunc() && value.abs() < 1e15 {
        // Adding zero turns minus zero into zero.
        return format!("{:.0}", value + 0.0);
    }
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// A truth value as spreadsheet programs show it.
pub(super) fn truth(value: bool) -> String {
    if value { "TRUE" } else { "FALSE" }.to_owned()
}

/// What a number format makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Number,
    Moment,
}

/// Whether the built-in format of that number shows a date or time.
pub(super) fn built_in(format: u32) -> Shown {
    match format {
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Moment,
        _ => Shown::Number,
    }
}

/// Whether a format code shows a date or time: it names a part of one outside quotes and brackets.
pub(super) fn format_code(code: &str) -> Shown {
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                letters.by_ref().find(|letter| *letter == '"');
            }
            // [h], [m] and [s] count elapsed time; other brackets are colours, conditions, locales.
            '[' => {
                let inside: String = letters
                    .by_ref()
                    .take_while(|letter| *letter != ']')
                    .collect();
                if !inside.is_empty()
                    && inside
                        .chars()
                        .all(|letter| matches!(letter.to_ascii_lowercase(), 'h' | 'm' | 's'))
                {
                    return Shown::Moment;
                }
            }
            '\\' | '_' | '*' => {
                letters.next();
            }
            ';' => return Shown::Number,
            _ if matches!(letter.to_ascii_lowercase(), 'y' | 'm' | 'd' | 'h' | 's') => {
                return Shown::Moment;
            }
            _ => {}
        }
    }
    Shown::Number
}

/// A number of days since the spreadsheet's epoch, as an ISO date, time or both.
pub(super) fn moment(serial: f64, since_1904: bool) -> String {
    moment_of(serial, since_1904).unwrap_or_else(|| number(serial))
}

fn moment_of(serial: f64, since_1904: bool) -> Option<String> {
    if !(0.0..=2_958_466.0).contains(&serial) {
        return None;
    }
    let epoch: Date = if since_1904 {
        civil::date(1904, 1, 1)
    } else if serial < 60.0 {
        // 1900 counts as a leap year in these files; before its false day all is one day off.
        civil::date(1899, 12, 31)
    } else {
        civil::date(1899, 12, 30)
    };
    let seconds = (serial * 86_400.0).round();
    let days = (seconds / 86_400.0).floor();
    // Both are whole and within the bounds checked above.
    let (days, rest) = (days as i64, (seconds - days * 86_400.0) as i64);
    let midnight = DateTime::from_parts(epoch, Time::midnight());
    let at = midnight
        .checked_add(Span::new().try_days(days).ok()?.try_seconds(rest).ok()?)
        .ok()?;
    Some(if days == 0 && !since_1904 {
        at.time().strftime("%H:%M:%S").to_string()
    } else if rest == 0 {
        at.date().to_string()
    } else {
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_typed() {
        assert_eq!(number(42.0), "42");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(18.31), "18.31");
        assert_eq!(number(1e-7), "0.0000001");
    }

    #[test]
    fn dates_read_in_iso() {
        assert_eq!(moment(40344.0, false), "2010-06-15");
        assert_eq!(moment(40344.5, false), "2010-06-15T12:00:00");
        assert_eq!(moment(0.25, false), "06:00:00");
        assert_eq!(moment(1.0, false), "1900-01-01");
        assert_eq!(moment(61.0, false), "1900-03-01");
        assert_eq!(moment(38882.0, true), "2010-06-15");
        assert_eq!(moment(-1.0, false), "-1");
    }

    #[test]
    fn format_codes_are_told_apart() {
        assert_eq!(format_code("yyyy\\-mm\\-dd"), Shown::Moment);
        assert_eq!(format_code("[h]:mm"), Shown::Moment);
        assert_eq!(format_code("[Red]0.00"), Shown::Number);
        assert_eq!(format_code("0.00\" days\""), Shown::Number);
        assert_eq!(format_code("General"), Shown::Number);
    }
}
