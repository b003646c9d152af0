//! Answers: what a person gives, checked against the kind of question and stored one way.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::form::{Item, Kind};
use crate::moment::{Moment, canonical_time};

/// The longest answer, in bytes.
pub const MAX_ANSWER: usize = 64 << 10;

/// All answers of one response, in the canonical text of their kind.
///
/// Keys are paths of names without the repeats around: in the instances of a repeat they begin
/// anew. What was not asked or not answered is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Entry>);

/// An answer, or the instances of a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// The canonical text.
    Text(String),
    /// Instances in order.
    Repeat(Vec<Answers>),
}

impl Answers {
    /// The answer at a path outside of repeats.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.0.get(path) {
            Some(Entry::Text(text)) => Some(text),
            Some(Entry::Repeat(_)) | None => None,
        }
    }

    /// The instances of a repeat.
    #[must_use]
    pub fn instances(&self, path: &str) -> &[Self] {
        match self.0.get(path) {
            Some(Entry::Repeat(instances)) => instances,
            Some(Entry::Text(_)) | None => &[],
        }
    }
}

/// An answer with its meaning.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// Text, a barcode, or what another program made.
    Text(String),
    /// A number, exactly.
    Number(Decimal),
    /// A day, or a day and time.
    Moment(Moment),
    /// A time of day, as `06:05:00`.
    Time(String),
    /// A place.
    Geopoint(Geopoint),
    /// One choice, by its name.
    Choice(String),
    /// Choices, by their names, in the order given.
    Choices(Vec<String>),
    /// A file, by its name.
    File(String),
    /// A confirmation.
    Acknowledged,
}

/// A point on the earth, in degrees and metres (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geopoint {
    /// Degrees north.
    pub latitude: Decimal,
    /// Degrees east.
    pub longitude: Decimal,
    /// Metres above the ellipsoid; zero where not known.
    pub altitude: Decimal,
    /// Radius of uncertainty in metres; zero where not known.
    pub accuracy: Decimal,
}

/// Why a text is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerError {
    /// The question takes no answers.
    #[error("this is not answered by hand")]
    NotAsked,
    /// Not a whole number.
    #[error("write a whole number")]
    NotWhole,
    /// Not a number.
    #[error("write a number")]
    NotANumber,
    /// Not a day.
    #[error("write a day, as 2026-08-07")]
    NotADay,
    /// Not a time.
    #[error("write a time, as 06:30")]
    NotATime,
    /// Not a place.
    #[error("write latitude and longitude in degrees")]
    NotAPlace,
    /// Not offered, or not any more.
    #[error("this choice is not offered")]
    NotAChoice,
    /// Longer than is stored.
    #[error("this is too long")]
    TooLong,
}

/// A digit of Arabic or Persian as ASCII; any other letter as it is.
pub(crate) fn ascii_digit(letter: char) -> char {
    let zero = match letter {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        other => return other,
    };
    char::from_digit(u32::from(letter) - zero, 10).unwrap_or(letter)
}

/// Digits of Arabic and Persian as ASCII, with their marks for decimals, thousands and minus.
#[must_use]
pub fn ascii_digits(text: &str) -> String {
    text.chars()
        .filter_map(|letter| match letter {
            '\u{66b}' => Some('.'),
            '\u{66c}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => None,
            '\u{2212}' => Some('-'),
            other => Some(ascii_digit(other)),
        })
        .collect()
}

impl Answer {
    /// Reads an answer to a question. An empty text is no answer and gives nothing.
    ///
    /// Whether a choice is offered is not known here.
    ///
    /// # Errors
    ///
    /// If the text is not of the question's kind, or the question takes no answers.
    pub fn read(item: &Item, text: &str) -> Result<Option<Self>, AnswerError> {
        if text.len() > MAX_ANSWER {
            return Err(AnswerError::TooLong);
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(None);
        }
        let folded = ascii_digits(trimmed);
        let folded = match &item.kind {
            Kind::Decimal | Kind::Range => decimal_point(folded),
            _ => folded,
        };
        let number = || folded.parse::<Decimal>().ok().filter(|_| is_plain(&folded));
        Ok(Some(match &item.kind {
            Kind::Group | Kind::Repeat | Kind::Note => return Err(AnswerError::NotAsked),
            Kind::Integer => {
                let value = number().ok_or(AnswerError::NotWhole)?;
                if !value.is_integer() {
                    return Err(AnswerError::NotWhole);
                }
                Self::Number(value.normalize())
            }
            Kind::Decimal | Kind::Range => {
                // Collect writes large and small numbers as Java does: `1.25E7`.
                let scientific = || Decimal::from_scientific(&folded).ok();
                let value = number().or_else(scientific);
                Self::Number(value.ok_or(AnswerError::NotANumber)?.normalize())
            }
            Kind::Date => Self::Moment(Moment::read(&folded).ok_or(AnswerError::NotADay)?.day()),
            Kind::DateTime => {
                Self::Moment(Moment::read(&folded).ok_or(AnswerError::NotADay)?.instant())
            }
            Kind::Time => Self::Time(canonical_time(&folded).ok_or(AnswerError::NotATime)?),
            Kind::Geopoint => {
                Self::Geopoint(Geopoint::read(&folded).ok_or(AnswerError::NotAPlace)?)
            }
            Kind::SelectOne { .. }
            | Kind::SelectFromFile {
                multiple: false, ..
            } => Self::Choice(trimmed.to_owned()),
            Kind::SelectMultiple { .. }
            | Kind::Rank { .. }
            | Kind::SelectFromFile { multiple: true, .. } => {
                let mut names: Vec<String> = Vec::new();
                for name in trimmed.split_whitespace() {
                    if !names.iter().any(|own| own == name) {
                        names.push(name.to_owned());
                    }
                }
                Self::Choices(names)
            }
            Kind::Acknowledge => Self::Acknowledged,
            kind if kind.is_media() => Self::File(trimmed.to_owned()),
            Kind::Text if is_numeric(item) => Self::Text(folded),
            _ => Self::Text(trimmed.to_owned()),
        }))
    }
}

/// A number with a point for the comma that many languages write before decimals. One comma before three
/// digits may as well part thousands, so `1,234` stays as it is and is no number; `0,250` is one.
fn decimal_point(text: String) -> String {
    let Some((whole, decimals)) = text.split_once([',', '\u{60c}']) else {
        return text;
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let bare = whole.trim_start_matches(['-', '+']);
    let plain = !bare.is_empty() && is_digits(bare) && !decimals.is_empty() && is_digits(decimals);
    let thousands = decimals.len() == 3 && bare != "0";
    if plain && !thousands {
        format!("{whole}.{decimals}")
    } else {
        text
    }
}

/// Whether the keyboard of a text question offers digits only.
fn is_numeric(item: &Item) -> bool {
    item.appearance
        .as_deref()
        .is_some_and(|words| words.split_whitespace().any(|word| word == "numbers"))
}

fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'))
}

impl Geopoint {
    /// Reads `latitude longitude altitude accuracy`, the last two perhaps left out.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split([' ', ',']).filter(|part| !part.is_empty());
        let mut next = || parts.next().map(|part| part.parse::<Decimal>().ok());
        let (latitude, longitude) = (next()??, next()??);
        let altitude = next().unwrap_or(Some(Decimal::ZERO))?;
        let accuracy = next().unwrap_or(Some(Decimal::ZERO))?;
        let sound = latitude.abs() <= Decimal::from(90)
            && longitude.abs() <= Decimal::from(180)
            && !accuracy.is_sign_negative();
        (sound && parts.next().is_none()).then_some(Self {
            latitude: latitude.normalize(),
            longitude: longitude.normalize(),
            altitude: altitude.normalize(),
            accuracy: accuracy.normalize(),
        })
    }
}

impl fmt::Display for Geopoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {}",
            self.latitude, self.longitude, self.altitude, self.accuracy
        )
    }
}

/// The canonical text, which is what is stored.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Time(text) | Self::Choice(text) | Self::File(text) => {
                f.write_str(text)
            }
            Self::Number(value) => write!(f, "{value}"),
            Self::Moment(moment) => write!(f, "{moment}"),
            Self::Geopoint(point) => write!(f, "{point}"),
            Self::Choices(names) => f.write_str(&names.join(" ")),
            Self::Acknowledged => f.write_str("OK"),
        }
    }
}
